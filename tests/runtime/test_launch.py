"""The launcher: a step from spec to record, its data, its arguments and its environment."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from pipelift.backends.containers.bundle import step_spec
from pipelift.compiler import ir
from pipelift.runtime.context import Context
from pipelift.runtime.inputs import missing_data
from pipelift.runtime.launch import look_up, run_step
from tests.support.folders import read_texts
from tests.support.runtime_world import STORE, World, arguments, output
from tests.support.samples import two_steps

SHOW = """
import json, os, sys
print(json.dumps(sys.argv[1:]))
"""

WRITE = """
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
open(os.path.join(sys.argv[1], "a.txt"), "w").write("made")
"""

TO_OUT = (ir.OutputPath(port="out"),)


def test_two_steps_hand_on_their_data(tmp_path: Path) -> None:
    pipeline, contents = two_steps()
    store = tmp_path / "store"
    (store / "train-images").mkdir(parents=True)
    (store / "train-images" / "a.txt").write_text("b a c")
    results = {}
    for step in pipeline.steps:
        source = tmp_path / "source" / step.snapshot
        source.mkdir(parents=True)
        for path, data in contents[step.snapshot].items():
            (source / path).write_bytes(data)
        context = Context(
            "r1",
            str(tmp_path / "state"),
            {STORE: str(store)},
            str(source),
            {"rate": "1.5"},
            emit=lambda line: None,
        )
        results[step.id] = run_step(step_spec(pipeline, step), context)
    assert {id: result.status for id, result in results.items()} == {
        "prepare": "completed",
        "train": "completed",
    }
    assert results["prepare"].metrics == {"words": 3}
    assert results["train"].metrics == {"rate": 1.5}
    assert read_texts(store) == {
        "train-images/a.txt": "b a c",
        "azureml/r1_prepare/output_data1/words.txt": "a\nb\nc",
        "azureml/r1_train/training_results/model.txt": "4.5",
    }
    assert not (store / ".pipelift").exists()


def test_a_failed_script_leaves_its_output_apart(world: World) -> None:
    world.step(WRITE + "\nsys.exit(7)", outputs=[output()], arguments=TO_OUT)
    result = world.run()
    assert (result.status, result.exit_code, result.outputs) == ("failed", 7, {})
    assert read_texts(world.store) == {".pipelift/failed/r1_step/out/a.txt": "made"}
    assert world.record()["failed_outputs"] == {
        "out": {"store": STORE, "path": ".pipelift/failed/r1_step/out"}
    }
    assert world.reuse_records() == []


def test_a_second_attempt_replaces_the_first(world: World) -> None:
    world.step(WRITE + "\nsys.exit(7)", outputs=[output()], arguments=TO_OUT)
    world.run()
    world.step(WRITE, outputs=[output()], arguments=TO_OUT)
    assert world.run().status == "completed"
    assert world.run(reuse=False).status == "completed"
    assert (world.store / "azureml/r1_step/out/a.txt").read_text() == "made"


def test_an_output_may_be_a_file_or_nothing(world: World) -> None:
    ports = [output("file", path="results/{run-id}/model.txt"), output("nothing")]
    script = 'import sys; open(sys.argv[1], "w").write("x")'
    world.step(script, outputs=ports, arguments=[ir.OutputPath(port="file")])
    result = world.run()
    assert Path(result.outputs["file"]).read_text() == "x"
    assert list(Path(result.outputs["nothing"]).iterdir()) == []
    assert "pipelift: output 'nothing' was not written: it is an empty folder" in world.lines


@pytest.mark.parametrize("create", [True, False])
def test_create_decides_whether_the_folder_is_there(world: World, create: bool) -> None:
    script = "import os, sys; print(os.path.isdir(sys.argv[1]), os.path.isdir(os.path.dirname(sys.argv[1])))"
    world.step(script, outputs=[output(create=create)], arguments=TO_OUT)
    world.run()
    assert world.lines[0] == f"{create} True"


def test_an_explicit_destination_keeps_what_others_put_there(world: World) -> None:
    world.put("models/old.txt", "old")
    world.put("models/a.txt", "before")
    world.step(WRITE, outputs=[output(path="/models", explicit=True)], arguments=TO_OUT)
    assert world.run().outputs == {"out": str(world.store / "models")}
    assert read_texts(world.store) == {"models/old.txt": "old", "models/a.txt": "made"}


def test_an_upload_without_overwrite_refuses_a_different_file(world: World) -> None:
    world.put("models/a.txt", "before")
    port = output(path="models", explicit=True, create=True, mode="upload")
    world.step(WRITE, outputs=[port], arguments=TO_OUT)
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", 73)
    assert "as_upload(overwrite=True)" in result.reason
    assert (world.store / "models/a.txt").read_text() == "before"
    world.step(WRITE, outputs=[replace(port, overwrite=True)], arguments=TO_OUT)
    assert world.run().status == "completed"
    assert (world.store / "models/a.txt").read_text() == "made"


def test_only_the_files_that_the_globs_name_are_kept(world: World) -> None:
    script = """
    import os, sys
    os.makedirs(sys.argv[1] + "/deep")
    for name in ("a.csv", "b.tmp", "deep/c.csv"):
        open(os.path.join(sys.argv[1], name), "w").close()
    """
    world.step(script, outputs=[output(create=True, globs=("**/*.csv",))], arguments=TO_OUT)
    assert sorted(read_texts(Path(world.run().outputs["out"]))) == ["a.csv", "deep/c.csv"]


@pytest.mark.parametrize("path", ["../out", ".pipelift/x", "a/../../b"])
def test_an_output_stays_in_its_store(world: World, path: str) -> None:
    world.step(WRITE, outputs=[output(path=path)], arguments=TO_OUT)
    assert world.run().exit_code == 65


def test_mount_is_the_data_itself_and_download_a_copy(world: World) -> None:
    world.put("images/a.txt", "a")
    ports = [world.dataset("images/", id="mounted"), world.dataset("images", id="copied", mode="download")]
    world.step(
        "import sys; print(sys.argv[1]); open(sys.argv[2] + '/a.txt', 'w').write('changed')",
        inputs=ports,
        arguments=[ir.InputPath(port="mounted"), ir.InputPath(port="copied")],
    )
    assert world.run().status == "completed"
    assert world.lines == [str(world.store / "images")]
    assert (world.store / "images/a.txt").read_text() == "a"


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_a_dataset_of_one_file_gives_the_file(world: World, mode: str) -> None:
    world.put("20news/20news.pkl", "pickled")
    port = world.dataset("20news/20news.pkl", mode=mode)
    script = """
    import os, sys
    path = sys.argv[1]
    print(os.path.basename(path), open(path).read(), os.environ["AZURE_ML_INPUT_data"] == path)
    """
    world.step(script, inputs=[port], arguments=[ir.InputPath(port="data")])
    world.run()
    assert world.lines == ["20news.pkl pickled True"]


@pytest.mark.parametrize("mode", ["mount", "download"])
@pytest.mark.parametrize(
    ("paths", "seen"),
    [
        (["raw/*.csv"], ["a.csv", "b.csv"]),
        (["raw/**/*.csv"], ["a.csv", "b.csv", "deep/c.csv"]),
        (["raw/**"], ["a.csv", "b.csv", "deep/c.csv", "x.txt"]),
        (["raw/a.csv", "raw/deep"], ["a.csv", "deep/c.csv"]),
        (["raw/deep/c.csv", "more/d.csv"], ["more/d.csv", "raw/deep/c.csv"]),
    ],
)
def test_patterns_and_several_paths_become_a_folder(
    world: World, mode: str, paths: list[str], seen: list[str]
) -> None:
    for name in ("raw/a.csv", "raw/b.csv", "raw/x.txt", "raw/deep/c.csv", "more/d.csv"):
        world.put(name, name)
    script = """
    import json, os, sys
    print(json.dumps(sorted(os.path.relpath(os.path.join(folder, name), sys.argv[1])
                            for folder, _, names in os.walk(sys.argv[1]) for name in names)))
    """
    world.step(script, inputs=[world.dataset(*paths, mode=mode)], arguments=[ir.InputPath(port="data")])
    assert world.run().status == "completed"
    assert json.loads(world.lines[0]) == seen


def test_path_on_compute_is_below_the_working_directory(world: World) -> None:
    world.put("raw/a.csv", "1")
    port = world.dataset("raw", path_on_compute="data/in")
    world.step("print(open('data/in/a.csv').read())", inputs=[port])
    world.run()
    assert world.lines == ["1"]


def test_missing_data_names_store_path_and_line(world: World) -> None:
    port = world.dataset("train-images/")
    world.step(SHOW, inputs=[port], arguments=[ir.InputPath(port="data")])
    (message,) = missing_data(world.spec(), {STORE: str(world.store)})
    assert f"store '{STORE}' has no 'train-images/'" in message
    assert str(world.store / "train-images") in message
    assert f'[stores.{STORE}] url = "FOLDER"' in message
    result = world.run()
    assert (result.status, result.exit_code, result.reason) == ("failed", 66, message)
    world.put("train-images/a", "")
    assert missing_data(world.spec(), {STORE: str(world.store)}) == []


ADD = """
import os, sys
open(os.path.join(sys.argv[1], "a.txt"), "w").write("made")
"""


@pytest.mark.parametrize("identity", ["definition", "content"])
@pytest.mark.parametrize("path", ["out/v1.0", "out put/\u00fcn\u00ef/'q'", "made.d/", "."])
def test_a_folder_that_a_script_may_write_is_made_and_told(
    world: World, path: str, identity: Literal["definition", "content"]
) -> None:
    world.identity = identity
    world.step(ADD, inputs=[world.dataset(path, writable=True)], arguments=[ir.InputPath(port="data")])
    if path == ".":
        world.store.rmdir()
    assert missing_data(world.spec(), {STORE: str(world.store)}) == []
    assert world.run().status == "completed"
    assert (world.store / path / "a.txt").read_text() == "made"
    assert [line for line in world.lines if "an empty folder was made" in line and f"'{path}'" in line]


def test_no_result_stands_in_for_a_folder_that_is_gone(world: World) -> None:
    world.step(ADD, inputs=[world.dataset("out", writable=True)], arguments=[ir.InputPath(port="data")])
    world.run()
    assert world.run("r2").status == "reused"
    (world.store / "out/a.txt").unlink()
    (world.store / "out").rmdir()
    assert look_up(world.spec(), world.context("r3")).status == "missed"
    assert not (world.store / "out").exists()
    assert world.run("r3").status == "completed"
    assert (world.store / "out/a.txt").read_text() == "made"


@pytest.mark.parametrize("path", ["raw/train.csv", "raw/*.csv", "../outside", "out/link/new"])
def test_no_folder_is_made_where_a_file_is_named_or_outside_of_the_store(world: World, path: str) -> None:
    (world.root / "elsewhere").mkdir()
    (world.store / "out").mkdir()
    (world.store / "out/link").symlink_to(world.root / "elsewhere")
    before = sorted(world.root.rglob("*"))
    world.step(ADD, inputs=[world.dataset(path, writable=True)], arguments=[ir.InputPath(port="data")])
    assert world.run().exit_code == 66
    made = set(world.root.rglob("*")).difference(before)
    assert not [
        found for found in made if not found.is_relative_to(world.state) and "source" not in found.parts
    ]


def test_a_dataset_that_is_missing_is_never_made(world: World) -> None:
    world.step(ADD, inputs=[world.dataset("out")], arguments=[ir.InputPath(port="data")])
    assert world.run().exit_code == 66
    assert not (world.store / "out").exists()


def test_a_dataset_known_by_name_lies_in_the_default_store_or_is_registered(world: World) -> None:
    world.put("datasets/titanic/t.csv", "by name")
    show = "import os, sys; print(open(sys.argv[1] + '/t.csv').read())"
    port = world.dataset(id="data", name="titanic")
    world.step(show, inputs=[port], arguments=[ir.InputPath(port="data")])
    world.run()
    assert world.lines == ["by name"]
    made = output("out", register_as=ir.Registration(name="titanic"))
    script = "import os, sys; os.makedirs(sys.argv[1]); open(sys.argv[1] + '/t.csv', 'w').write('registered')"
    world.step(script, id="maker", outputs=[made], arguments=TO_OUT)
    world.run(id="maker")
    world.run(reuse=False)
    assert world.lines == ["registered"]


def test_an_upstream_without_result_is_named(world: World) -> None:
    source = ir.StepSource(step="before", port="out")
    world.step(WRITE, id="before", outputs=[output()], arguments=TO_OUT)
    world.step(SHOW, inputs=[ir.Input(name="in", source=source)], arguments=[ir.InputPath(port="in")])
    result = world.run()
    assert (result.exit_code, "step 'before'" in result.reason) == (67, True)


def test_arguments_are_put_together(world: World) -> None:
    world.put("in/a", "")
    world.parameter("rate", 0.5, "float")
    parts = (
        ir.Literal(value="--x="),
        ir.InputPath(port="data"),
        ir.Literal(value=":"),
        ir.ParameterValue(parameter="rate"),
    )
    world.step(
        SHOW,
        inputs=[world.dataset("in")],
        outputs=[output()],
        arguments=[
            *arguments("--text", 'it\'s "ö" $HOME', "--old=$AZUREML_DATAREFERENCE_data/$AML_PARAMETER_rate"),
            ir.Concatenation(parts=parts),
            ir.OutputPath(port="out"),
        ],
    )
    world.run(parameters={"rate": "1e3"})
    seen = json.loads(world.lines[0])
    folder = str(world.store / "in")
    assert seen[:4] == ["--text", 'it\'s "ö" $HOME', f"--old={folder}/1000.0", f"--x={folder}:1000.0"]
    assert seen[4].endswith("/out")


@pytest.mark.parametrize(
    ("type", "given", "seen"),
    [
        ("string", " a b ", " a b "),
        ("string", "", ""),
        ("integer", "5.0", "5"),
        ("integer", "-3", "-3"),
        ("float", "5", "5.0"),
        ("float", "1e-05", "1e-05"),
        ("boolean", "true", "True"),
        ("boolean", "0", "False"),
    ],
)
def test_every_engine_gives_the_same_text(world: World, type: str, given: str, seen: str) -> None:
    world.parameter("p", None, type)
    world.step(SHOW, arguments=[ir.ParameterValue(parameter="p")])
    world.run(parameters={"p": given})
    assert json.loads(world.lines[0]) == [seen]


@pytest.mark.parametrize(
    ("type", "given"), [("integer", "5.5"), ("float", "x"), ("boolean", "2"), ("integer", "inf")]
)
def test_a_value_of_the_wrong_type_is_refused(world: World, type: str, given: str) -> None:
    world.parameter("p", None, type)
    world.step(SHOW)
    result = world.run(parameters={"p": given})
    assert (result.status, result.exit_code) == ("failed", 64)
    assert world.run().reason == "parameter 'p' has no value: give --parameter p=VALUE"


def test_the_script_sees_the_variables_that_the_sdk_sets(world: World) -> None:
    world.put("in/a", "")
    world.parameter("my-rate", 0.5, "float")
    world.variables.append(ir.NamedValue(name="FROM_ENVIRONMENT", value="1"))
    world.step(
        "import json, os; print(json.dumps(dict(os.environ)))",
        inputs=[world.dataset("in", id="raw"), world.dataset("in", id="path")],
        outputs=[output("made", create=True)],
        variables=(ir.NamedValue(name="FROM_STEP", value="2"),),
    )
    world.run("20260101-1")
    seen = json.loads(world.lines[0])
    folder = str(world.store / "in")
    expected = {
        "AZUREML_RUN_ID": "20260101-1_step",
        "AZUREML_ARM_SUBSCRIPTION": "pipelift",
        "AZUREML_ARM_RESOURCEGROUP": "pipelift",
        "AZUREML_ARM_WORKSPACE_NAME": "pipelift",
        "AZUREML_ARM_PROJECT_NAME": "exp",
        "AZUREML_DATAREFERENCE_raw": folder,
        "AZUREML_DATASET_ENVIRONMENT_VARS": "path:mount,raw:mount",
        "AZUREML_DATASET_FILE_OUTPUTS": "made",
        "AML_PARAMETER_my_rate": "0.5",
        "raw": folder,
        "RAW": folder,
        "FROM_ENVIRONMENT": "1",
        "FROM_STEP": "2",
        "PYTHONUNBUFFERED": "1",
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert seen["made"] == seen["AZUREML_DATAREFERENCE_made"]
    assert folder != seen["PATH"]
    assert "path" not in seen


def test_the_import_path_holds_azureml_and_the_source(world: World) -> None:
    script = """
    import importlib.util
    from util.helper import VALUE
    names = ("files", "spec", "launch", "records", "standin", "errors")
    print(VALUE, [name for name in names if importlib.util.find_spec(name)])
    """
    files = {"train/run.py": script, "util/helper.py": "VALUE = 3"}
    world.step("", files=files, run=ir.Script(path="train/run.py"))
    world.run()
    assert world.lines == ["3 []"]


def test_outputs_and_logs_of_the_working_directory_are_kept(world: World) -> None:
    world.step("open('outputs/model.pkl', 'w').write('m'); open('logs/x.log', 'w').write('l'); print('done')")
    world.run()
    place = world.place()
    assert (place / "outputs/model.pkl").read_text() == "m"
    assert (place / "logs/x.log").read_text() == "l"
    assert (place / "log.txt").read_text() == "done\n"
    assert not (place / "work").exists()


def test_names_with_spaces_and_other_scripts(tmp_path: Path) -> None:
    world = World(tmp_path / "père nöel 雪")
    world.put("données été/a b.txt", "ü")
    script = """
    import os, sys
    text = open(os.path.join(sys.argv[1], "a b.txt"), encoding="utf-8").read()
    os.makedirs(sys.argv[2])
    open(os.path.join(sys.argv[2], "r 雪.txt"), "w", encoding="utf-8").write(text)
    sys.stdout.buffer.write("né\\n".encode("utf-8") + b"\\xff\\n")
    """
    port = world.dataset("données été", mode="download")
    world.step(script, inputs=[port], outputs=[output()], arguments=[ir.InputPath(port="data"), *TO_OUT])
    result = world.run()
    assert (result.status, world.lines) == ("completed", ["né", "�"])
    assert read_texts(Path(result.outputs["out"])) == {"r 雪.txt": "ü"}


def test_commands_and_programs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.step("", run=ir.Command(program="python"), arguments=arguments("-c", "print('from python')"))
    world.run()
    assert world.lines == ["from python"]
    world.step("", run=ir.Command(program="sh"), arguments=arguments("-c", 'echo "$AZUREML_RUN_ID"'))
    world.run(reuse=False)
    assert world.lines == ["r1_step"]
    world.step("", run=ir.Command(program="no-such-program"))
    result = world.run(reuse=False)
    assert (result.exit_code, result.reason) == (127, "the program 'no-such-program' was not found")
    monkeypatch.setenv("PATH", "")
    world.step("", run=ir.Script(path="main.py", interpreter="Rscript"))
    assert "'Rscript' was not found" in world.run(reuse=False).reason
    world.step("", run=ir.Script(path="lost.py"))
    assert "the script 'lost.py' is not in the step's source" in world.run(reuse=False).reason


def test_secrets_are_not_written_down(world: World) -> None:
    world.parameter("api_key", "hunter2")
    world.parameter("rate", "0.5")
    world.step(SHOW, arguments=[ir.ParameterValue(parameter="rate")])
    world.run()
    written = "".join(path.read_text() for path in world.state.rglob("*") if path.is_file())
    assert "hunter2" not in written
    assert world.record()["parameters"] == {"rate": "0.5"}


def test_the_interpreter_that_is_given_runs_the_script(world: World) -> None:
    world.step("import sys; print(sys.executable)")
    world.run(python=sys.executable)
    assert world.lines == [sys.executable]
