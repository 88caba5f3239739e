"""Airflow's API server, as far as a deployment needs it: REST at ``/api/v2`` (Airflow 3), tokens from ``/auth``.

`httpx` speaks to it: Airflow brings it along, and its official client package checks answers more strictly than the
server's next minor version keeps them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipelift.backends.airflow.deploying.options import Options
from pipelift.backends.airflow.settings import PASSWORD, TOKEN
from pipelift.compiler.diagnostics import Refused

if TYPE_CHECKING:
    from httpx import BaseTransport, Client, Response

TIMEOUT = 30.0
PATIENCE = 60.0
"""Seconds: for one answer, and in which a server that has answered before may be gone (a restart)."""

_RETRY_SECONDS = 1.0
_PAGE = 100
_GONE = (502, 503, 504)
_NEEDED = ("metadatabase", "scheduler", "dag_processor")

Json = dict[str, Any]


class Api:
    """A logged-in client; tests give it a `transport`. All methods raise `Refused`: PL560 to PL563, PL566."""

    def __init__(self, options: Options, transport: BaseTransport | None = None) -> None:
        try:
            import httpx
        except ModuleNotFoundError:
            raise Refused(
                "PL506", "deploying to Airflow needs httpx: pip install 'pipelift[airflow]'"
            ) from None
        self._client: Client = httpx.Client(base_url=options.url, timeout=TIMEOUT, transport=transport)
        self._options = options
        self._patience = 0.0
        self._check_version()
        self._log_in()
        self._patience = PATIENCE

    def check_health(self) -> None:
        """Raise `Refused` (PL563) where a part that deployments need is not running."""
        stopped = self.list_stopped_parts()
        if stopped:
            raise Refused(
                "PL563", f"Airflow at {self._options.url} says that this is not running: {', '.join(stopped)}"
            )

    def list_stopped_parts(self) -> tuple[str, ...]:
        """The parts that are not running; one that an Airflow does not tell of counts as running."""
        health = self.get("/monitor/health") or {}
        parts = {name: health.get(name) or {} for name in _NEEDED}
        return tuple(name for name, part in parts.items() if part.get("status", "healthy") != "healthy")

    def get(self, path: str, **query: object) -> Json | None:
        """The answer to a question, or None where there is no such thing."""
        response = self._request("GET", f"/api/v2{path}", params=query)
        return None if response.status_code == 404 else _parse_object(response)

    def all(self, path: str, key: str, **query: object) -> Iterator[Json]:
        """All entries of a list that comes in pages."""
        offset = 0
        while True:
            page = (self.get(path, limit=_PAGE, offset=offset, **query) or {}).get(key) or []
            yield from page
            if len(page) < _PAGE:
                return
            offset += len(page)

    def change(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Change something. What is not there is refused too."""
        response = self._request(method, f"/api/v2{path}", json=body)
        if response.status_code == 404:
            raise self._describe_refusal(response)
        return _parse_object(response)

    def read_date(self) -> str | None:
        """The server's clock, as its answers tell it (RFC 9110, `Date`)."""
        header: str | None = self._send("GET", "/api/v2/version").headers.get("date")
        return header

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _check_version(self) -> None:
        response = self._send("GET", "/api/v2/version")
        version = str(_parse_object(response).get("version", "")) if response.status_code == 200 else ""
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= 3:
            return
        old = self._send("GET", "/api/v1/version")
        number = str(_parse_object(old).get("version", "")) if old.status_code == 200 else version
        if number:
            raise Refused("PL562", f"at {self._options.url} is Airflow {number}; the DAG needs Airflow 3")
        raise Refused("PL560", f"what answers at {self._options.url} is not Airflow's API server")

    def _log_in(self) -> None:
        """Get a token: the one given, one for user and password, or one of a server that asks for nothing."""
        options = self._options
        if options.token is not None:
            self._authorize(options.token)
            return
        if options.password is None:
            response = self._send("GET", "/auth/token")
        else:
            body = {"username": options.user, "password": options.password}
            response = self._send("POST", "/auth/token", json=body)
        token = _parse_object(response).get("access_token") if response.status_code in (200, 201) else None
        if token is not None:
            self._authorize(str(token))
        elif options.password is None:
            raise Refused(
                "PL561", f"Airflow at {options.url} wants a login, and neither {PASSWORD} nor {TOKEN} is set"
            )
        else:
            raise Refused(
                "PL561", f"Airflow at {options.url} does not accept user '{options.user}' with the password"
            )

    def _authorize(self, token: str) -> None:
        self._client.headers["Authorization"] = f"Bearer {token}"

    def _request(self, method: str, path: str, **options: Any) -> Response:
        """The answer, where it is good or 404. A token that has run out is replaced once."""
        response = self._send(method, path, **options)
        if response.status_code == 401 and self._options.token is None:
            self._log_in()
            response = self._send(method, path, **options)
        if response.status_code < 400 or response.status_code == 404:
            return response
        raise self._describe_refusal(response)

    def _describe_refusal(self, response: Response) -> Refused:
        request = f"{response.request.method} {response.request.url.path}"
        if response.status_code == 401:
            return Refused("PL561", f"Airflow at {self._options.url} does not accept the token")
        if response.status_code == 403:
            return Refused("PL561", f"the user may not do this on Airflow at {self._options.url}: {request}")
        return Refused(
            "PL566", f"Airflow refuses {request} ({response.status_code}): {_read_reason(response)}"
        )

    def _send(self, method: str, path: str, **options: Any) -> Response:
        """One request; what only asks is repeated while the server is gone."""
        import httpx

        end = time.monotonic() + (self._patience if method == "GET" else 0.0)
        while True:
            try:
                response = self._client.request(method, path, **options)
                if response.status_code not in _GONE or time.monotonic() >= end:
                    return response
            except httpx.TransportError as error:
                if time.monotonic() >= end:
                    reason = str(error) or type(error).__name__
                    raise Refused(
                        "PL560", f"Airflow's API server at {self._options.url} does not answer: {reason}"
                    ) from None
            time.sleep(_RETRY_SECONDS)


def quote_part(part: str) -> str:
    """`part` as one part of a way: ids may hold ``+`` and ``:``."""
    return quote(part, safe="")


def _parse_object(response: Response) -> Json:
    try:
        data = response.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _read_reason(response: Response) -> str:
    """Airflow's own words, on one line."""
    detail = _parse_object(response).get("detail") or response.text
    return " ".join(str(detail).split())[:500]
