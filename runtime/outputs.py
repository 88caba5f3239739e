"""A step's outputs: a private place while the script runs, then published in one move."""

import os
from typing import Callable, Dict, List, Mapping, Optional, Sequence

from . import attempts, files, links, locations, mirrors, publishing, records
from .context import Artifacts, Context
from .contract import paths, untrusted
from .contract.files import token
from .contract.record import Place
from .contract.spec import OutputPort, StepSpec
from .errors import OUTPUT, SPEC, LauncherError
from .remotes import Entry


class Output:
    """One output port: `staged` is published as `final`, `path` below `root`.

    The script writes to `written`: to `staged`, or where the pipeline says, from where it is taken there.

    `published` are the names of the files moved into a folder that may hold others. On engines that move the
    data themselves `staged` and `final` are the artifact's path, and `root`, `store` and `path` are empty.
    `remote` is the path below the remote store to which the files are taken; None where there is no such store.
    `pushed` are the files there, once they are.
    """

    def __init__(
        self, port: OutputPort, root: str, path: str, staged: str, work: str, remote: Optional[str] = None
    ) -> None:
        self.port = port
        self.name: str = port["name"]
        self.root = root
        self.store = port["store"] if root else ""
        self.path = path
        self.staged = staged
        self.written = _written(port, work) or staged
        self.final = os.path.join(root, *path.split("/")) if root else staged
        self.published: Optional[List[str]] = None
        self.remote = remote
        self.pushed: Optional[Mapping[str, Entry]] = None

    @property
    def merges(self) -> bool:
        """Whether it is a folder whose destination is the user's own choice: other files may lie there, and stay."""
        return bool(self.port["explicit"]) and os.path.isdir(self.staged)

    @property
    def area(self) -> str:
        """The folder, of this output alone, in which the script makes it."""
        return os.path.dirname(self.staged)


class Staging:
    """The outputs of one attempt, and its private folders in their stores."""

    def __init__(self, outputs: Dict[str, Output], attempt: str) -> None:
        self.outputs = outputs
        self._attempt = attempt

    def private(self, root: str) -> str:
        """The attempt's folder in the store whose folder is `root`."""
        return attempts.private_folder(root, self._attempt)

    def discard(self) -> None:
        """Delete the private folders, and the launcher's own folder in each store if that leaves it empty."""
        for root in sorted({output.root for output in self.outputs.values() if output.root}):
            private = self.private(root)
            if untrusted.is_in(os.path.dirname(private), root):
                files.remove(private)
                attempts.drop_if_empty(os.path.dirname(private))

    def keep_failed(self, place: records.StepPlace) -> Dict[str, Place]:
        """Set aside what a script wrote before it failed: {port: {store, path}}. It is never read again."""
        places: Dict[str, Place] = {}
        for output in self.outputs.values():
            if not output.root or not os.path.isdir(output.area) or not files.contents(output.staged):
                continue
            path = "{}/{}/{}".format(paths.FAILED, place.id, output.name)
            hidden, _, inner = path.partition("/")
            target = untrusted.below(os.path.join(output.root, hidden), inner)
            files.remove(target)
            files.move(output.staged, target)
            places[output.name] = {"store": output.store, "path": path}
        return places


def plan(step: StepSpec, context: Context, place: records.StepPlace, attempt: str) -> Staging:
    """Make the places of a step's outputs for the `attempt` of that name. Raises `LauncherError`."""
    if context.artifacts is None:
        planned = [_stage(port, context, place, attempt) for port in step["outputs"]]
    else:
        planned = [_artifact(port, context, place, context.artifacts) for port in step["outputs"]]
    outputs = {output.name: output for output in planned}
    for output in planned:
        if output.root and os.path.islink(os.path.join(output.root, paths.STATE)):
            raise LauncherError(OUTPUT, "'{}' in store '{}' is a link".format(paths.STATE, output.store))
    try:
        for output in outputs.values():
            files.make_folder(output.staged if output.port["create"] else os.path.dirname(output.staged))
    except OSError as error:
        raise LauncherError(OUTPUT, "cannot make a place for the outputs: {}".format(error))
    return Staging(outputs, attempt)


def _artifact(port: OutputPort, context: Context, place: records.StepPlace, artifacts: Artifacts) -> Output:
    path = artifacts.outputs.get(port["name"])
    if path is None:
        raise LauncherError(SPEC, "the engine gave no artifact for output '{}'".format(port["name"]))
    remote = _remote(port, context, place) if port["explicit"] else None
    return Output(port, "", "", path, place.work, remote)


def _remote(port: OutputPort, context: Context, place: records.StepPlace) -> Optional[str]:
    """Where in a remote store an output goes; None where its store is a folder. Raises `LauncherError`."""
    store = context.remotes.get(port["store"])
    if store is None:
        return None
    if store.is_database:
        message = (
            "output '{}' goes to store '{}', which is a database ({}): name a store of files in the pipeline"
        )
        raise LauncherError(OUTPUT, message.format(port["name"], port["store"], store.url))
    return destination(port, place.id)


def _stage(port: OutputPort, context: Context, place: records.StepPlace, attempt: str) -> Output:
    root = context.stores.get(port["store"])
    if root is None:
        message = "output '{0}': no folder is known for store '{1}'; give --store {1}=FOLDER"
        raise LauncherError(OUTPUT, message.format(port["name"], port["store"]))
    path = destination(port, place.id)
    area = os.path.join(attempts.private_folder(root, attempt), paths.file_name(port["name"]))
    staged = os.path.join(area, os.path.basename(path))
    return Output(port, os.path.abspath(root), path, staged, place.work, _remote(port, context, place))


def destination(port: OutputPort, step_run_id: str) -> str:
    """The path template of an output with its values in, relative to the store. Raises `LauncherError`."""
    path = port["path"].replace("{run-id}", step_run_id).replace("{output-name}", port["name"])
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or not parts or parts[0] == paths.STATE:
        raise LauncherError(
            SPEC, "output '{}': '{}' is no path below the store".format(port["name"], port["path"])
        )
    return "/".join(parts)


def _written(port: OutputPort, work: str) -> Optional[str]:
    """The path at which the pipeline wants the script to write: in its folder `work`, or an absolute one; None where
    it leaves that to us. Raises `LauncherError`."""
    asked = port.get("path_on_compute")
    if not asked:
        return None
    parts = [part for part in asked.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or not parts or "\0" in asked:
        message = "output '{}': '{}' is no path below the folder that the script runs in"
        raise LauncherError(SPEC, message.format(port["name"], asked))
    return os.path.join(os.sep if os.path.isabs(asked) else work, *parts)


def publish(
    staging: Staging,
    context: Context,
    inputs: Sequence[str],
    publication: publishing.Publication,
    note: Callable[[str], None],
) -> None:
    """Take every output to its remote store, if it has one, then move it to its destination.

    `inputs` are the files and folders that links in an output may show. Destinations that others write to as well
    are locked until the `publication` ends, and what was moved there is put back unless it is committed. Raises
    `LauncherError`: for links and conflicts before the first move, for a remote store before the first move here.
    """
    outputs = list(staging.outputs.values())
    for output in outputs:
        _settle(output, inputs, note)
    shared = [
        context.stores[output.port["store"]] for output in outputs if output.port["explicit"] and output.root
    ]
    publication.lock(shared, context.cancel)
    for output in outputs:
        _refuse_conflicts(output, context)
    for output in outputs:
        if output.remote is not None:
            _push(output, output.remote, context)
    for output in outputs:
        if output.pushed is not None and output.root:
            with mirrors.Mirror(output.store, context).published(output.pushed):
                _move(output, staging, publication)
        elif output.root:
            _move(output, staging, publication)


def _push(output: Output, path: str, context: Context) -> None:
    sources = {"/".join((path, name)): file for name, file in files.listing(output.staged)}
    if not os.path.isdir(output.staged):
        sources = {path: output.staged}
    mirror = mirrors.Mirror(output.port["store"], context)
    output.pushed = mirror.push(sources, path, alone=not output.merges)


def _move(output: Output, staging: Staging, publication: publishing.Publication) -> None:
    if not output.port["explicit"]:  # the folder is this run's own, maybe of an earlier attempt
        final = untrusted.below(output.root, output.path)
        if os.path.isdir(final) and not os.path.islink(final):
            files.move(final, "{}.old-{}".format(output.staged, token()))
        files.move(output.staged, final)
        return
    names = [""]
    if output.merges:
        output.published = names = [name for name, _ in files.contents(output.staged)]
    label, private = os.path.basename(output.area), staging.private(output.root)
    publication.move(publishing.Move(private, label, output.staged, output.root, output.path, names))


def _settle(output: Output, inputs: Sequence[str], note: Callable[[str], None]) -> None:
    """Look at what the script has left, and make it what can be published. Raises `LauncherError`.

    A script may write nothing: the output is then an empty folder, as a mounted store would show.
    """
    left = links.kind(output.staged)
    if output.root and not untrusted.is_in(output.area, output.root):
        raise LauncherError(OUTPUT, "output '{}': the folder around it became a link".format(output.name))
    if left == "nothing":
        note("output '{}' was not written: it is an empty folder".format(output.name))
        os.makedirs(output.staged)
    elif output.port["create"] and left != "folder":
        kind = {"file": "a file", "link": "a link"}.get(left, "a fifo, a socket or a device")
        raise LauncherError(OUTPUT, "output '{}': its folder became {}".format(output.name, kind))
    try:
        links.settle_output(output.staged, inputs)
    except links.Refused as refused:
        raise LauncherError(OUTPUT, "output '{}': {}".format(output.name, refused))
    if not output.root and os.path.isdir(output.staged):
        links.expand(output.staged)  # an engine that moves the data itself puts it where there are no links
    globs = output.port["globs"]
    if globs and os.path.isdir(output.staged):
        _keep_matching(output.staged, globs)


def _keep_matching(staged: str, globs: Sequence[str]) -> None:
    """Delete what no pattern names: an upload takes no more along."""
    links.expand(staged)
    wanted = {name for pattern in globs for name in locations.matching(staged, pattern)}
    for name, path in files.contents(staged):
        if name not in wanted:
            files.remove(path)


def _refuse_conflicts(output: Output, context: Context) -> None:
    """An upload that may not overwrite fails on a file that is there with another content."""
    port = output.port
    if not (port["explicit"] and port["mode"] == "upload" and not port["overwrite"] and port["create"]):
        return
    final, listed = output.final, files.listing(output.staged)
    if output.remote is not None:
        final = os.path.join(context.stores[port["store"]], *output.remote.split("/"))
        names = ["/".join((output.remote, name)) for name, _ in listed] + [output.remote]
        mirrors.Mirror(port["store"], context).pull_files(names, output.remote)
    for name, path in listed:
        target = os.path.join(final, *name.split("/")) if os.path.isdir(output.staged) else final
        if os.path.lexists(target) and (
            os.path.islink(target) or files.file_digest(target) != files.file_digest(path)
        ):
            message = (
                "output '{}': '{}' already exists in store '{}' with another content, and the upload may not "
                "overwrite; say as_upload(overwrite=True), or put {{run-id}} into the destination"
            )
            raise LauncherError(OUTPUT, message.format(output.name, target, port["store"]))
