"""A Kubernetes cluster, through kubectl: volume claims, secrets, GPUs. Without kubectl all of it is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipelift.app.doctor import Examination, Finding
from pipelift.backends.examination.asking import Answer, ask

GPU_RESOURCE = "nvidia.com/gpu"
_ABSENT = "NotFound"


def examine_cluster(
    examination: Examination, namespace: str, claims: Iterable[str], secrets: Iterable[str]
) -> Iterator[Finding]:
    """The claims and secrets in `namespace`, and nodes with GPUs where steps ask for them."""
    environ = examination.environ
    objects = [*(("pvc", name) for name in claims), *(("secret", name) for name in secrets)]
    gpus = examination.manifest.needs.gpus
    if not objects and not gpus:
        return
    reply = ask("kubectl", "version", "--output=json", environ=environ)
    version = reply.data
    if not reply.ok or not isinstance(version, dict) or "serverVersion" not in version:
        yield _report_unreachable(reply, namespace, objects)
        return
    yield Finding("Kubernetes", "ok", f"version {version['serverVersion'].get('gitVersion', '?')}")
    for kind, name in objects:
        answer = ask("kubectl", "--namespace", namespace, "get", kind, name, "--output=name", environ=environ)
        yield _examine_object(kind, name, namespace, answer)
    if gpus:
        yield _examine_gpus(ask("kubectl", "get", "nodes", "--output=json", environ=environ))


def _report_unreachable(reply: Answer, namespace: str, objects: Iterable[tuple[str, str]]) -> Finding:
    reason = "kubectl reaches no server" if reply.ok else reply.text
    commands = [f"kubectl --namespace {namespace} get {kind} {name}" for kind, name in objects]
    remedy = "\n".join(["Run where kubectl reaches the cluster, or ask yourself:", *commands])
    return Finding("Kubernetes", "unknown", f"cannot be asked: {reason}", remedy)


def _examine_object(kind: str, name: str, namespace: str, answer: Answer) -> Finding:
    words = {"pvc": "volume claim", "secret": "secret"}
    subject = f"{words[kind]} '{name}'"
    if answer.ok:
        return Finding(subject, "ok", f"is in the namespace {namespace}")
    if _ABSENT not in answer.text:
        return Finding(subject, "unknown", f"cannot be asked: {answer.text}", "Ask somebody who may see it.")
    remedies = {
        "pvc": f"Create it (ReadWriteMany) in the namespace {namespace}, or name another in pipelift.toml.",
        "secret": f"kubectl --namespace {namespace} create secret generic {name} --from-file=KEY=FILE",
    }
    return Finding(subject, "missing", f"is not in the namespace {namespace}", remedies[kind])


def _examine_gpus(answer: Answer) -> Finding:
    if not answer.ok:
        return Finding("GPU", "unknown", f"nodes cannot be listed: {answer.text}", "Ask the cluster's owner.")
    total = sum(_count_gpus(node) for node in _list_nodes(answer.data))
    if total:
        return Finding("GPU", "ok", f"the nodes have {total} ({GPU_RESOURCE})")
    remedy = "Install the NVIDIA device plugin, or use a node pool that has GPUs."
    return Finding("GPU", "missing", f"no node offers {GPU_RESOURCE}", remedy)


def _list_nodes(data: object) -> list[Mapping[str, object]]:
    items = data.get("items") if isinstance(data, dict) else None
    return items if isinstance(items, list) else []


def _count_gpus(node: Mapping[str, object]) -> int:
    status = node.get("status")
    allocatable = status.get("allocatable") if isinstance(status, dict) else None
    count = allocatable.get(GPU_RESOURCE) if isinstance(allocatable, dict) else None
    return int(count) if isinstance(count, str) and count.isdigit() else 0
