"""Whether the chosen Python can run the steps' scripts: its start, its version, the modules it has."""

from __future__ import annotations

from collections.abc import Mapping

from pipelift.backends.local.imports import imported_modules
from pipelift.backends.local.interpreter import Interpreter
from pipelift.backends.local.probe import Answer, ask
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.reading.contents import Content

# The stand-in takes the place of the SDK, whatever is installed.
_STAND_IN = "azureml"

# Where the module and what pip installs have different names.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def check_python(
    pipeline: ir.Pipeline,
    contents: Mapping[str, Mapping[str, Content]],
    interpreter: Interpreter,
    reporter: Reporter,
) -> None:
    """Report an interpreter that does not start, modules it lacks, a version that was not asked for.

    The interpreter is started once.
    """
    scripts = _steps_by_script(pipeline)
    if not scripts:
        return
    modules_of = {key: _list_foreign_modules(contents.get(key[0], {}), key[1]) for key in scripts}
    try:
        answer = ask(interpreter, frozenset().union(*modules_of.values()))
    except Refused as refused:
        reporter.add(refused.diagnostics)
        return
    for key, steps in scripts.items():
        missing = sorted(modules_of[key] & answer.missing)
        for step in steps if missing else ():
            _report_missing(step, missing, interpreter, reporter)
    _check_version(pipeline, answer, interpreter, reporter)


def _steps_by_script(pipeline: ir.Pipeline) -> dict[tuple[str, str], list[ir.Step]]:
    steps_of: dict[tuple[str, str], list[ir.Step]] = {}
    for step in pipeline.steps:
        if isinstance(step.run, ir.Script) and step.run.interpreter == "python" and not step.unsupported:
            steps_of.setdefault((step.snapshot, step.run.path), []).append(step)
    return steps_of


def _list_foreign_modules(files: Mapping[str, Content], script: str) -> frozenset[str]:
    modules = imported_modules(files, script)
    return frozenset(name for name in modules if not name.startswith(_STAND_IN))


def _report_missing(step: ir.Step, missing: list[str], interpreter: Interpreter, reporter: Reporter) -> None:
    names = ", ".join(f"'{name}'" for name in missing)
    packages = " ".join(_DISTRIBUTIONS.get(name, name) for name in missing)
    reporter.report(
        "PL514",
        f"'{step.name}' imports {names}, which {interpreter.path} does not have ({interpreter.why})",
        step.span,
        help=f"Install into that Python: {interpreter.path} -m pip install {packages}\n"
        "or choose another: --python PATH, or python under [local] in pipelift.toml.",
        step=step.name,
    )


def _check_version(
    pipeline: ir.Pipeline, answer: Answer, interpreter: Interpreter, reporter: Reporter
) -> None:
    running = ".".join(str(part) for part in answer.version[:2])
    used = {step.environment for step in pipeline.steps}
    versions = {
        ".".join(environment.python.split(".")[:2])
        for environment in pipeline.environments
        if environment.id in used and environment.python
    }
    for version in sorted(versions - {running}):
        text = f"steps ask for Python {version}; they run in Python {running} ({interpreter.path})"
        reporter.report("PL520", text)
