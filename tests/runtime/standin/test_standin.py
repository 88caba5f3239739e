"""The stand-in for the SDK: what a step's script can ask of its run, its data, models and workspace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from pipelift.compiler import ir
from tests.support.folders import ROOT
from tests.support.runtime_world import PLAIN_PYTHON, STORE, World

STANDIN = ROOT / "runtime" / "standin"


def run(world: World, script: str, run_id: str = "r1", **fields: Any) -> list[str]:
    """The lines that a step with `script` prints; it must end well."""
    world.step(textwrap.dedent(script), **fields)
    result = world.run(run_id, reuse=False, python=sys.executable)
    assert result.status == "completed", (result.reason, world.lines)
    return world.lines


def offline(script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(STANDIN)}
    environment.pop("PIPELIFT_CONTEXT", None)
    command = [PLAIN_PYTHON, "-c", textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_run_knows_where_it_belongs(world: World) -> None:
    lines = run(
        world,
        """
        from azureml.core import Run, Workspace, Experiment
        from azureml.core.run import _OfflineRun
        run = Run.get_context()
        print(run.id, run.parent.id, run.name, run.experiment.name, run.experiment.workspace.name)
        print(isinstance(run, Run), isinstance(run, _OfflineRun), run.status, run.parent.parent)
        print(Workspace.from_config().name, Workspace.get("any").name, Experiment(Workspace(), "other").name)
        print(run.get_status(), run.type, run.parent.type, run.get_details()["runId"])
        """,
    )
    assert lines == [
        "r1_step r1 step exp pipelift",
        "True False Running None",
        "pipelift pipelift other",
        "Running azureml.StepRun azureml.PipelineRun r1_step",
    ]


def test_metrics_of_every_kind_reach_the_record(world: World) -> None:
    script = """
    import datetime, json, numpy
    from azureml.core import Run
    run = Run.get_context()
    run.log("once", 1)
    run.log("twice", 1); run.log("twice", 2.5, step=2)
    run.log("numpy", numpy.float32(0.5)); run.log("integer", numpy.int64(7)); run.log("yes", numpy.bool_(True))
    run.log("array", numpy.array([1, 2])); run.log("text", "ok"); run.log("truth", True); run.log("none", None)
    run.log("nan", float("nan"))
    run.log("date", datetime.date(2020, 1, 2))
    run.log("odd", object)
    run.log_list("list", [1, numpy.int32(2)])
    run.log_row("row", x=1, y=2); run.log_row("rows", x=1); run.log_row("rows", x=2)
    run.log_table("table", {"a": [1, 2]})
    run.log_confusion_matrix("matrix", json.dumps({"schema_type": "confusion_matrix"}))
    print(run.get_metrics("twice"), run.get_metrics()["nan"])
    with run.child_run("child") as child:
        child.log("inner", 1)
        print(child.get_metrics(), child.parent.id)
    print("inner" in run.get_metrics())
    """
    lines = run(world, script)
    assert "pipelift: metric 'odd': a value of type type is kept as its text" in lines
    lines = [line for line in lines if not line.startswith("pipelift:")]
    assert lines == ["{'twice': [1, 2.5]} nan", "{'inner': 1} r1_step", "False"]
    metrics = world.record()["metrics"]
    assert metrics.pop("odd") == "<class 'object'>"
    assert metrics == {
        "once": 1,
        "twice": [1, 2.5],
        "numpy": 0.5,
        "integer": 7,
        "yes": True,
        "array": [1, 2],
        "text": "ok",
        "truth": True,
        "none": None,
        "nan": "NaN",
        "date": "2020-01-02",
        "list": [1, 2],
        "row": {"x": 1, "y": 2},
        "rows": {"x": [1, 2]},
        "table": {"a": [1, 2]},
        "matrix": {"schema_type": "confusion_matrix"},
    }


def test_a_table_is_read_as_its_dataset_says(world: World) -> None:
    world.put("iris/a.csv", "w;été\n1;2\n")
    (world.store / "iris/b.csv").write_bytes("w;été\n3;4\n".encode("latin-1"))
    (world.store / "iris/a.csv").write_bytes("w;été\n1;2\n".encode("latin-1"))
    table = ir.TableFormat(kind="delimited", separator=";", encoding="iso88591", include_path=True)
    port = world.dataset("iris/*.csv", id="iris_data", mode="direct", table=table, name="iris")
    script = """
    import os, sys
    from azureml.core import Dataset, Run
    run = Run.get_context()
    data = run.input_datasets["iris_data"]
    frame = data.to_pandas_dataframe()
    print(frame.to_csv(index=False).replace("\\n", "|"))
    print(data.name, data.take(1).to_pandas_dataframe().shape, data.keep_columns(["w"]).to_pandas_dataframe().shape)
    print(sys.argv[1], Dataset.get_by_id(run.experiment.workspace, id=sys.argv[1]).to_pandas_dataframe().shape)
    first, second = data.random_split(0.5, seed=1)
    print(len(first.to_pandas_dataframe()), len(second.to_pandas_dataframe()))
    """
    lines = run(world, script, inputs=[port], arguments=[ir.InputPath(port="iris_data")])
    assert lines == ["Path,w,été|/a.csv,1,2|/b.csv,3,4|", "iris (1, 3) (2, 1)", "iris_data (2, 3)", "1 1"]


@pytest.mark.parametrize(
    ("name", "text", "table", "seen"),
    [
        ("t.csv", "1,2\n", ir.TableFormat(kind="delimited", header=False), [["Column1", "Column2"], [1, 2]]),
        ("t.csv", "﻿a,b\n1,x\n", ir.TableFormat(kind="delimited"), [["a", "b"], [1, "x"]]),
        ("t.tsv", "a\tb\n1\t2\n", ir.TableFormat(kind="delimited", separator="\t"), [["a", "b"], [1, 2]]),
        ("t.jsonl", '{"a": 1}\n{"a": 2}\n', ir.TableFormat(kind="json_lines"), [["a"], [1], [2]]),
        ("t.csv", "", ir.TableFormat(kind="delimited"), [[]]),
    ],
)  # fmt: skip
def test_formats_of_tables(
    world: World, name: str, text: str, table: ir.TableFormat, seen: list[Any]
) -> None:
    world.put(f"raw/{name}", text)
    script = """
    import json
    from azureml.core import Run
    frame = Run.get_context().input_datasets["data"].to_pandas_dataframe()
    print(json.dumps([list(frame.columns), *frame.values.tolist()]))
    """
    lines = run(world, script, inputs=[world.dataset(f"raw/{name}", mode="direct", table=table)])
    assert json.loads(lines[0]) == seen


def test_inputs_are_paths_or_datasets(world: World) -> None:
    world.put("raw/deep/a.txt", "a")
    ports = [world.dataset("raw", id="mounted"), world.dataset("raw", id="files", mode="direct")]
    script = """
    import os
    from azureml.core import Run
    run = Run.get_context()
    print(run.input_datasets["mounted"], sorted(run.input_datasets), list(run.output_datasets))
    files = run.input_datasets["files"]
    print(files.to_path(), [open(path).read() for path in files.download("here")])
    with files.mount() as mounted:
        print(os.listdir(mounted.mount_point))
    try:
        run.input_datasets["other"]
    except KeyError as error:
        print(error)
    """
    lines = run(world, script, inputs=ports)
    assert lines == [
        f"{world.store / 'raw'} ['files', 'mounted'] []",
        "['/deep/a.txt'] ['a']",
        "['deep']",
        "\"the step has no input 'other'; it has: files, mounted\"",
    ]


def test_the_table_that_another_step_wrote(world: World) -> None:
    made = ir.Output(name="out", store=STORE, path="t/{run-id}", create=True)
    before = "import sys; open(sys.argv[1] + '/t.csv', 'w').write('a\\n1\\n')"
    world.step(before, id="before", outputs=[made], arguments=[ir.OutputPath(port="out")])
    world.run(id="before")
    source = ir.StepSource(step="before", port="out")
    script = """
    from azureml.core import Run
    print(Run.get_context().input_datasets["table"].to_pandas_dataframe().to_dict("list"))
    """
    assert run(world, script, inputs=[ir.Input(name="table", source=source, mode="direct")]) == ["{'a': [1]}"]


def test_datasets_from_stores_and_by_name(world: World) -> None:
    world.put("tables/t.csv", "a\n1\n")
    world.put("datasets/lying/x.csv", "a\n2\n")
    script = """
    from azureml.core import Dataset, Datastore, Run, Workspace
    from azureml.data.datapath import DataPath
    ws = Workspace.from_config()
    store = ws.get_default_datastore()
    print(store.name, sorted(ws.datastores), Datastore.get(ws, store.name).name, ws.datastores[store.name].name)
    made = Dataset.Tabular.from_delimited_files(path=[(store, "tables/t.csv")])
    print(made.to_pandas_dataframe().to_dict("list"))
    made.register(ws, "mine", description="d")
    made.register(ws, "mine", create_new_version=True)
    first = Dataset.get_by_name(ws, name="mine", version=1)
    print(Dataset.get_by_name(ws, "mine").version, first.name, sorted(ws.datasets))
    print(Dataset.get_by_name(ws, "lying").to_pandas_dataframe().to_dict("list"))
    print(Dataset.File.from_files(DataPath(store, "tables/*.csv")).to_path())
    open("local.csv", "w").write("a\\n3\\n")
    print(Dataset.Tabular.from_delimited_files("local.csv", header=True).to_pandas_dataframe().to_dict("list"))
    store.upload_files(["local.csv"], target_path="up", overwrite=True)
    store.upload("logs", "up")
    print(store.download("down", prefix="up"))
    for bad in (lambda: Dataset.get_by_name(ws, "lost"), lambda: Datastore.get(ws, "lost")):
        try:
            bad()
        except Exception as error:
            print(type(error).__name__, error)
    """
    lines = run(world, script)
    assert lines[:8] == [
        f"{STORE} ['{STORE}'] {STORE} {STORE}",
        "{'a': [1]}",
        "2 mine ['mine']",
        "{'a': [2]}",
        "['/t.csv']",
        "{'a': [3]}",
        "1",
        f"UserErrorException dataset 'lost': nothing at {world.store}/datasets/lost; say in pipelift.toml "
        f'where the store is: [stores.{STORE}] url = "FOLDER"',
    ]
    assert '[stores.lost] url = "FOLDER"' in lines[8]


def test_models_are_kept_from_run_to_run(world: World) -> None:
    register = """
    import os
    from azureml.core import Model, Run
    run = Run.get_context()
    ws = run.experiment.workspace
    open("outputs/model.pkl", "w").write(run.id)
    run.upload_file(name="outputs/up.pkl", path_or_stream="outputs/model.pkl")
    made = run.register_model("net", "outputs/model.pkl", tags={"area": 1}, description="d")
    other = Model.register(workspace=ws, model_path="outputs", model_name="folder")
    print(made.name, made.version, made.id, made.run_id, sorted(os.listdir(other.path)))
    """
    assert run(world, register)[0] == "net 1 net:1 r1_step ['model.pkl']"
    assert run(world, register, "r2")[0] == "net 2 net:2 r2_step ['model.pkl']"
    use = """
    from azureml.core import Model, Run
    from azureml.exceptions import WebserviceException
    ws = Run.get_context().experiment.workspace
    print(open(Model.get_model_path("net", _workspace=ws)).read(), open(Model(ws, "net", version=1).path).read())
    print(Model(ws, id="net:1").version, [m.version for m in Model.list(ws, name="net")], sorted(ws.models))
    print(len(Model.list(ws, latest=True)), Model.list(ws, tags=[["area", "1"]], latest=True)[0].tags)
    model = Model(ws, "net"); model.add_tags({"x": "y"})
    print(Model(ws, "net", tags=["x"]).tags, open(model.download("there")).read(), model.run.id)
    try:
        Model(ws, "lost")
    except WebserviceException as error:
        print(error)
    """
    assert run(world, use, "r3") == [
        "r2_step r1_step",
        "1 [2, 1] ['folder', 'net']",
        "2 {'area': '1'}",
        "{'area': '1', 'x': 'y'} r2_step r2_step",
        "ModelNotFound: there is no model 'lost' that answers",
    ]


def test_files_tags_and_properties_of_a_run(world: World) -> None:
    script = """
    import io, os
    from azureml.core import Run
    run = Run.get_context()
    run.tag("kind", "test"); run.set_tags({"a": 1, "b": 2}); run.remove_tags(["b"]); run.add_properties({"p": "q"})
    print(run.get_tags(), run.tags == run.get_tags(), run.properties)
    os.makedirs("plots"); open("plots/a.png", "w").write("p")
    run.upload_folder("plots", "plots"); run.upload_files(["logs/x"], ["plots/a.png"])
    run.upload_file("stream.txt", io.BytesIO(b"s")); run.log_image("image", path="plots/a.png")
    print(run.get_file_names())
    run.download_file("plots/a.png", "copy.png"); run.download_files(prefix="plots", output_directory="got")
    print(open("copy.png").read(), os.listdir("got/plots"))
    run.parent.tag("whole", "yes"); run.parent.log("score", 2)
    print(run.parent.get_metrics(), run.parent.tags, [child.id for child in run.parent.get_children()])
    """
    assert run(world, script) == [
        "{'kind': 'test', 'a': '1'} True {'p': 'q'}",
        "['images/image.png', 'logs/x', 'plots/a.png', 'stream.txt']",
        "p ['a.png']",
        "{'score': 2} {'whole': 'yes'} ['r1_step']",
    ]
    later = """
    from azureml.core import Run, Experiment
    run = Run.get_context()
    earlier = Run.get(run.experiment.workspace, "r1_step")
    print(earlier.status, earlier.tags["kind"], earlier.get_metrics(), earlier.name)
    print([run.id for run in run.experiment.get_runs(tags="whole")])
    """
    assert run(world, later, "r2") == ["Completed test {'image': 'images/image.png'} step", "['r1']"]


@pytest.mark.parametrize(
    ("call", "status", "code", "reason"),
    [
        ("run.complete()", "completed", 0, ""),
        ("run.fail('bad data')", "failed", 1, "the script called run.fail(): bad data"),
        ("run.cancel()", "cancelled", 76, "the script cancelled its step"),
        ("run.parent.cancel()", "cancelled", 76, "the script cancelled the run"),
        ("run.parent.cancel(); raise SystemExit(3)", "cancelled", 3, "the script cancelled the run"),
    ],
)
def test_a_script_decides_how_its_step_ends(
    world: World, call: str, status: str, code: int, reason: str
) -> None:
    world.step(f"from azureml.core import Run\nrun = Run.get_context()\n{call}")
    result = world.run()
    assert (result.status, result.exit_code, result.reason) == (status, code, reason)
    assert result.cancels_run == ("parent" in call)
    world.step("print('later')", id="later")
    assert world.run(id="later", reuse=False).status == ("cancelled" if "parent" in call else "completed")
    # A step that cancelled its run may think better of it when it is run again.
    world.step("print('well')")
    assert [world.run(id=id, reuse=False).status for id in ("step", "later")] == ["completed", "completed"]


def test_secrets_come_from_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_KEY", "s3cret")
    script = """
    from azureml.core import Run
    run = Run.get_context()
    vault = run.experiment.workspace.get_default_keyvault()
    print(run.get_secret("storage-key")[::-1], vault.get_secret("storage-key")[::-1])
    try:
        run.get_secret("other-key")
    except Exception as error:
        print(error)
    """
    missing = "the secret 'other-key' is not there: set the environment variable OTHER_KEY for the step"
    assert run(world, script) == ["terc3s terc3s", missing]


def test_what_is_not_covered_says_so(world: World) -> None:
    script = """
    from azureml.core import Run, Dataset, Environment, ScriptRunConfig, Model
    from azureml.core.compute import AmlCompute, ComputeTarget
    from azureml.pipeline.steps import PythonScriptStep
    from azureml.train.hyperdrive import HyperDriveRun
    import azureml.core.runconfig
    run = Run.get_context()
    print(hasattr(run, "get_snapshot_id"), isinstance(run, HyperDriveRun))
    for call in (
        lambda: run.submit_child(None), lambda: Dataset.Tabular.from_feather("x"), lambda: Environment("e"),
        lambda: Model.deploy(None), lambda: AmlCompute.provisioning_configuration(vm_size="x"),
        lambda: PythonScriptStep("x"), lambda: Environment.get(None, "x"),
    ):
        try:
            call()
        except AttributeError as error:
            print(str(error).split(" is not covered by pipelift's stand-in for azureml. ")[0])
    try:
        import azureml.automl.core
    except ImportError as error:
        print(str(error).split(",")[0])
    """
    assert run(world, script) == [
        "False False",
        "SubmittedRun.submit_child",
        "TabularDatasetFactory.from_feather",
        "azureml.core.Environment",
        "Model.deploy",
        "AmlCompute.provisioning_configuration",
        "azureml.pipeline.steps.PythonScriptStep",
        "Environment.get",
        "azureml.automl is not installed",
    ]


def test_a_script_started_by_hand_gets_an_offline_run() -> None:
    done = offline(
        """
        from azureml.core.run import Run, _OfflineRun
        run = Run.get_context()
        print(run.id.startswith("OfflineRun_"), isinstance(run, _OfflineRun), type(run).__name__)
        run.log("a", 1)
        run.tag("a", "b"); run.complete(); run.cancel(); run.flush()
        print(run.child_run("x").id == run.id + ".x")
        print([name for name in ("experiment", "parent", "input_datasets", "get_metrics") if hasattr(run, name)])
        try:
            run.experiment
        except AttributeError as error:
            print(error)
        try:
            Run.get_context(allow_offline=False)
        except Exception as error:
            print(type(error).__name__)
        from azureml.core import Workspace
        try:
            Workspace.from_config()
        except Exception as error:
            print(error)
        """
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "True True _OfflineRun",
        "Attempted to log scalar metric a:",
        "1",
        "True",
        "[]",
        "'_OfflineRun' object has no attribute 'experiment': start the script with `pipelift run`",
        "RunEnvironmentException",
        "Workspace needs a run: start the script through its pipeline, with `pipelift run`",
    ]


def test_packages_of_the_sdk_that_are_installed_stay_importable(world: World) -> None:
    files = {"azureml/opendatasets.py": "NAME = 'theirs'"}
    script = (
        "import azureml.opendatasets, azureml.core; print(azureml.opendatasets.NAME, azureml.core.VERSION)"
    )
    assert run(world, script, files=files) == ["theirs 1.60.0"]


def test_a_dataset_that_only_the_workspace_knew_is_read_by_its_files(world: World) -> None:
    world.put("datasets/diabetes data/a.csv", "x,y\n1,2\n")
    script = """
    from azureml.core import Run
    data = Run.get_context().input_datasets["data"]
    print(type(data).__name__)
    """
    world.step(script, inputs=[world.dataset(name="diabetes data", mode="direct")])
    assert world.run().status == "completed"
    assert world.lines == ["TabularDataset"]
