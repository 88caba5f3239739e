"""Every kind of store, and secrets, on the three container targets."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files as runtime_folder
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import yaml

from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.target import compile_pipeline
from pipelift.runtime.clients import credentials
from pipelift.runtime.contract.secrets import variable
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.places import Place as LauncherPlace
from pipelift.runtime.secrets import Secrets
from tests.conftest import Golden
from tests.support.compiling import BASE, compilation_of, read_all
from tests.support.samples import change_step, configured, two_steps
from tests.support.store_samples import STORES, all_kinds, on_kubernetes

pytestmark = pytest.mark.usefixtures("fixed_runtime")

KUBERNETES = {"airflow": {"operator": "kubernetes", "namespace": "ml"}, "stores": on_kubernetes()}
TARGETS = ("compose", "airflow", "kubeflow")
PRINTED = {
    "compose": ("compose.yaml", ".env"),
    "airflow": ("stores_dag.py",),
    "kubeflow": ("pipeline.py", "pipeline.yaml"),
}


def compile_to(
    target: str, settings: Mapping[str, object], pipeline: ir.Pipeline | None = None
) -> tuple[Mapping[str, bytes], list[Diagnostic]]:
    made, contents = all_kinds()
    config = configured({"stores": STORES, **settings}, BASE)
    compilation = compilation_of(contents, config, output=BASE / "build" / target)
    made_files = compile_pipeline(target, pipeline or made, compilation).files
    return read_all(made_files), list(compilation.reporter)


@pytest.mark.parametrize(
    ("target", "name", "settings"),
    [
        ("compose", "stores", {}),
        ("airflow", "stores", {}),
        ("airflow", "stores-kubernetes", KUBERNETES),
        ("kubeflow", "stores", {}),
    ],
)
def test_every_kind_of_store(target: str, name: str, settings: Mapping[str, object], golden: Golden) -> None:
    files, found = compile_to(target, settings)
    lines = [f"{one.severity.value}[{one.code}] {one.message}\n  {one.help}\n" for one in found]
    environment = {path: files[path] for path in files if path.startswith("environments/")}
    golden(
        f"{target}/{name}",
        {**{path: files[path] for path in PRINTED[target]}, **environment, "diagnostics.txt": "".join(lines)},
    )
    assert not [one for one in found if one.severity.value == "error"]


def codes(target: str, stores: Mapping[str, object], pipeline: ir.Pipeline | None = None) -> set[str]:
    return {one.code for one in compile_to(target, {"stores": stores}, pipeline or two_steps()[0])[1]}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("url", "code"),
    [("ftp://server/data", "PL412"), ("hdfs://namenode:8020/data", "PL414"), ("s3://bucket", "PL450")],
)
def test_what_a_remote_store_loses_and_needs(target: str, url: str, code: str) -> None:
    assert code in codes(target, {"workspaceblobstore": {"url": url}})


@pytest.mark.parametrize("target", ["compose", "airflow"])
def test_a_database_takes_no_outputs(target: str) -> None:
    assert "PL413" in codes(target, {"workspaceblobstore": {"url": "postgresql://host/data"}})


@pytest.mark.parametrize("target", TARGETS)
def test_a_secret_of_a_step_is_named(target: str) -> None:
    usable, strange = (
        ir.SecretVariable(name="TOKEN", secret="token"),
        ir.SecretVariable(name="T", secret="a/b"),
    )
    pipeline = change_step(two_steps()[0], 1, secrets=(usable, strange))
    files, found = compile_to(target, {"stores": {}}, pipeline)
    assert {"PL415", "PL451"} <= {one.code for one in found}
    text = b"".join(data for path, data in files.items() if not path.startswith(("steps/", "runtime/")))
    assert b"token" in text
    assert b"a/b" not in text


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("writable", [True, False])
def test_what_a_script_writes_below_an_input_of_a_remote_store_is_told(target: str, writable: bool) -> None:
    pipeline, _ = two_steps()
    port = replace(pipeline.steps[0].inputs[0], writable=writable)
    tables = {"stores": {"workspaceblobstore": {"url": "s3://bucket"}}}
    _, found = compile_to(target, tables, change_step(pipeline, 0, inputs=(port,)))
    assert ("PL416" in {one.code for one in found}) is writable


@pytest.mark.parametrize("target", TARGETS)
def test_an_address_is_a_setting_and_not_in_the_image(target: str) -> None:
    def images(url: str) -> bytes:
        return compile_to(target, {"stores": {"workspaceblobstore": {"url": url}}}, two_steps()[0])[0][
            "images.json"
        ]

    assert images("s3://one") == images("s3://other")
    assert images("s3://one") != images("gs://one")


def test_the_beginning_of_a_compose_run_sees_no_remote_store() -> None:
    files, _ = compile_to("compose", {})
    project = yaml.safe_load(files["compose.yaml"])
    begin = project["services"]["begin"]
    assert "://" not in " ".join(begin["command"])
    assert {mount["target"] for mount in begin["volumes"]} == {
        "/pipelift/state",
        "/pipelift/stores/folder",
        "/pipelift/stores/volume",
    }
    assert "secrets" not in begin


def test_a_project_without_secrets_names_none() -> None:
    files, _ = compile_to(
        "compose", {"stores": {"workspaceblobstore": {"url": "s3://bucket"}}}, two_steps()[0]
    )
    assert "secrets" not in yaml.safe_load(files["compose.yaml"])
    assert b"PIPELIFT_SECRETS" not in files[".env"]


def test_names_of_secrets_on_kubernetes() -> None:
    names = [slug(name) for name in ("azure", "My_Secret.", "A-b.C")]
    assert names == ["azure", "my-secret", "a-b-c"]


def test_secrets_are_those_of_used_stores_and_of_variables() -> None:
    pipeline, contents = all_kinds()
    config = configured({"stores": STORES})
    known = remotes.places(pipeline, compilation_of(contents, config, output=BASE), "compose", store_uses)
    deliver = pipeline.steps[1]
    used = [known[use.name] for use in store_uses(pipeline, deliver)]
    assert remotes.secrets(deliver, used) == ("api-token", "azure", "s3")


class Connections:
    """Stands in for Airflow's, with the fields that its users fill in."""

    TABLE: ClassVar[dict[str, SimpleNamespace]] = {
        "azure": SimpleNamespace(login="account", password="a\"b'=\\=", extra_dejson={}),
        "databricks": SimpleNamespace(login="token", password="dapi", extra_dejson={}),
        "google.key": SimpleNamespace(login=None, password=None, extra_dejson={"keyfile_dict": {"a": "b"}}),
        "mysql": SimpleNamespace(login="root", password=" x ", extra_dejson={"charset": "utf8"}),
        "s3": SimpleNamespace(
            login="id", password="key", extra_dejson={"aws_session_token": "t", "region_name": "r"}
        ),
        "api-token": SimpleNamespace(login="ignored", password="tell", extra_dejson={}),
        "principal": SimpleNamespace(login="c", password="s", extra_dejson={"tenant_id": "t"}),
    }

    @classmethod
    def get(cls, name: str) -> SimpleNamespace:
        return cls.TABLE[name]


def handed_over(name: str) -> str:
    """What the DAG hands to the launcher for a connection."""
    text = compile_to("airflow", {})[0]["stores_dag.py"].decode()
    code = [
        node
        for node in ast.parse(text).body
        if getattr(node, "name", "") == "secret"
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("FIELDS", "EXTRA"))
    ]
    scope: dict[str, Any] = {"Connection": Connections, "json": json}
    exec(compile(ast.Module(code, []), "dag", "exec"), scope)
    scope["FIELDS"]["principal"] = scope["FIELDS"]["azure"]
    return str(scope["secret"](name))


@pytest.mark.parametrize(
    ("name", "url", "told"),
    [
        ("azure", "abfs://c", {"account_name": "account", "account_key": "a\"b'=\\="}),
        ("azure", "azfile://c", {"account_name": "account", "account_key": "a\"b'=\\="}),
        ("principal", "abfs://c", {"client_id": "c", "client_secret": "s", "tenant_id": "t"}),
        ("databricks", "dbfs://c", {"token": "dapi"}),
        ("google.key", "gs://c", {"token": {"a": "b"}}),
        ("mysql", "mysql://c", {"user": "root", "password": " x "}),
        ("s3", "s3://c", {"key": "id", "secret": "key", "token": "t"}),
    ],
)
def test_the_launcher_reads_what_a_connection_says(name: str, url: str, told: Mapping[str, object]) -> None:
    found = Secrets(environ={variable(name): handed_over(name)})
    assert credentials(LauncherPlace(url, {}, name), found) == told


def test_a_variable_of_a_step_gets_the_password_of_the_connection() -> None:
    found = Secrets(environ={variable("api-token"): handed_over("api-token")})
    assert found.text("api-token", "API_TOKEN") == "tell"


def test_a_kubernetes_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "azure").mkdir()
    with pytest.raises(LauncherError, match="the secret 'azure' is not there"):
        credentials(LauncherPlace("abfs://c", {}, "azure"), Secrets(str(tmp_path)))


def test_services_of_a_project_with_secrets_see_none_below_the_state() -> None:
    services = yaml.safe_load(compile_to("compose", {})[0]["compose.yaml"])["services"]
    assert [services[step]["tmpfs"] for step in ("gather", "deliver")] == [["/pipelift/state/secrets"]] * 2
    plain = compile_to("compose", {"stores": {}}, two_steps()[0])[0]
    assert "tmpfs" not in yaml.safe_load(plain["compose.yaml"])["services"]["train"]


@pytest.mark.parametrize("identity", ["definition", "content"])
def test_a_worker_without_clients_looks_up_and_finds_nothing(identity: str, tmp_path: Path) -> None:
    pipeline, _ = two_steps()
    dataset = replace(pipeline.datasets[0], locations=(ir.Location(store="raw", path="x/"),))
    stores = {"raw": {"url": "abfs://data@account.dfs.core.windows.net", "secret": "azure"}}
    settings = {"stores": stores, "reuse": {"identity": identity}}
    files, _ = compile_to("airflow", settings, replace(pipeline, datasets=(dataset,)))
    (dag,) = (data.decode() for path, data in files.items() if path.endswith("_dag.py"))
    assert "prepare = SecretStepOperator(" in dag
    (tmp_path / "step.json").write_bytes(files["steps/prepare.json"])
    (tmp_path / "pipelift").mkdir()
    (tmp_path / "pipelift" / "runtime").symlink_to(Path(str(runtime_folder("pipelift.runtime"))))
    done = subprocess.run(
        [
            *(sys.executable, "-SB", "-m", "pipelift.runtime", "step", "--run", "r"),
            *("--store=raw=abfs://data@account.dfs.core.windows.net", "--store-secret=raw=azure"),
            *("--lookup", "--spec=step.json", "--state=state", "--store=workspaceblobstore=store"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 75, done.stderr
    assert done.stderr.startswith("pipelift: no earlier result of step 'prepare.py' is reused")
    assert len(done.stderr.splitlines()) == 1


def test_what_is_written_to_a_remote_store_is_not_looked_up_by_the_worker() -> None:
    stores = {"workspaceblobstore": {"url": "s3://bucket"}}
    files, _ = compile_to("airflow", {"stores": stores}, two_steps()[0])
    (dag,) = (data.decode() for path, data in files.items() if path.endswith("_dag.py"))
    assert "looks_up=True" not in dag
