"""From arguments, inputs and outputs to ports and edges: the SDK's table of `azureml-sdk-v1.md` §3.1, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sdk_world import read

CASES = {
    "a listed output, and a listed input": (
        "d = data(); a = py('a', arguments=[d], outputs=[d]); b = py('b', arguments=[d], inputs=[d])",
        ["a.d -> b.d mount"],
        [{"input": "d"}],
    ),
    "the producer's port is called output_name": (
        "d = data(output_name='o'); a = py('a', outputs=[d]); b = py('b', arguments=[d], inputs=[d])",
        ["a.o -> b.d mount"],
        [{"input": "d"}],
    ),
    "a binding names the consumer's port and mode": (
        "d = data(); x = d.as_download('x'); a = py('a', outputs=[d]); b = py('b', arguments=[x], inputs=[x])",
        ["a.d -> b.x download"],
        [{"input": "x"}],
    ),
    "of a listed bare PipelineData, its own name and mode win": (
        "d = data(); a = py('a', outputs=[d]); b = py('b', arguments=[d.as_download('x')], inputs=[d])",
        ["a.d -> b.d mount"],
        [{"input": "d"}],
    ),
    "bare data in the arguments is the listed binding": (
        "d = data(); a = py('a', outputs=[d]); b = py('b', arguments=[d], inputs=[d.as_download('x')])",
        ["a.d -> b.x download"],
        [{"input": "x"}],
    ),
    "an output dataset in arguments only is an output, as_input() an input": (
        "o = OutputFileDatasetConfig('o'); a = py('a', arguments=[o]); b = py('b', arguments=[o.as_input('i')])",
        ["a.o -> b.i mount"],
        [{"input": "i"}],
    ),
    "an output dataset in inputs is an input without a name": (
        "o = OutputFileDatasetConfig('o'); a = py('a', arguments=[o]); b = py('b', arguments=[o], inputs=[o])",
        ["a.o -> b.input_1 mount"],
        [{"input": "input_1"}],
    ),
    "copies of an output dataset share their producer": (
        "o = OutputFileDatasetConfig('o').as_upload(); i = o.as_input('i'); "
        "a = py('a', outputs=[o.register_on_complete('r')]); b = py('b', arguments=[i])",
        ["a.o -> b.i mount"],
        [{"input": "i"}],
    ),
    "an output read as a table is direct": (
        "o = OutputFileDatasetConfig('o').read_delimited_files(); a = py('a', outputs=[o]); "
        "b = py('b', inputs=[o.as_input('i')])",
        ["a.o -> b.i direct"],
        [],
    ),
    "a dataset is direct unless it says otherwise": (
        "a = py('a'); b = py('b', inputs=[files.as_named_input('i')]); b.run_after(a)",
        ["a => b", "* -> b.i direct"],
        [],
    ),
    "a dataset in arguments only is an input": (
        "a = py('a'); b = py('b', arguments=[files.as_named_input('i').as_mount()])",
        ["* -> b.i mount"],
        [{"input": "i"}],
    ),
    "a dataset without a name is numbered": (
        "a = py('a'); b = py('b', arguments=[files.as_download()])",
        ["* -> b.input_1 download"],
        [{"input": "input_1"}],
    ),
    "a data reference is called like its store": (
        "a = py('a'); r = store.as_mount(); b = py('b', arguments=[r], inputs=[r])",
        ["* -> b.workspaceblobstore mount"],
        [{"input": "workspaceblobstore"}],
    ),
    "a data reference with a path and no name is numbered": (
        "a = py('a'); r = store.path('p').as_download(); b = py('b', arguments=[r], inputs=[r])",
        ["* -> b.input_1 download"],
        [{"input": "input_1"}],
    ),
    "a path parameter is called like its store": (
        "a = py('a'); p = (PipelineParameter('p', DataPath(store, 'x')), DataPathComputeBinding('download')); "
        "b = py('b', arguments=[p], inputs=[p])",
        ["* -> b.workspaceblobstore_1 download"],
        [{"input": "workspaceblobstore_1"}],
    ),
    "a path's own name": (
        "a = py('a'); p = (DataPath(store, 'x', name='n'), DataPathComputeBinding()); b = py('b', inputs=[p])",
        ["* -> b.n mount"],
        [],
    ),
    "a dataset parameter": (
        "a = py('a'); p = DatasetConsumptionConfig('i', PipelineParameter('p', files)).as_mount(); "
        "b = py('b', arguments=[p], inputs=[p])",
        ["* -> b.i mount"],
        [{"input": "i"}],
    ),
    "pipeline data as a dataset on both sides": (
        "d = data().as_dataset(); a = py('a', outputs=[d]); "
        "b = py('b', inputs=[d.as_named_input('i').parse_delimited_files()])",
        ["a.d -> b.i direct"],
        [],
    ),
    "an input called like an output is renamed": (
        "d = data(); a = py('a', outputs=[d]); o = data(); b = py('b', inputs=[d], outputs=[o], arguments=[d])",
        ["a.d -> b.INPUT_d mount"],
        [{"input": "INPUT_d"}],
    ),
    "everything else is its text": (
        "a = py('a'); b = py('b', arguments=[3, 0.5, True, None, b'q'])",
        [],
        ["3", "0.5", "True", "None", "b'q'"],
    ),
    "a parameter, and a text with one": (
        "a = py('a'); p = PipelineParameter('p', 1); b = py('b', arguments=[p, f'--p={p}'])",
        [],
        [{"parameter": "p"}, {"concat": ["--p=", {"parameter": "p"}]}],
    ),
    "params named in an argument": (
        "a = py('a'); b = py('b', params={'q': 'v'}, arguments=['parameter:q'])",
        [],
        ["v"],
    ),
    "arg_val inside a text": (
        "o = OutputFileDatasetConfig('o'); a = py('a', outputs=[o]); i = o.as_input('i'); "
        "b = py('b', arguments=[f'in={i.arg_val}'], inputs=[i])",
        ["a.o -> b.i mount"],
        [{"concat": ["in=", {"input": "i"}]}],
    ),
    "the same dataset for two steps": (
        "a = py('a', inputs=[files.as_named_input('i')]); b = py('b', inputs=[files.as_named_input('i')])",
        ["* -> a.i direct", "* -> b.i direct"],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ports_edges_and_arguments(case: str, tmp_path: Path) -> None:
    source, edges, arguments = CASES[case]
    reading = read(tmp_path, source + "\nPipeline(ws, [a, b])")
    assert reading.edges == edges
    assert reading.arguments("b") == arguments


REFUSED = {
    "PL221": "py('a', inputs=[files.as_named_input('not a name')])",
    "PL222": "py('a', inputs=[table.as_named_input('i').as_download()])",
    "PL223": "py('a', outputs=['text'])",
    "PL224": "d = data(); py('a', outputs=[d]); py('b', outputs=[d])",
    "PL225": "py('a', inputs=[files])",
    "PL226": "py('a', arguments=[[1, 2]])",
    "PL227": "py('a', inputs=[files.as_named_input('i'), table.as_named_input('i')])",
    "PL228": "py('a').run_after([py('b')])",
    "PL229": "py('a', arguments='--x 1')",
    "PL230": "PythonScriptStep(None, name='a', compute_target='cpu')",
    "PL235": "py('a', outputs=[data(training_output=TrainingOutput('Model'))])",
    "PL237": "py('a', runconfig=run, runconfig_pipeline_params={'Target': PipelineParameter('p', 1)})",
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals_of_steps(code: str, tmp_path: Path) -> None:
    assert code in read(tmp_path, REFUSED[code]).codes


def test_a_pair_as_argument_must_be_of_data(tmp_path: Path) -> None:
    assert "PL225" in read(tmp_path, "py('a', inputs=[(1, 2)])").codes


def test_a_dataset_called_like_an_output_is_refused(tmp_path: Path) -> None:
    source = "o = OutputFileDatasetConfig('x'); a = py('a', inputs=[files.as_named_input('x')], outputs=[o])"
    assert "PL227" in read(tmp_path, source + "\nPipeline(ws, a)").codes


def test_a_set_of_arguments_gets_an_order(tmp_path: Path) -> None:
    source = "p = PipelineParameter('p', 'x'); a = py('a', arguments={'b', 'a', p})\nPipeline(ws, a)"
    reading = read(tmp_path, source)
    assert reading.arguments("a") == [{"parameter": "p"}, "a", "b"]
    assert "PL229" in reading.codes
