"""The self-check: what kfp compiled says the same as the plan, or pipelift is at fault."""

from __future__ import annotations

from typing import Any

from pipelift.backends.kubeflow.plan import Plan, Task

_TYPES = {"str": "STRING", "int": "NUMBER_INTEGER", "float": "NUMBER_DOUBLE", "bool": "BOOLEAN"}
Facts = dict[str, object]


def check(plan: Plan, compiled: bytes) -> None:
    """Raise `RuntimeError` unless tasks, edges, parameters, images and flags in `compiled` are the plan's."""
    expected, actual = _plan_facts(plan), _compiled_facts(compiled)
    for key in sorted(expected.keys() | actual.keys()):
        if expected.get(key) != actual.get(key):
            difference = f"{actual.get(key)!r}, not {expected.get(key)!r}"
            raise RuntimeError(f"pipeline.yaml differs from the plan at {key}: {difference}")


def _plan_facts(plan: Plan) -> Facts:
    keys = {task.variable: task.key for task in plan.tasks}
    facts: Facts = {"name": plan.name}
    for parameter in plan.parameters:
        default = None if parameter.required else parameter.default
        facts[f"parameter {parameter.name}"] = (_TYPES[parameter.type], default)
    for task in plan.tasks:
        facts[f"task {task.key}"] = _plan_task_facts(task, keys)
    return facts


def _plan_task_facts(task: Task, keys: dict[str, str]) -> Facts:
    producers = [port.producer for port in task.inputs] + [result.producer for result in task.results]
    return {
        "image": task.image,
        "cached": task.cached,
        "after": {keys[variable] for variable in (*producers, *task.after)},
        "artifacts": {port.artifact: (keys[port.producer], port.output) for port in task.inputs},
        "results": {result.name: (keys[result.producer], "result") for result in task.results},
        "parameters": {value.name: value.parameter for value in (*task.values, *task.addresses)},
        "outputs": {"metrics", *(output.artifact for output in task.outputs)},
        "claims": {(mount.name, mount.path) for mount in task.mounts},
        "secrets": {(secret.name, secret.path) for secret in task.secrets},
        "gpus": task.settings.gpus,
        "retries": task.settings.retries,
    }


def _compiled_facts(compiled: bytes) -> Facts:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    spec, *platforms = yaml.load_all(compiled, Loader=loader)
    facts: Facts = {"name": spec["pipelineInfo"]["name"]}
    for name, parameter in spec["root"].get("inputDefinitions", {}).get("parameters", {}).items():
        facts[f"parameter {name}"] = (parameter["parameterType"], parameter.get("defaultValue"))
    claims = _mounts(platforms, "pvcMount", "constant")
    secrets = _mounts(platforms, "secretAsVolume", "secretName")
    for key, task in spec["root"]["dag"]["tasks"].items():
        facts[f"task {key}"] = {
            **_compiled_task_facts(task, spec),
            "claims": claims.get(_executor(task, spec), set()),
            "secrets": secrets.get(_executor(task, spec), set()),
        }
    return facts


def _executor(task: Any, spec: Any) -> str:
    label: str = spec["components"][task["componentRef"]["name"]]["executorLabel"]
    return label


def _compiled_task_facts(task: Any, spec: Any) -> Facts:
    component = spec["components"][task["componentRef"]["name"]]
    container = spec["deploymentSpec"]["executors"][_executor(task, spec)]["container"]
    inputs = task.get("inputs", {})
    sources = inputs.get("parameters", {})
    accelerator = container.get("resources", {}).get("accelerator", {})
    return {
        "image": container["image"],
        "cached": task["cachingOptions"].get("enableCache", False),
        "after": set(task.get("dependentTasks", ())),
        "artifacts": {
            name: _output(source["taskOutputArtifact"], "outputArtifactKey")
            for name, source in inputs.get("artifacts", {}).items()
        },
        "results": {
            name: _output(source["taskOutputParameter"], "outputParameterKey")
            for name, source in sources.items()
            if "taskOutputParameter" in source
        },
        "parameters": {
            name: source["componentInputParameter"]
            for name, source in sources.items()
            if "componentInputParameter" in source
        },
        "outputs": set(component["outputDefinitions"]["artifacts"]),
        "gpus": int(accelerator.get("resourceCount", 0)),
        "retries": task.get("retryPolicy", {}).get("maxRetryCount", 0),
    }


def _output(source: Any, key: str) -> tuple[str, str]:
    return source["producerTask"], source[key]


def _mounts(platforms: list[Any], kind: str, name: str) -> dict[str, set[tuple[str, str]]]:
    """Name and path of every mount of that kind, by executor."""
    executors = platforms[0]["platforms"]["kubernetes"]["deploymentSpec"]["executors"] if platforms else {}
    return {
        label: {(mount[name], mount["mountPath"]) for mount in settings.get(kind, ())}
        for label, settings in executors.items()
    }
