"""The plan as the text of the DAG file."""

from __future__ import annotations

from pipelift.backends.airflow.plan import STARTING, Param, Plan, Task
from pipelift.backends.airflow.schedules import Look, Starters
from pipelift.backends.airflow.stores import Mount, Place
from pipelift.backends.airflow.support import DAG_IMPORTS, SCHEDULE_IMPORTS, SUPPORT
from pipelift.backends.printing.python import Call, Code, call
from pipelift.backends.printing.rendering import render
from pipelift.backends.printing.support import link
from pipelift.backends.wiring.remotes import parameter_file
from pipelift.compiler.config import Toleration
from pipelift.runtime.contract.paths import SECRETS_PATH


def dag_file(plan: Plan, operator: str) -> str:
    """The DAG file of `plan` for the `operator` of the configuration, laid out as black does."""
    text = render(
        f"airflow/{operator}.py.j2",
        plan=plan,
        starting=int(STARTING.total_seconds()),
        entry=_entry,
        constant=_constant,
        binding=_docker_binding if operator == "docker" else _kubernetes_binding,
        volumes=_volumes,
        requests=_requests,
        secrets=_secret_files,
        hidden=_parameter_files,
        tolerate=_tolerate,
    )
    return link(text, SUPPORT, DAG_IMPORTS)


def schedules_file(file: Starters) -> str:
    """The file of the DAGs that start the pipeline's by themselves."""
    text = render("airflow/schedules.py.j2", file=file, seen=_look_arguments)
    return link(text, SUPPORT, SCHEDULE_IMPORTS)


def _look_arguments(look: Look) -> list[object]:
    """The arguments of a look: the folder, the note, and the prefix; the user's text is no template (`literal`)."""
    folder = call("host_folder", look.environment, look.folder)
    if look.path:
        folder = call("os.path.join", folder, look.path)
    return [
        call("literal", folder),
        look.note,
        *([] if look.prefix is None else [call("literal", look.prefix)]),
    ]


def _entry(param: Param) -> Call:
    """The value of one entry of the mapping of parameters."""
    return call("Param", *(() if param.required else (param.default,)), type=param.type)


def _constant(place: Place) -> Call:
    """The value of one of the constants at the top of the file."""
    if place.kind == "folder":
        return call("host_folder", place.environment, place.value)
    if place.kind == "secret":
        return call("secret", place.volume, place.value)
    if place.kind in ("volume", "url"):
        return call("os.environ.get", place.environment, place.value)
    return call("volume", place.volume, place.environment, place.value)


def _docker_binding(mount: Mount) -> Call:
    function = "volume" if mount.place.kind == "volume" else "bind"
    options = {"read_only": True} if mount.read_only else {}
    folder = f'f"{{{mount.place.constant}}}/{mount.sub_path}"' if mount.sub_path else mount.place.constant
    return call(function, Code(folder), mount.target, **options)


def _kubernetes_binding(mount: Mount) -> Call:
    options: dict[str, object] = {"sub_path": mount.sub_path} if mount.sub_path else {}
    if mount.read_only:
        options["read_only"] = True
    return call("mount", Code(mount.place.constant), mount.target, **options)


def _volumes(task: Task) -> list[Code | Call]:
    shared = [call("shared_memory", f"{task.shm_size}Mi")] if task.shm_size else []
    return [*(Code(place.constant) for place in task.places), *shared]


def _secret_files(task: Task) -> dict[str, str]:
    """The connections that hold secrets, and the files in which the launcher looks for these."""
    return {name: f"{SECRETS_PATH}/{name}" for name in task.secrets}


def _parameter_files(task: Task) -> dict[str, str]:
    """The parameters that are secrets, and the files in which the launcher looks for their values."""
    return {name: parameter_file(name) for name in task.hidden}


def _requests(task: Task) -> dict[str, str]:
    """What the scheduler sets aside: Kubernetes' quantities."""
    cpus = {} if task.cpus is None else {"cpu": f"{task.cpus:g}"}
    memory = {} if task.memory is None else {"memory": f"{task.memory}Mi"}
    return cpus | memory


def _tolerate(toleration: Toleration) -> Call:
    return call("k8s.V1Toleration", **toleration.model_dump(exclude_none=True))
