"""The plan as the text of `pipeline.py`, formatted as `ruff format` and black would."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.backends.kubeflow.losses import is_safe_text
from pipelift.backends.kubeflow.names import IMPORTS
from pipelift.backends.kubeflow.plan import Parameter, Plan, Task
from pipelift.backends.printing.literals import comment_text
from pipelift.backends.printing.python import Call, Code, Item, Parenthesised, call, python_literal
from pipelift.backends.printing.rendering import render
from pipelift.backends.printing.support import write_imports


def pipeline_file(plan: Plan) -> str:
    """The source of `pipeline.py`."""
    text = render(
        "kubeflow/pipeline.py.j2",
        plan=plan,
        header=_header(plan),
        constants=[(task.constant, Parenthesised(task.image)) for task in plan.tasks],
        claims=[(claim.constant, Parenthesised(claim.name)) for claim in plan.claims],
        parameters=[_parameter(parameter) for parameter in plan.parameters],
        tasks=[
            {
                "plan": task,
                "origin": _origin(task),
                "signature": list(_signature(task)),
                "arguments": [Code("EXECUTOR_INPUT"), *_flags(task)],
                "statements": list(_statements(task)),
            }
            for task in plan.tasks
        ],
        variables=[Code(task.variable) for task in plan.tasks],
    )
    return write_imports(text, IMPORTS)


def _header(plan: Plan) -> list[tuple[str, str]]:
    arguments = [("name", plan.name)]
    label = comment_text(plan.display_name)
    if label != plan.name and is_safe_text(label):
        arguments.append(("display_name", label))
    description = "\n".join(comment_text(line) for line in (plan.description or "").splitlines())
    if description and is_safe_text(description.replace("\n", " ")):
        arguments.append(("description", description))
    return arguments


def _origin(task: Task) -> str:
    span = task.step.span
    place = f", {span.file}:{span.line}" if span else ""
    return f"{task.step.name} ({task.step.origin}{place})"


def _parameter(parameter: Parameter) -> Code:
    default = "" if parameter.required else f" = {python_literal(_type_default(parameter))}"
    return Code(f"{parameter.name}: {parameter.type}{default}")


def _type_default(parameter: Parameter) -> object:
    """An integer default of a float parameter as a float, which is what KFP will see."""
    is_whole = parameter.type == "float" and isinstance(parameter.default, int)
    return float(parameter.default) if is_whole and parameter.default is not None else parameter.default


def _signature(task: Task) -> Iterator[Code]:
    for port in task.inputs:
        yield Code(f"{port.artifact}: dsl.Input[dsl.Artifact]")
    for result in task.results:
        yield Code(f"{result.name}: str")
    for value in (*task.values, *task.addresses):
        yield Code(f"{value.name}: {value.type}")
    for output in task.outputs:
        yield Code(f"{output.artifact}: dsl.Output[dsl.Artifact]")


def _flags(task: Task) -> Iterator[Code]:
    for value in task.values:
        yield _format_string(f"--parameter={value.source}=", value.name)
    for result in task.results:
        if not result.is_plain:
            yield Code(python_literal(f"--upstream={result.step}={result.name}"))
    for address in task.addresses:
        yield _format_string(f"--store={address.source}=", address.name)
    for setting in task.store_settings:
        yield Code(python_literal(setting))
    for flag, ports in (("--input", task.inputs), ("--output", task.outputs)):
        for port in ports:
            if not port.is_plain:
                yield Code(python_literal(f"{flag}={port.port}={port.artifact}"))


def _format_string(text: str, name: str) -> Code:
    literal = python_literal(text.replace("{", "{{").replace("}", "}}"))
    return Code(f"f{literal[:-1]}{{{name}}}{literal[-1]}")


def _statements(task: Task) -> Iterator[Call]:
    """What the pipeline function says of one task, a statement each."""
    arguments = {
        **{port.artifact: Item(f"{port.producer}.outputs", port.output) for port in task.inputs},
        **{result.name: Item(f"{result.producer}.outputs", "result") for result in task.results},
        **{value.name: Code(value.parameter) for value in (*task.values, *task.addresses)},
    }
    yield call(f"{task.variable} = {task.function}", **arguments)
    label = comment_text(task.step.name)
    if label != task.key and is_safe_text(label):
        yield call(f"{task.variable}.set_display_name", label)
    if task.after:
        yield call(f"{task.variable}.after", *(Code(variable) for variable in task.after))
    yield call(f"{task.variable}.set_caching_options", task.cached)
    yield from _resources(task)
    yield from _kubernetes(task)


def _resources(task: Task) -> Iterator[Call]:
    settings = task.settings
    for setter, value in (
        ("set_cpu_request", settings.cpu_request),
        ("set_cpu_limit", settings.cpu_limit),
        ("set_memory_request", settings.memory_request),
        ("set_memory_limit", settings.memory_limit),
    ):
        if value is not None:
            yield call(f"{task.variable}.{setter}", value)
    if settings.gpus:
        yield call(f"{task.variable}.set_accelerator_type", settings.accelerator)
        yield call(f"{task.variable}.set_accelerator_limit", settings.gpus)
    if settings.retries:
        yield call(f"{task.variable}.set_retry", settings.retries)


def _kubernetes(task: Task) -> Iterator[Call]:
    variable = Code(task.variable)
    for mount in task.mounts:
        claim = Code(mount.constant)
        yield call("kubernetes.mount_pvc", variable, pvc_name=claim, mount_path=mount.path)
    for secret in task.secrets:
        # Optional: without it the launcher says what is missing, where a pod would never start.
        yield call(
            "kubernetes.use_secret_as_volume",
            variable,
            secret_name=secret.name,
            mount_path=secret.path,
            optional=True,
        )
    if task.settings.shm_size is not None:
        yield call(
            "kubernetes.empty_dir_mount",
            variable,
            volume_name="shm",
            mount_path="/dev/shm",
            medium="Memory",
            size_limit=task.settings.shm_size,
        )
    if task.settings.pull_secret is not None:
        yield call("kubernetes.set_image_pull_secrets", variable, secret_names=[task.settings.pull_secret])
    for key, value in task.settings.node_selector:
        yield call("kubernetes.add_node_selector", variable, label_key=key, label_value=value)
    for toleration in task.settings.tolerations:
        options = {key: value for key, value in toleration.model_dump().items() if value is not None}
        yield call("kubernetes.add_toleration", variable, **options)
