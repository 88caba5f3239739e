"""`azureml.data`: datasets and the places that they are made from."""

from azureml._uncovered import partial
from azureml.data.datapath import DataPath
from azureml.data.dataset_type_definitions import DataType, PromoteHeadersBehavior
from azureml.data.file_dataset import FileDataset
from azureml.data.tabular_dataset import TabularDataset

__all__ = ["DataPath", "DataType", "FileDataset", "PromoteHeadersBehavior", "TabularDataset"]

partial(__name__)
