"""A step on Kubeflow Pipelines: data comes and goes as artifacts, and the engine is told in its own file."""

import json
import math
import os
import re
from typing import Dict, Mapping

from . import files, metrics
from . import spec as specs
from .context import Artifacts, Result
from .contract.files import write_whole
from .contract.spec import Spec
from .errors import USAGE, LauncherError

_SCHEMES = {"gs://": "/gcs/", "minio://": "/minio/", "s3://": "/s3/", "oci://": "/oci/"}
_METRICS = "system.Metrics"


def port_name(name: str) -> str:
    """Kubeflow's name of a port, a parameter or a step: ``_`` stands for what is no letter and no digit."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


class Names:
    """What Kubeflow calls inputs, outputs and results, where that does not follow from their own names."""

    def __init__(self, inputs: Dict[str, str], outputs: Dict[str, str], results: Dict[str, str]) -> None:
        self._inputs = inputs
        self._outputs = outputs
        self._results = results

    def input(self, port: str) -> str:
        """The artifact of an input port."""
        return self._inputs.get(port) or port_name(port)

    def output(self, port: str) -> str:
        """The artifact of an output port."""
        return self._outputs.get(port) or port_name(port)

    def result(self, step: str) -> str:
        """The parameter that holds the result id of an upstream step."""
        return self._results.get(step) or port_name(step) + "_result"


class ExecutorInput:
    """The message that stands for ``{{$}}``: places of artifacts, parameters, the file for the answer."""

    def __init__(self, text: str) -> None:
        try:
            message = json.loads(text)
            inputs, outputs = message.get("inputs", {}), message["outputs"]
            self.parameters: Dict[str, object] = inputs.get("parameterValues", {})
            self.inputs = {name: port["artifacts"][0] for name, port in inputs.get("artifacts", {}).items()}
            self.outputs = {name: port["artifacts"][0] for name, port in outputs.get("artifacts", {}).items()}
            self.parameter_files = {
                name: port["outputFile"] for name, port in outputs.get("parameters", {}).items()
            }
            self.answer: str = outputs["outputFile"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise LauncherError(
                USAGE, "--executor-input is not Kubeflow's executor input: {!r}".format(error)
            )

    def artifacts(self, spec: Spec, names: Names) -> Artifacts:
        """The step's ports as Kubeflow has placed them."""
        step = spec["step"]
        inputs = {port["name"]: self.inputs.get(names.input(port["name"])) for port in step["inputs"]}
        outputs = {port["name"]: self.outputs.get(names.output(port["name"])) for port in step["outputs"]}
        results = {name: self.parameters.get(names.result(name)) for name in specs.upstream_steps(spec)}
        return Artifacts(
            {name: local_path(artifact) for name, artifact in inputs.items() if artifact is not None},
            {name: local_path(artifact) for name, artifact in outputs.items() if artifact is not None},
            {name: str(value) for name, value in results.items() if value is not None},
        )

    def parameter_texts(self, spec: Spec) -> Dict[str, str]:
        """The values of the pipeline's parameters that Kubeflow hands over, by their own names."""
        texts = {}
        for parameter in spec["parameters"]:
            value = self.parameters.get(port_name(parameter["name"]))
            if value is not None:
                texts[parameter["name"]] = value if isinstance(value, str) else json.dumps(value)
        return texts

    def answer_with(self, spec: Spec, names: Names, result: Result) -> None:
        """Tell Kubeflow what was made: artifacts, the result id and, on the metrics artifact, the metrics."""
        ports = {names.output(port["name"]) for port in spec["step"]["outputs"]}
        artifacts = {}
        for name, artifact in self.outputs.items():
            if name in ports:
                artifacts[name] = dict(artifact, metadata={"result": result.result_id})
            elif artifact.get("type", {}).get("schemaTitle") == _METRICS:
                artifacts[name] = dict(artifact, metadata=_numbers_first(result.metrics))
                path = local_path(artifact)
                files.make_folder(os.path.dirname(path))
                files.write_json(path, result.metrics)
        answer = {
            "artifacts": {name: {"artifacts": [artifact]} for name, artifact in artifacts.items()},
            "parameterValues": {"result": result.result_id} if "result" in self.parameter_files else {},
        }
        for path in [self.answer, *self.parameter_files.values()]:
            files.make_folder(os.path.dirname(path))
        if "result" in self.parameter_files:
            write_whole(self.parameter_files["result"], (result.result_id or "").encode())
        files.write_json(self.answer, answer)


def local_path(artifact: Mapping[str, str]) -> str:
    """Where an artifact lies in the container: Kubeflow mounts its stores by scheme."""
    custom = artifact.get("customPath") or artifact.get("custom_path")
    if custom:
        return custom
    uri = artifact["uri"]
    for scheme, folder in _SCHEMES.items():
        if uri.startswith(scheme):
            remainder = uri[len(scheme) :]
            return folder + (remainder.replace("/", "_") if scheme == "oci://" else remainder)
    return uri


def temporary_state() -> str:
    """A state folder for one step: nothing in it outlives the container."""
    import tempfile  # dear to import, and needed on this engine alone

    return tempfile.mkdtemp(prefix="pipelift-")


def _numbers_first(values: Mapping[str, object]) -> Dict[str, object]:
    """The scalar metrics; Kubeflow's metadata has no infinite numbers."""
    scalars = metrics.scalars(dict(values))
    return {
        name: value for name, value in scalars.items() if not isinstance(value, float) or math.isfinite(value)
    }
