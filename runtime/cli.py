"""The launcher's command line: ``step`` runs one step, ``begin`` starts a run."""

import argparse
import os
import signal
import sys
import threading
from functools import partial
from typing import Any, Callable, Dict, List, NoReturn, Optional

from . import adoption, kubeflow, places, records, secrets
from . import begin as beginning
from . import spec as specs
from .context import Context, Result
from .contract import paths, untrusted
from .contract.spec import Spec
from .contract.stores import is_url
from .errors import INTERNAL, OUTPUT, USAGE, LauncherError
from .launch import look_up, run_step
from .secrets import Secrets

RUN_VARIABLE = "PIPELIFT_RUN"
"""Where an engine says which run a step belongs to, if no option does."""


def main(arguments: List[str]) -> int:
    """Do what the command line says; returns the exit status."""
    _open_closed()
    options = _parser().parse_args(arguments)
    try:
        act: Callable[[argparse.Namespace], int] = options.act
        return act(options)
    except LauncherError as error:
        _say(str(error))
        return error.status
    except Exception:
        import traceback

        _say(traceback.format_exc())
        _say("this is a fault of pipelift's own, not of the step")
        return INTERNAL


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m pipelift.runtime", description="Runs one step of a pipeline.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    step = commands.add_parser("step", help="run one step, or reuse an earlier result of it")
    step.add_argument(
        "--spec", default=paths.SPEC_PATH, metavar="FILE", help="the launch spec (default: %(default)s)"
    )
    step.add_argument(
        "--source", default=paths.SOURCE_PATH, metavar="DIR", help="the step's source (default: %(default)s)"
    )
    which = step.add_mutually_exclusive_group()
    which.add_argument("--run", metavar="RUN_ID", help="the run that the step belongs to")
    which.add_argument("--run-key", metavar="KEY", help="read the run's id where `begin` has filed it")
    step.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter's value"
    )
    step.add_argument("--no-reuse", action="store_true", help="look up no earlier result")
    step.add_argument("--refresh", action="append", default=[], metavar="STEP", help="a step that runs anew")
    step.add_argument(
        "--resume", action="store_true", help="keep what the step has completed in this very run"
    )
    _add_kubeflow(step)
    begin = commands.add_parser("begin", help="make a run id, and folders that the steps may write")
    begin.add_argument("--run-key", required=True, metavar="KEY", help="file the run's id under this name")
    begin.add_argument("--run", metavar="RUN_ID", help="the run's id (default: a new one)")
    begin.add_argument("--owner", metavar="UID:GID", help="who the folders are handed to")
    for option, value, what in (
        ("--desk", "STEP", "a step that writes at a desk, as its container starts before the run is known"),
        ("--folder", "NAME", "a folder of the state that has to be there"),
    ):
        begin.add_argument(option, action="append", default=[], metavar=value, help=what)
    for command in (step, begin):
        _add_folders(command)
    _add_remote(step)
    step.set_defaults(act=_step)
    begin.set_defaults(act=_begin)
    _add_handing(commands)
    return parser


def _add_folders(command: argparse.ArgumentParser) -> None:
    """Where the state and the stores are."""
    _add_state(command)
    command.add_argument("--stores", default=paths.STORES_PATH, metavar="DIR", help="holds a folder a store")
    command.add_argument(
        "--store", action="append", default=[], metavar="NAME=PLACE", help="one store's folder or URL"
    )


def _add_state(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--state", default=paths.STATE_PATH, metavar="DIR", help="the state folder (default: %(default)s)"
    )


def _add_handing(commands: Any) -> None:
    """What an engine does for a step that runs in a container, which can only read the state."""
    for name, act, what in (
        ("expect", adoption.expect_elsewhere, "make the folder of a step that is about to run elsewhere"),
        ("settle", adoption.settle, "take over what a step has left, now that it has ended"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--run", required=True, metavar="RUN_ID", help="the run")
        command.add_argument("--step", required=True, metavar="STEP", help="the step's id")
        _add_state(command)
        command.set_defaults(act=partial(_hand, act))


def _hand(act: Callable[[records.StepPlace], None], options: argparse.Namespace) -> int:
    if not untrusted.is_component(options.step):
        raise LauncherError(USAGE, "--step takes a step's id, not '{}'".format(options.step))
    try:
        act(records.Run(options.state, paths.safe_run_id(options.run)).step(options.step))
    except OSError as error:
        raise LauncherError(OUTPUT, "cannot write the state folder: {}".format(error))
    return 0


def _add_kubeflow(step: argparse.ArgumentParser) -> None:
    """What Kubeflow calls things, and the two ways of a step that only engines use."""
    for option, what in (
        ("--input", "an input"),
        ("--output", "an output"),
        ("--upstream", "a step's result"),
    ):
        meaning = "what Kubeflow calls {}, where it does not follow from the name".format(what)
        step.add_argument(option, action="append", default=[], metavar="NAME=KUBEFLOW_NAME", help=meaning)
    mode = step.add_mutually_exclusive_group()
    mode.add_argument(
        "--lookup", action="store_true", help="reuse an earlier result, or do nothing: never run the step"
    )
    mode.add_argument(
        "--executor-input", metavar="JSON", help="Kubeflow's executor input: artifacts, not stores"
    )


def _add_remote(step: argparse.ArgumentParser) -> None:
    """How stores behind URLs are reached, and where secrets are."""
    for option, value, what in (
        ("--store-option", "NAME:KEY=VALUE", "an option of the client of a store behind a URL"),
        ("--store-secret", "NAME=SECRET", "the secret that logs in to a store behind a URL"),
    ):
        step.add_argument(option, action="append", default=[], metavar=value, help=what)
    for option, folder, what in (
        ("--secrets", paths.SECRETS_PATH, "a file or folder a secret"),
        ("--parameters", paths.PARAMETERS_PATH, "a file a parameter that is a secret"),
    ):
        meaning = "holds {} (default: %(default)s)".format(what)
        step.add_argument(option, default=folder, metavar="DIR", help=meaning)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Wrong usage has an exit status of its own, since 2 may be the script's."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, "pipelift: {}\n".format(message))


def _step(options: argparse.Namespace) -> int:
    spec = specs.read(options.spec)
    message = kubeflow.ExecutorInput(options.executor_input) if options.executor_input else None
    state = kubeflow.temporary_state() if message else os.path.abspath(options.state)
    parameters = secrets.parameters(spec, options.parameters, os.environ)
    parameters.update(_pairs(options.parameter, "--parameter"))
    names = kubeflow.Names(
        _pairs(options.input, "--input"),
        _pairs(options.output, "--output"),
        _pairs(options.upstream, "--upstream"),
    )
    if message:
        parameters = dict(message.parameter_texts(spec), **parameters)
    stores = _stores(options, spec)
    context = Context(
        run_id=_run_id(options, state),
        state=state,
        stores=stores,
        source=os.path.abspath(options.source),
        parameters=parameters,
        reuse=not options.no_reuse,
        refresh=options.refresh,
        emit=_print,
        cancel=None if options.lookup else _cancel_on_signals(),
        artifacts=message.artifacts(spec, names) if message else None,
        resume=options.resume,
        remotes=places.places(stores, options.store_option, _pairs(options.store_secret, "--store-secret")),
        secrets=Secrets(options.secrets, os.environ),
    )
    result = look_up(spec, context) if options.lookup else run_step(spec, context)
    if message and result.status == "completed":
        message.answer_with(spec, names, result)
    return _report(spec, result)


def _report(spec: Spec, result: Result) -> int:
    name = spec["step"]["name"]
    if result.status == "reused":
        _say("step '{}' has been run before with the same inputs: its result is reused".format(name))
    elif result.status == "missed":
        _say("no earlier result of step '{}' is reused: {}".format(name, result.reason))
    elif result.reason:
        _say("step '{}' {}: {}".format(name, result.status, result.reason))
    return result.exit_code


def _begin(options: argparse.Namespace) -> int:
    stores = _pairs(options.store, "--store")
    folders = [place for place in stores.values() if not is_url(place)]
    if os.path.isdir(options.stores):
        folders += [entry.path for entry in os.scandir(options.stores) if entry.is_dir()]
    begun = beginning.begin(
        options.state,
        options.run_key,
        options.run,
        sorted(folders),
        options.owner,
        options.desk,
        options.folder,
    )
    _print(begun)
    return 0


def _run_id(options: argparse.Namespace, state: str) -> str:
    if options.run_key is None:
        asked = options.run or os.environ.get(RUN_VARIABLE)
        return paths.safe_run_id(asked) if asked else records.new_run_id()
    run_id = records.read_current(state, options.run_key)
    if run_id is None:
        message = "no run is filed under '{}' in {}: run `begin --run-key` first"
        raise LauncherError(USAGE, message.format(options.run_key, state))
    return run_id


def _stores(options: argparse.Namespace, spec: Spec) -> Dict[str, str]:
    names = {entry["name"] for entry in spec["stores"]} | {spec["pipeline"]["default_store"]}
    names.update(port["store"] for port in spec["step"]["outputs"])
    stores = {name: os.path.join(os.path.abspath(options.stores), name) for name in names}
    for name, place in _pairs(options.store, "--store").items():
        stores[name] = place if is_url(place) else os.path.abspath(place)
    return stores


def _pairs(texts: List[str], option: str) -> Dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise LauncherError(USAGE, "{} takes NAME=VALUE, not '{}'".format(option, text))
        pairs[name] = value
    return pairs


class _Cancel(threading.Event):
    """Set by a signal, which the script then gets too."""

    signum: Optional[int] = None


def _cancel_on_signals() -> threading.Event:
    cancel = _Cancel()

    def note(signum: int, frame: Optional[object]) -> None:
        cancel.signum = signum
        cancel.set()

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(signum) != signal.SIG_IGN:  # who started us under nohup wants us to go on
            signal.signal(signum, note)
    return cancel


def _print(line: str) -> None:
    _write(1, line + "\n")


def _say(text: str) -> None:
    _write(2, "pipelift: {}\n".format(text))


def _write(descriptor: int, text: str) -> None:
    """Write to a standard stream; that nobody listens any more, or a disk is full, ends no step."""
    data = text.encode("utf-8", "replace")
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        pass  # the log file still has the lines of the script


def _open_closed() -> None:
    """Give a closed standard stream the null device, before a file of ours gets its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
