"""The stand-in where a script leaves something out, or another process has left files of another form."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest

from tests.support.runtime_world import World


def run(world: World, script: str, id: str = "step") -> list[str]:
    """The lines that a step with `script` prints; it must end well."""
    world.step(textwrap.dedent(script), id=id)
    result = world.run("r1", id=id, reuse=False, python=sys.executable)
    assert result.status == "completed", (result.reason, world.lines)
    return world.lines


def test_a_run_below_that_of_the_step_has_no_steps(world: World) -> None:
    script = """
    from azureml.core import Run
    child = Run.get_context().child_run("fold")
    child.log("score", 1)
    print(list(child.get_children()), child.get_metrics(recursive=True), child.get_details()["inputDatasets"])
    """
    assert run(world, script) == ["[] {'score': 1} []"]


def test_children_need_a_number_or_values(world: World) -> None:
    script = """
    from azureml.core import Run
    from azureml.exceptions import UserErrorException
    run = Run.get_context()
    for arguments in {}, {"tag_values": ["a"]}:
        try:
            run.create_children(**arguments)
        except UserErrorException as error:
            print(error)
    print([child.tags for child in run.create_children(tag_key="fold", tag_values=["a", "b"])])
    print(len(run.create_children(2)))
    """
    assert run(world, script) == [
        "create_children: give count=, or tag_key= and tag_values=",
        "create_children: give count=, or tag_key= and tag_values=",
        "[{'fold': 'a'}, {'fold': 'b'}]",
        "2",
    ]


def test_a_path_without_a_datastore_is_refused_by_name(world: World) -> None:
    script = """
    from azureml.core import Dataset
    from azureml.data import DataPath
    from azureml.exceptions import UserErrorException
    print(DataPath(path_on_datastore="raw").datastore_name)
    for path in DataPath(path_on_datastore="raw"), [DataPath()]:
        try:
            Dataset.File.from_files(path)
        except UserErrorException as error:
            print(error)
    """
    told = "a DataPath needs a datastore here: DataPath(datastore, path)"
    assert run(world, script) == ["None", told, told]


def test_a_datastore_alone_is_a_place_to_write_to(world: World) -> None:
    script = """
    import os
    from azureml.core import Dataset, Datastore, Workspace
    store = Datastore(Workspace())
    open("a.txt", "w").write("1")
    os.makedirs("up"); os.rename("a.txt", "up/a.txt")
    print(Dataset.File.upload_directory("up", store).to_path())
    print(Dataset.File.upload_directory("up", (store, "there")).to_path())
    """
    assert run(world, script)[-2:] == ["['/a.txt']", "['/a.txt']"]


def test_a_dataset_is_asked_for_by_name_or_by_id(world: World) -> None:
    script = """
    from azureml.core import Dataset, Datastore, Workspace
    from azureml.exceptions import UserErrorException
    try:
        Dataset.get(Workspace())
    except UserErrorException as error:
        print(error)
    open("a.txt", "w").write("1")
    Dataset.File.from_files("a.txt").unregister_all_versions()
    """
    assert run(world, script) == ["Dataset.get: give name= or id="]


@pytest.mark.parametrize("made_of", ["x", {"datasets": "x"}, {"datasets": {"in": "x"}}, 1])
def test_a_record_of_another_form_is_one_that_says_nothing(world: World, made_of: object) -> None:
    script = """
    from azureml.core import Run
    (other,) = [run for run in Run.get_context().parent.get_children() if run.id.endswith("other")]
    print(other.name, other.status, other.get_details()["inputDatasets"], other.get_metrics())
    """
    run(world, "", id="other")
    damaged = {**world.record(id="other"), "made_of": made_of, "name": ["x"], "status": ["x"]}
    (world.place(id="other") / "record.json").write_text(json.dumps(damaged))
    run_file = world.place(id="other").parents[1] / "run.json"
    run_file.write_text('{"status": ["completed"], "name": 1}')
    assert run(world, script) == ["other Running [] {}"]


def test_lines_of_another_form_say_nothing_of_a_run(world: World) -> None:
    script = """
    from azureml.core import Run
    run = Run.get_context()
    run.tag("a", "1")
    with open(run._own + "/events.jsonl", "a") as file:
        file.write('{"kind": "tag", "name": ["b"], "value": "2"}\\n{"kind": "untag", "name": {}}\\n{"kind": "tag"}\\n')
    child = run.child_run("fold")
    child._append_event(kind="status", value=["x"])
    print(run.tags, child.status)
    """
    assert run(world, script) == ["{'a': '1'} Running"]


def test_cards_of_another_form_are_no_models(world: World) -> None:
    script = """
    import json, os
    from azureml.core import Model, Run, Workspace
    from azureml.exceptions import ModelNotFoundException
    ws = Workspace()
    open("m.pkl", "w").write("1")
    first = Model.register(ws, "m.pkl", "m")
    for number, change in enumerate([{"created_time": 1}, {"name": None}, {"tags": []}, {"properties": ""}], 2):
        folder = os.path.join(os.path.dirname(first._folder), str(number))
        os.makedirs(os.path.join(folder, "files", "m.pkl"))
        card = json.load(open(os.path.join(first._folder, "model.json")))
        json.dump(dict(card, **change), open(os.path.join(folder, "model.json"), "w"))
    print([model.version for model in Model.list(ws)], Model(ws, "m").version)
    """
    assert run(world, script)[-1] == "[1] 1"
