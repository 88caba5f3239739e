"""PL55x to PL59x: deploying, and what stands in its way."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL550",
        "error",
        "Docker with Compose is not there",
        "Deploying to Compose starts `docker compose`, of version 2. The older `docker-compose`, a program of its "
        "own, reads other files.",
        "pipelift deploy build/compose   # on a machine without Docker",
        "Install Docker Engine and its Compose plugin, or put `docker` on the PATH.",
    ),
    Code(
        "PL551",
        "error",
        "the Docker engine does not answer",
        "The docker command is there, but the engine is not running, or you may not speak to it.",
        "pipelift deploy build/compose   # Cannot connect to the Docker daemon",
        "Start it, or join the group that may use it; `docker info` has to work.",
    ),
    Code(
        "PL552",
        "error",
        "Compose cannot read the project",
        "Before anything runs, Compose reads compose.yaml for this run, with its variables. It refuses a file that "
        "was edited by mistake.",
        "pipelift deploy build/compose   # yaml: line 3: mapping values are not allowed in this context",
        "The message is Compose's own: mend the file, or compile again.",
    ),
    Code(
        "PL553",
        "error",
        "an image cannot be built",
        "Each step's image is built before the first step starts, as far as the engine does not have it.",
        "pipelift deploy build/compose   # ERROR: No matching distribution found for pandas==9.9",
        "The lines above the message are Docker's; mend the environment in the pipeline file and compile again.",
    ),
    Code(
        "PL554",
        "error",
        "an option of a deployment has a value that it cannot have",
        "The options are given with --set NAME=VALUE. Each takes certain values, and some exclude each other.",
        "pipelift deploy build/compose --set gpu=2",
        "Use a value that the message names; `pipelift deploy --help` lists the options of each target.",
    ),
    Code(
        "PL555",
        "error",
        "the run cannot begin",
        "The first service makes the run's id and the stores' folders, and hands them to the steps' user. It failed, "
        "or its folders are another machine's: the engine has to be on this one.",
        "DOCKER_HOST=tcp://other:2375 pipelift deploy build/compose",
        "The message says what failed. Check that the folders in .env exist and can be written.",
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
        "Install on Airflow's machines what the message names, or mend the file in the output folder; then "
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
    Code(
        "PL570",
        "error",
        "the Kubeflow server is not reached",
        "Deploying to Kubeflow speaks to the REST API of Kubeflow Pipelines. No address is given, or nobody answers "
        "at it.",
        "pipelift deploy build/kubeflow   # without an address",
        "Give the API's address: --set url=http://localhost:8888 after `kubectl port-forward -n kubeflow "
        "svc/ml-pipeline 8888:8888`, or the variable PIPELIFT_KUBEFLOW_URL.",
    ),
    Code(
        "PL571",
        "error",
        "the Kubeflow server refuses you",
        "The server wants to know who asks, or you may not do this.",
        "pipelift deploy build/kubeflow --set url=https://kubeflow.example.com   # 401",
        "Put a token of the API into the variable PIPELIFT_KUBEFLOW_TOKEN (the documentation of your Kubeflow says "
        "how to get one), or ask for the permission.",
    ),
    Code(
        "PL572",
        "error",
        "this is not the API of Kubeflow Pipelines",
        "Something answers at the address, but not as Kubeflow Pipelines 2 does.",
        "--set url=http://localhost:8080/_/pipeline   # the page, not the API",
        "Give the address below which /apis/v2beta1/healthz answers.",
    ),
    Code(
        "PL573",
        "error",
        "the Kubeflow server refuses the request",
        "The server understood and said no; the message is its own. A pipeline of a newer kfp than the server is a "
        "common reason.",
        "pipelift deploy build/kubeflow   # 400: invalid pipeline spec",
        "Do as the message says; compile with the kfp release of your server if it does not know the format.",
    ),
    Code(
        "PL574",
        "warning",
        "the images name no registry",
        "The cluster pulls a step's image by its name. One without a registry is found only where it was put on the "
        "nodes by hand (as `kind load docker-image` does), or on Docker Hub.",
        "image: pipelift-compare-models-train:3fa8…",
        "Name one as `registry` below [images] in pipelift.toml, compile, and run `pipelift build DIR --push`.",
    ),
    Code(
        "PL575",
        "error",
        "the deployment lacks something that only you know",
        "A setting is missing, Kubeflow cannot hold the default of a parameter, or the folder was written by another "
        "version.",
        "pipelift deploy build/kubeflow   # the server has a namespace for each user",
        "Give what the message asks for.",
    ),
    Code(
        "PL580",
        "error",
        "something that the output needs is missing",
        "`pipelift doctor` asks the machine, or the cluster that it talks to, for what the output folder needs; this "
        "is not there, and a run would fail for it.",
        "pipelift doctor build/compose",
        "Do what the line below the finding says, then ask again. The doctor itself changes nothing.",
    ),
    Code(
        "PL581",
        "note",
        "something that the output needs cannot be asked for from here",
        "The doctor has no way to it: no kubectl, no address of a server, no secret to log in with.",
        "pipelift doctor build/kubeflow   # on a machine without kubectl",
        "Ask from a machine that can reach it, or look yourself, as the line below the finding says.",
    ),
)
