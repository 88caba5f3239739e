"""The plan as the text of the DAG file."""

from __future__ import annotations

from pipelift.backends.airflow.calls import call
from pipelift.backends.airflow.plan import STARTING, Param, Plan, Task
from pipelift.backends.airflow.starters import Look, Starters
from pipelift.backends.airflow.stores import Mount, Place
from pipelift.backends.airflow.support import DAG_IMPORTS, SCHEDULE_IMPORTS, SUPPORT
from pipelift.backends.printing.literals import Code, python_literal
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
        secrets=_secrets,
        hidden=_hidden,
        tolerate=_tolerate,
    )
    return link(text, SUPPORT, DAG_IMPORTS)


def schedules_file(file: Starters) -> str:
    """The file of the DAGs that start the pipeline's by themselves."""
    text = render("airflow/schedules.py.j2", file=file, seen=_seen)
    return link(text, SUPPORT, SCHEDULE_IMPORTS)


def _seen(look: Look) -> list[object]:
    """The arguments of a look: the folder, the note, and the prefix; the user's text is no template (`literal`)."""
    indent = 20 if look.path else 16
    folder = call(indent, indent + 1, "host_folder", look.environment, look.folder)
    if look.path:
        folder = call(16, 17, "os.path.join", folder, look.path)
    told = [] if look.prefix is None else [call(12, 13, "literal", look.prefix)]
    return [call(12, 13, "literal", folder), look.note, *told]


def _entry(param: Param) -> Code:
    """One entry of the mapping of parameters."""
    name = python_literal(param.name)
    default = () if param.required else (param.default,)
    return Code(f"{name}: {call(8, len(name) + 11, 'Param', *default, type=param.type).text}")


def _constant(place: Place) -> Code:
    """One assignment at the top of the file."""
    used = len(place.constant) + 3
    if place.kind == "folder":
        value = call(0, used, "host_folder", place.environment, place.value)
    elif place.kind == "secret":
        value = call(0, used, "secret", place.volume, place.value)
    elif place.kind in ("volume", "url"):
        value = call(0, used, "os.environ.get", place.environment, place.value)
    else:
        value = call(0, used, "volume", place.volume, place.environment, place.value)
    return Code(f"{place.constant} = {value.text}")


def _docker_binding(mount: Mount) -> Code:
    function = "volume" if mount.place.kind == "volume" else "bind"
    options = {"read_only": True} if mount.read_only else {}
    folder = f'f"{{{mount.place.constant}}}/{mount.sub_path}"' if mount.sub_path else mount.place.constant
    return call(12, 13, function, Code(folder), mount.target, **options)


def _kubernetes_binding(mount: Mount) -> Code:
    options: dict[str, object] = {"sub_path": mount.sub_path} if mount.sub_path else {}
    if mount.read_only:
        options["read_only"] = True
    return call(12, 13, "mount", Code(mount.place.constant), mount.target, **options)


def _volumes(task: Task) -> list[Code]:
    shared = [call(12, 13, "shared_memory", f"{task.shm_size}Mi")] if task.shm_size else []
    return [*(Code(place.constant) for place in task.places), *shared]


def _secrets(task: Task) -> dict[str, str]:
    """The connections that hold secrets, and the files in which the launcher looks for these."""
    return {name: f"{SECRETS_PATH}/{name}" for name in task.secrets}


def _hidden(task: Task) -> dict[str, str]:
    """The parameters that are secrets, and the files in which the launcher looks for their values."""
    return {name: parameter_file(name) for name in task.hidden}


def _requests(task: Task) -> dict[str, str]:
    """What the scheduler sets aside: Kubernetes' quantities."""
    cpus = {} if task.cpus is None else {"cpu": f"{task.cpus:g}"}
    memory = {} if task.memory is None else {"memory": f"{task.memory}Mi"}
    return cpus | memory


def _tolerate(toleration: Toleration) -> Code:
    return call(12, 13, "k8s.V1Toleration", **toleration.model_dump(exclude_none=True))
