"""Who may connect to the hub: decided before a WebSocket is opened, on the HTTP request alone.

A right token is always needed. A browser also tells which page asks (``Origin``); only pages of this machine and those
named in the configuration may, so that a page from elsewhere cannot use an operator's browser to reach the hub.
``GET /health``, ``/health/live`` and ``/health/ready`` need no token and tell no secret; ``/metrics`` needs one.
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

from restrike_lab.hub.callers import OWNER, REMOTE_HEADER, SCREEN, Caller

__all__ = ["Admission"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")

LONGEST_REMOTE = 60

HEALTH = {"/health": "status", "/health/live": "live", "/health/ready": "ready"}
"""Addresses that ask for the hub's health, and which part of it decides between 200 and 503."""

EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Admission:
    """Admit clients by token and origin.

    ``role_of(token)`` may know further tokens and give their role; the hub's own ``token`` is ``admin``, and ``screen``
    is that of pages which anybody may look at: a viewer, unless access control gives it more.
    """

    def __init__(
        self,
        token: str,
        health: Callable[[], Mapping[str, Any]],
        origins: Iterable[str] = (),
        role_of: Callable[[str], str | None] = lambda _token: None,
        screen: str = "",
    ) -> None:
        self.token = token
        self.screen = screen
        self.health = health
        self.exposition: Callable[[], str] | None = None
        self.let_in(origins)
        self.role_of = role_of

    def let_in(self, origins: Iterable[str]) -> None:
        """Let pages of these origins connect from now on, beside those of this machine."""
        self.origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer plain requests and refuse strangers; None lets the WebSocket open."""
        if getattr(request, "method", "GET") not in ("GET", "HEAD"):  # older websockets let nothing else this far
            return connection.respond(HTTPStatus.METHOD_NOT_ALLOWED, "Nothing can be changed here.\n")
        path = urlsplit(request.path).path
        if path in HEALTH:
            return self.health_response(connection, HEALTH[path])
        if path not in ("/", "/metrics"):
            return connection.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if not self.origin_allowed(request.headers.get("Origin")):
            return connection.respond(HTTPStatus.FORBIDDEN, "Pages of this origin may not connect.\n")
        if self.role(request) is None:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.\n")
        if path == "/metrics":
            text = "" if self.exposition is None else self.exposition()
            return answer(connection, HTTPStatus.OK, text, EXPOSITION_TYPE)
        if not self.since_valid(request):
            return connection.respond(HTTPStatus.BAD_REQUEST, "`since` is not a sequence number.\n")
        return None

    def health_response(self, connection: ServerConnection, question: str) -> Response:
        """Return the hub's health as JSON: 200 when the answer to the question is yes, else 503."""
        health = self.health()
        status = HTTPStatus.OK if health[question] in ("ok", True) else HTTPStatus.SERVICE_UNAVAILABLE
        return answer(connection, status, msgspec.json.encode(health).decode() + "\n", "application/json")

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
        address = connection.remote_address
        remote = str(address[0]) if address else ""
        if connection.request is None:
            return Caller("viewer", remote)
        kind = self.kind(connection.request)
        if kind == SCREEN:
            page = connection.request.headers.get(REMOTE_HEADER) or ""
            remote = page[:LONGEST_REMOTE] if page.isprintable() and page else remote
        return Caller(self.role(connection.request) or "viewer", remote, kind=kind)

    def kind(self, request: Request) -> str:
        """Return which of the hub's own tokens a request has, or nothing."""
        token = token_of(request).encode()
        if hmac.compare_digest(token, self.token.encode()):
            return OWNER
        return SCREEN if self.screen and hmac.compare_digest(token, self.screen.encode()) else ""

    def role(self, request: Request) -> str | None:
        """Return the role that the request's token gives, None for no or a wrong token."""
        kind = self.kind(request)
        if kind:
            return "admin" if kind == OWNER else "viewer"
        token = token_of(request)
        return self.role_of(token) if token else None

    def since_valid(self, request: Request) -> bool:
        """Tell whether ``since`` is absent or a sequence number."""
        since = query_value(request, "since")
        return since is None or (since.isascii() and since.isdigit() and len(since) < 19)


def answer(connection: ServerConnection, status: HTTPStatus, text: str, kind: str) -> Response:
    """Return a plain answer of a kind of content."""
    response = connection.respond(status, text)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = kind
    return response


def token_of(request: Request) -> str:
    """Return the token of a request: in its address or in a header, and nowhere else."""
    return query_value(request, "token") or bearer(request) or ""


def query_value(request: Request, name: str) -> str | None:
    """Return a value of the request's query, None when it is absent."""
    values = parse_qs(urlsplit(request.path).query).get(name)
    return values[0] if values else None


def bearer(request: Request) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header."""
    scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
