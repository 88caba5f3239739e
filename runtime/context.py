"""What the launcher is given beside a step's spec, and what it gives back."""

import sys
import threading
from typing import Callable, Dict, Iterable, Mapping, Optional, Union

from . import places
from .contract import paths
from .contract.record import Status
from .contract.typed import Literal
from .guard import Guard
from .places import Place
from .secrecy import Seal
from .secrets import Secrets

Emit = Callable[[str], None]


class Artifacts:
    """Where an engine that moves the data itself has put it: paths by port, result ids by upstream step."""

    def __init__(self, inputs: Dict[str, str], outputs: Dict[str, str], results: Dict[str, str]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.results = results


class Context:
    """One attempt at a step.

    `run_id` names the run and is one component of a path. `state` is the state folder, `stores` the folders
    of the stores by name, `source` the folder whose content becomes the script's working directory.
    `parameters` are the values given, as text, by name; `python` the interpreter that stands for ``python``.
    With `reuse` False nothing is looked up; `refresh` names steps (id or name) that run in any case. With
    `resume` a step that this very run has completed before, and that would do the same now, is kept. `emit`
    gets each line that the script prints, from a thread of its own. Setting `cancel` stops the script; an
    attribute `signum` on it says how. `artifacts` is set on engines that move the data themselves.

    `remotes` are the stores that are no folders, by name: each gets a folder among `stores` that mirrors it.
    `secrets` are what they log in with, and what the script is given by reference. With `offline` no remote store
    is asked for anything: what was made there counts as there. `variables` are those of the script that this machine
    decides, as the GPUs that it may use: they are no part of what the step does. A run is `supervised` by who runs all
    of its steps in this process, and so hears itself that one cancels the run. A `guard` is given by who has one for
    several steps, and so is `defer`: it takes what can be done while the next step runs. That step's folders are
    cleared away and its result is taken over when it is called, which raises `OSError`.
    """

    def __init__(
        self,
        run_id: str,
        state: str,
        stores: Mapping[str, str],
        source: str,
        parameters: Optional[Mapping[str, str]] = None,
        python: str = sys.executable,
        reuse: bool = True,
        refresh: Iterable[str] = (),
        emit: Emit = print,
        cancel: Optional[threading.Event] = None,
        artifacts: Optional[Artifacts] = None,
        resume: bool = False,
        remotes: Optional[Mapping[str, Place]] = None,
        secrets: Optional[Secrets] = None,
        offline: bool = False,
        variables: Optional[Mapping[str, str]] = None,
        supervised: bool = False,
        guard: Optional[Guard] = None,
        defer: Optional[Callable[[Callable[[], None]], None]] = None,
    ) -> None:
        self.run_id = run_id
        self.state = str(state)
        self.remotes = dict(remotes or {})
        self.secrets = secrets or Secrets()
        self.seal = Seal(self.state)
        self.offline = offline
        self.stores = {name: str(folder) for name, folder in stores.items()}
        for name in self.remotes:
            self.stores[name] = places.mirror(self.state, paths.file_name(name))
        self.source = str(source)
        self.parameters = dict(parameters or {})
        self.python = python
        self.reuse = reuse
        self.refresh = frozenset(refresh)
        self.emit = emit
        self.cancel = cancel or threading.Event()
        self.artifacts = artifacts
        self.resume = resume
        self.variables = dict(variables or {})
        self.supervised = supervised
        self.guard = guard
        self.defer = defer


_Missed = Literal["missed"]
Ending = Union[Status, _Missed]
"""How an attempt can end; ``missed``: no result was found, and nothing else was to be done."""


class Result:
    """How an attempt ended.

    `status` is ``completed``, ``reused``, ``failed`` or ``cancelled``; `exit_code` the script's own (0 for a
    reused step), or one of `errors` where the launcher gave up; `reason` is for people, and empty after
    success. `outputs` are absolute paths by port. `result_id` names what was made: a reused step has the id
    of the result that it reuses. `cancels_run` says that the script has asked for the whole run to end, and
    `kept` that the step's record is the one from before the run was resumed.
    """

    def __init__(
        self,
        status: Ending,
        exit_code: int,
        seconds: float = 0.0,
        outputs: Optional[Dict[str, str]] = None,
        metrics: Optional[Dict[str, object]] = None,
        result_id: Optional[str] = None,
        reason: str = "",
        cancels_run: bool = False,
        kept: bool = False,
    ) -> None:
        self.status = status
        self.exit_code = exit_code
        self.seconds = seconds
        self.outputs = outputs or {}
        self.metrics = metrics or {}
        self.result_id = result_id
        self.reason = reason
        self.cancels_run = cancels_run
        self.kept = kept
