"""What every container target's folder holds: images, their names and tags, launch specs, requirements."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelift.backends.containers import bundle as bundles
from pipelift.backends.containers import images
from pipelift.backends.containers.bundle import Bundle, bundle, file_name, step_spec
from pipelift.backends.containers.clients import by_environment
from pipelift.backends.containers.packages import translate
from pipelift.backends.wiring.requests import request
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.requirements import parse_requirement
from pipelift.compiler.ir.uses import source_uses, store_uses
from pipelift.compiler.ir.wire import from_data
from pipelift.compiler.reading.contents import read_whole
from tests.conftest import Golden
from tests.support.compiling import compilation_of, read_all
from tests.support.folders import ROOT
from tests.support.samples import Contents, change_step, configured, two_steps

Change = Callable[[ir.Pipeline, Contents], tuple[ir.Pipeline, Contents]]


def make(
    pipeline: ir.Pipeline, contents: Contents, config: Config | None = None
) -> tuple[Bundle, list[str], Reporter]:
    compilation = compilation_of(contents, config)
    made = bundle(pipeline, compilation, "compose")
    return made, [diagnostic.code for diagnostic in compilation.reporter], compilation.reporter


def change_environment(pipeline: ir.Pipeline, **fields: Any) -> ir.Pipeline:
    environment = replace(pipeline.environments[0], **fields)
    return replace(pipeline, environments=(environment,))


def environment(**fields: Any) -> ir.Environment:
    return from_data(ir.Environment, {"id": "e", "python": "3.10", "digest": "d", **fields})


def recipe(**fields: Any) -> tuple[images.Recipe, list[str]]:
    reporter = Reporter()
    made = images.recipe(environment(**fields), reporter)
    return made, [diagnostic.code for diagnostic in reporter]


def test_the_files_of_two_steps(golden: Golden) -> None:
    made, codes, _ = make(*two_steps())
    ours = {path: data for path, data in read_all(made.files).items() if not path.startswith("runtime/")}
    ours["images.json"] = re.sub(rb":[0-9a-f]{12}", b":TAG", ours["images.json"])
    golden("compose/bundle", ours)
    assert codes == ["PL401"]


def test_the_runtime_travels_whole() -> None:
    made, _, _ = make(*two_steps())
    root = ROOT / "runtime"
    expected = {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in (".py", ".json")
    }
    assert "contract/schemas/record.json" in expected
    travels = {
        path.removeprefix("runtime/pipelift/runtime/") for path in made.files if path.startswith("runtime/")
    }
    assert travels == expected


def test_images_are_named_by_registry_pipeline_and_step() -> None:
    config = configured({"images": {"registry": "registry.example.com/team/"}})
    made, _, _ = make(*two_steps(), config)
    image = made.images["train"]
    assert image.repository == "registry.example.com/team/compare-models-exp/train"
    assert image.reference == f"{image.repository}:{image.tag}"
    assert image.dockerfile in made.files
    assert dict(image.arguments) == {"SOURCE": "train_src", "STEP": "train"}


def _source(pipeline: ir.Pipeline, contents: Contents) -> tuple[ir.Pipeline, Contents]:
    return pipeline, {**contents, "train_src": {"train.py": b"pass"}}


def _arguments(pipeline: ir.Pipeline, contents: Contents) -> tuple[ir.Pipeline, Contents]:
    return change_step(pipeline, 1, arguments=()), contents


def _package(pipeline: ir.Pipeline, contents: Contents) -> tuple[ir.Pipeline, Contents]:
    return change_environment(pipeline, pip=("pyarrow==14.0",)), contents


@pytest.mark.parametrize("change", [_source, _arguments, _package])
def test_other_content_gives_another_tag(change: Change) -> None:
    before, _, _ = make(*two_steps())
    after, _, _ = make(*change(*two_steps()))
    assert before.images["train"].tag != after.images["train"].tag


def test_other_runtime_gives_another_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    before, _, _ = make(*two_steps())
    monkeypatch.setattr(bundles, "runtime_files", lambda: {"runtime/x.py": b""})
    after, _, _ = make(*two_steps())
    assert before.images["train"].tag != after.images["train"].tag


def _moved(pipeline: ir.Pipeline, contents: Contents) -> tuple[ir.Pipeline, Contents]:
    return change_step(pipeline, 1, span=Span("pipeline.py", 99, 1, 99, 2)), contents


def _bigger(pipeline: ir.Pipeline, contents: Contents) -> tuple[ir.Pipeline, Contents]:
    return change_step(pipeline, 0, arguments=()), contents


@pytest.mark.parametrize("change", [_moved, _bigger])
def test_a_moved_line_or_another_step_leaves_the_tag(change: Change) -> None:
    before, _, _ = make(*two_steps())
    after, _, _ = make(*change(*two_steps()))
    assert before.images["train"].tag == after.images["train"].tag


def test_a_spec_names_what_its_step_uses_and_nothing_else() -> None:
    pipeline, _ = two_steps()
    prepare, train = (step_spec(pipeline, step) for step in pipeline.steps)
    assert [entry["id"] for entry in prepare["datasets"]] == ["train-images"]
    assert train["datasets"] == []
    assert [entry["name"] for entry in train["parameters"]] == ["rate"]
    assert prepare["parameters"] == []
    assert '"span"' not in json.dumps([prepare, train])


def test_store_uses_tell_reading_from_writing() -> None:
    pipeline, _ = two_steps()
    reader = change_step(pipeline, 1, outputs=()).steps[1]
    assert [(use.name, use.writes) for use in store_uses(pipeline, reader)] == [("workspaceblobstore", False)]
    assert [use.writes for use in store_uses(pipeline, pipeline.steps[1])] == [True]


def test_a_snapshot_without_files_still_makes_a_folder() -> None:
    pipeline, contents = two_steps()
    made, _, _ = make(pipeline, {**contents, "train_src": {}})
    assert "sources/train_src/.empty" in made.files


@given(st.text())
def test_any_name_makes_a_valid_component(text: str) -> None:
    name = file_name(text.encode(errors="replace").decode())
    assert re.fullmatch(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*", name)
    assert len(name) <= 80


def test_names_that_differ_stay_different() -> None:
    assert len({file_name(text) for text in ("train", "Train", "train!", "train?", "é", "è")}) == 6


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("pandas", "pandas"),
        ("numpy=1.18", "numpy==1.18.*"),
        ("numpy=1.18.*", "numpy==1.18.*"),
        ("numpy 1.18", "numpy==1.18.*"),
        ("numpy==1.18.5", "numpy==1.18.5"),
        ("numpy==1.18", "numpy==1.18"),
        ("numpy=1.18.5=py38_0", "numpy==1.18.5"),
        ("numpy>=1.18,<2", "numpy>=1.18,<2"),
        ("conda-forge::opencv=4.5", "opencv-python-headless==4.5.*"),
        ("pytorch::pytorch=1.13", "torch==1.13.*"),
        ("PyYAML", "pyyaml"),
    ],
)
def test_conda_packages_have_twins(conda: str, pip: str) -> None:
    translation = translate((conda,))
    assert translation.pip == ((conda, pip),)
    assert translation.conda == ()


@pytest.mark.parametrize(
    "conda", ["r-base=4.1", "numpy=1.18|1.19", "numpy[version='>=1']", "cudatoolkit=11.3", ""]
)
def test_what_has_no_twin_stays_with_conda(conda: str) -> None:
    assert translate((conda,)).conda == (conda,)


def test_what_the_image_has_anyway_is_left_out() -> None:
    assert translate(("python=3.8", "pip", "pytorch", "cudatoolkit=11.3")).pip == (("pytorch", "torch"),)


def test_the_patch_version_of_python_is_left_open() -> None:
    assert recipe(python="3.8.13")[0].base == "python:3.8-slim"


@pytest.mark.parametrize(
    ("fields", "base", "codes"),
    [
        ({"python": "latest"}, "python:3.10-slim", ["PL404"]),
        ({"python": "2.7"}, "python:3.6-slim", ["PL405"]),
        ({"image": "my image; RUN rm"}, "python:3.10-slim", ["PL406"]),
        ({"image": "x/y:1", "conda": ["r-base"]}, "x/y:1", []),
        ({"image": "host:5000/x/y:1", "user_managed": True}, "host:5000/x/y:1", []),
        ({"pip": ["sklearn", "tensorflow-gpu==2.4.1"]}, "python:3.10-slim", ["PL402"]),
        ({"image": "x", "user_managed": True, "interpreter": "a b"}, "x", ["PL409"]),
        (
            {"image": "x/y@sha256:" + "0" * 64, "user_managed": True, "pip": ["a"]},
            "x/y@sha256:" + "0" * 64,
            [],
        ),
        ({"pip": ["-e ./lib", "./wheel.whl", "-r more.txt", "pandas"]}, "python:3.10-slim", ["PL407"] * 3),
        ({"conda": ["r-base"], "channels": []}, images.MICROMAMBA, []),
    ],
)
def test_environments_that_need_a_decision(fields: dict[str, object], base: str, codes: list[str]) -> None:
    made, found = recipe(**fields)
    assert (made.base, found) == (base, codes)


def test_the_sdk_itself_is_not_installed_but_what_it_brings_is() -> None:
    made, codes = recipe(
        pip=["azureml-sdk", "azureml-dataprep[fuse,pandas]==2.1", "azureml_core", "azuremlx", "a"]
    )
    assert made.requirements == ("pandas", "pyarrow", "azuremlx", "a")
    assert codes == []


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ("azureml-dataprep [pandas]", ("pandas", "pyarrow")),
        ("azureml-dataprep[fuse,Pandas]; python_version > '3'", ("pandas", "pyarrow")),
        ("azureml.core==1.5", ()),
        ("azureml_core @ https://example.com/core.whl", ()),
        ("azureml-core@https://example.com/core.whl", ()),
        ("azureml-core (>=1.0)", ()),
        ("azureml-core>=1.*", ()),
        ("AzureML", ()),
        ("azuremlx>=1.*", ("azuremlx>=1.*",)),
    ],
)
def test_packages_of_the_sdk_are_known_however_they_are_written(entry: str, lines: tuple[str, ...]) -> None:
    made, codes = recipe(pip=[entry])
    assert (made.requirements, codes) == (lines, [])


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("sklearn", "scikit-learn"),
        ("SKLearn==0.0", "scikit-learn"),
        ("sklearn; python_version < '3.9'", 'scikit-learn; python_version < "3.9"'),
        ("sklearn @ https://example.com/a.zip", None),
        ("sklearn-pandas", None),
        ("tensorflow-gpu", "tensorflow[and-cuda]"),
        ("tensorflow_gpu==2.13", "tensorflow[and-cuda]==2.13"),
        ("tensorflow-gpu[extra]>=2.13,<3", "tensorflow[and-cuda,extra]<3,>=2.13"),
        ("tensorflow-gpu~=2.4", "tensorflow[and-cuda]~=2.4"),
        ("tensorflow-gpu<2.12.1", "tensorflow[and-cuda]<2.12.1"),
        ("tensorflow-gpu==2.4.1", None),
        ("tensorflow-gpu>=2.4,<2.12", None),
        ("tensorflow-gpu~=2.4.1", None),
        ("tensorflow-gpu==2.4.*", None),
        ("tensorflow-gpu==1.15", None),
    ],
)
def test_packages_with_another_name_today(entry: str, line: str | None) -> None:
    """None: it stays as it is."""
    made, codes = recipe(pip=[entry])
    assert made.requirements == ((entry if line is None else line),)
    assert codes == ([] if line is None else ["PL402"])


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("--pre", []),
        ("-i https://example.com/simple", []),
        ("--extra-index-url=https://example.com/simple", []),
        ("-f https://example.com/wheels", []),
        ("-f wheels", ["PL407"]),
        ("-r more.txt", ["PL407"]),
        ("-e .", ["PL407"]),
        ("./wheel.whl", ["PL407"]),
        ("file:///wheel.whl", ["PL407"]),
        ("package @ file:///wheel.whl", ["PL407"]),
        ("package @ https://example.com/wheel.whl", []),
        ("git+https://example.com/a.git#egg=a", []),
        ("https://example.com/wheel.whl", []),
        ("package>=1.*", []),
        ("package=1", []),
        ("package[extra1, extra2] >= 1, < 2 ; python_version < '3.9'", []),
        ("package==1 --no-binary=package", []),
    ],
)
def test_what_pip_takes_stays_as_it_is(entry: str, codes: list[str]) -> None:
    made, found = recipe(pip=[entry])
    assert (made.requirements, found) == (() if codes else (entry,), codes)


names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
versions = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}", fullmatch=True)
clauses = st.builds("{}{}".format, st.sampled_from(["==", ">=", "<", "!=", "<="]), versions)


@given(
    names,
    st.sets(names, max_size=2),
    st.lists(clauses, max_size=2, unique=True),
    st.sampled_from(["", "; python_version < '3.9'", " ; sys_platform == 'linux' and extra == 'a'"]),
    st.sampled_from(["", " "]),
)
def test_a_requirement_is_read_however_it_is_spaced(
    name: str, extras: set[str], parts: list[str], marker: str, space: str
) -> None:
    inside = f"{space}[{','.join(sorted(extras))}]" if extras else ""
    entry = f"{name}{inside}{space}{f'{space},{space}'.join(parts)}{marker}"
    found = parse_requirement(entry)
    assert found is not None
    assert (found.name, found.extras) == (name, extras)
    assert sorted(map(str, found.specifier)) == sorted(parts)
    assert (found.marker is None) is (marker == "")
    for legacy in (">=1.*", "=1", " 1.0"):
        old = parse_requirement(f"{name}{inside}{legacy}")
        assert old is not None and (old.name, old.extras) == (name, extras)


@given(st.text(max_size=20))
def test_any_text_is_a_requirement_or_none(text: str) -> None:
    found = parse_requirement(text)
    assert found is None or text.strip().startswith(found.name)


def test_an_image_with_conda_packages(golden: Golden) -> None:
    made, _ = recipe(conda=["r-base=4.1", "pandas"], pip=["azureml-sdk", "tqdm"], channels=["conda-forge"])
    golden("compose/conda", images.files(made))


def test_an_image_of_the_users_own(golden: Golden) -> None:
    made, _ = recipe(image="example.com/gpu:1", conda=["pandas=1.5"], pip=["tqdm"])
    golden("compose/own-image", images.files(made))


def test_a_dockerfile_of_the_users_own(golden: Golden) -> None:
    text = "FROM a AS first\r\nRUN true\nFROM python:3.9\nCOPY --from=first /x /x\nRUN echo \\"
    made, _ = recipe(dockerfile=text)
    golden("compose/own-dockerfile", images.files(made))
    assert recipe(dockerfile="FROM a as Final\n")[0].base == "Final"
    assert recipe(dockerfile="RUN true")[1] == ["PL406"]


@given(st.text(), st.text())
def test_no_text_of_the_user_adds_a_line_to_a_dockerfile(requirement: str, name: str) -> None:
    requirement = requirement.encode(errors="replace").decode()
    plain = images.files(recipe(pip=["a"])[0])["environments/e/Dockerfile"]
    files = images.files(recipe(pip=["a", requirement], name=name)[0])
    assert files["environments/e/Dockerfile"] == plain
    assert len(files["environments/e/requirements.txt"].splitlines()) <= 2


def test_steps_that_no_container_can_run_are_reported() -> None:
    pipeline, contents = two_steps()
    pipeline = change_step(pipeline, 0, unsupported="it needs Databricks")
    pipeline = change_step(pipeline, 1, run=ir.Script(interpreter="Rscript", path="fit.R"))
    _, codes, reporter = make(pipeline, contents)
    assert codes == ["PL401", "PL410", "PL411"]
    assert [diagnostic.step for diagnostic in reporter] == [None, "prepare.py", "train model"]


@pytest.mark.parametrize(("cpus", "memory"), [(1, 1.75), (2, 7), (6, 56), (24, 448), (64, 1000)])
def test_a_request_leaves_the_node_its_system(cpus: float, memory: float) -> None:
    wanted = request(ir.Resources(cpus=cpus, memory=memory, gpus=1))
    assert wanted.cpus is not None and cpus * 0.4 < wanted.cpus <= cpus - 0.5
    assert wanted.memory is not None and memory * 0.35 < wanted.memory < memory * 0.95
    assert wanted.gpus == 1


def test_nothing_said_is_nothing_requested() -> None:
    wanted = request(ir.Resources())
    assert (wanted.cpus, wanted.memory, wanted.gpus) == (None, None, 0)


REMOTE = {
    "first": {"url": "abfs://data@account.dfs.core.windows.net"},
    "second": {"url": "postgresql://reader@host/sales"},
    "third": {"url": "s3://bucket/x"},
}


def reading(*stores: str) -> tuple[ir.Pipeline, Contents]:
    """The two steps, of which the first reads from `stores` and has an environment of its own."""
    pipeline, contents = two_steps()
    locations = tuple(ir.Location(store=name, path="x") for name in stores)
    dataset = replace(pipeline.datasets[0], locations=locations)
    own = replace(pipeline.environments[0], id="own")
    update: dict[str, Any] = {"datasets": (dataset,), "environments": (own, *pipeline.environments)}
    return change_step(replace(pipeline, **update), 0, environment="own"), contents


def test_clients_go_into_the_images_of_environments_whose_steps_use_remote_stores() -> None:
    config = configured({"stores": REMOTE})
    made, _, _ = make(*reading("first", "second", "third"), config)
    assert read_whole(made.files["environments/own/clients.txt"]).decode().splitlines() == [
        "adlfs",
        "psycopg2-binary; python_version < '3.7'",
        "psycopg[binary]; python_version >= '3.7'",
        "s3fs",
        "sqlalchemy",
    ]
    assert b"--target /pipelift/clients" in read_whole(made.files["environments/own/Dockerfile"])
    assert "environments/howto/clients.txt" not in made.files
    assert b"clients" not in read_whole(made.files["environments/howto/Dockerfile"])


def test_another_kind_of_store_gives_another_tag_and_another_address_does_not() -> None:
    def tag(url: str) -> str:
        config = configured({"stores": {"first": {"url": url, "options": {"a": url}, "secret": "s"}}})
        return make(*reading("first"), config)[0].images["prepare"].tag

    assert tag("s3://bucket/a") == tag("s3://other/b")
    assert len({tag("s3://bucket/a"), tag("gs://bucket/a"), tag("folder")}) == 3


def test_clients_follow_the_target() -> None:
    stores = {"first": {"url": "folder", "airflow": {"url": "s3://bucket"}}}
    config = configured({"stores": stores})
    pipeline, _ = reading("first")
    needed = {
        target: by_environment(pipeline, config, target, store_uses) for target in ("compose", "airflow")
    }
    assert needed == {"compose": {}, "airflow": {"own": ("s3fs",)}}


def test_where_outputs_are_artifacts_only_sources_need_clients() -> None:
    config = configured({"stores": {"workspaceblobstore": {"url": "s3://bucket"}}})
    pipeline, _ = reading("first")
    assert by_environment(pipeline, config, "kubeflow", source_uses) == {}
    assert set(by_environment(pipeline, config, "kubeflow", store_uses)) == {"own", "howto"}
