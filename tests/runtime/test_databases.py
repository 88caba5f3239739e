"""Databases: the rows of a query as a file of rows, and as the table that a script reads. On SQLite."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime import databases, errors, rows
from pipelift.runtime.contract import stores
from pipelift.runtime.places import Place
from pipelift.runtime.secrets import Secrets
from tests.support.runtime_world import World

STORE = "sales"


class Tables(World):
    """A world with a database."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.path = root / "data.sqlite"
        self.database = Place(f"sqlite+pysqlite:///{self.path}", {}, None)
        self.execute(
            "CREATE TABLE t (a INTEGER, b TEXT, c REAL)",
            "INSERT INTO t VALUES (1, 'x%y:z', 1.5), (2, NULL, 2)",
        )

    def execute(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as connection:
            for statement in statements:
                connection.execute(statement)

    def query(self, text: str) -> ir.Input:
        self.datasets.append(
            ir.Dataset(id="rows", locations=(ir.Location(store=STORE, path="", query=text),))
        )
        return ir.Input(name="rows", source=ir.DatasetSource(dataset="rows"), mode="direct")

    def context(self, run: str = "r1", id: str = "step", **fields: Any) -> Any:
        return super().context(
            run, id, **{"remotes": {STORE: self.database}, "python": sys.executable, **fields}
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    sqlite = stores.KINDS["mysql"]._replace(modules=("sqlalchemy",), drivers=("pysqlite",))
    monkeypatch.setitem(stores.KINDS, "sqlite", sqlite)
    yield Tables(tmp_path)


SHOWS = """
    from azureml.core import Run
    frame = Run.get_context().input_datasets["rows"].to_pandas_dataframe()
    print(frame.to_dict("list"))
    print([str(kind) for kind in frame.dtypes])
    """


def test_a_script_reads_the_rows_of_a_query(world: Tables) -> None:
    world.step(
        SHOWS, inputs=[world.query("SELECT a, c, b AS \"b:b\" FROM t WHERE b LIKE '%' OR 1=1 ORDER BY a;")]
    )
    result = world.run()
    assert result.status == "completed", (result.reason, world.lines)
    assert world.lines[0].startswith("{'a': [1, 2], 'c': [1.5, 2.0], 'b:b': ['x%y:z', None")
    assert world.lines[1] == "['int64', 'float64', 'object']"


def test_by_content_a_query_is_its_rows(world: Tables) -> None:
    world.identity = "content"
    world.step("print('ran')", inputs=[world.query("SELECT a FROM t")])
    assert [world.run(run).status for run in ("r1", "r2")] == ["completed", "reused"]
    world.execute("INSERT INTO t VALUES (3, '', 0)")
    assert world.run("r3").status == "completed"


@pytest.mark.parametrize(
    ("url", "query", "status", "said"),
    [
        ("{path}", "SELECT gone FROM t", errors.DATA, "no such column: gone"),
        ("{path}", "SELEC", errors.DATA, "the query begins: SELEC"),
        ("/no/such/folder/x", "SELECT 1", errors.UNAVAILABLE, "[stores.sales]"),
    ],
)
def test_what_a_database_refuses(world: Tables, url: str, query: str, status: int, said: str) -> None:
    world.step("print('ran')", inputs=[world.query(query)])
    place = Place("sqlite+pysqlite:///" + url.format(path=world.path), {}, None)
    result = world.run(remotes={STORE: place})
    assert (result.exit_code, world.lines) == (status, [])
    assert said in result.reason
    assert "store 'sales'" in result.reason
    assert "\n" not in result.reason


def test_a_query_of_a_folder(world: Tables) -> None:
    world.step("print('ran')", inputs=[world.query("SELECT 1")])
    result = world.run(remotes={}, stores={STORE: str(world.root)})
    assert result.exit_code == errors.DATA
    assert "is no database" in result.reason


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("mysql://u@h/d", "mysql+pymysql"),
        ("mssql://u@h/d", "mssql+pymssql"),
        ("mssql+pyodbc://u@h/d", "mssql+pyodbc"),
    ],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, url: str, driver: str) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(
        "sqlalchemy.create_engine", lambda address, **options: made.update(options, address=address)
    )
    databases._engine(
        Place(url, {"sslmode": "require"}, "login"), Secrets(None, {"PIPELIFT_SECRET_LOGIN": "p@ss"})
    )
    assert made["address"].drivername == driver
    assert (made["address"].username, made["address"].password) == ("u", "p@ss")
    assert made["connect_args"]["sslmode"] == "require"


VALUES = [
    (1, "int"),
    (2.5, "float"),
    ("ü\n\"'", "str"),
    (True, "bool"),
    (datetime.datetime(2024, 1, 31, 23, 59, 59, 123456), "datetime"),
    (datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))), "datetime"),
    (datetime.date(2024, 2, 29), "date"),
    (datetime.time(1, 2, 3), "time"),
    (decimal.Decimal("12345678901234567890.10"), "decimal"),
    (b"\x00\xff", "bytes"),
    (None, "null"),
]


def test_every_value_comes_back_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "x.rows")
    rows.write(path, [str(index) for index in range(len(VALUES))], [[value for value, _ in VALUES]])
    assert [kind for _, kind in rows.types(path)] == [kind for _, kind in VALUES]
    (back,) = rows.read(path)
    assert back == [value for value, _ in VALUES]
    assert [type(value) for value in back] == [type(value) for value, _ in VALUES]


def test_columns_of_several_types(tmp_path: Path) -> None:
    path = str(tmp_path / "x.rows")
    data: list[list[object]] = [
        [1, 1, None, True, {"a": [1]}],
        [2.5, "x", None, None, math.inf],
        [decimal.Decimal(1), None, None, False, math.nan],
    ]
    rows.write(path, "abcde", data)
    assert rows.types(path) == [("a", "decimal"), ("b", "str"), ("c", "null"), ("d", "bool"), ("e", "str")]
    back = list(rows.read(path))
    assert (back[0][4], back[1][4]) == ('{"a": [1]}', math.inf)
    assert isinstance(back[2][4], float) and math.isnan(back[2][4])


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.rows"
    rows.write(str(path), ["a"], [[1], [2]])
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]))
    with pytest.raises(ValueError, match="cut off"):
        rows.types(str(path))


def test_rows_that_fail_leave_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[list[int]]:
        yield [1]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        rows.write(str(tmp_path / "x.rows"), ["a"], broken())
    assert list(tmp_path.iterdir()) == []


def test_the_types_that_a_script_sees(world: Tables) -> None:
    world.step(SHOWS, inputs=[world.query("SELECT 1 AS x")])
    moment = datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    data: list[list[object]] = [
        [1, True, decimal.Decimal("1.5"), moment, datetime.date(2024, 1, 31), None, 10**30],
        [None, False, None, None, datetime.date(9999, 12, 31), None, 1],
    ]
    kinds = frame_of(world.root / "x.rows", data)
    assert kinds["types"] == ["float64", "bool", "float64", "datetime64", "datetime64", "object", "object"]
    assert kinds["first"][3] == "2024-01-31 10:00:00"


def frame_of(path: Path, data: list[list[object]]) -> dict[str, Any]:
    """What a script sees of these rows."""
    import os
    import subprocess

    rows.write(str(path), [str(index) for index in range(len(data[0]))], data)
    script = (
        "import sys, json, pandas; from azureml.data._queries import frame; f = frame(sys.argv[1], pandas);"
        "print(json.dumps({'types': [str(k).split('[')[0] for k in f.dtypes], 'first': [str(v) for v in f.iloc[0]]}))"
    )
    standin = Path(rows.__file__).with_name("standin")
    environment = {**os.environ, "PYTHONPATH": str(standin)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
