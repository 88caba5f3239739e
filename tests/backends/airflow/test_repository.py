"""DAGs go to a git server that wants a login: no command line and no configuration file shows it."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from pipelift.backends.airflow.deploying.repository import push
from pipelift.compiler.diagnostics import Refused

USER, PASSWORD = "some one", "canary-pw 1'\"$x%@:/\\é"
BACKEND = Path(
    subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of the repositories in `folder` that lets one user in; its address without a scheme."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            word = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {word}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            variables = {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "REQUEST_METHOD": self.command,
                "QUERY_STRING": query,
                "REMOTE_USER": "someone",
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "PATH": os.environ["PATH"],
            }
            command = [str(BACKEND / "git-http-backend")]
            answer = subprocess.run(
                command, input=body, env=variables, capture_output=True, check=True
            ).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            lines = [line.split(": ", 1) for line in head.decode().split("\r\n")]
            status = next((int(value.split()[0]) for name, value in lines if name == "Status"), 200)
            self.send_response(status)
            for name, value in lines:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The variables of somebody who has git keep logins, and looks at all that it starts."""
    (tmp_path / "gitconfig").write_text(
        f"[user]\nname = n\nemail = e@x\n[credential]\nhelper = store --file={tmp_path}/kept\n"
    )
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_TRACE": str(tmp_path / "trace"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
    }


def test_a_login_in_the_address_is_on_no_command_line(tmp_path: Path, environ: dict[str, str]) -> None:
    bare = tmp_path / "server" / "dags.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "http.receivepack", "true"], check=True)
    with serving(bare.parent) as host:
        address = f"http://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@{host}/dags.git"
        assert push({"a.py": b"1\n"}, address, None, "dags", environ).changed
        wrong = address.replace("canary", "wrong")
        with pytest.raises(Refused) as refused:
            push({"a.py": b"2\n"}, wrong, None, "dags", environ)
    listed = ["git", "-C", str(bare), "ls-tree", "-r", "--name-only", "HEAD"]
    assert subprocess.run(listed, capture_output=True, text=True, check=True).stdout == "dags/a.py\n"
    trace = (tmp_path / "trace").read_text("utf-8")
    assert "remote-http" in trace and "push" in trace
    texts = (trace, refused.value.message)
    for form in (PASSWORD, quote(PASSWORD, safe=""), "canary-pw", "wrong-pw", USER, quote(USER)):
        assert not [text for text in texts if form in text]
    assert not (tmp_path / "kept").exists()
