"""Tables from the program to the script: what `Dataset.Tabular` is asked for is what the step's rows look like."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from tests.support.runtime_world import World
from tests.support.sdk_world import Reading, read

SCRIPT = """
import json
from azureml.core import Run
frame = Run.get_context().input_datasets["i"].to_pandas_dataframe()
print(json.dumps([list(frame.columns)] + json.loads(frame.to_json(orient="values", date_format="iso")), default=str))
"""
IMPORTS = (
    "from azureml.data import DataType\nfrom azureml.data.dataset_factory import PromoteHeadersBehavior\n"
)
ROWS = "id,city,when\n07,Rome,2024-01-01\n12,,2024-02-01\n19,Oslo,2024-03-01\n"


def compiled(folder: Path, program: str) -> Reading:
    steps = "Pipeline(ws, py('a', inputs=[d.as_named_input('i')]))"
    return read(folder, f"{IMPORTS}{textwrap.dedent(program)}\n{steps}")


def rows(folder: Path, program: str, files: dict[str, str]) -> Any:
    """The names of the columns, then the rows, that a step gets."""
    (dataset,) = compiled(folder, program).pipelines[0].datasets
    world = World(folder / "world")
    for path, text in files.items():
        world.put(path, text)
    world.datasets.append(dataset)
    source = ir.DatasetSource(dataset=dataset.id)
    world.step(SCRIPT, inputs=[ir.Input(name="i", source=source, mode="direct")])
    result = world.run("r", reuse=False, python=sys.executable)
    assert result.status == "completed", world.lines
    return json.loads(world.lines[-1])


TABLES = {
    "types": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv'), set_column_types={'id': DataType.to_string(), "
        "'when': DataType.to_datetime('%Y-%m-%d')})",
        [
            ["id", "city", "when"],
            ["07", "Rome", "2024-01-01T00:00:00.000"],
            ["12", None, "2024-02-01T00:00:00.000"],
        ],
    ),
    "no types": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv'), infer_column_types=False)",
        [["id", "city", "when"], ["07", "Rome", "2024-01-01"], ["12", None, "2024-02-01"]],
    ),
    "empty texts": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv'), empty_as_string=True)",
        [["id", "city", "when"], [7, "Rome", "2024-01-01"], [12, "", "2024-02-01"]],
    ),
    "numbers": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv'), set_column_types={'id': DataType.to_float()})",
        [["id", "city", "when"], [7.0, "Rome", "2024-01-01"], [12.0, None, "2024-02-01"]],
    ),
    "columns": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv')).keep_columns(['when', 'id']).drop_columns('when')",
        [["id"], [7], [12]],
    ),
    "rows": (
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv')).keep_columns('id').skip(1).take(1)",
        [["id"], [12]],
    ),
    "times": (
        "from datetime import datetime\n"
        "d = Dataset.Tabular.from_delimited_files((store, 't.csv')).with_timestamp_columns('when')"
        ".time_between(datetime(2024, 1, 1), datetime(2024, 2, 15), include_boundary=False)",
        [["id", "city", "when"], [12, None, "2024-02-01"]],
    ),
    "the first file's names": (
        "d = Dataset.Tabular.from_delimited_files((store, 'parts/*.csv'), "
        "header=PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS)",
        [["a", "b"], [1, 2], [3, 4], [5, 6]],
    ),
    "no names": (
        "d = Dataset.Tabular.from_delimited_files((store, 'parts/2.csv'), header=PromoteHeadersBehavior.NO_HEADERS)",
        [["Column1", "Column2"], [3, 4], [5, 6]],
    ),
    "parts of the path": (
        "d = Dataset.Tabular.from_delimited_files((store, 'by/**/x.csv'), "
        "partition_format='by/{city}/{day:yyyy/MM}/x.csv', include_path=True)",
        [["Path", "a", "city", "day"], ["/rome/2024/05/x.csv", 1, "rome", "2024-05-01T00:00:00.000"]],
    ),
    "lines of JSON": (
        "d = Dataset.Tabular.from_json_lines_files((store, 'l.jsonl'), invalid_lines='drop')",
        [["a"], [1], [2]],
    ),
    "another separator and encoding": (
        "d = Dataset.Tabular.from_delimited_files((store, 's.csv'), separator=';', encoding='utf8')",
        [["ä", "b"], ["é", 1]],
    ),
}
FILES = {
    "t.csv": ROWS,
    "parts/1.csv": "a,b\n1,2\n",
    "parts/2.csv": "3,4\n5,6\n",
    "by/rome/2024/05/x.csv": "a\n1\n",
    "l.jsonl": '{"a": 1}\nnone\n{"a": 2}\n',
    "s.csv": "ä;b\né;1\n",
}


@pytest.mark.parametrize("case", TABLES, ids=str)
def test_a_step_gets_the_rows_that_the_program_asks_for(case: str, tmp_path: Path) -> None:
    program, expected = TABLES[case]
    assert rows(tmp_path, program, FILES)[: len(expected)] == expected


def test_the_parts_of_a_split_are_the_whole(tmp_path: Path) -> None:
    text = "a\n" + "".join(f"{number}\n" for number in range(20))
    split = "d = Dataset.Tabular.from_delimited_files((store, 't.csv')).random_split(0.7)"
    parts = []
    for half in ("0", "1"):
        (tmp_path / half).mkdir()
        parts.append(rows(tmp_path / half, f"{split}[{half}]", {"t.csv": text})[1:])
    assert [len(part) for part in parts] == [14, 6]
    assert sorted(row for part in parts for (row,) in part) == list(range(20))


def consumed_rows(folder: Path, program: str, files: dict[str, str]) -> Any:
    """As `rows`, of the last step's input ``i``, which is what the step before it has made: `files`."""
    (maker, reader) = read(folder, textwrap.dedent(program)).pipelines[0].steps
    world = World(folder / "world")
    (made,) = maker.outputs
    write = "import os, sys\nfor path, text in {}.items():\n    path = os.path.join(sys.argv[1], path)\n"
    write += "    os.makedirs(os.path.dirname(path), exist_ok=True)\n    open(path, 'w').write(text)\n"
    argument = [ir.OutputPath(port=made.name)]
    world.step(write.format(files), id=maker.id, outputs=[made], arguments=argument)
    assert world.run("r", id=maker.id).status == "completed", world.lines
    world.step(SCRIPT, id="reader", inputs=[port for port in reader.inputs if port.name == "i"])
    result = world.run("r", id="reader", python=sys.executable)
    assert result.status == "completed", world.lines
    return json.loads(world.lines[-1])


MADE = {"x.csv": "a;b\n1;2\n3;4\n", "y.csv": "a;b\n5;6\n"}
DATASET = "o = OutputFileDatasetConfig('o').read_delimited_files(separator=';')"
DATA = "o = data('o').as_dataset()\nt = o.parse_delimited_files(separator=';')"
OUTPUTS: dict[str, tuple[str, list[Any]]] = {
    "the columns of an output that are kept": (
        f"{DATASET}\ni = o.keep_columns('b').as_input('i')",
        [["b"], [2], [4], [6]],
    ),
    "the columns of an output that are dropped": (
        f"{DATASET}\ni = o.drop_columns(['b']).as_input('i')",
        [["a"], [1], [3], [5]],
    ),
    "the columns of data that are kept": (
        f"{DATA}\ni = t.keep_columns(['b']).as_named_input('i')",
        [["b"], [2], [4], [6]],
    ),
    "the options of data": (
        f"{DATA}\ni = t.as_named_input('i')",
        [["a", "b"], [1, 2], [3, 4], [5, 6]],
    ),
    "no header": (
        "o = OutputFileDatasetConfig('o')\ni = o.read_delimited_files(separator=';', header=False).as_input('i')",
        [["Column1", "Column2"], ["a", "b"]],
    ),
}


@pytest.mark.parametrize("case", OUTPUTS, ids=str)
def test_a_step_gets_the_rows_of_another_step_that_the_program_asks_for(case: str, tmp_path: Path) -> None:
    program, expected = OUTPUTS[case]
    steps = "Pipeline(ws, [py('a', outputs=[o]), py('b', inputs=[i])])"
    assert consumed_rows(tmp_path, f"{program}\n{steps}", MADE)[: len(expected)] == expected


@pytest.mark.parametrize("made", [DATASET, f"{DATA}\no, u = t, o"])
def test_the_parts_of_an_output_are_the_whole(made: str, tmp_path: Path) -> None:
    text = "a\n" + "".join(f"{number}\n" for number in range(20))
    name = "as_input" if made == DATASET else "as_named_input"
    source = "o" if made == DATASET else "u"
    parts = []
    for half in ("0", "1"):
        (tmp_path / half).mkdir()
        part = f"o.random_split(0.7)[{half}].{name}('i')"
        steps = f"Pipeline(ws, [py('a', outputs=[{source}]), py('b', inputs=[{part}])])"
        parts.append(consumed_rows(tmp_path / half, f"{made}\n{steps}", {"x.csv": text})[1:])
    assert [len(part) for part in parts] == [14, 6]
    assert sorted(row for part in parts for (row,) in part) == list(range(20))


def test_columns_of_what_only_the_workspace_knows_are_kept(tmp_path: Path) -> None:
    program = "d = Dataset.get_by_name(ws, 'n').keep_columns(['b'])"
    files = {"datasets/n/x.csv": "a,b\n1,2\n"}
    assert rows(tmp_path, program, files) == [["b"], [2]]


def test_a_preview_that_no_step_consumes_is_no_loss(tmp_path: Path) -> None:
    program = "files.take(3).to_path()\ntable.filter(table['a'] > 1).to_pandas_dataframe()\nd = table"
    assert not {"PL205", "PL250"} & set(compiled(tmp_path, program).codes)


LOST = {
    "a part that depends on the clock": (
        "from datetime import timedelta\nd = table.with_timestamp_columns('w').time_recent(timedelta(days=1))",
        "PL205",
    ),
    "a filter": ("d = table.filter(table['a'] > 1)", "PL205"),
    "chance": ("d = table.take_sample(0.5, seed=3)", "PL250"),
    "a part of what only the workspace knows": ("d = Dataset.get_by_name(ws, 'n').take(5)", "PL205"),
    "times without their column": (
        "from datetime import datetime\nd = table.time_after(datetime(2024, 1, 1))",
        "PL205",
    ),
    "a count that is no number": ("d = table.take('many')", "PL233"),
    "an address with a signature": (
        "d = Dataset.Tabular.from_delimited_files('https://a.blob.core.windows.net/c/x.csv?sv=1&sig=QUJDREVGR0g%3D')",
        "PL251",
    ),
    "a stored procedure": (
        "from azureml.data.sql_data_reference import SqlDataReference\n"
        "d = SqlDataReference(store, 'i', sql_stored_procedure='dbo.p')\nd.as_named_input = lambda name: d",
        "PL252",
    ),
}


@pytest.mark.parametrize("case", LOST, ids=str)
def test_what_is_lost_is_said(case: str, tmp_path: Path) -> None:
    program, code = LOST[case]
    assert code in compiled(tmp_path, program).codes


QUERIES = {
    "a pair": ("Dataset.Tabular.from_sql_query((sql, 'SELECT 1'))", "SELECT 1"),
    "a path": ("Dataset.Tabular.from_sql_query(DataPath(sql, 'SELECT 2'), query_timeout=9)", "SELECT 2"),
    "a query": ("SqlDataReference(sql, 'i', sql_query='SELECT 3')", "SELECT 3"),
    "a table": ("SqlDataReference(sql, 'i', sql_table='dbo.rows')", "SELECT * FROM dbo.rows"),
    "a procedure": (
        "SqlDataReference(sql, 'i', sql_stored_procedure='dbo.p', sql_stored_procedure_params="
        "[StoredProcedureParameter('n', 3), StoredProcedureParameter('@t', \"o'x\")])",
        "EXEC dbo.p @n = 3, @t = 'o''x'",
    ),
}


@pytest.mark.parametrize("case", QUERIES, ids=str)
def test_a_database_is_asked_a_query(case: str, tmp_path: Path) -> None:
    made, query = QUERIES[case]
    program = (
        "from azureml.data.stored_procedure_parameter import StoredProcedureParameter\n"
        "sql = Datastore.register_azure_sql_database(ws, 'db', 'srv', 'data', username='me', password='canary-1')\n"
        f"d = {made}\n"
        "Pipeline(ws, py('a', inputs=[d if isinstance(d, SqlDataReference) else d.as_named_input('i')]))"
    )
    (pipeline,) = read(tmp_path, program).pipelines
    (dataset,) = pipeline.datasets
    (place,) = dataset.locations
    assert (place.store, place.path, place.query) == ("db", "", query)
    assert dataset.table is not None and dataset.table.kind == "query"
    assert next(store.address for store in pipeline.stores if store.name == "db") == (
        "mssql://me@srv.database.windows.net/data"
    )


@pytest.mark.parametrize("configured", [False, True])
def test_a_query_needs_a_database(configured: bool, tmp_path: Path) -> None:
    if configured:
        (tmp_path / "pipelift.toml").write_text('[stores.db.compose]\nurl = "postgresql://me@host/d"\n')
    program = (
        "db = Datastore.register_azure_postgre_sql(ws, 'db', 'srv', 'd', 'me', '-' * 9)\n"
        "d = Dataset.Tabular.from_sql_query((db, 'SELECT 1'))"
    )
    reading = compiled(tmp_path, program)
    told = [one.help for one in reading.said if one.code == "PL253"]
    assert len(told) == (0 if configured else 1)
    assert all('url = "postgresql://me@srv.postgres.database.azure.com:5432/d"' in text for text in told)
