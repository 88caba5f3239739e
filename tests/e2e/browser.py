"""A real browser for pages that are files: Debian's Chromium without a network, driven over WebDriver."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--window-size=1280,900",
)


@contextmanager
def open_browser(profile: Path) -> Iterator[Chrome]:
    """A browser with a profile of its own that keeps what it requests and what it complains of."""
    options = ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    program = shutil.which("chromedriver")
    assert program, "install Debian's packages chromium and chromium-driver"
    driver = Chrome(options=options, service=Service(program))
    try:
        driver.get("about:blank")
        _log_of(driver, "performance")  # what the browser's own first page asked for
        yield driver
    finally:
        driver.quit()


def complaints(driver: Chrome) -> list[str]:
    """What the console holds since it was asked last."""
    return [str(entry["message"]) for entry in _log_of(driver, "browser")]


def requests(driver: Chrome) -> list[str]:
    """The addresses that were requested since it was asked last."""
    messages = (json.loads(entry["message"])["message"] for entry in _log_of(driver, "performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def _log_of(driver: Chrome, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = driver.get_log(kind)  # type: ignore[no-untyped-call]
    return found
