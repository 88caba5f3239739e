"""The table of the SDK's signatures: it is well formed, models agree with it, and what has no model exists by it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pipelift.compiler.evaluate.values import Modelled, ModelledClass
from pipelift.compiler.sdk import all as models
from pipelift.compiler.sdk.catalogue import signatures
from pipelift.compiler.sdk.registry import model_of, support
from tests.support.sdk_world import read

KINDS = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)

OLDER = {"framework_version", "_enable_optimized_mode"}
"""What estimators of other versions take."""

OWN = {"kind", "pipeline", "locations", "format", "value"}
"""What pipelift gives objects that no program constructs; an enum's value is no parameter in the table."""

SKLEARN = "azureml.train.sklearn.SKLearn"  # takes fewer than the Estimator that its model derives from


def _list_callables() -> Iterator[tuple[str, Callable[..., object], inspect.Signature]]:
    """Each class and method of a model, without what pipelift gives it, and its signature in the SDK."""
    assert models.__all__
    for name in support():
        model, outline = model_of(name), signatures.find_class(name)
        if not isinstance(model, ModelledClass) or outline is None or model.cls.sdk_name != name:
            continue
        if outline.signature is not None:
            yield name, _without(model.cls.__init__, 2), outline.signature
        for member in set(dir(model.cls)) - set(dir(Modelled)):
            static = inspect.getattr_static(model.cls, member)
            found = outline.find(member)
            if member[:1] == "_" or not callable(static) or found is None or found[1] is None:
                continue
            function = getattr(static, "__func__", static)
            before = 1 if isinstance(static, staticmethod) else 2
            yield f"{name}.{member}", _without(function, before), signatures.read_signature(found[1])


def _without(function: Callable[..., object], count: int) -> Callable[..., object]:
    """A stand-in for the function, with a signature that lacks the first parameters."""

    def shortened() -> None: ...

    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[count:]
    shortened.__dict__["__signature__"] = signature.replace(parameters=parameters)
    return shortened


CALLABLES = list(_list_callables())


def test_models_name_the_parameters_of_the_sdk_and_no_others() -> None:
    assert len(CALLABLES) > 400
    wrong = {
        f"{name}({parameter})"
        for name, function, real in CALLABLES
        for parameter, mine in inspect.signature(function).parameters.items()
        if mine.kind not in KINDS and parameter not in real.parameters
        if parameter not in OLDER | OWN and name != SKLEARN
    }
    datasets = {"azureml.data.FileDataset", "azureml.data.TabularDataset"}
    assert wrong == {f"{name}({parameter})" for name in datasets for parameter in ("name", "version")}


def test_models_have_the_defaults_of_the_sdk() -> None:
    wrong = {
        f"{name}({parameter}={mine.default!r}), the SDK's is {real.parameters[parameter].default!r}"
        for name, function, real in CALLABLES
        for parameter, mine in inspect.signature(function).parameters.items()
        if parameter in real.parameters and mine.default is not inspect.Parameter.empty
        if real.parameters[parameter].default not in (mine.default, ..., inspect.Parameter.empty)
    }
    assert wrong == {
        "azureml.core.runconfig.DockerConfiguration(arguments=None), the SDK's is []",
        "azureml.data.azure_storage_datastore.AzureFileDatastore(endpoint=None), the SDK's is 'core.windows.net'",
    }, "the first is shared between calls, an endpoint that is not given is not known"


def test_the_table_is_well_formed() -> None:
    classes = 0
    for module in signatures.list_modules():
        for name in signatures.list_names(module):
            outline = signatures.find_class(f"{module}.{name}")
            if outline is None:
                continue
            classes += 1
            assert outline.is_open in (True, False)
            assert outline.signature is None or outline.signature.parameters is not None
            for text in filter(None, outline.members.values()):
                signatures.read_signature(text)
    assert classes > 1000


EXISTING: Mapping[str, str] = {
    "a class without a model": "from azureml.core import Webservice\nx = Webservice(ws, 'w').scoring_uri",
    "a method of one": "from azureml.core import Model\nm = Model.register(ws, 'p', model_name='n', tags={})",
    "its base classes": (
        "from azureml.core.webservice import AciWebservice, Webservice\n"
        "assert issubclass(AciWebservice, Webservice)\nassert isinstance(AciWebservice(ws, 'w'), Webservice)\n"
        "assert not isinstance(AciWebservice(ws, 'w'), Workspace)"
    ),
    "a method that a model lacks": "ws.get_run('r').wait_for_completion(show_output=True)",
    "widgets": "from azureml.widgets import RunDetails\nRunDetails(run_instance=1).show()",
    "open data": "from azureml.opendatasets import NycTlcGreen\nd = NycTlcGreen(None, None).to_pandas_dataframe()",
    "a search by keywords": "from azureml.train.hyperdrive import uniform\nu = uniform(min_value=1, max_value=2)\n"
    "assert u == ['uniform', [1, 2]] and choice(1, 2) == ['choice', [[1, 2]]]",
    "an exception of the SDK's": (
        "from azureml.exceptions import UserErrorException, AzureMLException\n"
        "assert issubclass(UserErrorException, AzureMLException)\n"
        "class Mine(UserErrorException):\n    pass\n"
        "try:\n    raise Mine('no')\nexcept UserErrorException as error:\n    caught = str(error)\n"
        "assert caught == 'no'"
    ),
    "a compute target by position": (
        "from azureml.core.compute import AksCompute\nc = AksCompute.provisioning_configuration(3, 'Standard_D3_v2')\n"
        "assert c.vm_size == 'Standard_D3_v2'"
    ),
    "what is of another version": "from azureml.contrib.brainwave import BrainwaveImage\nBrainwaveImage().x",
}


@pytest.mark.parametrize("case", EXISTING, ids=str)
def test_what_the_sdk_has_exists(case: str, tmp_path: Path) -> None:
    reading = read(tmp_path, EXISTING[case] + "\nPipeline(ws, py('a'))")
    assert reading.codes == []
    assert [step["name"] for step in reading.graphs[0]["steps"]] == ["a"]


TOLD = {
    "a class": ("from azureml.core import Modle", "PL202", "did you mean 'Model'?"),
    "a module": ("import azureml.core.enviroment", "PL202", "did you mean 'azureml.core.environment'?"),
    "a keyword of a class without a model": (
        "from azureml.widgets import RunDetails\nRunDetails(runs=1)",
        "PL201",
        "unexpected keyword argument 'runs'",
    ),
    "a keyword of a method without a model": (
        "from azureml.core import Model\nModel.register(ws, path='p', model_name='n')",
        "PL201",
        "unexpected keyword argument 'path'",
    ),
    "a required argument of a model": ("Environment()", "PL201", "missing a required argument: 'name'"),
    "a method": ("ws.get_default_data_store()", "PL203", "did you mean 'get_default_datastore'?"),
    "an attribute that is set": ("run.enviroment = Environment('e')", "PL203", "did you mean 'environment'?"),
}


@pytest.mark.parametrize("case", TOLD, ids=str)
def test_what_the_sdk_lacks_is_told(case: str, tmp_path: Path) -> None:
    source, code, words = TOLD[case]
    said = [one for one in read(tmp_path, source + "\nPipeline(ws, py('a'))").said if one.code == code]
    assert len(said) == 1 and words in said[0].message
