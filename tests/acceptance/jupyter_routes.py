"""Print every route of the Jupyter server that ``restrike-lab up`` starts, as JSON: run as a process of its own.

Each is a pattern of a path, the methods that its handler answers, and whether it is a WebSocket.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from jupyterlab.labapp import LabApp
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from restrike_lab.app.jupyter_process import server_arguments


def routes(rules: list[Any]) -> Iterator[tuple[str, list[str], bool]]:
    """Yield what a router knows, and the routers below it."""
    for rule in rules:
        if hasattr(rule.target, "rules"):
            yield from routes(rule.target.rules)
            continue
        methods = [
            method
            for method in RequestHandler.SUPPORTED_METHODS
            if getattr(rule.target, method.lower()) is not getattr(RequestHandler, method.lower())
        ]
        yield rule.matcher.regex.pattern, methods, issubclass(rule.target, WebSocketHandler)


if __name__ == "__main__":
    settings = {"port": 0, "token": "owner", "screen_token": "screen", "notebooks": sys.argv[1]}
    app = LabApp.initialize_server(server_arguments(settings))
    print(json.dumps(list(routes(app.web_app.default_router.rules))))
