"""A container engine on this machine: does it answer, has it the images, can it reach a GPU."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.app.doctor import Examination, Finding
from pipelift.backends.containers.build import image_references
from pipelift.backends.examination.asking import ask
from pipelift.compiler.diagnostics import Refused

_LISTED = 3


def examine_engine(examination: Examination) -> Iterator[Finding]:
    """Docker's daemon; then, if it answers, the images and the GPU runtime."""
    answer = ask("docker", "version", "--format", "{{.Server.Version}}", environ=examination.environ)
    if not answer.ok:
        remedy = "Install Docker Engine and start it, and be a member of its group (or root)."
        yield Finding("Docker", "missing", answer.text, remedy)
        return
    yield Finding("Docker", "ok", f"engine {answer.text}")
    yield _examine_images(examination)
    if examination.manifest.needs.gpus:
        yield _examine_gpus(examination)


def examine_compose(examination: Examination) -> Finding:
    """Compose v2, which knows `service_completed_successfully`."""
    answer = ask("docker", "compose", "version", "--short", environ=examination.environ)
    if not answer.ok or answer.text.lstrip("v").startswith("1."):
        detail = f"version {answer.text}, which is too old" if answer.ok else answer.text
        return Finding("Docker Compose", "missing", detail, "Install the Compose plugin, version 2.")
    return Finding("Docker Compose", "ok", f"version {answer.text}")


def _examine_images(examination: Examination) -> Finding:
    try:
        references = image_references(examination.directory)
    except Refused as refused:
        return Finding("images", "missing", refused.message, "Compile again.")
    lacking = [
        reference
        for reference in references
        if not ask("docker", "image", "inspect", reference, environ=examination.environ).ok
    ]
    if not lacking:
        return Finding("images", "ok", f"all {len(references)} are built")
    names = ", ".join(lacking[:_LISTED]) + (", …" if len(lacking) > _LISTED else "")
    detail = f"{len(lacking)} of {len(references)} are not built: {names}"
    return Finding("images", "missing", detail, "pipelift build DIRECTORY; deploy builds them too.")


def _examine_gpus(examination: Examination) -> Finding:
    steps = ", ".join(f"'{need.step}'" for need in examination.manifest.needs.gpus)
    answer = ask("docker", "info", "--format", "{{json .Runtimes}}", environ=examination.environ)
    runtimes = answer.data
    if isinstance(runtimes, dict) and "nvidia" in runtimes:
        return Finding("GPU", "ok", f"the engine has the NVIDIA runtime, for {steps}")
    remedy = "Install the NVIDIA Container Toolkit on this host, or run without a GPU: that can be left out."
    return Finding("GPU", "missing", f"the engine has no NVIDIA runtime, which {steps} ask for", remedy)
