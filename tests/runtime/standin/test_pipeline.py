"""What a step asks about the other steps of its run, and about datasets that they have registered or read."""

from __future__ import annotations

import pytest

from pipelift.compiler import ir
from tests.support.runtime_world import World


def test_a_registered_dataset_is_found_by_its_id(world: World) -> None:
    world.put("raw/a.csv", "x\n1\n")
    world.step(
        """
        from azureml.core import Dataset, Datastore, Run
        run = Run.get_context()
        ws = run.experiment.workspace
        made = Dataset.Tabular.from_delimited_files((Datastore.get(ws, "workspaceblobstore"), "raw/a.csv"))
        made = made.register(ws, "rows", create_new_version=True)
        run.parent.tag("dataset_id", value=made.id)
        """
    )
    world.step(
        """
        from azureml.core import Dataset, Run
        run = Run.get_context()
        found = Dataset.get_by_id(run.experiment.workspace, run.parent.get_tags()["dataset_id"])
        print(found.id, found.name, found.version, type(found).__name__)
        """,
        id="after",
        reuse=ir.Reuse(key="z" * 64),
    )
    assert world.run().status == "completed"
    assert world.run(id="after").status == "completed"
    assert world.lines == ["rows:1 rows 1 TabularDataset"]


@pytest.mark.parametrize("module", ["azureml.pipeline.core", "azureml.pipeline.core.run"])
def test_the_runs_of_other_steps_are_found_by_name(world: World, module: str) -> None:
    world.put("raw/a.txt", "1")
    world.step("", id="prepare", inputs=[world.dataset("raw/", id="raw")])
    script = f"""
    from azureml.core import Run
    from {module} import PipelineRun
    parent = Run.get_context().parent
    run = PipelineRun(parent.experiment, parent.id)
    (prepare,) = run.find_step_run("prepare")
    (told,) = prepare.get_details()["inputDatasets"]
    print(prepare.status, told["consumptionDetails"]["inputName"], told["dataset"].to_path())
    print(run.find_step_run("nobody"), [step.name for step in run.get_steps()])
    """
    world.step(script, id="after")
    assert world.run(id="prepare").status == "completed"
    assert world.run(id="after").status == "completed", world.lines
    assert world.lines == ["Completed raw ['/a.txt']", "[] ['after', 'prepare']"]


def test_a_reused_step_has_the_files_and_metrics_of_the_run_that_it_stands_for(world: World) -> None:
    script = """
    from azureml.core import Run
    open("outputs/model.pkl", "w").write("m")
    Run.get_context().log("score", 1)
    Run.get_context().upload_file("notes.txt", "outputs/model.pkl")
    """
    world.step(script, id="train")
    world.step(
        """
        from azureml.core import Run
        (train,) = [run for run in Run.get_context().parent.get_children() if run.name == "train"]
        print(train.get_file_names(), train.get_metrics())
        train.download_file("outputs/model.pkl", "copy")
        print(train.register_model("model", "outputs/model.pkl").version, open("copy").read())
        """,
        id="after",
        reuse=ir.Reuse(key="z" * 64, allowed=False),
    )
    told = "['notes.txt', 'outputs/model.pkl'] {'score': 1}"
    for number, (run, status) in enumerate((("r1", "completed"), ("r2", "reused")), start=1):
        assert world.run(run, id="train").status == status
        assert world.run(run, id="after").status == "completed", world.lines
        assert world.lines == [told, f"{number} m"]
