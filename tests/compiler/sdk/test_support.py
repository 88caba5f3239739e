"""docs/support.md, and the registry that it is printed from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.evaluate.values import ModelledClass
from pipelift.compiler.sdk.catalogue import signatures
from pipelift.compiler.sdk.page import list_offered, render_page
from pipelift.compiler.sdk.registry import model_of, support
from tests.support.folders import ROOT
from tests.support.sdk_world import read

PAGE = ROOT / "docs" / "support.md"


def test_the_page_is_up_to_date() -> None:
    again = "run: python -m pipelift.compiler.sdk.page > docs/support.md"
    assert PAGE.read_text(encoding="utf-8") == render_page(), again


def test_every_name_of_the_sdk_has_a_row() -> None:
    text = render_page()
    sections = {part.split("`", 1)[0]: part for part in text.split("### `")[1:]}
    missing = [
        f"{module}.{name}"
        for module in sections
        for name in list_offered(module)
        if f"| `{name}` |" not in sections[module]
    ]
    assert missing == []


def test_every_step_class_is_modelled() -> None:
    names = signatures.list_members("azureml.pipeline.steps")
    classes = {name for name in names if name.endswith("Step") and name[0] != "_"}
    assert len(classes) == 15
    for name in classes:
        assert isinstance(model_of(f"azureml.pipeline.steps.{name}"), ModelledClass)
        assert f"azureml.pipeline.steps.{name}" in support()


OPAQUE = {
    "a class without a model": "from azureml.core import Webservice\nx = Webservice(ws, 'w').scoring_uri",
    "a module without models": "from azureml.widgets import RunDetails\nRunDetails(1).show()",
    "a module within": "from azureml.core.model import Model\nModel.register(ws, 'p', 'n')",
    "an exception": "from azureml.exceptions import ComputeTargetException\n"
    "try:\n    x = ComputeTarget(ws, 'c')\nexcept ComputeTargetException:\n    x = None",
    "a constant": "from azureml.core import VERSION\nprint(VERSION)",
    "a star": "from azureml.train.hyperdrive import *\nx = choice(1, 2)",
}


@pytest.mark.parametrize("case", OPAQUE, ids=str)
def test_what_has_no_model_is_opaque(case: str, tmp_path: Path) -> None:
    reading = read(tmp_path, OPAQUE[case] + "\nPipeline(ws, py('a'))")
    assert reading.codes == []
    assert [step["name"] for step in reading.graphs[0]["steps"]] == ["a"]


def test_a_name_that_the_sdk_does_not_have(tmp_path: Path) -> None:
    reading = read(tmp_path, "from azureml.pipeline.steps import PythonScripStep\nPipeline(ws, py('a'))")
    (said,) = [one for one in reading.said if one.code == "PL202"]
    assert "PythonScriptStep" in said.message


SECRETS = {
    "a store": "Datastore.register_azure_blob_container(ws, 's', 'c', account_name='a', account_key='k3y')",
    "a service principal": "from azureml.core.authentication import ServicePrincipalAuthentication\n"
    "ServicePrincipalAuthentication(tenant_id='t', service_principal_id='i', service_principal_password='pw')",
}


@pytest.mark.parametrize("case", SECRETS, ids=str)
def test_secrets_in_the_source_are_told_and_not_repeated(case: str, tmp_path: Path) -> None:
    (said,) = [one for one in read(tmp_path, SECRETS[case]).said if one.code == "PL204"]
    assert "k3y" not in said.message and "'pw'" not in said.message


CLASSES = {
    "looked up: both ways are followed": (
        "c = ComputeTarget(ws, 'c')\nx = isinstance(c, AmlCompute)\nname = 'a' if x else 'a'",
        "a",
    ),
    "made: known": (
        "c = ComputeTarget.create(ws, 'c', AmlCompute.provisioning_configuration(max_nodes=1))\n"
        "name = 'aml' if isinstance(c, AmlCompute) else 'other'",
        "aml",
    ),
    "another class: known": (
        "c = AmlCompute(ws, 'c')\nname = 'dsvm' if isinstance(c, DsvmCompute) else 'other'",
        "other",
    ),
}


@pytest.mark.parametrize("case", CLASSES, ids=str)
def test_the_class_of_a_compute_target(case: str, tmp_path: Path) -> None:
    source, name = CLASSES[case]
    reading = read(tmp_path, f"{source}\nPipeline(ws, py(name))")
    assert [step["name"] for step in reading.graphs[0]["steps"]] == [name]


DATASETS = {
    "looked up or made": (
        "import os\nif 'd' in ws.datasets:\n    d = Dataset.get_by_name(ws, 'd')\nelse:\n"
        "    d = table.register(ws, 'd')",
        ["* -> a.i direct"],
        "t.csv",
    ),
    "registered in a try": (
        "d = files\ntry:\n    d = d.register(ws, 'd')\nexcept Exception as e:\n    print(e)",
        ["* -> a.i direct"],
        "in",
    ),
}


@pytest.mark.parametrize("case", DATASETS, ids=str)
def test_one_dataset_after_an_undecided_branch(case: str, tmp_path: Path) -> None:
    source, edges, path = DATASETS[case]
    reading = read(tmp_path, f"{source}\nPipeline(ws, py('a', inputs=[d.as_named_input('i')]))")
    assert reading.edges == edges
    (dataset,) = reading.pipelines[0].datasets
    assert (dataset.name, dataset.locations[0].path) == ("d", path)
