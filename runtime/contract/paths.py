"""Where things lie: in a step's container, in the state folder, in a step's folder, and in a store."""

import re

from .digests import digest

# In a container. Images are made so, and engines mount so.

ROOT = "/pipelift"
SPEC_PATH = ROOT + "/step.json"
"""The launch spec (`spec.py`)."""
SOURCE_PATH = ROOT + "/source"
"""The step's source directory, as the image has it."""
RUNTIME_PATH = ROOT + "/runtime"
"""What goes onto PYTHONPATH, so that ``python -m pipelift.runtime`` is found."""
CLIENTS_PATH = ROOT + "/clients"
"""The clients of remote stores, apart from what the script imports: only the launcher looks there."""
ENVIRONMENT_PATH = ROOT + "/environment"
"""What the image was made from: requirements and the like."""
STATE_PATH = ROOT + "/state"
"""The state folder, mounted."""
STORES_PATH = ROOT + "/stores"
"""A folder a store, by the store's name."""
SECRETS_PATH = ROOT + "/secrets"
"""A file or a folder a secret, by the secret's name."""
PARAMETERS_PATH = ROOT + "/parameters"
"""A file a parameter whose value is a secret: a command line, and the variables of a container, are shown to whoever
asks the engine."""

# Beside the pipeline file, and hidden in a store.

STATE = ".pipelift"
"""The state folder beside the pipeline file; and in a store the launcher's own folder, which no dataset and no output
sees."""
FAILED = STATE + "/failed"
"""In a store: what failed steps have left, a folder a step of a run."""

# In the state folder.

RUNS = "runs"
"""A folder a run, by its id."""
REUSE = "reuse"
"""The record of the result under each reuse key, ``KEY.json`` (`record.py`)."""
PARTS = "parts"
"""Lists of files and environments, each once, under their digests. What only a step in a container has seen lies in
its own folder, under the same name."""
DIGESTS = "digests"
"""The digests of source data, with the sizes and times under which they hold."""
OPEN = "open"
"""A file a step that was to run, until what it has left is taken over."""
CURRENT = "current"
"""The run that goes on under a key of an engine's, a file each."""
DESKS = "desks"
"""Where the steps of a Compose project write, a folder a step: the run has links there."""
MIRRORS = "mirrors"
"""A folder a remote store, with those of its files that steps have read or made."""
MODELS = "models"
DATASETS = "datasets"
MLRUNS = "mlruns"
IMAGES = "images"
"""The output folders of a local run in containers, from which its images are built."""
SNAPSHOTS = "snapshots"
"""The source directories of local runs."""
STORES = "stores"
"""A folder a store of which nobody has said where it is."""
SECRETS = "secrets"
"""A file or a folder a secret, as in a container."""
SEAL = "digests.key"
"""The random key of the state's digests, which its owner alone may read."""

SHARED = (MODELS, DATASETS, MLRUNS)
"""The folders of the state that all steps write to: what they register, and MLflow's own."""

# In a run's folder.

STEPS = "steps"
"""A folder a step, by its id."""
RUN_FILE = "run.json"
"""How the run goes, and how it has ended (`run.py`)."""
LOCK = "lock"
"""Held for as long as a process of this machine is at work on the run."""

# In a step's folder.

RECORD_FILE = "record.json"
"""How the step has ended (`record.py`)."""
LOG_FILE = "log.txt"
METRICS_FILE = "metrics.jsonl"
EVENTS_FILE = "events.jsonl"
CONTEXT_FILE = "context.json"
"""What the stand-in for `azureml` knows of the step."""
OF_RUN = "run"
"""What the step says of the whole run: a step writes nowhere but into its own folder."""

COLLECTED = ("outputs", "logs")
"""The folders of the working directory that are kept with the run, as the service keeps them."""
UPLOADS = "uploads"
"""What the script has uploaded by itself."""

# In a store.

PIPELINE_OUTPUTS = "azureml"
DATASET_OUTPUTS = "dataset"
OUTPUTS = (PIPELINE_OUTPUTS, DATASET_OUTPUTS)
"""Where outputs go whose destination the pipeline does not name: ``azureml/RUN_STEP/PORT``."""


def desk_link(key: str, step: str) -> str:
    """Where the link leads that a run has in the place of the folder of a step that writes at a desk."""
    return "/".join([".."] * 3 + [DESKS, key, step])


def is_desk_link(target: str, step: str) -> bool:
    """Whether a link in the place of the step's folder leads to a desk of that step (by id), and nowhere else."""
    parts = target.split("/")
    return parts[:4] == [".."] * 3 + [DESKS] and ".." not in parts[4:] and parts[5:] == [step]


_UNSAFE = re.compile(r"[^\w.+-]", re.ASCII)
_LONGEST = 180


def safe_run_id(text: str) -> str:
    """`text` as one component of a path; an engine's own run id may hold colons and slashes."""
    return _UNSAFE.sub("_", text).lstrip(".")[:_LONGEST] or "run"


def file_name(text: str) -> str:
    """`text` as one component of a path; two texts never share one."""
    plain = safe_run_id(text)
    return plain if plain == text else "{}-{}".format(plain, digest(text)[:8])
