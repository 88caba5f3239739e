"""From SDK objects to the IR: which pipelines, which steps, their order, parameters, resources and warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.passes.lints import report_lints
from tests.support.sdk_world import Reading, read

ORDERS = {
    "a list means no order": ("[a, b]", []),
    "a sequence": ("StepSequence([a, b, c])", ["a => b", "b => c"]),
    "groups of a sequence": ("StepSequence([[a, b], [c, d]])", ["a => c", "b => c", "a => d", "b => d"]),
    "two sequences": ("[StepSequence([a, b]), StepSequence([c, d])]", ["a => b", "c => d"]),
    "a sequence within": (
        "StepSequence([a, StepSequence([b, c]), d])",
        ["a => b", "a => c", "b => c", "b => d", "c => d"],
    ),
    "a bare step": ("a", []),
    "nested lists": ("[[a], [[b]]]", []),
    "a step twice": ("[a, a]", []),
}


@pytest.mark.parametrize("case", ORDERS, ids=str)
def test_order(case: str, tmp_path: Path) -> None:
    steps, edges = ORDERS[case]
    source = f"a, b, c, d = py('a'), py('b'), py('c'), py('d')\nPipeline(ws, {steps})"
    assert sorted(read(tmp_path, source).edges) == sorted(edges)


def test_run_after_stands_beside_data(tmp_path: Path) -> None:
    source = "d = data(); a = py('a', outputs=[d]); b = py('b', inputs=[d]); b.run_after(a)\nPipeline(ws, b)"
    assert read(tmp_path, source).edges == ["a => b", "a.d -> b.d mount"]


WRITABLE = {
    "DataReference(store, 'r', 'out')": True,
    "store.path('out')": True,
    "store.as_mount()": True,
    "DataReference(store, 'r', 'out').as_download()": False,
    "(PipelineParameter('p', DataPath(store, 'out')), DataPathComputeBinding(mode='mount'))": True,
    "(PipelineParameter('p', DataPath(store, 'out')), DataPathComputeBinding(mode='download'))": False,
    "Dataset.File.from_files((store, 'out')).as_named_input('d').as_mount()": False,
    "Dataset.File.from_files(DataPath(store, 'out')).as_named_input('d').as_mount()": False,
}


@pytest.mark.parametrize("data", WRITABLE, ids=str)
def test_paths_of_stores_are_mounted_to_be_written_and_datasets_are_not(data: str, tmp_path: Path) -> None:
    source = f"""
    from azureml.data.datapath import DataPath, DataPathComputeBinding
    from azureml.data.data_reference import DataReference
    store = Datastore.get(ws, "blobs")
    given = {data}
    Pipeline(ws, [py("a", inputs=[given])])
    """
    step = read(tmp_path, source).step
    assert [port.writable for port in step.inputs] == [WRITABLE[data]]


def test_upstream_steps_are_pulled_in(tmp_path: Path) -> None:
    source = """
    d = data(); a = py("a", outputs=[d]); b = py("b", inputs=[d]); c = py("c"); c.run_after(b)
    Pipeline(ws, [c])
    """
    (pipeline,) = read(tmp_path, source).pipelines
    assert [step.name for step in pipeline.steps] == ["c", "b", "a"]


def test_data_stands_for_its_producer(tmp_path: Path) -> None:
    (pipeline,) = read(tmp_path, "d = data(); a = py('a', outputs=[d])\nPipeline(ws, [d])").pipelines
    assert [step.name for step in pipeline.steps] == ["a"]


def test_a_pipeline_is_what_it_was_when_it_was_made(tmp_path: Path) -> None:
    source = """
    a, b = py("a"), py("b")
    steps = [a]
    one = Pipeline(ws, steps)
    steps.append(b)
    b.run_after(a)
    two = Pipeline(ws, steps)
    """
    first, second = read(tmp_path, source).graphs
    assert ([step["name"] for step in first["steps"]], first["edges"]) == (["a"], [])
    assert len(second["edges"]) == 1


def test_names_that_repeat_are_numbered_in_the_sdks_order(tmp_path: Path) -> None:
    source = "a = py('x'); b = py('x', allow_reuse=False); a.run_after(b)\nPipeline(ws, [a])"
    steps = read(tmp_path, source).graphs[0]["steps"]
    assert [(one["name"], one["allow_reuse"]) for one in steps] == [("x", True), ("x#2", False)]


NAMES = {
    "the experiment": ("p = Pipeline(ws, a); Experiment(ws, 'e').submit(p)", ["e"]),
    "submit of the pipeline": ("p = Pipeline(ws, a); p.submit('e')", ["e"]),
    "the published name": ("p = Pipeline(ws, a); p.publish('n')", ["n"]),
    "the published name of a run": (
        "p = Pipeline(ws, a); r = p.submit('e'); r.publish_pipeline('n', 'd', '1')",
        ["e"],
    ),
    "the variable": ("p = Pipeline(ws, a)", ["p"]),
    "only what is submitted": ("p = Pipeline(ws, a); q = Pipeline(ws, a); q.submit('e')", ["e"]),
    "an endpoint": ("p = Pipeline(ws, a); PipelineEndpoint.publish(ws, 'n', 'd', p)", ["n"]),
    "a schedule": (
        "p = Pipeline(ws, a); x = p.publish('n'); r = ScheduleRecurrence('Day', 1)\n"
        "Schedule.create(ws, 's', x.id, 'e', recurrence=r)",
        ["n"],
    ),
}


@pytest.mark.parametrize("case", NAMES, ids=str)
def test_which_pipelines_and_their_names(case: str, tmp_path: Path) -> None:
    source, names = NAMES[case]
    assert [one.name for one in read(tmp_path, "a = py('a')\n" + source).pipelines] == names


def test_parameters_and_their_types(tmp_path: Path) -> None:
    source = """
    p = [PipelineParameter(name, value) for name, value in (("s", "x"), ("i", 1), ("f", 0.5), ("b", True))]
    path = (PipelineParameter("path", DataPath(store, "x")), DataPathComputeBinding())
    known = DatasetConsumptionConfig("k", PipelineParameter("known", Dataset.get_by_name(ws, "reg")))
    rows = DatasetConsumptionConfig("r", PipelineParameter("rows", table))
    Pipeline(ws, py("a", arguments=p, inputs=[path, known, rows]))
    """
    parameters = read(tmp_path, source).graphs[0]["parameters"]
    assert [(one["name"], one["type"], one["default"]) for one in parameters] == [
        ("b", "int", True),
        ("f", "float", 0.5),
        ("i", "int", 1),
        ("known", "dataset", {"dataset": "reg", "kind": "FileDataset"}),
        ("path", "datapath", {"datastore": "workspaceblobstore", "path": "x"}),
        ("rows", "dataset", {"dataset": None, "kind": "TabularDataset"}),
        ("s", "string", "x"),
    ]


# what the SDK refuses, or only the documentation does
CODES = {
    "PL224": "d = data(); a = py('a', outputs=[d]); b = py('b', outputs=[d])\nPipeline(ws, [a, b])",
    "PL231": "Pipeline(ws, (py('a'), py('b')))",
    "PL232": "a = py('a', arguments=[PipelineParameter('p', 1)]); b = py('b', arguments=[PipelineParameter('p', 2)])\n"
    "Pipeline(ws, [a, b])",
    "PL234": "d = data(); a = py('a', outputs=[d]); b = py('b', inputs=[d.as_dataset()])\nPipeline(ws, b)",
    "PL236": "a = py('a', outputs=[data('x', pipeline_output_name='o'), data('y', pipeline_output_name='o')])\n"
    "Pipeline(ws, a)",
    "PL238": "Pipeline(ws, PythonScriptStep('a.py', compute_target='local'))",
    "PL239": "a = py('a'); b = py('b'); b.run_after(a)\nPipeline(ws, [b, a], resolve_closure=False)",
    "PL201": "Pipeline(ws, py('a'), foo=1)",
    "PL302": "Pipeline(ws, py('a', inputs=[data()]))",
    "PL304": "Pipeline(ws, [])",
    "PL305": "d = DatasetConsumptionConfig('i', PipelineParameter('p', files))\nPipeline(ws, py('a', inputs=[d]))",
    "PL313": "o = OutputFileDatasetConfig('o', destination=(store, f\"x/{data()}\"))\n"
    "Pipeline(ws, py('a', outputs=[o]))",
}


@pytest.mark.parametrize("code", CODES)
def test_refusals_of_pipelines(code: str, tmp_path: Path) -> None:
    assert code in read(tmp_path, CODES[code]).codes


SUBMISSIONS = {
    "an unknown one": ("{'zz': 1}", "PL242"),
    "another type": ("{'lr': 'high'}", "PL242"),
    "an int for a float": ("{'lr': 1}", "PL242"),
    "another value": ("{'lr': 0.2}", "PL241"),
    "the default": ("{'lr': 0.1}", None),
}


@pytest.mark.parametrize("case", SUBMISSIONS, ids=str)
def test_parameters_of_submissions(case: str, tmp_path: Path) -> None:
    given, code = SUBMISSIONS[case]
    source = f"""
    a = py("a", arguments=[PipelineParameter("lr", 0.1)])
    Experiment(ws, "e").submit(Pipeline(ws, a), pipeline_parameters={given})
    """
    found = [one for one in read(tmp_path, source).codes if one in ("PL240", "PL241", "PL242")]
    assert found == ([code] if code else [])


def linted(tmp_path: Path, source: str) -> list[str]:
    reading: Reading = read(tmp_path, source)
    reporter = Reporter()
    for pipeline in reading.pipelines:
        report_lints(pipeline, reporter)
    return sorted(one.code for one in reporter)


LINTS = {
    "nothing waits": ("Pipeline(ws, [py('a'), py('b')])", ["PL306"]),
    "one step alone": ("Pipeline(ws, py('a'))", []),
    "a step beside the others": (
        "a, b, c = py('a'), py('b'), py('c'); b.run_after(a)\nPipeline(ws, [a, b, c])",
        ["PL314"],
    ),
    "an output without readers": (
        "d, e = data('d'), data('e'); a = py('a', outputs=[d, e]); b = py('b', inputs=[d])\nPipeline(ws, b)",
        ["PL307"],
    ),
    "an output of the last step": (
        "d, e = data('d'), data('e'); a = py('a', outputs=[d]); b = py('b', inputs=[d], outputs=[e])\n"
        "Pipeline(ws, b)",
        [],
    ),
    "a parameter of a build": (
        "Pipeline(ws, py('a', arguments=[PipelineParameter('build_id', '1')]))",
        ["PL309"],
    ),
    "a parameter of a build without reuse": (
        "Pipeline(ws, py('a', allow_reuse=False, arguments=[PipelineParameter('build_id', '1')]))",
        [],
    ),
}


@pytest.mark.parametrize("case", LINTS, ids=str)
def test_lints(case: str, tmp_path: Path) -> None:
    source, codes = LINTS[case]
    assert linted(tmp_path, source) == codes


def test_a_source_directory_that_holds_the_pipeline_file(tmp_path: Path) -> None:
    read(tmp_path, "Pipeline(ws, PythonScriptStep('a.py', compute_target='c'))", {"a.py": ""})
    analysis = analyse(Path("pipeline.py"), Options(cwd=tmp_path))
    assert "PL308" in {one.code for one in analysis.reporter}
    (tmp_path / ".amlignore").write_text("pipeline.py\n", encoding="utf-8")
    analysis = analyse(Path("pipeline.py"), Options(cwd=tmp_path))
    assert "PL308" not in {one.code for one in analysis.reporter}


def test_what_only_a_service_runs_needs_no_files_here(tmp_path: Path) -> None:
    source = "Pipeline(ws, DatabricksStep('d', notebook_path='/n', num_workers=1, compute_target='c'))"
    read(tmp_path, source)
    analysis = analyse(Path("pipeline.py"), Options(cwd=tmp_path))
    assert [one.code for one in analysis.reporter] == []


CONDITIONS = {
    "appended": "steps = [a]\nif os.environ['X']: steps.append(b)\nPipeline(ws, steps)",
    "another list": "steps = [a, b] if os.environ['X'] else [a]\nPipeline(ws, steps)",
    "a branch each": "steps = []\nif os.environ['X']:\n  steps = [a]\nelse:\n  steps = [a, b]\nPipeline(ws, steps)",
}


@pytest.mark.parametrize("case", CONDITIONS, ids=str)
def test_a_step_that_a_condition_adds_is_kept_and_told(case: str, tmp_path: Path) -> None:
    source = f"import os\na, b = py('a'), py('b')\n{CONDITIONS[case]}"
    found = read(tmp_path, source)
    assert [step.name for step in found.pipelines[0].steps] == ["a", "b"]
    (error,) = [one for one in found.said if one.code == "PL114"]
    assert "whether 'b' is a step of the pipeline is not known" in error.message
    assert "--env X=VALUE, or --env X= for one that is empty" in error.help
    assert error.severity == "error"


UNDECIDED = {
    "an order": ("if os.environ['X']: b.run_after(a)", "whether 'b' runs after 'a' is not known"),
    "an input": (
        "i = []\nif os.environ['X']: i.append(files.as_named_input('i'))\nb = py('b', inputs=i)",
        "whether there is the input 'i' of step 'b' is not known",
    ),
    "an output": (
        "o = []\nif os.environ['X']: o.append(data('o'))\nb = py('b', outputs=o)",
        "whether there is the output 'o' of step 'b' is not known",
    ),
}


@pytest.mark.parametrize("case", UNDECIDED, ids=str)
def test_what_a_condition_decides_of_the_graph_is_told_as_what_it_is(case: str, tmp_path: Path) -> None:
    program, message = UNDECIDED[case]
    found = read(tmp_path, f"import os\na, b = py('a'), py('b')\n{program}\nPipeline(ws, [a, b])")
    (error,) = [one for one in found.said if one.code == "PL114"]
    assert message in error.message


def test_an_order_in_either_case_is_no_question(tmp_path: Path) -> None:
    source = "import os\na, b = py('a'), py('b')\nb.run_after(a)\nif os.environ['X']: print(b)\nPipeline(ws, [a, b])"
    assert "PL114" not in read(tmp_path, source).codes


def test_a_step_in_both_branches_is_no_question(tmp_path: Path) -> None:
    source = "import os\na, b = py('a'), py('b')\nif os.environ['X']:\n  s = [a, b]\nelse:\n  s = [b, a]\n"
    source += "Pipeline(ws, s)"
    assert "PL114" not in read(tmp_path, source).codes
