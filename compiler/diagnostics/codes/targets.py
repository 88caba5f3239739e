"""PL4xx: what a target cannot keep as it was."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL401",
        "note",
        "conda packages come from the package index",
        "Most conda packages have a twin on the Python package index, and an image with pip alone is smaller "
        "and builds faster. The twin of the same version may be built differently.",
        'CondaDependencies.create(conda_packages=["pandas", "scikit-learn=0.24"])',
        "Nothing, unless the conda build matters: then give the environment an image of its own, "
        '`image = "…"` below [environments.NAME] in pipelift.toml.',
        fidelity="approximated",
    ),
    Code(
        "PL404",
        "warning",
        "the environment's Python version cannot be read",
        "The image is chosen by major and minor version, such as 3.10.",
        'CondaDependencies.create(python_version="latest")',
        "Name the version as 3.10, in the source or as `python` below [environments.NAME] in pipelift.toml.",
        fidelity="approximated",
    ),
    Code(
        "PL405",
        "error",
        "the environment's Python is too old",
        "What starts a step inside its container needs Python 3.6 or newer; on another version the step's "
        "script may behave differently or fail.",
        'CondaDependencies.create(python_version="2.7")',
        "Name a newer Python, in the source or as `python` below [environments.NAME] in pipelift.toml.",
        fidelity="dropped",
    ),
    Code(
        "PL406",
        "error",
        "no image can be built on this base",
        "The environment's image goes into a Dockerfile as it stands, so it has to be an image reference; a "
        "Dockerfile of its own has to begin with FROM.",
        'Environment("e").docker.base_image = "my image"',
        "Correct the name; the form is [registry/]name[:tag].",
        fidelity="dropped",
    ),
    Code(
        "PL407",
        "error",
        "a requirement that only your machine can install",
        "A path or an option that names a file means something only where the file lies; the image is built "
        "without it. Options for an index, as --extra-index-url, are kept.",
        'CondaDependencies.create(pip_packages=["-e ./library"])',
        "Publish the package to an index, or put its modules into the step's source directory.",
        fidelity="dropped",
    ),
    Code(
        "PL410",
        "error",
        "a step that cannot run outside Azure",
        "The step hands its work to a service that has no counterpart here.",
        'DatabricksStep(name="etl", notebook_path="/etl", …)',
        "Rewrite the step as a script step, or allow the loss: the step is then left out.",
        fidelity="dropped",
    ),
    Code(
        "PL411",
        "error",
        "an R script without R",
        "The images that pipelift makes hold Python; R comes only with an image that names it.",
        'RScriptStep(name="fit", script_name="fit.R", …)',
        'Name an image that has R and Python: `image = "…"` below [environments.NAME] in pipelift.toml.',
        fidelity="dropped",
    ),
    Code(
        "PL420",
        "note",
        "source data on Kubeflow comes from a volume claim",
        "A pod sees no folder of your machine. With nothing configured, a step reads a store's data from "
        "the volume claim that has the store's name.",
        'Dataset.File.from_files([(datastore, "train-images/")])',
        'Create the claim and copy the data into it, or name another: `url = "pvc:CLAIM"` below '
        "[stores.NAME.kubeflow] in pipelift.toml.",
    ),
    Code(
        "PL421",
        "warning",
        "a store on Kubeflow is no folder or Docker volume",
        "The configured place of the store is on one machine; pods run on others. A volume claim with "
        "the store's name is mounted in its stead.",
        '[stores.workspaceblobstore]\nurl = "data"   # a folder beside pipelift.toml',
        'Copy the data into a volume claim and name it: `url = "pvc:CLAIM"` below [stores.NAME.kubeflow].',
        fidelity="approximated",
    ),
    Code(
        "PL423",
        "warning",
        "an output on Kubeflow is an artifact",
        "Kubeflow keeps what a step writes in its own object store and hands it to later steps. Neither "
        "the destination that the source names nor a registered dataset comes into being.",
        'OutputFileDatasetConfig(destination=(datastore, "results/{run-id}"))',
        "Later steps are not affected; fetch the artifact from the run, or copy it in a step of its own.",
        fidelity="approximated",
    ),
    Code(
        "PL424",
        "error",
        "a distributed step runs as one process on Kubeflow",
        "A KFP task is one pod. A script that shares its work among nodes or processes does all of it "
        "alone, or fails.",
        "RunConfiguration().node_count = 2",
        "Set one node and one process, or run the training through Kubeflow's training operator.",
        fidelity="dropped",
    ),
    Code(
        "PL425",
        "warning",
        "a parameter has another name on Kubeflow",
        "KFP's parameters are Python identifiers that begin with a letter and are no keywords.",
        'PipelineParameter(name="learning rate", default_value=0.1)',
        "Use the new name when you start a run on Kubeflow, or rename the parameter in the source.",
        fidelity="approximated",
    ),
    Code(
        "PL426",
        "warning",
        "a failed step ends the run on Kubeflow",
        "KFP starts no further step once one has failed; the source asks for the steps that do not "
        "depend on it to go on.",
        "experiment.submit(pipeline, continue_on_step_failure=True)",
        "Retry the failed run in KFP: what has completed is not run again, and the other steps follow.",
        fidelity="approximated",
    ),
    Code(
        "PL427",
        "warning",
        "source data is not compared by content on Kubeflow",
        'With identity = "content" a step may be reused only while its source data has the same bytes. '
        "KFP's cache does not look into volumes, so a step that reads source data always runs.",
        '[reuse]\nidentity = "content"',
        'Nothing, or identity = "definition" if the data never changes in place.',
        fidelity="approximated",
    ),
    Code(
        "PL428",
        "error",
        "a default that a compiled KFP pipeline cannot hold",
        "The default would change on its way through kfp's YAML: no finite number, an integer of more "
        "than 53 bits, text with line breaks or control characters, or text that reads as a number "
        "there, such as 1e3.",
        'PipelineParameter(name="rate", default_value="1e3")',
        "Change the default, or allow the loss: the parameter then has none, and each run on Kubeflow "
        "must give it.",
        fidelity="dropped",
    ),
    Code(
        "PL429",
        "error",
        "kfp does not accept the pipeline.yaml",
        "The compiled pipeline was loaded with kfp's own loader, which refused it; the server would as well.",
        "pipelift compile pipeline.py --target kubeflow",
        "If you edited pipeline.py or pipeline.yaml, correct it; otherwise report this as a fault of "
        "pipelift.",
    ),
    Code(
        "PL430",
        "error",
        "Airflow 2 is not supported",
        "The DAG imports `airflow.sdk`, which came with Airflow 3; nothing of it would load.",
        "[airflow]\nversion = 2",
        "Move to Airflow 3, and take the line out of pipelift.toml.",
    ),
    Code(
        "PL431",
        "error",
        "Airflow refuses the DAG",
        "The DAG file was loaded with Airflow's own DagBag, as its DAG processor does, and that failed.",
        "(a missing provider: No module named 'airflow.providers.docker')",
        "Install what is missing: pip install 'pipelift[airflow]'. Anything else is a fault of pipelift's.",
    ),
    Code(
        "PL432",
        "note",
        "the DAG is not verified",
        "The DAG file is loaded with Airflow before it is handed over, and Airflow is not installed here.",
        "pipelift compile pipeline.py --target airflow",
        "Install Airflow beside pipelift, pip install 'pipelift[airflow]', or compile with --no-verify.",
    ),
    Code(
        "PL433",
        "error",
        "a store that Airflow's containers cannot reach",
        "A store is mounted into the steps' containers: Docker mounts folders and volumes, Kubernetes "
        "mounts claims. This store is configured as something else, so its data would be missing.",
        '[stores.workspaceblobstore]\nurl = "pvc:data"   # with the DockerOperator',
        "Give the store another `url` below [stores.NAME.airflow] in pipelift.toml: a folder or "
        '"volume:NAME" for the DockerOperator, "pvc:CLAIM" for the KubernetesPodOperator.',
    ),
    Code(
        "PL434",
        "warning",
        "a store without a claim on Kubernetes",
        "Nothing says where the store lies on the cluster, so it becomes a folder of the claim that also "
        "holds the records of runs. That claim has to exist, ReadWriteMany, with the source data in it.",
        '[airflow]\noperator = "kubernetes"',
        'Name a claim, `url = "pvc:CLAIM"` below [stores.NAME.airflow] in pipelift.toml, or put the data '
        'into the claim "pipelift".',
        fidelity="approximated",
    ),
    Code(
        "PL435",
        "warning",
        "a tag that is too long for Airflow",
        "Airflow's tags have at most 100 characters; the DAG does without this one. Nothing that runs "
        "depends on it.",
        'experiment.submit(pipeline, tags={"why": "a whole paragraph …"})',
        "Shorten the tag.",
        fidelity="dropped",
    ),
    Code(
        "PL440",
        "error",
        "a store that Compose cannot mount",
        "A service sees data through a mounted host folder, a named volume or over the network; this store's "
        "URL is none of these, so steps would not find their data.",
        '[stores.workspaceblobstore]\nurl = "pvc:data"',
        'Set `url = "FOLDER"` or `url = "volume:NAME"` below [stores.NAME.compose] in pipelift.toml.',
        fidelity="dropped",
    ),
    Code(
        "PL441",
        "error",
        "a distributed step on one machine",
        "Compose starts one container a step. A job of several nodes or processes would run as one process, "
        "which can change its results.",
        "MpiConfiguration(node_count=4)",
        "Give the step one node and one process, or allow the loss.",
        fidelity="dropped",
    ),
    Code(
        "PL442",
        "note",
        "retries become container restarts",
        "Docker restarts a failed step's container, up to the number given. `docker compose up` may show the "
        "first attempt only; `docker compose logs` shows all.",
        "step.runconfig.max_retries = 2",
        "Nothing.",
        fidelity="approximated",
    ),
    Code(
        "PL443",
        "warning",
        "Compose gives up at the first failed step",
        "When a step fails, `docker compose up` starts none of those that wait, even those that do not depend on it.",
        "experiment.submit(pipeline, continue_on_step_failure=True)",
        "`pipelift deploy DIR` goes on with the steps that can. After `docker compose up`, run it again: steps that "
        "have completed are reused where reuse is allowed.",
        fidelity="approximated",
    ),
    Code(
        "PL444",
        "error",
        "Compose refuses the file",
        "The file that was written is not valid: a fault of pipelift, or of a value that no check caught.",
        "services.train.depends_on: invalid",
        "Please report it with the pipeline file; --no-verify writes the output all the same.",
    ),
)
