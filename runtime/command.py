"""The command line and the environment variables that a step's script is given, as the SDK gives them."""

import json
import os
import re
from typing import Dict, List, Mapping, Tuple

from . import records, starting
from .context import Context
from .contract.secrets import HIDDEN, names_credential, parameter_variable
from .contract.spec import Argument, Spec
from .errors import SPEC, LauncherError
from .inputs import Input
from .outputs import Output
from .secrets import Secrets

STANDIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "standin")
"""The folder that makes ``azureml``, and nothing else, importable."""

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(STANDIN)))
_RESERVED = {"path", "pythonpath", "ld_library_path", "user", "logname", "home", "pwd", "shell", "tmpdir"}
_NAME = "pipelift"


class Values:
    """What the parts of an argument stand for, by name: paths of ports, texts of parameters, secrets."""

    def __init__(
        self,
        inputs: Mapping[str, Input],
        outputs: Mapping[str, Output],
        parameters: Mapping[str, str],
        secrets: Secrets,
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.parameters = parameters
        self._secrets = secrets

    def text(self, argument: Argument) -> str:
        """The text of one argument. Raises `LauncherError`."""
        try:
            if argument["kind"] == "literal":
                return self._expand(argument["value"])
            if argument["kind"] == "input":
                return self.inputs[argument["port"]].argument
            if argument["kind"] == "output":
                return self.outputs[argument["port"]].written
            if argument["kind"] == "parameter":
                return self.parameters[argument["parameter"]]
            if argument["kind"] == "secret":
                return self._secrets.text(argument["secret"], argument["secret"])
            if argument["kind"] == "concat":
                return "".join(self.text(part) for part in argument["parts"])
        except KeyError as error:
            raise LauncherError(
                SPEC, "an argument of the step names {}, which it does not have".format(error)
            )
        message = "the launch spec has an argument of the unknown kind '{}'"
        raise LauncherError(SPEC, message.format(argument["kind"]))

    def _expand(self, text: str) -> str:
        """A port put into a text by ``%`` arrives as the name of its variable, which the service replaces."""
        if "$A" not in text:
            return text
        variables = {"$" + name: value for name, value in self.variables().items()}
        return re.sub(
            r"\$(?:AZUREML_DATAREFERENCE|AML_PARAMETER)_\w+",
            lambda m: variables.get(m.group(), m.group()),
            text,
        )

    def variables(self) -> Dict[str, str]:
        """The variables named after ports and parameters."""
        texts = {"AZUREML_DATAREFERENCE_" + name: port.argument for name, port in self.inputs.items()}
        texts.update(("AZUREML_DATAREFERENCE_" + name, port.written) for name, port in self.outputs.items())
        for name, value in self.parameters.items():
            texts[parameter_variable(name)] = value
        return texts


def command(spec: Spec, context: Context, values: Values) -> List[str]:
    """Program and arguments. Raises `LauncherError` where the script is not in the source."""
    run = spec["step"]["run"]
    arguments = [values.text(argument) for argument in spec["step"]["arguments"]]
    if run["kind"] == "command":
        program = context.python if run["program"] in ("python", "python3") else run["program"]
        return [program] + arguments
    if not os.path.isfile(os.path.join(context.source, *run["path"].split("/"))):
        raise LauncherError(SPEC, "the script '{}' is not in the step's source".format(run["path"]))
    program = "Rscript" if run["interpreter"] == "Rscript" else context.python
    return [program, run["path"]] + arguments


def conceal_secrets(spec: Spec, context: Context, words: List[str]) -> Tuple[List[str], Dict[str, str]]:
    """The `words` of `command` as all of the machine may see them, and the variable with what is hidden in them.

    Only a Python script can be started so that it does not notice; the words of other programs stay.
    """
    start = len(words) - len(spec["step"]["arguments"])
    hidden = {
        place: words[place]
        for place, argument in enumerate(spec["step"]["arguments"], start)
        if _is_secret(argument) or context.secrets.scrubbed(words[place]) != words[place]
    }
    if not hidden or 1 in hidden or words[0] != context.python or not words[1].endswith(".py"):
        return words, {}
    visible = [HIDDEN if place in hidden else word for place, word in enumerate(words)]
    values = {place - 1: word for place, word in hidden.items()}
    return [words[0], starting.__file__] + visible[1:], {starting.VARIABLE: json.dumps(values)}


def _is_secret(argument: Argument) -> bool:
    if argument["kind"] == "concat":
        return any(_is_secret(part) for part in argument["parts"])
    if argument["kind"] == "parameter":
        return names_credential(argument["parameter"])
    return argument["kind"] == "secret"


def environment(
    spec: Spec, context: Context, values: Values, place: records.StepPlace, inherited: Mapping[str, str]
) -> Dict[str, str]:
    """All variables of the script: those `inherited`, the environment's and the step's own, secrets, the SDK's.

    Raises `LauncherError` where a secret is missing.
    """
    variables = dict(inherited)
    variables["PYTHONUNBUFFERED"] = "1"
    variables["PIPELIFT_CONTEXT"] = place.context
    for variable in spec["environment"]["variables"] + spec["step"]["variables"]:
        variables[variable["name"]] = variable["value"]
    for secret in spec["step"].get("secrets", ()):
        variables[secret["name"]] = context.secrets.text(secret["secret"], secret["name"])
    for name, value in _name_ports(values).items():
        if name.lower() not in _RESERVED:
            variables[name] = value
    for name, port in values.inputs.items():
        if name.upper() not in variables and name.lower() not in _RESERVED:
            variables[name.upper()] = port.argument
    variables.update(values.variables())
    variables.update(_run_variables(spec, place))
    variables["AZUREML_DATASET_ENVIRONMENT_VARS"] = ",".join(
        "{}:{}".format(name, port.mode) for name, port in sorted(values.inputs.items())
    )
    variables["AZUREML_DATASET_FILE_OUTPUTS"] = ";".join(sorted(values.outputs))
    variables["PYTHONPATH"] = _python_path(place.work, variables.get("PYTHONPATH", ""))
    return variables


def secret_variables(spec: Spec) -> List[str]:
    """The variables in which the script has secrets."""
    own = [entry["name"] for entry in spec["step"].get("secrets", ())]
    names = [entry["name"] for entry in spec["parameters"]]
    return own + [parameter_variable(name) for name in names if names_credential(name)]


def secret_places(spec: Spec) -> List[int]:
    """The places in the script's ``sys.argv`` that hold secrets."""
    return [place for place, argument in enumerate(spec["step"]["arguments"], 1) if _is_secret(argument)]


def _name_ports(values: Values) -> Dict[str, str]:
    """Variables that have a port's own name, and those of inputs that are a single file."""
    ports = {name: port.argument for name, port in values.inputs.items()}
    ports.update((name, port.written) for name, port in values.outputs.items() if port.port["create"])
    for name, port in values.inputs.items():
        if port.path is not None and os.path.isfile(port.path):
            ports["AZURE_ML_INPUT_" + name] = port.path
    return ports


def _run_variables(spec: Spec, place: records.StepPlace) -> Dict[str, str]:
    experiment = spec["pipeline"]["experiment"] or spec["pipeline"]["name"]
    return {
        "AZUREML_RUN_ID": place.id,
        "AZUREML_ROOT_RUN_ID": place.run.id,
        "AZUREML_ARM_SUBSCRIPTION": _NAME,
        "AZUREML_ARM_RESOURCEGROUP": _NAME,
        "AZUREML_ARM_WORKSPACE_NAME": _NAME,
        "AZUREML_ARM_PROJECT_NAME": experiment,
        "AZUREML_EXPERIMENT_ID": experiment,
        "AZUREML_WORKSPACE_ID": _NAME,
    }


def _python_path(work: str, inherited: str) -> str:
    """The stand-in, then the source's root, as on the service; never the folder that holds `pipelift`."""
    entries = [STANDIN, work] + [entry for entry in inherited.split(os.pathsep) if entry]
    return os.pathsep.join(
        entry for entry in entries if os.pathsep not in entry and entry.rstrip(os.sep) != _OURS
    )
