"""What a run on this machine lacks: the target's own codes."""

from pipelift.compiler.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
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
        "A local run reads and writes stores as folders of this machine, and remote stores by their URLs; volumes "
        "of Docker and claims of a cluster are not to be reached from here.",
        '[stores.workspaceblobstore]\nurl = "pvc:data"',
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
        "Install what the message names, or correct the URL: pip install 'pipelift[abfs]'.",
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
        "PL526",
        "warning",
        "nothing is where a step reads or writes",
        "A mounted DataReference or DataPath names data to read, or the folder that the step writes: only the script "
        "knows. Nothing is there yet, so an empty folder is made before the step starts.",
        "DataReference(datastore, 'output', path_on_datastore='models')   # the store's folder has no models/",
        "Nothing, if the step writes it; else put the data where the message says.",
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
        "PL534",
        "error",
        "the steps' images cannot be had",
        "With --docker each step of a local run starts in the image of its environment, which is built first if the "
        "engine does not have it.",
        "pipelift run pipeline.py --docker   # and no Docker engine answers",
        "Start Docker (`docker info` has to work), fix the environment that does not build, or run without --docker.",
    ),
)
