"""Each attribute and argument that can reach the graph, planted: reported where it is not known, no fault where None.

What is tested is found by running: attributes that lowering reads, arguments that programs give. A new read of a value
in `compiler/lower/` comes under test by itself, since `planted_programs.py` has objects of all classes known there.
"""

from __future__ import annotations

import ast
import copy
import itertools
import math
import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pipelift.compiler import lower
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Interpolated, Modelled
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter
from tests.compiler.lower.planted import Program, is_reported, unknown
from tests.compiler.lower.planted_programs import FILES, PROGRAMS
from tests.support.folders import write_files

OWN = {"span", "ports", "origin", "known", "kind", "address", "params"}
"""Attributes of pipelift's own, which the SDK's objects do not have: no program sets them."""

IGNORED: Mapping[str, str] = {
    r".*\.workspace": "a workspace is never asked",
    r".*\._\w+": "the SDK's own parameters, which are not for programs",
    r"Workspace\.from_config\.\w+": "a workspace is never asked",
    r"\w+Step\.__init__\.(version|hash_paths)": "they have no effect on any target",
    r"(ComputeTarget|Provisioning)\.(provisioning|vm_priority|\w+_nodes|idle_\w+)": "targets have their own machines",
    r"AmlCompute\.provisioning_configuration\.(?!vm_size).*": "targets have their own machines",
    r"Estimator\.__init__\.(vm_\w+|use_gpu|compute_target)": "the step says where it runs",
    r"RScriptStep\.__init__\.use_gpu": "the compute target says so",
    r"Estimator\.__init__\.use_docker": "steps always run in containers",
    r"DockerConfiguration\.__init__\.(?!shm_size).*": "steps always run in containers",
    r"Estimator\.__init__\.(inputs|script_params)": "whatever they are, the step refuses them (PL233)",
    r"Estimator\.__init__\.(resume_from|source_directory_data_store)": "services of the workspace",
    r"RSection\.(github|custom_url|bioconductor)_packages": "whatever they are, they are not installed (PL266)",
    r"RScriptStep\.__init__\.(github|custom_url)_packages": "whatever they are, they are not installed (PL219)",
    r"RunConfiguration\.__init__\.(script|arguments)": "the step says what it runs",
    r"ScriptRunConfig\.__init__\.(script|arguments|resume_from)": "the step says what it runs",
    r"(RunConfiguration|PyTorchConfiguration)\.__init__\.communica\w+": "a step runs as one process",
    r"TensorflowConfiguration\.__init__\.parameter_server_count": "a step runs as one process",
    r"CondaDependencies\.create\.pin_sdk_version": "the SDK is no part of an environment",
    r"Environment\.from_pip_requirements\.pip_version": "images bring their own pip",
    r"Environment\.get\.label": "versions are looked up in pipelift.toml, by the environment's name",
    r"(DataReference|DataPathComputeBinding)\.__init__\.overwrite": "a step's inputs are always new",
    r"PipelineData\.__init__\.(data_type|is_directory|training_output)": "data between steps is what its writer leaves",
    r"PipelineData\.__init__\.output_overwrite": "steps write new data",
    r"OutputFileDatasetConfig\.__init__\.partition_format": "a dataset of files is what its paths name",
    r"FileDatasetFactory\.from_files\.(validate|is_file|partition_format)": "a dataset of files is what its paths name",
    r"TabularDatasetFactory\.from_delimited_files\.(validate|support_multi_line)": "the reader takes both",
    r"TabularDataset\.take\.count": "what is not known of a part gives the whole, which is told (PL205)",
    r"Datastore\.register_azure_sql_database\.(?!datastore_name).*": "pipelift.toml says where a store is",
    r"StoredProcedureParameter\.__init__\.type": "the value says so",
    r"Experiment\.submit\.config": "what is submitted need not be a pipeline; what is built is compiled",
    r"PipelineEndpoint\.publish\.pipeline": "what is built is compiled, published or not",
    r"PipelineEndpoint\.submit\.pipeline_version": "what is built is compiled, whichever version is started",
    r"\w+\.submit\.(parent_run_id|credential_passthrough)": "a run is started by the target",
    r"Schedule\.create\.(pipeline_id|wait_\w+)": "a schedule of a pipeline that is not known is told (PL325)",
}
"""Attributes and arguments that may be unknown without a word about that, as patterns, and why."""

STRANGE = ([1, [2]], {"a": {1: 2}}, 10**400, math.nan, math.inf, -1, "", "a\0b/../", (1, 2), {1}, True, b"x")
"""Values that hardly any attribute or argument takes."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    """The programs, each in a folder of its own."""
    found = {}
    for name, source in PROGRAMS.items():
        folder = tmp_path_factory.mktemp("program")
        write_files(folder, FILES)
        found[name] = Program(folder, source)
    return found


@pytest.fixture(scope="module")
def attributes(programs: dict[str, Program]) -> dict[tuple[str, str], list[Program]]:
    """The attributes that lowering reads, with the programs in which it does."""
    found: dict[tuple[str, str], list[Program]] = {}
    for program in programs.values():
        for attribute in program.read_attributes():
            if attribute[1] not in OWN:
                found.setdefault(attribute, []).append(program)
    return dict(sorted(found.items()))


@pytest.fixture(scope="module")
def arguments(programs: dict[str, Program]) -> dict[tuple[str, str, str], list[Program]]:
    """The arguments of functions of models, with the programs that call those."""
    found: dict[tuple[str, str, str], list[Program]] = {}
    for program in programs.values():
        for argument in program.called_arguments():
            found.setdefault(argument, []).append(program)
    return dict(sorted(found.items()))


def is_ignored(names: tuple[str, ...]) -> bool:
    """Whether the table says that an attribute or argument may be unknown without a word."""
    return any(re.fullmatch(pattern, ".".join(names)) for pattern in IGNORED)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_are_right_as_they_stand(name: str, programs: dict[str, Program]) -> None:
    assert {one.code for one in programs[name].analyse().errors} <= {
        "PL253"
    }  # nothing says where a database is


def test_attributes_that_are_not_known_are_reported(
    attributes: dict[tuple[str, str], list[Program]],
) -> None:
    silent = [
        one
        for one, users in attributes.items()
        if not is_ignored(one) and not any(is_reported(user.with_attribute(one, unknown())) for user in users)
    ]
    assert silent == []


def test_arguments_that_are_not_known_are_reported(
    arguments: dict[tuple[str, str, str], list[Program]],
) -> None:
    silent = [
        one
        for one, users in arguments.items()
        if not is_ignored(one) and not any(is_reported(user.with_argument(one, unknown())) for user in users)
    ]
    assert silent == []


def test_no_value_is_a_fault(
    attributes: dict[tuple[str, str], list[Program]], arguments: dict[tuple[str, str, str], list[Program]]
) -> None:
    """None, and one of the strange values, everywhere: what the analysis raises would be exit status 70."""
    strange = itertools.cycle(STRANGE)
    for attribute, users in attributes.items():
        for value in (None, copy.deepcopy(next(strange))):
            users[0].with_attribute(attribute, value)
    for argument, users in arguments.items():
        for value in (None, copy.deepcopy(next(strange))):
            users[0].with_argument(argument, value)


def test_what_is_ignored_exists_and_is_silent(
    attributes: dict[tuple[str, str], list[Program]], arguments: dict[tuple[str, str, str], list[Program]]
) -> None:
    ignored = {one: users[0] for one, users in (*attributes.items(), *arguments.items()) if is_ignored(one)}
    names = {".".join(one) for one in ignored}
    assert [pattern for pattern in IGNORED if not any(re.fullmatch(pattern, name) for name in names)] == []
    told = [
        one
        for one, user in ignored.items()
        if is_reported(
            user.with_attribute((one[0], one[1]), unknown())
            if len(one) == 2
            else user.with_argument((one[0], one[1], one[2]), unknown())
        )
    ]
    assert told == []


def test_each_class_that_lowering_knows_is_in_a_program(programs: dict[str, Program]) -> None:
    used = {cls for program in programs.values() for cls in program.objects()}
    assert [one.__name__ for one in known_classes() if not any(issubclass(cls, one) for cls in used)] == []


def known_classes() -> set[type[Modelled]]:
    """The classes of SDK objects that the modules of `compiler/lower/` name."""
    modules = [import_module(f"{lower.__name__}.{one.name}") for one in pkgutil.iter_modules(lower.__path__)]
    values = [value for module in (lower, *modules) for value in vars(module).values()]
    return {value for value in values if isinstance(value, type) and issubclass(value, Modelled)}


def test_lowering_asks_no_object_for_an_attribute_by_name() -> None:
    """`getattr` with a default takes what is not known for what is not there; `read.py` alone looks into values."""
    for path in sorted(Path(lower.__path__[0]).glob("*.py")):
        names = {one.id for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Name)}
        allowed = {"find_unknown"} if path.name == "context.py" else set()
        assert not names & {"getattr", "hasattr", "find_unknown"} - allowed, path.name


INTERNAL = re.compile(
    r" object at 0x|\b(Unknown|Interpolated|\w*Path|Span|Call)\(|<(class|pipelift)|pipelift\.compiler"
)
"""What no text of a pipeline or a diagnostic holds: the form of an object of pipelift's own, or a memory address."""


def _leaks(program: Program, reporter: Reporter) -> list[str]:
    """The texts with an internal object in them, and None where the program has no such text."""
    said = {
        text for one in reporter for text in (one.message, one.help, *(cause.message for cause in one.causes))
    }
    invented = {text for text in program.texts() if re.search(r"\bNone\b", text)}
    return sorted({text for text in program.texts() | said if INTERNAL.search(text)} | invented)


def test_no_object_of_ours_becomes_a_text(
    programs: dict[str, Program], arguments: dict[tuple[str, str, str], list[Program]]
) -> None:
    parameter = PipelineParameter(cast(Call, SimpleNamespace(span=Span("pipeline.py", 1, 1, 1, 1))), "p", "x")
    planted = itertools.cycle((parameter, Interpolated(("a/", parameter)), unknown()))
    leaks = [leak for program in programs.values() for leak in _leaks(program, program.analyse())]
    for argument, users in arguments.items():
        reporter = users[0].with_argument(argument, next(planted))
        leaks += [f"{'.'.join(argument)}: {leak}" for leak in _leaks(users[0], reporter)]
    assert leaks == []
