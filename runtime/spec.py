"""A step's launch spec: read, checked for shape, and asked simple questions."""

import json
import math
from typing import Dict, List, Mapping, Optional, Sequence

from .contract.spec import (
    SCHEMA_VERSION,
    Dataset,
    InputPort,
    Location,
    OutputPort,
    Parameter,
    Spec,
    StepSpec,
    TextPiece,
)
from .errors import SPEC, USAGE, LauncherError

_BOOLEANS = {"true": "True", "1": "True", "false": "False", "0": "False"}


def read(path: str) -> Spec:
    """The spec in the file `path`. Raises `LauncherError`."""
    try:
        with open(path, "rb") as file:
            spec: Spec = json.loads(file.read().decode("utf-8"))
    except (OSError, ValueError) as error:
        raise LauncherError(SPEC, "cannot read the launch spec {}: {}".format(path, error))
    check(spec)
    return spec


def check(spec: object) -> None:
    """Refuse what is no launch spec of this version. Raises `LauncherError`."""
    if not isinstance(spec, dict) or not isinstance(spec.get("step"), dict):
        raise LauncherError(SPEC, "the launch spec is not one: it has no 'step'")
    if spec.get("schema_version") != SCHEMA_VERSION:
        message = "the launch spec has schema_version {!r}, this launcher reads {!r}"
        raise LauncherError(SPEC, message.format(spec.get("schema_version"), SCHEMA_VERSION))


def dataset(spec: Spec, port: InputPort) -> Dataset:
    """The dataset that the port is bound to. Raises `LauncherError`."""
    source = port["source"]
    wanted = source["dataset"] if source["kind"] == "dataset" else None
    for entry in spec["datasets"]:
        if entry["id"] == wanted:
            return entry
    raise LauncherError(SPEC, "the launch spec lacks the dataset '{}'".format(wanted))


def fill_paths(spec: Spec, values: Mapping[str, str]) -> Spec:
    """The spec with the `values` of parameters in the paths and names of data. Raises `LauncherError`."""
    places = [place for entry in spec["datasets"] for place in entry["locations"]]
    pieces = [one.get("pieces") for one in [*spec["datasets"], *places, *spec["step"]["outputs"]]]
    if not any(pieces):
        return spec
    texts = parameter_texts(spec, values)
    datasets: List[Dataset] = [
        {
            **entry,
            "name": _put_together(entry.get("pieces"), texts) or entry["name"],
            "locations": [_fill_location(place, texts) for place in entry["locations"]],
        }
        for entry in spec["datasets"]
    ]
    outputs: List[OutputPort] = [
        {**port, "path": _put_together(port.get("pieces"), texts) or port["path"]}
        for port in spec["step"]["outputs"]
    ]
    step: StepSpec = {**spec["step"], "outputs": outputs}
    return {**spec, "datasets": datasets, "step": step}


def _fill_location(place: Location, texts: Mapping[str, str]) -> Location:
    path = _put_together(place.get("pieces"), texts)
    return place if path is None else {**place, "path": path}


def _put_together(pieces: Optional[Sequence[TextPiece]], texts: Mapping[str, str]) -> Optional[str]:
    """The path or name of those `pieces`; None where there are none. Raises `LauncherError`: no value of a parameter
    leads out of a store."""
    if not pieces:
        return None
    text = ""
    for piece in pieces:
        text += piece["value"] if piece["kind"] == "literal" else texts[piece["parameter"]].replace("\\", "/")
    if ".." in text.split("/"):
        names = [piece["parameter"] for piece in pieces if piece["kind"] == "parameter"]
        message = "the path '{}', of parameter '{}', leaves the store"
        raise LauncherError(USAGE, message.format(text, "', '".join(names)))
    return text


def upstream_steps(spec: Spec) -> List[str]:
    """The ids of the steps whose outputs this one reads, each once, sorted."""
    sources = [port["source"] for port in spec["step"]["inputs"]]
    return sorted({source["step"] for source in sources if source["kind"] == "step"})


def parameter_texts(spec: Spec, values: Mapping[str, str]) -> Dict[str, str]:
    """The value of each of the step's parameters as the script sees it, by name. Raises `LauncherError`."""
    return {
        parameter["name"]: canonical(parameter, values.get(parameter["name"], parameter.get("default")))
        for parameter in spec["parameters"]
    }


def canonical(parameter: Parameter, value: object) -> str:
    """`value` as the SDK writes one of that type. Raises `LauncherError`.

    Every engine has its own way with numbers; script and key get the same text from all.
    """
    name, kind = parameter["name"], parameter["type"]
    if value is None:
        raise LauncherError(USAGE, "parameter '{0}' has no value: give --parameter {0}=VALUE".format(name))
    text = str(value).strip()
    try:
        if kind == "integer":
            return str(_integer(text))
        if kind == "float":
            return str(float(text))
        if kind == "boolean":
            return _BOOLEANS[text.lower()]
    except (ValueError, KeyError):
        raise LauncherError(
            USAGE, "parameter '{}' takes a value of type {}, not {!r}".format(name, kind, value)
        )
    return str(value)


def _integer(text: str) -> int:
    """Kubeflow hands over integers as floating point numbers."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if math.isfinite(number) and number == int(number):
            return int(number)
        raise
