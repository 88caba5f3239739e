"""The Kubeflow backend: names, plan, printed DSL file, what kfp makes of it, and what is said of losses."""

from __future__ import annotations

import ast
import keyword
import re
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelift.backends.containers.bundle import Image
from pipelift.backends.kubeflow import TARGET as BACKEND
from pipelift.backends.kubeflow import kfp_compiler, printing, self_check
from pipelift.backends.kubeflow.losses import is_safe_text
from pipelift.backends.kubeflow.names import LONGEST_FUNCTION, Scope, slug, task_key
from pipelift.backends.kubeflow.plan import Plan, plan
from pipelift.compiler import ir
from pipelift.compiler.config import (
    ComputeSection,
    Config,
    ReuseSection,
    StoreConfig,
    StoreSection,
    Toleration,
)
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.target import load_compiler
from tests.conftest import GOLDEN, Golden
from tests.support import samples
from tests.support.compiling import compilation_of, compile_for

GOLDENS = ("two_steps", "shapes", "hostile")
HOSTILE = 'it\'s "q" \\ # {x} {{$}} ${HOME} \u00e9\u4e16 %s'


def planned(pipeline: ir.Pipeline, config: Config | None = None) -> tuple[Plan, Reporter]:
    """The plan with image tags that do not depend on the runtime's files."""
    compilation = compilation_of({}, config)
    images = {
        step.id: Image(step.id, f"{slug(pipeline.id)}/{slug(step.id)}", "0123456789ab", "", ())
        for step in pipeline.steps
    }
    return plan(pipeline, compilation, images), compilation.reporter


def test_no_step_hides_what_the_file_imports() -> None:
    names = ["Path", "compiler", "dsl", "kubernetes", "str", "task", "int"]
    tree = ast.parse(printing.pipeline_file(planned(pipeline(*(step(name) for name in names)))[0]))
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert len(functions) == len(names) + 1
    assert functions.isdisjoint({*imported, "str", "task", "int"}) and "Path" in imported


def codes(pipeline: ir.Pipeline, config: Config | None = None) -> list[str]:
    return [diagnostic.code for diagnostic in planned(pipeline, config)[1]]


def step(step_id: str, *sources: tuple[str, str, str], **fields: Any) -> ir.Step:
    """A step with an output `out`; each source is (port, producing step, its port)."""
    inputs = tuple(
        ir.Input(name=port, source=ir.StepSource(step=producer, port=output))
        for port, producer, output in sources
    )
    outputs = (ir.Output(name="out", store="store", path="x/{run-id}/{output-name}"),)
    given = {"inputs": inputs, "outputs": outputs, "environment": "e", "snapshot": "s", **fields}
    return samples.step(step_id, **given)


def pipeline(*steps: ir.Step, **fields: Any) -> ir.Pipeline:
    fields = {"id": "p", "name": "p", "source": "pipeline.py", "default_store": "store", **fields}
    return ir.Pipeline(
        environments=(ir.Environment(id="e", python="3.10", digest="0" * 64),),
        snapshots=(samples.snapshot("s", {"main.py": b""}),),
        steps=steps,
        **fields,
    )


def chain(length: int) -> ir.Pipeline:
    first = step("step-0")
    rest = [step(f"step-{n}", ("data", f"step-{n - 1}", "out")) for n in range(1, length)]
    return pipeline(first, *rest)


def reader(step_id: str = "a", **fields: Any) -> ir.Step:
    source = ir.Input(name="images", source=ir.DatasetSource(dataset="d"))
    return replace(step(step_id), inputs=(source,), **fields)


def reading(*steps: ir.Step, **fields: Any) -> ir.Pipeline:
    """A pipeline whose steps may read dataset `d`, in the store `blob store`."""
    dataset = ir.Dataset(id="d", locations=(ir.Location(store="blob store", path="images/"),))
    return pipeline(*steps, datasets=(dataset,), stores=(ir.Store(name="blob store", kind="blob"),), **fields)


def shapes() -> tuple[ir.Pipeline, Config]:
    """A diamond out of order, order edges, a parameter without default, all that a cluster is told."""
    steps = (
        step("join", ("left", "left", "out"), ("right", "right", "out"), parameters=("rounds", "fast")),
        step("left", ("data", "prepare", "out"), reuse=ir.Reuse(allowed=False)),
        step("right", ("data", "prepare", "out"), resources=ir.Resources(compute="gpus", cpus=12, gpus=2)),
        reader("prepare", parameters=("rounds",)),
        step("notify", outputs=(), retries=3),
    )
    made = reading(
        *steps,
        parameters=(
            ir.Parameter(name="fast", type="boolean", default=False),
            ir.Parameter(name="rounds", type="integer"),
        ),
        order=(ir.OrderEdge(before="join", after="notify"), ir.OrderEdge(before="left", after="notify")),
        description="Two branches,\njoined.",
        experiment="shapes",
    )
    config = Config(
        stores={
            "blob store": StoreSection(
                targets={"kubeflow": StoreConfig(url="pvc:image-data", secret="blob-key")}
            )
        },
        compute={
            "gpus": ComputeSection(
                node_selector={"cloud.google.com/gke-accelerator": "nvidia-tesla-t4"},
                tolerations=(Toleration(key="nvidia.com/gpu", effect="NoSchedule"),),
            )
        },
    )
    return made, config


def hostile() -> tuple[ir.Pipeline, Config]:
    """Text that would end a string, a comment or a line, and names that Python and KFP refuse."""
    outputs = tuple(
        ir.Output(name=name, store="store", path="x") for name in ("lambda", "result", "2 go", "_x", "dsl")
    )
    long = "x" * 80
    steps = (
        step("2-step", name=f"{HOSTILE}\n# second line", outputs=outputs, span=Span("a\nb.py", 3, 1, 3, 2)),
        step(
            "class",
            ("lambda", "2-step", "lambda"),
            ("data", "2-step", "2 go"),
            ("metrics", "2-step", "_x"),
            ("class_result", "2-step", "dsl"),
            outputs=(ir.Output(name="data", store="store", path="x"),),
            parameters=("text", "learning rate{}", "class"),
            origin='Step"""\n',
        ),
        step(long, name="n" * 120),
        step("a-b"),
        step("a--b"),
        step("m" * 50, outputs=(ir.Output(name="o" * 70, store="store", path="x"),)),
        step("consumer", ("i" * 60, "m" * 50, "o" * 70), parameters=("l" * 60,)),
    )
    made = pipeline(
        *steps,
        id="Hostile pipeline",
        name=f"{HOSTILE}\u2028",
        source='pipe"""line.py',
        description=f'"""\n{HOSTILE}\x07',
        parameters=(
            ir.Parameter(name="text", type="string", default=HOSTILE),
            ir.Parameter(name="learning rate{}", type="float", default=1),
            ir.Parameter(name="class", type="string", default=""),
            ir.Parameter(name="l" * 60, type="string", default="d" * 90),
        ),
        order=(ir.OrderEdge(before=long, after="a-b"), ir.OrderEdge(before="a-b", after="a--b")),
    )
    return made, Config()


def case(name: str) -> tuple[ir.Pipeline, Config]:
    if name == "two_steps":
        return samples.two_steps()[0], Config()
    return shapes() if name == "shapes" else hostile()


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(name: str, golden: Golden) -> None:
    made, _ = planned(*case(name))
    source = printing.pipeline_file(made)
    compiled = kfp_compiler.compile_with_kfp(source)
    self_check.check(made, compiled)
    golden(f"kubeflow/{name}", {"pipeline.py": source, "pipeline.yaml": compiled})


@pytest.mark.parametrize("name", GOLDENS)
def test_a_formatter_and_a_linter_change_nothing(name: str) -> None:
    path = str(GOLDEN / "kubeflow" / name / "pipeline.py")
    for command in (["format", "--diff"], ["check"]):
        run = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", path]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_backend_compiles_and_verifies(tmp_path: Path) -> None:
    made, contents = samples.two_steps()
    compiled = compile_for("kubeflow", made, contents)
    files, reporter = compiled.files, compiled.reporter
    assert {"pipeline.py", "pipeline.yaml", "steps/train.json"} <= files.keys()
    assert load_compiler("kubeflow") is BACKEND
    assert not reporter.errors
    (tmp_path / "pipeline.yaml").write_bytes(files["pipeline.yaml"])
    BACKEND.verify(tmp_path, reporter)
    assert not reporter.errors


@pytest.mark.parametrize("name", ["kfp", "kfp-kubernetes"])
def test_missing_library_is_named_with_the_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def distribution(asked: str) -> None:
        if asked == name:
            raise PackageNotFoundError(asked)

    monkeypatch.setattr(kfp_compiler, "distribution", distribution)
    with pytest.raises(Refused, match=rf"needs {name}, .*pip install 'pipelift\[kubeflow\]'"):
        kfp_compiler.require_kfp()


def test_importing_the_backend_imports_no_kfp() -> None:
    program = (
        "import sys, pipelift.backends.kubeflow; sys.exit('kfp' in sys.modules or 'networkx' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def compiled_golden(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = next(
        yaml.safe_load_all((GOLDEN / "kubeflow" / name / "pipeline.yaml").read_text())
    )
    return spec


def test_reuse_is_allowed_exactly_where_the_source_allows_it() -> None:
    tasks = compiled_golden("shapes")["root"]["dag"]["tasks"]
    cached = {name for name, task in tasks.items() if task["cachingOptions"].get("enableCache")}
    assert cached == {"join", "right", "prepare", "notify"}


def test_consumers_take_the_result_id_of_their_producers() -> None:
    inputs = compiled_golden("two_steps")["root"]["dag"]["tasks"]["train"]["inputs"]["parameters"]
    source = {"outputParameterKey": "result", "producerTask": "prepare"}
    assert inputs["prepare_result"] == {"taskOutputParameter": source}


def test_regenerate_runs_every_step() -> None:
    made, _ = planned(pipeline(step("a"), step("b"), regenerate=True))
    assert not any(task.cached for task in made.tasks)


def test_source_data_is_never_reused_by_content() -> None:
    config = Config(reuse=ReuseSection(identity="content"))
    made, reporter = planned(reading(reader("a"), step("b", ("data", "a", "out"))), config)
    assert [task.cached for task in made.tasks] == [False, True]
    assert [found.step for found in reporter if found.code == "PL427"] == ["a"]


STORE_CASES = [
    (None, ["PL420"], "blob-store"),
    (StoreSection(url="data"), ["PL421"], "blob-store"),
    (StoreSection(url="volume:images"), ["PL421"], "blob-store"),
    (StoreSection(url="s3://bucket/x"), ["PL450"], None),
    (StoreSection(url="data", targets={"kubeflow": StoreConfig(url="pvc:claim")}), [], "claim"),
]


@pytest.mark.parametrize(("section", "expected", "claim"), STORE_CASES)
def test_stores(section: StoreSection | None, expected: list[str], claim: str | None) -> None:
    config = Config(stores={"blob store": section} if section else {})
    made, reporter = planned(reading(reader("a"), reader("b")), config)
    assert [found.code for found in reporter] == expected
    assert [found.name for found in made.claims] == ([claim] if claim else [])
    for task in made.tasks:
        assert [(mount.name, mount.path) for mount in task.mounts] == (
            [(claim, "/pipelift/stores/blob store")] if claim else []
        )


def test_stores_that_only_take_outputs_are_not_mounted() -> None:
    assert planned(pipeline(step("a")))[0].claims == ()


LOSSES = [
    ("PL425", pipeline(step("a"), parameters=(ir.Parameter(name="a b", type="string", default=""),))),
    ("PL428", pipeline(step("a"), parameters=(ir.Parameter(name="x", type="float", default=float("inf")),))),
    ("PL428", pipeline(step("a"), parameters=(ir.Parameter(name="x", type="integer", default=2**53 + 1),))),
    ("PL428", pipeline(step("a"), parameters=(ir.Parameter(name="x", type="string", default="a\nroot: b"),))),
    ("PL428", pipeline(step("a"), parameters=(ir.Parameter(name="x", type="string", default="1e3"),))),
]


@pytest.mark.parametrize(("code", "made"), LOSSES)
def test_losses(code: str, made: ir.Pipeline) -> None:
    assert codes(made) == [code]


def test_a_default_that_cannot_be_kept_leaves_the_parameter_without() -> None:
    made, _ = planned(LOSSES[-1][1])
    assert [parameter.required for parameter in made.parameters] == [True]


AWKWARD = [
    *("1e3", "1_0e1", "0o17", "2024-1-2", "-.5e3", "on", "y", "null", "", " ", "1.5", "0x1f", "- a", "a: b"),
    *("# c", "'", '"', "\\n", "\t", "{{x}}", "{{$.inputs}}", "é", "\U0001f600", "&a", "*a", "%a", "@a", "`"),
]


def test_safe_defaults_survive_kfp_and_unsafe_ones_would_not() -> None:
    unsafe = [text for text in AWKWARD if not is_safe_text(text)]
    assert unsafe == ["1e3", "1_0e1", "0o17", "2024-1-2", "-.5e3"]
    kept = [text for text in AWKWARD if is_safe_text(text)]
    parameters = tuple(ir.Parameter(name=f"p{n}", type="string", default=text) for n, text in enumerate(kept))
    made, reporter = planned(pipeline(step("a"), parameters=parameters))
    self_check.check(made, kfp_compiler.compile_with_kfp(printing.pipeline_file(made)))
    assert not list(reporter)


@given(st.lists(st.text(max_size=90), max_size=12))
def test_identifiers_are_valid_and_distinct(texts: list[str]) -> None:
    scope = Scope(["taken"], tasks=True)
    names = [scope.add(text, "step") for text in texts]
    for name in names:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert not keyword.iskeyword(name)
        assert len(name) <= LONGEST_FUNCTION + 4
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", task_key(name))
    assert len({task_key(name) for name in [*names, "taken"]}) == len(names) + 1


@given(st.text())
def test_slugs_are_dns_labels(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", slug(text))


@given(st.text())
def test_parameter_flags_keep_any_name(name: str) -> None:
    used = ir.Parameter(name=name, type="string", default="")
    made, _ = planned(pipeline(step("a", parameters=(name,)), parameters=(used,)))
    (value,) = made.tasks[0].values
    (flag,) = printing._flags(made.tasks[0])
    assert eval(flag.text, {value.name: "VALUE"}) == f"--parameter={name}=VALUE"


@given(st.text(), st.text(), st.text(), st.text())
def test_the_printed_file_is_python_whatever_the_text(
    label: str, name: str, default: str, source: str
) -> None:
    made, _ = planned(
        pipeline(
            step("a", name=label, origin=label),
            name=name,
            description=name,
            source=source,
            parameters=(ir.Parameter(name="x", type="string", default=default),),
        )
    )
    tree = ast.parse(printing.pipeline_file(made))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["a", "p"]
    if is_safe_text(default):
        assert [ast.literal_eval(found) for found in functions[1].args.defaults] == [default]


def test_verify_reports_what_kfp_refuses(tmp_path: Path) -> None:
    good = (GOLDEN / "kubeflow" / "two_steps" / "pipeline.yaml").read_text()
    broken = {
        "not YAML": "a: [",
        "no pipeline": "a: 1",
        "no image": re.sub(r" +image: .*\n", "", good),
        "no claim": good.replace("constant: workspaceblobstore", "constant: ''"),
        "unknown executor": good.replace(
            "        exec-prepare:\n          fieldPath", "        exec-x:\n          fieldPath"
        ),
    }
    for what, text in broken.items():
        assert text != good, what
        (tmp_path / "pipeline.yaml").write_text(text)
        reporter = Reporter()
        BACKEND.verify(tmp_path, reporter)
        assert {found.code for found in reporter} == {"PL429"}, what


MUTATIONS = [
    ("enableCache: true", "enableCache: false"),
    ("producerTask: prepare", "producerTask: train"),
    ("componentInputParameter: rate", "componentInputParameter: speed"),
    ("defaultValue: 0.5", "defaultValue: 0.25"),
    ("image: compare-models-exp/train:0123456789ab", "image: other"),
    ("resourceCount: '1'", "resourceCount: '2'"),
    ("maxRetryCount: 1", "maxRetryCount: 2"),
    ("mountPath: /pipelift/stores/workspaceblobstore", "mountPath: /elsewhere"),
    ("        - prepare\n", "        - other\n"),
]


@pytest.mark.parametrize(("old", "new"), MUTATIONS)
def test_the_self_check_sees_every_change(old: str, new: str) -> None:
    made, _ = planned(samples.two_steps()[0])
    text = (GOLDEN / "kubeflow" / "two_steps" / "pipeline.yaml").read_text()
    self_check.check(made, text.encode())
    assert old in text
    with pytest.raises(RuntimeError, match="differs from the plan"):
        self_check.check(made, text.replace(old, new).encode())


def test_a_chain_of_300_steps_compiles() -> None:
    made, _ = planned(chain(300))
    self_check.check(made, kfp_compiler.compile_with_kfp(printing.pipeline_file(made)))


def test_planning_and_printing_are_linear() -> None:
    def seconds(length: int) -> float:
        made = chain(length)
        began = time.process_time()
        printing.pipeline_file(planned(made)[0])
        return time.process_time() - began

    seconds(10)
    short, long = min(seconds(200) for _ in range(3)), min(seconds(1600) for _ in range(2))
    assert long < 8 * short * 2.5
