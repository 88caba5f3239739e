"""`azureml.core`: the names that scripts import from it; others can be imported, and refuse to be used."""

from azureml._uncovered import partial

VERSION = "1.60.0"
__version__ = VERSION

# Most scripts need one of these; each costs a part of what starting Python costs.
partial(
    __name__,
    {
        "Dataset": "azureml.core.dataset",
        "Datastore": "azureml.core.datastore",
        "Experiment": "azureml.core.experiment",
        "Keyvault": "azureml.core.keyvault",
        "Model": "azureml.core.model",
        "Run": "azureml.core.run",
        "Workspace": "azureml.core.workspace",
        "get_run": "azureml.core.run",
    },
)
