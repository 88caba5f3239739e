"""A registry of images in memory: as much of the distribution API as `docker push` uses."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType


@dataclass
class Registry:
    """What was pushed: `manifests` by ``name:tag``, `blobs` by digest."""

    address: str
    manifests: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)


@contextmanager
def registry() -> Iterator[Registry]:
    """A registry on a free port of this machine, which Docker takes without TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    made = Registry(f"localhost:{server.server_port}")
    _Handler.registry = made
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    registry: Registry
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The check of the API's version."""
        self._answer(200 if self.path == "/v2/" else 404)

    def do_HEAD(self) -> None:
        """Whether a blob or manifest is there."""
        blob = self.registry.blobs.get(self.path.rpartition("/")[2])
        manifest = self.registry.manifests.get(self._manifest())
        found = blob if blob is not None else manifest
        self._answer(404 if found is None else 200, length=len(found or b""))

    def do_POST(self) -> None:
        """Begin an upload."""
        upload = uuid.uuid4().hex
        self.registry.uploads[upload] = bytearray()
        self._answer(202, headers={"Location": f"{self.path.split('?')[0]}{upload}", "Range": "0-0"})

    def do_PATCH(self) -> None:
        """A part of an upload."""
        data = self.registry.uploads[self.path.split("?")[0].rpartition("/")[2]]
        data.extend(self._body())
        self._answer(202, headers={"Location": self.path, "Range": f"0-{len(data) - 1}"})

    def do_PUT(self) -> None:
        """The end of an upload, or a manifest."""
        body = self._body()
        if "/manifests/" in self.path:
            self.registry.manifests[self._manifest()] = body
        else:
            upload = self.path.split("?")[0].rpartition("/")[2]
            body = bytes(self.registry.uploads.pop(upload)) + body
            self.registry.blobs[_digest(body)] = body
        self._answer(201, headers={"Docker-Content-Digest": _digest(body), "Location": self.path})

    def _manifest(self) -> str:
        match = re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", self.path)
        return f"{match[1]}:{match[2]}" if match else ""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(found)

    def _answer(
        self, status: int, length: int = 0, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
