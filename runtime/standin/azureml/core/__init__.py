"""`azureml.core`: the names that scripts import from it; others can be imported, and say what they are when used."""

from azureml._uncovered import partial
from azureml.core.dataset import Dataset
from azureml.core.datastore import Datastore
from azureml.core.experiment import Experiment
from azureml.core.keyvault import Keyvault
from azureml.core.model import Model
from azureml.core.run import Run, get_run
from azureml.core.workspace import Workspace

VERSION = "1.60.0"
__version__ = VERSION

__all__ = [
    "VERSION",
    "Dataset",
    "Datastore",
    "Experiment",
    "Keyvault",
    "Model",
    "Run",
    "Workspace",
    "get_run",
]

partial(__name__)
