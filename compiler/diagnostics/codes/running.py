"""PL5xx: configuration, data, running and outputs; PL9xx: faults of pipelift."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL501",
        "error",
        "the configuration cannot be used",
        "pipelift.toml says where stores, compute and environments are now; a mistake in it would send data "
        "or steps to the wrong place, so nothing is guessed.",
        '[stores.workspaceblobstore]\nurll = "data"   # unknown key',
        "Correct the line; `pipelift init FILE` writes a commented file to start from.",
    ),
    Code(
        "PL502",
        "error",
        "there is no such parameter",
        "A value is given for a parameter that the pipeline does not have: the SDK refuses it when it is submitted.",
        "pipelift run pipeline.py --param learning_rat=0.1",
        "Use one of the pipeline's parameters; `pipelift graph FILE --format json` lists them.",
    ),
    Code(
        "PL503",
        "error",
        "a parameter's value has the wrong type",
        "The type of a parameter is that of its default; the SDK refuses a value of another type.",
        "pipelift run pipeline.py --param epochs=many",
        "Give a value of the parameter's type.",
    ),
    Code(
        "PL504",
        "error",
        "which pipeline to run is open",
        "The file builds several pipelines; a run is of one.",
        "pipelift run pipelines.py",
        "Pick one with --pipeline NAME.",
    ),
    Code(
        "PL505",
        "error",
        "there is no such target",
        "A target is a package that is installed beside pipelift, or one of its own.",
        "pipelift compile pipeline.py --target kubeflo",
        "Use one of those that the message names; `pipelift targets` lists them.",
        status=2,
    ),
    Code(
        "PL506",
        "error",
        "a library that the target needs is not installed",
        "Targets bring their libraries along as extras of pipelift, so that nobody installs what they do not use.",
        "pipelift compile pipeline.py --target kubeflow   # without kfp",
        "Install it with the line of the message, and repeat the command.",
        status=2,
    ),
    Code(
        "PL507",
        "error",
        "this needs POSIX",
        "Running steps, and looking whether one runs, rests on locks and signals that Linux and macOS have. What only "
        "reads and writes files (check, graph, init, diff, compile) works everywhere.",
        "pipelift run pipeline.py   # on Windows",
        "On Windows use the Windows Subsystem for Linux, or compile here and run the artifacts where they belong.",
        status=2,
    ),
    Code(
        "PL510",
        "error",
        "the Python for the steps cannot be started",
        "The local runner starts each step's script with one Python: that of --python, else of "
        "pipelift.toml, else of the active environment. No other is taken silently, since it might have "
        "other packages.",
        "pipelift run pipeline.py --python /opt/gone/bin/python",
        'Name a Python that exists: --python PATH, or python = "PATH" under [local] in pipelift.toml.',
    ),
    Code(
        "PL511",
        "error",
        "the local runner cannot reach a store",
        "A local run reads and writes stores as folders of this machine; it does not reach remote stores "
        "or volumes yet.",
        '[stores.workspaceblobstore]\nurl = "abfs://data@account.dfs.core.windows.net"',
        'Give the store a folder for local runs: [stores.NAME.local] with url = "FOLDER" in pipelift.toml.',
    ),
    Code(
        "PL512",
        "error",
        "source data is missing",
        "A dataset names files in a store, and they are not there: the step that reads them would fail, "
        "perhaps after hours of earlier steps.",
        "Dataset.File.from_files((datastore, 'train-images/'))   # the store's folder has no train-images/",
        "Put the data where the message says, or let the store's url in pipelift.toml name the folder "
        "that has it.",
    ),
    Code(
        "PL513",
        "error",
        "a dataset is known only by its name",
        "Dataset.get_by_name asks the workspace which files a name stands for. Without the workspace "
        "nobody knows.",
        "Dataset.get_by_name(ws, 'titanic')",
        "Define the dataset in the pipeline file by its files: Dataset.File.from_files((datastore, "
        "'PATH')) or Dataset.Tabular.from_delimited_files((datastore, 'PATH')).",
    ),
    Code(
        "PL514",
        "error",
        "modules that a step imports are not installed",
        "The script would stop at its import. The check asks the Python that will run it, before any "
        "step starts; imports that the script guards with try are not counted.",
        "import lightgbm   # in train.py, and the chosen Python does not have it",
        "Install them into that Python, or choose another with --python or [local] python in pipelift.toml.",
    ),
    Code(
        "PL515",
        "error",
        "a step cannot be run locally",
        "Some step classes stand for a service (Databricks, Data Factory, HDInsight, …) whose work "
        "cannot be done by a process on this machine.",
        "DatabricksStep(name='etl', notebook_path='/etl', compute_target=databricks)",
        "Replace the step by a PythonScriptStep or CommandStep that does the same work.",
    ),
    Code(
        "PL516",
        "error",
        "a program that a step starts is not on this machine",
        "A step that is a command, or an R script, needs its program on the PATH of a local run.",
        "CommandStep(command='Rscript train.R')   # no R here",
        "Install the program, or run the pipeline on a target where the step has its own image.",
    ),
    Code(
        "PL517",
        "note",
        "a step asked for a GPU, and this machine has none",
        "The script runs on the CPU. Most libraries choose the device themselves; a script that insists "
        "on CUDA fails.",
        "compute_target=ws.compute_targets['STANDARD_NC6']",
        "Nothing, if the script can do without; else run on a machine with an NVIDIA GPU.",
    ),
    Code(
        "PL518",
        "error",
        "a pipeline parameter has no value",
        "A parameter without a default needs a value for each run.",
        "PipelineParameter(name='rate', default_value=None)",
        "Give it: --param NAME=VALUE.",
    ),
    Code(
        "PL519",
        "warning",
        "a distributed step runs as one process here",
        "The step asked for several nodes or processes. A local run starts its script once, so the "
        "script sees a world of size one.",
        "MpiStep(script_name='train.py', node_count=4, …)",
        "Nothing, if the script works in a single process; else run it on a target that has the nodes.",
        "approximated",
    ),
    Code(
        "PL520",
        "note",
        "steps run in another version of Python than they ask for",
        "A local run uses one Python for all steps, and does not build their environments.",
        "CondaDependencies.create(python_version='3.8')   # and the active environment has Python 3.11",
        "Nothing, if the scripts work; else choose a Python of that version with --python.",
    ),
    Code(
        "PL521",
        "error",
        "the client of a store is not installed",
        "Stores behind URLs are reached by libraries of their own, which pipelift does not bring along: adlfs for "
        "abfs://, s3fs for s3://, gcsfs for gs://, Azure's own for azfile://, SQLAlchemy and a driver for databases.",
        '[stores.blobs]\nurl = "abfs://data@account.dfs.core.windows.net"   # and adlfs is not installed',
        "Install what the message names, or mend the URL: pip install 'pipelift[abfs]'.",
    ),
    Code(
        "PL522",
        "error",
        "a secret is not there",
        "pipelift.toml and the pipeline only name secrets. A local run takes the value from the variable "
        "PIPELIFT_SECRET_NAME, else from the file .pipelift/secrets/NAME beside the pipeline.",
        '[stores.blobs]\nsecret = "blobs"   # and neither PIPELIFT_SECRET_BLOBS nor .pipelift/secrets/blobs is there',
        "Put the value into one of the two. A file may hold lines NAME=value for a login of several parts.",
    ),
    Code(
        "PL523",
        "error",
        "a store cannot be reached, or does not let us in",
        "Before the first step starts, a local run asks every store behind a URL for what the steps read there.",
        '[stores.blobs]\nurl = "abfs://data"\nsecret = "blobs"   # and the key in it is another account\'s',
        "The message says what the store answered, and which setting or secret to look at.",
    ),
    Code(
        "PL524",
        "error",
        "source data are not in a remote store",
        "A path, a pattern or the bucket itself was not found where pipelift.toml says that the store is.",
        '[stores.blobs]\nurl = "s3://bucket/raw"   # and the data are in s3://bucket',
        "Put the data there, or set the url of the store: paths of the pipeline start below it.",
    ),
    Code(
        "PL525",
        "error",
        "files are asked of a database, or rows of what is none",
        "Dataset.Tabular.from_sql_query needs a store that pipelift.toml says is a database; files and outputs need "
        "one that is not.",
        '[stores.sales]\nurl = "s3://bucket"   # and the pipeline reads DataPath(sales, "SELECT * FROM orders")',
        "Give the store the URL of the kind that the pipeline uses, or let steps write to another store.",
    ),
    Code(
        "PL530",
        "error",
        "there is no such step",
        "A step is named that the pipeline does not have. A misspelt name would run more, or less, than was meant.",
        "pipelift run pipeline.py --only trian",
        "Name a step by its name or id; `pipelift graph FILE` lists them.",
    ),
    Code(
        "PL531",
        "error",
        "an earlier step has left no result to read",
        "With --only or --from, the steps before are not run: what they have left in the last run that completed "
        "them is read. There is no such run, or its outputs are gone.",
        "pipelift run pipeline.py --only train   # and prepare has never run",
        "Run that step first: `pipelift run FILE --until STEP`.",
    ),
    Code(
        "PL532",
        "error",
        "the run cannot be resumed",
        "A run goes on under its own id, with its own parameters. It has to exist and to be the pipeline's, and "
        "must have failed or have been broken off; of parameters that sound like secrets no value is kept.",
        "pipelift run pipeline.py --resume 20260101-120000-ab12",
        "`pipelift runs FILE` lists the runs and how they ended.",
    ),
    Code(
        "PL533",
        "error",
        "no step is picked",
        "No step comes both after those of --from and before those of --until.",
        "pipelift run pipeline.py --from train --until prepare",
        "Name steps that lie on one way through the pipeline.",
    ),
    Code(
        "PL534",
        "error",
        "the steps' images cannot be had",
        "With --docker each step of a local run starts in the image of its environment, which is built first if the "
        "engine does not have it.",
        "pipelift run pipeline.py --docker   # and no Docker engine answers",
        "Start Docker (`docker info` has to work), mend the environment that does not build, or run without --docker.",
    ),
    Code(
        "PL535",
        "note",
        "the pipeline may be too large for a cluster",
        "Argo keeps a run, with the state of each task, in one object of Kubernetes. etcd takes 1.5 MiB unless it is "
        "configured otherwise; 56 tasks have made 1.95 MiB. Such a run cannot be created, or not be retried.",
        "for alpha in grid: steps.append(PythonScriptStep(…))   # sixty of them",
        "Put several steps into one, split the pipeline, or let the cluster's administrator raise etcd's "
        "--max-request-bytes.",
    ),
    Code(
        "PL538",
        "error",
        "the state folder cannot be used",
        "What runs leave, and what later ones reuse, lies in .pipelift/ beside the pipeline; a deployment to Compose "
        "takes the folder of PIPELIFT_STATE. It has to be a folder that you may write, on a disk with room.",
        "touch .pipelift; pipelift run pipeline.py",
        "The message names the file and the reason: give the folder to your user (`chown`), make room, or move away "
        "what stands in its place.",
    ),
    Code(
        "PL539",
        "error",
        "a file cannot be read or written",
        "A file or folder that the command needs is missing, of another kind or of another user, or its disk is full.",
        "pipelift runs pipeline.py   # and .pipelift/runs belongs to root",
        "The message names the file and the reason: mend that, and repeat the command.",
        status=2,
    ),
    Code(
        "PL540",
        "error",
        "files of the output folder were changed since they were compiled",
        "Generated code is yours to edit, so compiling again replaces only what nobody has touched: a file "
        "counts as touched when its sha256 is not the one in manifest.json, or when it stands where a new "
        "file is to go.",
        "pipelift compile pipeline.py --target airflow -o build   # build/dag.py was edited by hand",
        "Compile into another folder and merge, or pass --force to give up the changes in the files named.",
        status=2,
    ),
    Code(
        "PL541",
        "error",
        "the output folder is not ours to overwrite",
        "A folder that holds files but no manifest.json of pipelift's was not made by pipelift. Replacing "
        "it could destroy your work, so --force does not help here either.",
        "pipelift compile pipeline.py --target compose -o .   # the folder of the sources",
        "Name a new or empty folder with -o, or remove this one yourself.",
        status=2,
    ),
    Code(
        "PL542",
        "error",
        "the output folder cannot be written",
        "The output is built beside its place and put there by renaming, so that it is complete or not "
        "there at all. That needs a plain folder, and a parent folder in which you may create and rename "
        "entries.",
        "pipelift compile pipeline.py --target compose -o /usr/out",
        "Name a folder with -o whose parent you may write to.",
        status=2,
    ),
    Code(
        "PL543",
        "error",
        "this is no output folder of pipelift",
        "Deploying, examining and comparing read what `pipelift compile` wrote: pipeline.ir.json and manifest.json, in "
        "the form of this version.",
        "pipelift deploy build   # the output folder is build/compose",
        "Name the folder that `pipelift compile` wrote, or compile again.",
        status=2,
    ),
)
