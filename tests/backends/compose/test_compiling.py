"""The Compose backend: what it prints, what it decides, what it says that it cannot keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelift.backends.compose import TARGET as BACKEND
from pipelift.backends.compose.stores import mount_path
from pipelift.backends.compose.variables import dotenv_value, parameter_variables
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.runtime.contract import paths
from tests.conftest import Golden
from tests.support.compiling import compile_for
from tests.support.folders import write_program
from tests.support.samples import change_step, configured, two_steps
from tests.support.texts import AWKWARD, texts

pytestmark = pytest.mark.usefixtures("fixed_runtime")

BASE = Path("/base")
PRINTED = ("compose.yaml", "compose.gpu.yaml", ".env")


def compile_to(
    pipeline: ir.Pipeline, output: Path = BASE / "out", **settings: Any
) -> tuple[Mapping[str, bytes], list[str]]:
    _, contents = two_steps()
    made = compile_for("compose", pipeline, contents, configured(settings, BASE), BASE, output)
    return made.files, made.codes


def services(files: Mapping[str, bytes], name: str = "compose.yaml") -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(files[name])["services"]
    return found


def sources(service: Mapping[str, object]) -> dict[str, str]:
    mounts = service["volumes"]
    assert isinstance(mounts, list)
    return {mount["target"]: mount["source"] for mount in mounts}


def test_two_steps_as_compose_prints_them(golden: Golden) -> None:
    pipeline, _ = two_steps()
    files, codes = compile_to(pipeline)
    golden("compose/two_steps", {name: files[name] for name in PRINTED})
    assert codes == ["PL401"]


def test_compiling_twice_gives_the_same_bytes() -> None:
    assert compile_to(two_steps()[0]) == compile_to(two_steps()[0])


def test_nothing_of_this_machine_is_in_the_output() -> None:
    files, _ = compile_to(two_steps()[0])
    assert not [path for path, data in files.items() if str(BASE).encode() in data]


def test_first_steps_wait_for_the_beginning_and_the_others_for_data_and_order() -> None:
    pipeline, _ = two_steps()
    third = replace(pipeline.steps[0], id="third", name="third")
    order = (ir.OrderEdge(before="train", after="third"), ir.OrderEdge(before="prepare", after="third"))
    files, _ = compile_to(replace(pipeline, steps=(*pipeline.steps, third), order=order))
    waits = {name: list(service.get("depends_on", {})) for name, service in services(files).items()}
    assert waits == {
        "begin": [],
        "prepare": ["begin"],
        "train": ["prepare"],
        "third": ["train", "prepare"],
        "end": ["third"],
    }


def test_the_last_steps_are_waited_for_whose_failure_would_pass_unnoticed() -> None:
    pipeline, _ = two_steps()
    made = services(compile_to(pipeline)[0])
    assert made["train"]["restart"] == "on-failure:1"
    assert list(made["end"]["depends_on"]) == ["train"]
    side = replace(pipeline.steps[0], id="side", name="side")
    with_side = replace(pipeline, steps=(*pipeline.steps, side))
    assert list(services(compile_to(change_step(with_side, 1, retries=0))[0])["end"]["depends_on"]) == [
        "train",
        "side",
    ]


def test_steps_called_begin_and_end_keep_their_names() -> None:
    pipeline, _ = two_steps()
    pipeline = change_step(change_step(pipeline, 1, id="end", inputs=()), 0, id="begin")
    pipeline = replace(pipeline, order=())
    assert list(services(compile_to(pipeline)[0])) == ["begin-2", "begin", "end", "end-2"]


def test_a_step_that_cannot_run_is_left_out_and_its_order_kept() -> None:
    pipeline, _ = two_steps()
    middle = replace(pipeline.steps[0], id="middle", name="m", unsupported="it needs Azure")
    last = change_step(pipeline, 1, inputs=()).steps[1]
    order = (ir.OrderEdge(before="prepare", after="middle"), ir.OrderEdge(before="middle", after="train"))
    files, codes = compile_to(replace(pipeline, steps=(pipeline.steps[0], middle, last), order=order))
    assert list(services(files)["train"]["depends_on"]) == ["prepare"]
    assert "middle" not in services(files)
    assert "PL410" in codes


def test_stores_are_mounted_where_they_are_used_and_read_only_where_only_read() -> None:
    pipeline, _ = two_steps()
    reader = change_step(pipeline, 1, outputs=())
    mounts = services(compile_to(reader)[0])["train"]["volumes"]
    assert [(mount["target"], mount.get("read_only", False)) for mount in mounts] == [
        ("/pipelift/state", True),
        *((f"/pipelift/state/{name}", False) for name in ("models", "datasets", "mlruns")),
        ("/pipelift/state/desks/${COMPOSE_PROJECT_NAME}/train", False),
        ("/pipelift/stores/workspaceblobstore", True),
    ]


@pytest.mark.parametrize("writable", [True, False])
def test_a_store_is_mounted_to_be_written_where_the_script_may_write_below_an_input(writable: bool) -> None:
    pipeline, _ = two_steps()
    port = replace(pipeline.steps[0].inputs[0], writable=writable)
    files, _ = compile_to(change_step(pipeline, 0, inputs=(port,), outputs=()))
    *_, store = services(files)["prepare"]["volumes"]
    assert store["target"] == "/pipelift/stores/workspaceblobstore"
    assert store.get("read_only", False) is not writable


def test_folders_are_written_as_the_way_from_the_output_folder() -> None:
    stores = {"workspaceblobstore": {"url": "data"}}
    files, _ = compile_to(two_steps()[0], BASE / "build" / "compose", stores=stores)
    state, desk = "${PIPELIFT_STATE:-../../.pipelift}", "desks/${COMPOSE_PROJECT_NAME}/train"
    assert sources(services(files)["train"]) == {
        "/pipelift/state": state,
        **{f"/pipelift/state/{way}": f"{state}/{way}" for way in ("models", "datasets", "mlruns", desk)},
        "/pipelift/stores/workspaceblobstore": "${PIPELIFT_STORE_WORKSPACEBLOBSTORE:-../../data}",
    }
    assert mount_path(BASE / "out" / "data", BASE / "out") == "./data"


def test_a_named_volume_is_declared_under_its_own_name() -> None:
    files, codes = compile_to(two_steps()[0], stores={"workspaceblobstore": {"url": "volume:data"}})
    assert yaml.safe_load(files["compose.yaml"])["volumes"] == {"data": {"name": "data"}}
    assert sources(services(files)["train"])["/pipelift/stores/workspaceblobstore"] == "data"
    assert "PL440" not in codes


@pytest.mark.parametrize("url", ["pvc:claim", "volume:a b", "./a: b"])
def test_a_store_that_cannot_be_mounted_is_an_error(url: str) -> None:
    _, codes = compile_to(two_steps()[0], stores={"workspaceblobstore": {"url": url}})
    assert codes.count("PL440") == 1
    compose = {"workspaceblobstore": {"url": url, "compose": {"url": "data"}}}
    assert "PL440" not in compile_to(two_steps()[0], stores=compose)[1]


def test_a_store_with_an_awkward_name_gets_a_folder_that_is_told() -> None:
    pipeline, _ = two_steps()
    outputs = (replace(pipeline.steps[1].outputs[0], store="../a:b $x"),)
    train = services(compile_to(change_step(pipeline, 1, outputs=outputs))[0])["train"]
    command = train["command"]
    assert isinstance(command, list)
    told = command[command.index("--store") + 1]
    assert re.fullmatch(r"\.\./a:b \$\$x=/pipelift/stores/a-b-x-[0-9a-f]{8}", told)
    assert told.split("=")[1] in sources(train)


def test_hardware_stands_in_the_override_only() -> None:
    files, _ = compile_to(two_steps()[0])
    assert b"deploy" not in files["compose.yaml"]
    train = services(files, "compose.gpu.yaml")["train"]
    resources = train["deploy"]["resources"]
    assert resources["limits"] == {"cpus": "6", "memory": "56g"}
    assert resources["reservations"]["devices"] == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]
    assert train["shm_size"] == "2g"


def test_a_pipeline_that_asks_for_it_runs_every_step() -> None:
    files, _ = compile_to(replace(two_steps()[0], regenerate=True))
    assert "--no-reuse" in services(files)["prepare"]["command"]


def test_reuse_can_be_switched_off_from_outside_where_it_is_allowed() -> None:
    made = services(compile_to(two_steps()[0])[0])
    command = made["prepare"]["command"]
    assert isinstance(command, list)
    assert command[-2:] == ["--refresh=${PIPELIFT_NO_REUSE:+prepare}", "--refresh=${PIPELIFT_REFRESH:-}"]
    assert "refresh" not in str(made["train"]["command"])


def test_a_pipeline_without_steps_is_still_a_compose_file() -> None:
    files, _ = compile_to(replace(two_steps()[0], steps=(), order=()))
    assert yaml.safe_load(files["compose.yaml"])["services"] == {}


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """What Compose makes of `text` (Compose specification, "Interpolation"), for the forms that we write."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        found = environment.get(match["name"])
        is_missing = found is None or (match["sign"].startswith(":") and not found)
        if not is_missing:
            assert found is not None
            return found
        if match["sign"].endswith("?"):
            raise LookupError(match["name"])
        return match["rest"].replace("$$", "$")

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?P<sign>:?[-?])(?P<rest>[^{}]*)\}", value, text)


def dotenv(text: str) -> dict[str, str]:
    """What Compose reads from ``.env``: lines ``NAME="value"`` with backslash escapes."""
    lines = (line.partition("=") for line in text.split("\n") if line and not line.startswith("#"))
    escapes = {"n": "\n", "r": "\r"}
    return {
        name: re.sub(r"\\(.)", lambda match: escapes.get(match[1], match[1]), value[1:-1])
        for name, _, value in lines
    }


@given(st.lists(texts, max_size=4), texts)
def test_any_default_reaches_the_launcher(defaults: list[str], name: str) -> None:
    parameters = tuple(
        ir.Parameter(name=f"{name}{index}", type="string", default=text)
        for index, text in enumerate(defaults)
    )
    variables = parameter_variables(parameters)
    assert len({variable.name for variable in variables.values()}) == len(parameters)
    for parameter in parameters:
        variable = variables[parameter.name]
        line = "" if variable.inline else f"{variable.name}={dotenv_value(variable.default or '')}"
        assert interpolate(variable.expression, dotenv(line)) == parameter.default
        assert interpolate(variable.expression, {variable.name: "given"}) == "given"


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_anywhere_gives_a_file_that_reads_back(text: str) -> None:
    pipeline, _ = two_steps()
    pipeline = change_step(pipeline, 0, label=text, name=text, parameters=(text,))
    parameter = ir.Parameter(name=text, type="string", default=text)
    pipeline = replace(pipeline, name=text, source=text, parameters=(parameter, *pipeline.parameters))
    files, _ = compile_to(pipeline)
    command = services(files)["prepare"]["command"]
    assert isinstance(command, list)
    assert interpolate(command[-3], dotenv(files[".env"].decode())) == f"{text}={text}"


def test_a_parameter_without_a_default_is_asked_for() -> None:
    pipeline, _ = two_steps()
    rate = ir.Parameter(name="rate", type="float")
    files, _ = compile_to(replace(pipeline, parameters=(rate,)))
    command = services(files)["train"]["command"]
    with pytest.raises(LookupError):
        interpolate(command[-1], {})
    assert interpolate(command[-1], {"PARAM_rate": "2"}) == "rate=2"


def write(files: Mapping[str, bytes], directory: Path) -> None:
    for name in PRINTED:
        (directory / name).write_bytes(files[name])


def codes_of_verify(directory: Path) -> list[str]:
    reporter = Reporter()
    BACKEND.verify(directory, reporter)
    return [diagnostic.code for diagnostic in reporter]


def test_without_docker_the_specification_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    files, _ = compile_to(two_steps()[0])
    write(files, tmp_path)
    assert codes_of_verify(tmp_path) == []
    (tmp_path / "compose.yaml").write_text("services: {a: {image: b, comand: c}}")
    assert codes_of_verify(tmp_path) == ["PL444"]


def fake_docker(folder: Path, script: str) -> None:
    write_program(folder / "bin/docker", f"#!/bin/sh\n{script}\n")


def test_compose_is_asked_about_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_docker(
        tmp_path, 'case "$*" in *version*) echo 2.26.1;; *gpu*) echo "no $PARAM_rate" >&2; exit 15;; esac'
    )
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    rate = ir.Parameter(name="rate", type="float")
    files, _ = compile_to(replace(two_steps()[0], parameters=(rate,)))
    write(files, tmp_path)
    reporter = Reporter()
    BACKEND.verify(tmp_path, reporter)
    (diagnostic,) = reporter
    assert diagnostic.message == "docker compose refuses compose.gpu.yaml: no value"


def with_password(default: ir.Scalar = None) -> ir.Pipeline:
    pipeline, _ = two_steps()
    added = ir.Parameter(name="db password", type="string", default=default)
    steps = tuple(
        replace(step, parameters=(*step.parameters, added.name)) if step.id == "train" else step
        for step in pipeline.steps
    )
    return replace(pipeline, parameters=(*pipeline.parameters, added), steps=steps)


def test_a_secret_parameter_is_a_secret_of_compose() -> None:
    """Compose copies the value of the variable into the container: `docker inspect` does not show it."""
    files, _ = compile_to(with_password())
    project = yaml.safe_load(files["compose.yaml"])
    assert project["secrets"] == {"_PARAM_db_password": {"environment": "PARAM_db_password"}}
    target = remotes.parameter_file("db password")
    assert target == f"/pipelift/parameters/{paths.file_name('db password')}"
    given = {name: service.get("secrets") for name, service in project["services"].items()}
    assert given["train"] == [{"source": "_PARAM_db_password", "target": target}]
    assert not any(given[name] for name in given if name != "train")
    assert "PARAM_db_password" not in files["compose.yaml"].decode().partition("\nsecrets:")[0].replace(
        "source: _PARAM_db_password", ""
    )
    assert "\n# PARAM_db_password=" in files[".env"].decode()


def test_the_default_of_a_secret_parameter_has_to_stand_in_the_settings() -> None:
    files, _ = compile_to(with_password(""))
    assert '\nPARAM_db_password=""' in files[".env"].decode()
