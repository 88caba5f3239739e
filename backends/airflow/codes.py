"""What Airflow cannot keep, refuses, or lacks: the target's own codes."""

from pipelift.compiler.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
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
        "PL470",
        "warning",
        "a schedule that leaves times to the moment of its creation",
        "The schedule has no start, so the service takes what it does not say (an hour, a minute, a day, the first of "
        "several weeks) from the moment at which it is created. A DAG file knows no such moment: hours and minutes "
        "are 0, and days and weeks count from Thursday, the first of January 1970.",
        'ScheduleRecurrence(frequency="Week", interval=2, week_days=["Monday"])',
        "Give the recurrence a start_time.",
        fidelity="approximated",
    ),
    Code(
        "PL471",
        "warning",
        "days and months without a start",
        "The schedule has no start: it begins when Airflow first sees it, and goes on in whole days of 24 hours, or "
        "months from the run before. Where clocks change, or a month is short, the time of day or the day moves.",
        'ScheduleRecurrence(frequency="Month", interval=1)',
        "Give the recurrence a start_time.",
        fidelity="approximated",
    ),
    Code(
        "PL472",
        "error",
        "a schedule that looks at a store which Airflow's workers cannot see",
        "To find out whether files are new, a worker reads the folder of the store. It sees folders of its machine; "
        "volumes, claims and stores behind URLs only the steps' containers see. The schedule is left out.",
        "Schedule.create(ws, name, pipeline_id, experiment, datastore=store, polling_interval=10)",
        "Give the store a folder below [stores.NAME.airflow], or start the pipeline over REST when data arrive.",
        fidelity="dropped",
    ),
    Code(
        "PL473",
        "warning",
        "a run that is not told which file has changed",
        "The service hands the path of the changed file to a data parameter. On Airflow a parameter for a path gets "
        "it; this one stands for a dataset, and the run takes its default.",
        'Schedule.create(…, datastore=store, data_path_parameter_name="changed")',
        "Let the script look through the folder.",
        fidelity="approximated",
    ),
    Code(
        "PL475",
        "error",
        "a schedule without a value for a parameter",
        "The parameter has no default, and the schedule gives it no value: Airflow would refuse every run.",
        "Schedule.create(ws, name, pipeline_id, experiment, recurrence=recurrence)",
        "Give the parameter a default, or the schedule a value in pipeline_parameters.",
        fidelity="dropped",
    ),
    Code(
        "PL560",
        "error",
        "Airflow's API server cannot be reached",
        "Nothing answers at the address, or what answers is not Airflow. The files may lie in the DAGs folder; "
        "without the API server nobody can say whether Airflow has read them, and no run can be started.",
        "pipelift deploy build/airflow --set dags=~/airflow/dags --set url=http://localhost:8081",
        "Start it (`airflow api-server`, or `airflow standalone`), and name its address: `--set url=http://HOST:PORT`.",
    ),
    Code(
        "PL561",
        "error",
        "Airflow refuses the login",
        "The user and password, or the token, are not accepted, or the user may not do what a deployment does: "
        "read DAGs and import errors, change a DAG, start and end runs.",
        "PIPELIFT_AIRFLOW_PASSWORD=wrong pipelift deploy build/airflow --set user=admin",
        "Set PIPELIFT_AIRFLOW_PASSWORD for `--set user=NAME`, or PIPELIFT_AIRFLOW_TOKEN to a token of the API.",
    ),
    Code(
        "PL562",
        "error",
        "not an Airflow 3",
        "The DAG is written for Airflow 3, and deploying speaks its REST API, which is at /api/v2. An older "
        "Airflow has neither.",
        "pipelift deploy build/airflow --set url=http://airflow-2.example:8080",
        "Upgrade Airflow, or name the address of one with version 3.",
    ),
    Code(
        "PL563",
        "error",
        "a part of Airflow is not running",
        "The API server answers, and says that its database, the scheduler or the DAG processor does not: DAG "
        "files would not be read, or runs would stay queued for ever.",
        "airflow api-server &  # and no `airflow scheduler`, no `airflow dag-processor`",
        "Start what is missing: `airflow scheduler`, `airflow dag-processor`; `airflow standalone` starts all.",
    ),
    Code(
        "PL564",
        "error",
        "Airflow cannot import the DAG",
        "Importing the DAG file failed where Airflow reads it. Most often a provider is not installed there, "
        "or the file was edited.",
        "ModuleNotFoundError: No module named 'airflow.providers.docker'",
        "Install on Airflow's machines what the message names, or correct the file in the output folder; then "
        "deploy again.",
    ),
    Code(
        "PL565",
        "error",
        "Airflow has not read the DAG",
        "The files are in place, but Airflow's DAG processor has not read them in time. It looks for new files "
        "only every few minutes (`[dag_processor] refresh_interval`, 300 seconds unless configured).",
        "pipelift deploy build/airflow --set dags=/somewhere/else",
        "Check that the folder (or the repository) is one of that Airflow's DAG bundles; wait longer with "
        "`--set timeout=SECONDS`.",
    ),
    Code(
        "PL566",
        "error",
        "Airflow refuses a request",
        "The API server answers a request of the deployment with an error: a value that a parameter does not "
        "accept, for example, or a DAG that somebody has deleted meanwhile.",
        "pipelift deploy build/airflow -p regularization=1.0  # the DAG's own schema says integer",
        "The message has Airflow's own reason.",
    ),
    Code(
        "PL567",
        "error",
        "the DAGs folder cannot take the DAG",
        "There is no such folder, it cannot be written, what stands there is not ours or was changed by "
        "somebody, or an `.airflowignore` hides it. Nothing was changed.",
        "pipelift deploy build/airflow --set dags=/opt/airflow/dags",
        "Name Airflow's DAGs folder with `--set dags=FOLDER` (`airflow config get-value core dags_folder` prints it), "
        "and another folder in it with `--set folder=NAME`.",
    ),
    Code(
        "PL568",
        "error",
        "git cannot take the DAG to its repository",
        "Cloning, committing or pushing failed. The repository is as it was.",
        "pipelift deploy build/airflow --set git=https://git.example/dags.git#main",
        "Try the git command of the message by hand; credentials come from git's own helpers, never from the address.",
    ),
)
