"""Stores behind URLs, and secrets, on the container targets: what the launcher is told, what the user has to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipelift.backends.containers.clients import Uses
from pipelift.compiler import ir
from pipelift.compiler.config.places import Database, Place, Remote, place
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.uses import secret_uses
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.secrets import is_name, names_credential
from pipelift.runtime.contract.stores import KINDS


def places(pipeline: ir.Pipeline, compilation: Compilation, target: str, uses: Uses) -> Mapping[str, Place]:
    """Where each store that steps use is on `target`, by the store's name, in the order of the steps."""
    names = dict.fromkeys(use.name for step in _runnable_steps(pipeline) for use in uses(pipeline, step))
    return {name: place(compilation.config, name, target) for name in names}


def settings(store: str, remote: Remote) -> tuple[str, ...]:
    """The launcher's options for the client of `store`, beside its URL. No value in them is secret."""
    options = [f"--store-option={store}:{name}={value}" for name, value in remote.options]
    return (*options, f"--store-secret={store}={remote.secret}") if remote.secret else tuple(options)


def secrets(step: ir.Step, used: Iterable[Place]) -> tuple[str, ...]:
    """The names of the secrets that `step` needs: for the stores that it has `used`, and by itself."""
    of_stores = {location.secret for location in used if isinstance(location, Remote) and location.secret}
    return tuple(sorted(of_stores | {use.secret for use in secret_uses(step) if is_name(use.secret)}))


def shared_folders(uses_remote: bool) -> tuple[str, ...]:
    """The folders of the state that a step may write beside its own: with mirrors where it `uses_remote` stores."""
    return (*paths.SHARED, paths.MIRRORS) if uses_remote else paths.SHARED


def secret_parameters(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the parameters called `names` whose values must not stand on a command line, or in a variable."""
    return tuple(name for name in names if names_credential(name))


def parameter_file(name: str) -> str:
    """Where the launcher looks in a container for the value of the parameter `name`."""
    return f"{paths.PARAMETERS_PATH}/{paths.file_name(name)}"


def kubernetes_advice(secret: str) -> str:
    """How `secret` gets into a cluster."""
    name = slug(secret)
    return (
        f"Make it in the namespace of the run, with a line NAME=value for each credential in FILE: "
        f"kubectl create secret generic {name} --from-env-file=FILE"
    )


def report(
    pipeline: ir.Pipeline,
    compilation: Compilation,
    places: Mapping[str, Place],
    uses: Uses,
    advice: Callable[[str], str],
) -> None:
    """Say what the remote stores of `places` lose and need (PL412 to PL415, PL450, PL451).

    `advice` says how a secret gets to where the launcher of this target finds it.
    """
    spans = {store.name: store.span for store in pipeline.stores}
    for name, location in places.items():
        if isinstance(location, Remote):
            _report_store(name, location, spans.get(name), compilation)
    for step in _runnable_steps(pipeline):
        for use in uses(pipeline, step):
            _report_use(step, use.name, use.writes, places[use.name], compilation)
        _report_writable_inputs(pipeline, step, places, compilation)
        for own in secret_uses(step):
            if not is_name(own.secret):
                message = f"step '{step.name}' has {own} from the secret '{own.secret}', no name for one"
                compilation.reporter.report("PL415", message, step.span, step=step.name)
    for secret, uses_of in _collect_secrets(pipeline, places, uses).items():
        message = f"the secret '{secret}' has to be there: {'; '.join(uses_of)}"
        compilation.reporter.report("PL451", message, help=advice(secret))


def _runnable_steps(pipeline: ir.Pipeline) -> list[ir.Step]:
    return [step for step in pipeline.steps if step.unsupported is None]


def _report_store(name: str, remote: Remote, span: Span | None, compilation: Compilation) -> None:
    if remote.scheme not in KINDS:
        schemes = ", ".join(sorted(KINDS))
        message = f"store '{name}' is at {remote.url}, which no client here reads; they read {schemes}"
        compilation.reporter.report("PL412", message, span)
        return
    content = "rows" if isinstance(remote, Database) else "files"
    login = f"the secret '{remote.secret}'" if remote.secret else "the credentials that the machine has"
    message = f"store '{name}' is at {remote.url}: steps get copies of its {content}, with {login}"
    compilation.reporter.report("PL450", message, span)


def _report_use(step: ir.Step, store: str, writes: bool, location: Place, compilation: Compilation) -> None:
    if writes and isinstance(location, Database):
        message = f"step '{step.name}' writes files to store '{store}', the database {location.url}"
        compilation.reporter.report("PL413", message, step.span, step=step.name)
    if isinstance(location, Remote) and location.scheme == "hdfs":
        message = f"step '{step.name}' needs Hadoop's own client in its image, to reach store '{store}'"
        compilation.reporter.report("PL414", message, step.span, step=step.name)


def _report_writable_inputs(
    pipeline: ir.Pipeline, step: ir.Step, places: Mapping[str, Place], compilation: Compilation
) -> None:
    """Say which inputs the script may write below, and in vain: their files are copies."""
    for port in step.inputs:
        if not port.writable or not isinstance(port.source, ir.DatasetSource):
            continue
        for location in pipeline.dataset(port.source.dataset).locations:
            if isinstance(places.get(location.store or ""), Remote):
                message = (
                    f"what step '{step.name}' writes below its input '{port.name}' is not sent to store "
                    f"'{location.store}'"
                )
                compilation.reporter.report("PL416", message, port.span, step=step.name)


def _collect_secrets(pipeline: ir.Pipeline, places: Mapping[str, Place], uses: Uses) -> dict[str, list[str]]:
    """Each secret, with what it is for."""
    uses_of: dict[str, list[str]] = {}
    for name, location in places.items():
        if isinstance(location, Remote) and location.secret:
            uses_of.setdefault(location.secret, []).append(f"the credentials of store '{name}'")
    for parameter in pipeline.parameters:
        if parameter.secret is not None:
            uses_of.setdefault(parameter.secret, []).append(f"the value of parameter '{parameter.name}'")
    for step in _runnable_steps(pipeline):
        for use in secret_uses(step):
            if is_name(use.secret):
                uses_of.setdefault(use.secret, []).append(f"{use} of step '{step.name}'")
    return uses_of
