"""The plan as the text of `pipeline.py`, formatted as `ruff format` and black would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelift.backends.kubeflow.losses import is_safe_text
from pipelift.backends.kubeflow.plan import Parameter, Plan, Task
from pipelift.backends.printing.literals import LINE_LENGTH, Code, comment_text, python_literal
from pipelift.backends.printing.rendering import render

_BODY = 4


@dataclass(frozen=True, slots=True)
class _Output:
    """An output of the task in `variable`, as an argument."""

    variable: str
    name: str


def pipeline_file(plan: Plan) -> str:
    """The source of `pipeline.py`."""
    return render(
        "kubeflow/pipeline.py.j2",
        plan=plan,
        header=_header(plan),
        constants=[_assignment(task.constant, task.image) for task in plan.tasks],
        claims=list(_claims(plan)),
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


def _header(plan: Plan) -> list[tuple[str, str]]:
    arguments = [("name", plan.name)]
    label = comment_text(plan.display_name)
    if label != plan.name and is_safe_text(label):
        arguments.append(("display_name", label))
    description = "\n".join(comment_text(line) for line in (plan.description or "").splitlines())
    if description and is_safe_text(description.replace("\n", " ")):
        arguments.append(("description", description))
    return arguments


def _claims(plan: Plan) -> Iterator[Code]:
    for claim in plan.claims:
        yield _assignment(claim.constant, claim.name)


def _origin(task: Task) -> str:
    span = task.step.span
    place = f", {span.file}:{span.line}" if span else ""
    return f"{task.step.name} ({task.step.origin}{place})"


def _parameter(parameter: Parameter) -> Code:
    default = "" if parameter.required else f" = {python_literal(_typed(parameter))}"
    return Code(f"{parameter.name}: {parameter.type}{default}")


def _typed(parameter: Parameter) -> object:
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


def _statements(task: Task) -> Iterator[Code]:
    """What the pipeline function says of one task, a statement each."""
    arguments = {
        **{port.artifact: _Output(port.producer, port.output) for port in task.inputs},
        **{result.name: _Output(result.producer, "result") for result in task.results},
        **{value.name: Code(value.parameter) for value in (*task.values, *task.addresses)},
    }
    yield _call(f"{task.variable} = {task.function}", **arguments)
    label = comment_text(task.step.name)
    if label != task.key and is_safe_text(label):
        yield _call(f"{task.variable}.set_display_name", label)
    if task.after:
        yield _call(f"{task.variable}.after", *(Code(variable) for variable in task.after))
    yield _call(f"{task.variable}.set_caching_options", task.cached)
    yield from _resources(task)
    yield from _kubernetes(task)


def _resources(task: Task) -> Iterator[Code]:
    settings = task.settings
    for setter, value in (
        ("set_cpu_request", settings.cpu_request),
        ("set_cpu_limit", settings.cpu_limit),
        ("set_memory_request", settings.memory_request),
        ("set_memory_limit", settings.memory_limit),
    ):
        if value is not None:
            yield _call(f"{task.variable}.{setter}", value)
    if settings.gpus:
        yield _call(f"{task.variable}.set_accelerator_type", settings.accelerator)
        yield _call(f"{task.variable}.set_accelerator_limit", settings.gpus)
    if settings.retries:
        yield _call(f"{task.variable}.set_retry", settings.retries)


def _kubernetes(task: Task) -> Iterator[Code]:
    variable = Code(task.variable)
    for mount in task.mounts:
        claim = Code(mount.constant)
        yield _call("kubernetes.mount_pvc", variable, pvc_name=claim, mount_path=mount.path)
    for secret in task.secrets:
        # Optional: without it the launcher says what is missing, where a pod would never start.
        yield _call(
            "kubernetes.use_secret_as_volume",
            variable,
            secret_name=secret.name,
            mount_path=secret.path,
            optional=True,
        )
    if task.settings.shm_size is not None:
        yield _call(
            "kubernetes.empty_dir_mount",
            variable,
            volume_name="shm",
            mount_path="/dev/shm",
            medium="Memory",
            size_limit=task.settings.shm_size,
        )
    if task.settings.pull_secret is not None:
        yield _call("kubernetes.set_image_pull_secrets", variable, secret_names=[task.settings.pull_secret])
    for key, value in task.settings.node_selector:
        yield _call("kubernetes.add_node_selector", variable, label_key=key, label_value=value)
    for toleration in task.settings.tolerations:
        given = {key: value for key, value in toleration.model_dump().items() if value is not None}
        yield _call("kubernetes.add_toleration", variable, **given)


def _call(function: str, *arguments: object, **keywords: object) -> Code:
    """A call in the body of a function; where the line is too long, each argument stands on its own."""
    items = [
        *(("", value) for value in arguments),
        *((f"{name}=", value) for name, value in keywords.items()),
    ]
    flat = f"{function}({', '.join(name + _expression(value) for name, value in items)})"
    if len(flat) + _BODY <= LINE_LENGTH:
        return Code(flat)
    inner = " " * (2 * _BODY)
    lines = [f"{inner}{name}{_expression(value, 2 * _BODY + len(name) + 1)}," for name, value in items]
    return Code("\n".join([f"{function}(", *lines, f"{' ' * _BODY})"]))


def _expression(value: object, used: int = 0) -> str:
    if not isinstance(value, _Output):
        return python_literal(value, 0, 0)
    flat = f'{value.variable}.outputs["{value.name}"]'
    if used + len(flat) <= LINE_LENGTH:
        return flat
    inner = " " * (3 * _BODY)
    return f'{value.variable}.outputs[\n{inner}"{value.name}"\n{" " * 2 * _BODY}]'


def _assignment(name: str, text: str) -> Code:
    """``name = "text"``, in parentheses where only that makes it fit."""
    literal = python_literal(text)
    if len(name) + 3 + len(literal) <= LINE_LENGTH or len(literal) + _BODY > LINE_LENGTH:
        return Code(f"{name} = {literal}")
    return Code(f"{name} = (\n    {literal}\n)")
