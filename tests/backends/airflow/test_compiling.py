"""The Airflow target: the DAG file as text, as Python, and as Airflow loads it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelift.backends.airflow import TARGET as BACKEND
from pipelift.backends.airflow import names, verification
from pipelift.backends.airflow.commands import command
from pipelift.backends.printing.python import Code
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.graph import upstream
from tests.conftest import Golden
from tests.support.airflow import HOSTILE, PODS, compiled, dag_text, operator
from tests.support.folders import ROOT, write_files
from tests.support.preloaded import Preloaded
from tests.support.samples import Contents, pipeline_of, step, two_steps

pytestmark = pytest.mark.usefixtures("fixed_runtime")

OPERATORS = ("docker", "kubernetes")


def diamond() -> tuple[ir.Pipeline, Contents]:
    """Data edges, an order edge besides, a store only read, steps that go on after a failure elsewhere."""
    order = (ir.OrderEdge(before="left", after="right"),)
    raw = ir.Dataset(id="raw", locations=(ir.Location(store="raw data", path="a/"),))
    top = step("top", inputs=(ir.Input(name="raw", source=ir.DatasetSource(dataset="raw")),))
    steps = (top, step("left", "top"), step("right", "top"), step("bottom", "left", "right"))
    stores = (ir.Store(name="store"), ir.Store(name="raw data"))
    return pipeline_of(*steps, order=order, datasets=(raw,), stores=stores, continue_on_failure=True)


def order_only() -> tuple[ir.Pipeline, Contents]:
    edges = [("third", "first"), ("first", "second")]
    order = tuple(ir.OrderEdge(before=before, after=after) for before, after in edges)
    tags = (ir.NamedValue(name="team", value="vision"), ir.NamedValue(name="long", value="x" * 100))
    steps = (step("first"), step("second"), step("third", reuse=ir.Reuse(allowed=False)))
    return pipeline_of(*steps, order=order, tags=tags, regenerate=True)


def hostile() -> tuple[ir.Pipeline, Contents]:
    parameters = (
        ir.Parameter(name=HOSTILE, type="string", default=HOSTILE),
        ir.Parameter(name="items", type="integer", default=3),
        ir.Parameter(name="wanted", type="boolean"),
    )
    used = tuple(parameter.name for parameter in parameters)
    steps = (
        step("import", name=HOSTILE, parameters=used),
        step("k8s", "import", name="k8s"),
        step("Über Schritt", "k8s", name="Über Schritt"),
        step("x" * 240, "import", name="long"),
    )
    fields = {"name": HOSTILE, "description": HOSTILE, "parameters": parameters, "experiment": HOSTILE}
    return pipeline_of(*steps, **fields, source='a"""b.py')


CASES = {"two_steps": two_steps, "diamond": diamond, "order_only": order_only, "hostile": hostile}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", OPERATORS)
def test_dag_files(case: str, kind: str, golden: Golden) -> None:
    pipeline, contents = CASES[case]()
    files, _ = compiled(pipeline, contents, operator(kind))
    own = {path: data for path, data in files.items() if path.endswith("_dag.py") or path == ".airflowignore"}
    golden(f"airflow/{case}-{kind}", own)


@pytest.mark.parametrize("kind", OPERATORS)
def test_a_store_is_mounted_to_be_written_where_the_script_may_write_below_an_input(kind: str) -> None:
    pipeline, contents = diamond()
    top, *rest = pipeline.steps
    port = replace(top.inputs[0], writable=True)
    written = replace(pipeline, steps=(replace(top, inputs=(port,)), *rest))
    before, after = (dag_text(compiled(one, contents, operator(kind))[0]) for one in (pipeline, written))
    before, after = (re.sub(r"\s+", "", text) for text in (before, after))
    pattern = r"/pipelift/stores/rawdata\"[^)]*read_only=True"
    assert (bool(re.search(pattern, before)), bool(re.search(pattern, after))) == (True, False)
    assert '/pipelift/stores/rawdata"' in after


def test_configured_stores_and_compute(golden: Golden) -> None:
    pipeline, contents = two_steps()
    toleration = {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}
    compute = {"aml-compute": {"node_selector": {"pool": "gpu"}, "tolerations": [toleration]}}
    for kind, url in (("docker", "volume:training"), ("kubernetes", "pvc:training")):
        config = {**operator(kind), "stores": {"workspaceblobstore": {"url": url}}, "compute": compute}
        files, reporter = compiled(pipeline, contents, config)
        golden(f"airflow/configured-{kind}", {"dag.py": dag_text(files)})
        assert not reporter.errors


def secretive(**more: Any) -> tuple[ir.Pipeline, Contents]:
    """A step with a parameter that is a secret, whose earlier result a worker can look for."""
    password = ir.Parameter(name="db password", type="string", default=None)
    return pipeline_of(
        step("first", parameters=(password.name,), **more), step("second"), parameters=(password,)
    )


def test_secrets_are_handed_over_in_files(golden: Golden) -> None:
    """What Docker tells of a container shows its command line and its variables."""
    secret = (ir.SecretVariable(name="TOKEN", secret="api-token"),)
    anew = ir.Reuse(allowed=False)
    cases = {"both": secretive(secrets=secret), "hidden": secretive(), "anew": secretive(reuse=anew)}
    for name, (pipeline, contents) in cases.items():
        text = dag_text(compiled(pipeline, contents)[0])
        golden(f"airflow/secretive-{name}", {"dag.py": text})
        assert "--parameter=" not in text and "private_environment" not in text
        assert f'hidden={{"db password": "{remotes.parameter_file("db password")}"}}' in text


def test_formatted_and_clean() -> None:
    """As `ruff format` writes it, and with no import too many."""
    folder = ROOT / "tests" / "golden" / "airflow"
    for arguments in (["format", "--check"], ["check", "--select", "E,F,I,B", "--ignore", "E501"]):
        command_line = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", str(folder)]
        done = subprocess.run(command_line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def graph(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What the file says, read as Python: the names of the steps, and the edges between them."""
    tree = ast.parse(text)
    (block,) = (node for node in tree.body if isinstance(node, ast.With))
    shown: dict[str, str] = {}
    edges: list[tuple[str, str]] = []
    for node in block.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            (target,) = node.targets
            keywords = {keyword.arg: keyword.value for keyword in node.value.keywords}
            assert isinstance(target, ast.Name) and target.id not in shown
            shown[target.id] = ast.literal_eval(keywords.get("task_display_name", keywords["task_id"]))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp):
            before, after = node.value.left, node.value.right
            assert isinstance(before, ast.Name) and isinstance(after, ast.Name)
            edges.append((shown[before.id], shown[after.id]))
    return list(shown.values()), edges


def expected_graph(pipeline: ir.Pipeline) -> tuple[list[str], list[tuple[str, str]]]:
    edges = [
        (pipeline.step(before).name, each.name)
        for each in pipeline.steps
        for before in upstream(pipeline, each)
    ]
    return [each.name for each in pipeline.steps], edges


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", OPERATORS)
def test_same_graph_as_the_pipeline(case: str, kind: str) -> None:
    pipeline, contents = CASES[case]()
    files, _ = compiled(pipeline, contents, operator(kind))
    assert graph(dag_text(files)) == expected_graph(pipeline)


@given(st.data())
def test_any_names_any_edges(data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True))
    pairs = [(ids[i], ids[j]) for j in range(len(ids)) for i in range(j)]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    order = tuple(ir.OrderEdge(before=before, after=after) for before, after in chosen)
    pipeline, contents = pipeline_of(*(step(each) for each in ids), order=order, name=data.draw(st.text()))
    found, edges = graph(dag_text(compiled(pipeline, contents)[0]))
    assert (found, sorted(edges)) == (ids, sorted(chosen))


@given(st.text(min_size=1), st.text())
def test_parameters_arrive_as_they_are(name: str, value: str) -> None:
    """Rendered by Jinja, as Airflow does: one argument, whatever name and value hold."""
    pipeline, _ = pipeline_of(step("only", parameters=(name,)))
    elements = [element for element in command(pipeline, pipeline.steps[0]) if not isinstance(element, Code)]
    template = jinja2.Environment(autoescape=False).from_string(elements[-1])
    assert template.render(params={name: value}) == f"--parameter={name}={value}"


@pytest.mark.parametrize("kind", OPERATORS)
def test_no_task_hides_what_the_file_uses(kind: str) -> None:
    """A task may be called as a function, a module or a class of the file: then its variable is not."""
    names_of_the_file = (
        "amd_gpus archive before_step cached_property io k8s mount prepare_step re secret tarfile"
    )
    pipeline, contents = pipeline_of(*(step(name) for name in names_of_the_file.split()))
    tree = ast.parse(dag_text(compiled(pipeline, contents, operator(kind))[0]))
    (block,) = (node for node in tree.body if isinstance(node, ast.With))
    tasks = {
        target.id
        for node in block.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    outside = {
        part.id
        for node in tree.body
        if node is not block
        for part in ast.walk(node)
        if isinstance(part, ast.Name)
    }
    assert len(tasks) == len(pipeline.steps) and not tasks & outside


@given(st.lists(st.text(), min_size=1, unique=True))
def test_names_fit_airflow(texts: list[str]) -> None:
    found = names.identities(texts)
    assert len({identity.variable for identity in found.values()}) == len(texts)
    assert len({identity.task_id for identity in found.values()}) == len(texts)
    for identity in found.values():
        assert identity.variable.isidentifier() and len(identity.variable) <= 32
        assert len(identity.task_id) <= 250 and ".." not in identity.task_id
        assert set(identity.task_id) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
        )


def test_the_place_of_the_project_does_not_matter() -> None:
    pipeline, contents = two_steps()
    here, _ = compiled(pipeline, contents, base=Path("/home/somebody/project"))
    there, _ = compiled(pipeline, contents, base=Path("/srv"))
    assert here == there
    assert "somebody" not in dag_text(here)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"airflow": {"version": 2}}, "PL430"),
        ({"stores": {"workspaceblobstore": {"url": "pvc:data"}}}, "PL433"),
        ({"stores": {"workspaceblobstore": {"url": "abfs://data@account"}}}, "PL450"),
        ({"airflow": {"operator": "kubernetes"}, "stores": {"workspaceblobstore": {"url": "data"}}}, "PL433"),
        ({"airflow": {"operator": "kubernetes"}}, "PL434"),
    ],
)
def test_losses_are_reported(config: dict[str, object], code: str) -> None:
    pipeline, contents = two_steps()
    _, reporter = compiled(pipeline, contents, config)
    assert code in {diagnostic.code for diagnostic in reporter}


def test_a_failure_stops_what_does_not_wait_for_it() -> None:
    """Only where the edges do not see to it, and the pipeline does not ask to go on."""
    branches, contents = diamond()
    chain, _ = pipeline_of(step("first"), step("second", "first"), step("third", "second"))
    cases = [
        (branches, False),
        (replace(branches, continue_on_failure=False), True),
        (chain, False),
    ]
    for pipeline, stops in cases:
        text = dag_text(compiled(replace(pipeline, order=()), contents)[0])
        assert ("stop_after_failure(context)" in text) is stops


def test_a_long_tag_is_reported() -> None:
    _, reporter = compiled(*order_only())
    assert [diagnostic.code for diagnostic in reporter] == ["PL435"]


@pytest.mark.parametrize("url", ["/data/blobs", "~/blobs"])
def test_a_folder_that_the_user_fixed_stays_as_written(url: str) -> None:
    pipeline, contents = two_steps()
    files, _ = compiled(pipeline, contents, {"stores": {"workspaceblobstore": {"airflow": {"url": url}}}})
    assert f'"{url}"' in dag_text(files)


def test_importing_the_backend_does_not_import_airflow() -> None:
    code = (
        "import sys, pipelift.backends.airflow; sys.exit('airflow' in sys.modules or 'docker' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_airflow_loads_every_dag(tmp_path: Path) -> None:
    """One DagBag for all cases; a step's source that looks like a broken DAG is not taken for one."""
    for case, make in CASES.items():
        pipeline, contents = make()
        decoy = {name: {**files, "decoy.py": b"# airflow dag\n1 / 0\n"} for name, files in contents.items()}
        named = replace(pipeline, id=case)
        for kind in OPERATORS:
            if (case, kind) != ("diamond", "kubernetes"):
                files, _ = compiled(replace(named, id=f"{case}-{kind}"), decoy, operator(kind))
                write_files(tmp_path / f"{case}-{kind}", files)
    reporter = Reporter()
    BACKEND.verify(tmp_path, reporter)
    assert [diagnostic.message for diagnostic in reporter] == []
    assert not list(tmp_path.rglob("__pycache__"))


def test_what_airflow_refuses_is_an_error(tmp_path: Path) -> None:
    files, _ = compiled(*diamond())
    folder = write_files(tmp_path, files)
    (path,) = folder.glob("*_dag.py")
    path.write_text(path.read_text() + "\nbottom >> top\n")
    reporter = Reporter()
    BACKEND.verify(folder, reporter)
    (found,) = reporter
    assert found.code == "PL431" and "ycle" in found.message


def test_without_airflow_the_user_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['airflow'] = None; "
        "from pipelift.backends.airflow import probe; probe.main(*sys.argv[1:])"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path), str(tmp_path)]
    answer = json.loads(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)
    monkeypatch.setattr(verification, "_ask", lambda directory: answer)
    reporter = Reporter()
    verification.verify(tmp_path, reporter)
    (found,) = reporter
    assert found.code == "PL432" and "pip install" in found.help
    assert not reporter.errors


def test_pods_that_kubernetes_would_get(tmp_path: Path, airflow_python: Preloaded) -> None:
    """The pod that the operator makes of the generated arguments, with the GPU and without."""
    files, _ = compiled(*two_steps(), operator("kubernetes"))
    folder = write_files(tmp_path / "dags", files)
    done = airflow_python.run([sys.executable, "-c", PODS, str(folder)], check=True, cwd=tmp_path)
    pod = json.loads(done.stdout.splitlines()[-1])["train"]
    (container,) = pod["spec"]["containers"]
    assert pod["metadata"]["namespace"] == "ml"
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "1"}
    assert container["args"][:2] == ["step", "--run"]
    volume, shared = pod["spec"]["volumes"]
    assert shared == {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2048Mi"}}
    assert volume == {"name": "pipelift", "persistentVolumeClaim": {"claimName": "pipelift"}}
    mounts = {mount["mountPath"]: mount.get("subPath") for mount in container["volumeMounts"]}
    assert mounts == {
        "/dev/shm": None,
        "/pipelift/state": "state",
        "/pipelift/stores/workspaceblobstore": "stores/workspaceblobstore",
    }
