"""Who may connect to the hub: decided before a WebSocket is opened, on the HTTP request alone.

A right token is always needed. A browser also tells which page asks (``Origin``); only pages of this machine and those
named in the configuration may, so that a page from elsewhere cannot use an operator's browser to reach the hub.
``GET /health`` needs no token and tells no secret.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from restrike_lab.hub.commands import Caller

__all__ = ["Admission"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Admission:
    """Admit clients by token and origin.

    ``role_of(token)`` may know further tokens and give their role; the hub's own ``token`` is ``admin``.
    """

    def __init__(
        self,
        token: str,
        health: Callable[[], Mapping[str, Any]],
        origins: Iterable[str] = (),
        role_of: Callable[[str], str | None] = lambda _token: None,
    ) -> None:
        self.token = token
        self.health = health
        self.origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self.role_of = role_of

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer plain requests and refuse strangers; None lets the WebSocket open."""
        path = urlsplit(request.path).path
        if path == "/health":
            return self.health_response(connection)
        if path != "/":
            return connection.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if not self.origin_allowed(request.headers.get("Origin")):
            return connection.respond(HTTPStatus.FORBIDDEN, "Pages of this origin may not connect.\n")
        if self.role(request) is None:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.\n")
        if not self.since_valid(request):
            return connection.respond(HTTPStatus.BAD_REQUEST, "`since` is not a sequence number.\n")
        return None

    def health_response(self, connection: ServerConnection) -> Response:
        """Return the hub's health as JSON: 200 when all is well, else 503."""
        health = self.health()
        status = HTTPStatus.OK if health.get("status") == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        response = connection.respond(status, msgspec.json.encode(health).decode() + "\n")
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response

    def origin_allowed(self, origin: str | None) -> bool:
        """Tell whether a page of ``origin`` may connect; programs send none."""
        if origin is None or origin.lower() in self.origins:
            return True
        try:
            return urlsplit(origin).hostname in LOOPBACK
        except ValueError:
            return False

    def caller(self, connection: ServerConnection) -> Caller:
        """Return who opened an admitted connection."""
        role = self.role(connection.request) if connection.request else None
        remote = connection.remote_address
        return Caller(role or "viewer", str(remote[0]) if remote else "")

    def role(self, request: Request) -> str | None:
        """Return the role that the request's token gives, None for no or a wrong token."""
        token = query_value(request, "token") or bearer(request) or ""
        if hmac.compare_digest(token.encode(), self.token.encode()):
            return "admin"
        return self.role_of(token) if token else None

    def since_valid(self, request: Request) -> bool:
        """Tell whether ``since`` is absent or a sequence number."""
        since = query_value(request, "since")
        return since is None or (since.isascii() and since.isdigit() and len(since) < 19)


def query_value(request: Request, name: str) -> str | None:
    """Return a value of the request's query, None when it is absent."""
    values = parse_qs(urlsplit(request.path).query).get(name)
    return values[0] if values else None


def bearer(request: Request) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header."""
    scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
