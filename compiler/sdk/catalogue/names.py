"""Names of the real SDK, by module, for telling what exists from what is misspelt. Measured, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = {
    "azureml.pipeline.steps": (
        "AdlaStep AutoMLStep AutoMLStepRun AzureBatchStep CommandStep DataTransferStep DatabricksStep "
        "EstimatorStep HyperDriveStep HyperDriveStepRun KustoStep ModuleStep MpiStep ParallelRunConfig "
        "ParallelRunStep PythonScriptStep RScriptStep SynapseSparkStep _HDInsightStep"
    ),
    "azureml.pipeline.core": (
        "InputPortBinding Module ModuleVersion ModuleVersionDescriptor OutputPortBinding Pipeline "
        "PipelineData PipelineDataset PipelineDraft PipelineEndpoint PipelineParameter PipelineRun "
        "PipelineStep PortDataReference PublishedPipeline Schedule ScheduleRecurrence StepRun "
        "StepRunOutput StepSequence TimeZone TrainingOutput"
    ),
    "azureml.pipeline.core.pipeline_output_dataset": (
        "PipelineOutputAbstractDataset PipelineOutputFileDataset PipelineOutputTabularDataset"
    ),
    "azureml.pipeline.core.graph": (
        "DataSourceDef DataSourceNode DataType Edge Graph InputPort InputPortDef ModuleDef ModuleNode "
        "Node OutputPort OutputPortDef Param ParamDef StoredProcedureParameter"
    ),
    "azureml.data": (
        "DataType DatacacheStore FileDataset HDFSOutputDatasetConfig LinkFileOutputDatasetConfig "
        "LinkTabularOutputDatasetConfig OutputFileDatasetConfig TabularDataset"
    ),
    "azureml.data.datapath": "DataPath DataPathComputeBinding",
    "azureml.data.data_reference": "DataReference",
    "azureml.data.sql_data_reference": "SqlDataReference",
    "azureml.data.stored_procedure_parameter": "StoredProcedureParameter StoredProcedureParameterType",
    "azureml.data.dataset_consumption_config": "DatasetConsumptionConfig",
    "azureml.data.output_dataset_config": (
        "HDFSOutputDatasetConfig LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig MountOptions "
        "OutputDatasetConfig OutputFileDatasetConfig OutputTabularDatasetConfig RegistrationConfiguration "
        "UploadOptions"
    ),
    "azureml.data.dataset_factory": "DataType FileDatasetFactory TabularDatasetFactory",
    "azureml.data.dataset_type_definitions": (
        "FileEncoding FileType HistogramCompareMethod PromoteHeadersBehavior SkipLinesBehavior"
    ),
    "azureml.data.file_dataset": "FileDataset",
    "azureml.data.tabular_dataset": "TabularDataset",
    "azureml.data.azure_storage_datastore": "AzureBlobDatastore AzureFileDatastore",
    "azureml.data.azure_data_lake_datastore": "AzureDataLakeDatastore AzureDataLakeGen2Datastore",
    "azureml.core": (
        "ComputeTarget ContainerRegistry Dataset Datastore Environment Experiment Image Keyvault "
        "LinkedService Model PrivateEndPoint PrivateEndPointConfig Run RunConfiguration ScriptRun "
        "ScriptRunConfig SynapseWorkspaceLinkedServiceConfiguration Webservice Workspace "
        "attach_legacy_compute_target diagnostic_log get_run is_compute_target_prepared "
        "prepare_compute_target remove_legacy_compute_target"
    ),
    "azureml.core.environment": (
        "DockerBuildContext DockerEnvironment DockerImageDetails DockerImagePlatform DockerSection "
        "Environment EnvironmentReference ImageBuildDetails PythonEnvironment PythonSection RCranPackage "
        "RGitHubPackage RSection SparkEnvironment SparkPackage SparkSection"
    ),
    "azureml.core.conda_dependencies": "CondaDependencies",
    "azureml.core.runconfig": (
        "AmlComputeConfiguration ApplicationEndpointConfiguration AzureContainerRegistry "
        "ContainerRegistry Data DataLocation DataPath DataReferenceConfiguration DatacacheConfiguration "
        "Dataset DatasetRegistrationOptions DockerConfiguration EnvironmentDefinition GlobsOptions "
        "HdiConfiguration HistoryConfiguration KubernetesComputeConfiguration MountOptions "
        "MpiConfiguration OutputData OutputOptions ParallelTaskConfiguration PyTorchConfiguration "
        "RegistrationOptions RunConfiguration SparkConfiguration TensorflowConfiguration UploadOptions "
        "Uri"
    ),
    "azureml.core.container_registry": "ContainerRegistry",
    "azureml.core.databricks": (
        "DatabricksCluster DatabricksEnvironment DatabricksSection EggLibrary JarLibrary MavenLibrary "
        "PyPiLibrary RCranLibrary"
    ),
    "azureml.core.compute": (
        "AdlaCompute AksCompute AmlCompute BatchCompute ComputeInstance ComputeTarget DataFactoryCompute "
        "DatabricksCompute DsvmCompute HDInsightCompute KubernetesCompute KustoCompute RemoteCompute "
        "SynapseCompute"
    ),
    "azureml.core.compute_target": "AbstractComputeTarget ComputeTarget LocalTarget",
    "azureml.core.authentication": (
        "ArmTokenAuthentication AzureCliAuthentication AzureMLTokenAuthentication "
        "InteractiveLoginAuthentication MsiAuthentication ServicePrincipalAuthentication "
        "TokenAuthentication"
    ),
    "azureml.core.keyvault": "Keyvault",
    "azureml.core.resource_configuration": "ResourceConfiguration",
    "azureml.train.hyperdrive": (
        "BanditPolicy BayesianParameterSampling EarlyTerminationPolicy GridParameterSampling "
        "HyperDriveConfig HyperDriveRun HyperDriveRunConfig HyperParameterSampling MedianStoppingPolicy "
        "NoTerminationPolicy PrimaryMetricGoal RandomParameterSampling TruncationSelectionPolicy choice "
        "lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
    ),
    "azureml.train.estimator": "Estimator MMLBaseEstimator",
    "azureml.train.dnn": "Chainer Gloo Mpi Nccl ParameterServer PyTorch TensorFlow",
    "azureml.train.automl": "AutoMLConfig",
    "azureml.train.automl.automlconfig": "AutoMLConfig",
}

NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {module: frozenset(names.split()) for module, names in _NAMES.items()}
)
