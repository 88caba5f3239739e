"""The pages in a real browser: they draw, answer mouse and keyboard, complain of nothing, and ask nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from pipelift.app.pictures.page import render_graph_page
from pipelift.app.run_page import NAME, write_page
from tests.e2e.browser import complaints, open_browser, requests
from tests.support.reuse_project import Project
from tests.support.run_records import Records
from tests.support.samples import many_steps, named, two_steps

HOSTILE = "</script><img src=x onerror=alert(1)>"
TRAIN = """\
import os, sys
from azureml.core import Run
run = Run.get_context()
os.makedirs(sys.argv[4], exist_ok=True)
for number in range(30):
    print("round", number, "</script>")
    run.log("loss", 1 / (number + 1))
sys.exit(3)
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(autouse=True)
def quiet(browser: Chrome) -> Iterator[None]:
    """Whatever a test does, the console stays empty and nothing but the page itself is requested."""
    complaints(browser), requests(browser)
    yield
    assert complaints(browser) == []
    addresses = [address for address in requests(browser) if not address.startswith("data:")]
    assert addresses and all(
        address.startswith("file:") and address.endswith(".html") for address in addresses
    )


@pytest.fixture(scope="module")
def failed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run whose second step has failed."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.put("store/raw/a.txt", "a b")
    project.put("train/train.py", TRAIN)
    assert project.call("run", str(project.file)).exit_code == 3
    (page,) = project.folder.glob(f".pipelift/runs/*/{NAME}")
    return page


def show(browser: Chrome, folder: Path, text: str) -> None:
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    browser.get(page.as_uri())


def find(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def found(browser: Chrome, selector: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, selector)


def view(browser: Chrome) -> object:
    """What part of the drawing is seen."""
    return browser.execute_script("return document.querySelector('main .drawing').getAttribute('viewBox')")


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def test_a_step_is_chosen_and_its_details_are_shown(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([two_steps()[0]]))
    assert "Compare_Models_Exp" in find(browser, "#details").text
    find(browser, "#p1-step2 .box").click()
    details = find(browser, "#details").text
    assert "train model" in details and "python train.py" in details and "pipeline.py:55" in details
    assert "near" in (find(browser, "#p1-step1").get_attribute("class") or "")
    press(browser, Keys.ESCAPE)
    assert "train model" not in find(browser, "#details").text


def test_the_keyboard_is_enough(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([two_steps()[0]]))
    press(browser, "/", "train", Keys.ENTER)
    assert found(browser, ".node.found")
    find(browser, "#p1-step1").send_keys(Keys.SPACE)
    assert "prepare.py" in find(browser, "#details h2").text
    before = view(browser)
    press(browser, "+")
    assert view(browser) != before


def test_a_hundred_steps_are_searched_moved_and_enlarged(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([many_steps(100)]))
    find(browser, "#search").send_keys("step 99")
    assert find(browser, ".count").text == "1 found"
    press(browser, Keys.ENTER)
    assert "step 99" in find(browser, "#details h2").text
    box = find(browser, "#p1-step100").rect
    stage = find(browser, ".canvas").rect
    assert stage["x"] < box["x"] < stage["x"] + stage["width"] and 0 < box["y"] < 900
    before = view(browser)
    ActionChains(browser).drag_and_drop_by_offset(find(browser, ".ground"), 90, 40).perform()
    moved = view(browser)
    find(browser, ".zoom button").click()
    assert len({before, moved, view(browser)}) == 3


def test_the_theme_changes_colours(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([two_steps()[0]]))
    grounds = []
    for _ in range(2):
        grounds.append(find(browser, "#details").value_of_css_property("background-color"))
        find(browser, "#theme").click()
    assert len(set(grounds)) == 2


def test_all_pipelines_of_a_file_are_on_the_page(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([two_steps()[0], named("second ")]))
    press_option = find(browser, "#pipeline option[value='1']")
    press_option.click()
    assert "second" in find(browser, "#details").text
    assert find(browser, "#p2-step1").is_displayed() and not found(browser, "main #p1-step1")


def test_names_are_never_markup(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, render_graph_page([named(HOSTILE)]))
    find(browser, "#p1-step1 .box").click()
    assert HOSTILE in find(browser, "#details h2").text
    assert not found(browser, "img")


def test_a_failed_run_shows_what_failed_and_its_log(browser: Chrome, failed_run: Path) -> None:
    browser.get(failed_run.as_uri())
    assert find(browser, "header .badge").text == "failed"
    assert "train model" in find(browser, ".alarm").text
    find(browser, ".alarm button").click()
    step = find(browser, "details.step[open]")
    assert "round 29 </script>" in step.text
    step.find_element(By.CSS_SELECTOR, ".log-search").send_keys("round 7")
    assert [mark.text for mark in step.find_elements(By.CSS_SELECTOR, "mark")] == ["round 7"]
    assert step.find_element(By.CSS_SELECTOR, ".log-view .count").text == "1 line"
    assert len(found(browser, "#metrics .chart .series")) == 1


def test_the_graph_and_the_timeline_of_a_run_lead_to_its_steps(browser: Chrome, failed_run: Path) -> None:
    browser.get(failed_run.as_uri())
    find(browser, ".status-completed .box").click()
    assert find(browser, "details.step[open] summary strong").text == "prep"
    lanes = found(browser, ".timeline button.lane")
    assert [lane.find_element(By.CSS_SELECTOR, ".who").text for lane in lanes] == ["prep", "train model"]
    lanes[1].click()
    assert len(found(browser, "details.step[open]")) == 2


def test_a_long_run_shows_only_the_steps_asked_for(browser: Chrome, tmp_path: Path) -> None:
    records = Records(tmp_path)
    for number in range(12):
        status = "failed" if number == 7 else "completed"
        records.step("r1", f"s{number}", status=status, started=float(number), log=f"log of {number}")
    browser.get(write_page(records.state, "r1").as_uri())
    find(browser, "#step-filter").send_keys("failed")
    shown = [view for view in found(browser, "details.step") if view.is_displayed()]
    assert [view.find_element(By.CSS_SELECTOR, "strong").text for view in shown] == ["s7"]
