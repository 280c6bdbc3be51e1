"""Two keys to one Jupyter server: the owner's opens everything, the screen's the operator's page and nothing else.

Whoever may run a notebook may do on this machine what its owner may. So the address of the screen, which a venue
passes around, must not be the address of JupyterLab. A request with the screen's token, or the cookie that it was
given, is heard only where the page itself needs it; everywhere else it is as if it had no token at all. To the kernel
behind its page a screen may say what widgets say to each other, and may not have code run.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

import psutil
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import Finish
from traitlets import Int, List, Unicode, default

from restrike_lab.hub.callers import REMOTE_HEADER, SCREEN
from restrike_lab.widgets.voila import under_voila

__all__ = ["KERNEL_MESSAGES", "ScreenConnection", "ScreenIdentity", "screen_may"]

KERNEL = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
KERNEL_IN_PATH = re.compile(KERNEL)
NOTEBOOK = re.compile(r"voila/render/(?P<notebook>[^/]+\.ipynb)")
OPEN_TO_SCREENS = {
    "GET": re.compile(
        r"(?:voila/(?:static|templates|labextensions|api/themes)/.+|static/.+|favicon\.ico"
        rf"|api/kernels/{KERNEL}(?:/channels)?)"
    ),
    "HEAD": re.compile(r"voila/(?:static|templates)/.+"),
    "POST": re.compile(rf"voila/api/shutdown/{KERNEL}"),
}
"""What a screen asks for beside its notebooks, by method."""

KERNEL_MESSAGES = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")
"""What a screen may say to its kernel: what widgets need. Nothing among it runs code, input or a debugger."""

CHANNELS = ("shell", "control", "iopub")

PAGE_BYTES = 120_000_000
"""Memory that a page's kernel may take; half of the machine's is for pages."""

NO_ROOM_S = 15
NO_ROOM = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{seconds}">
<title>No room for another screen</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
main {{ max-width: 34em; margin: 18vh auto; padding: 0 1.5em }}
h1 {{ font-size: 1.4em; margin: 0 0 .5em }}
p {{ margin: .5em 0 }}
</style>
<main role="alert">
<h1>No room for another screen</h1>
<p>{pages} pages of this lab are open, as many as its machine serves at once. Nothing is lost: the hub goes on.</p>
<p>Close one elsewhere. This page tries again every {seconds} seconds.</p>
</main>
</html>
"""


def screen_may(method: str, path: str, notebooks: list[str]) -> bool:
    """Tell whether a screen may ask for a path (without the server's own prefix) by a method."""
    path = path.lstrip("/")
    if method == "GET" and (found := NOTEBOOK.fullmatch(path)):
        return found["notebook"] in notebooks
    allowed = OPEN_TO_SCREENS.get(method)
    return bool(allowed and ".." not in path and allowed.fullmatch(path))


class ScreenIdentity(PasswordIdentityProvider):  # type: ignore[misc]
    """Know the owner and the screens apart."""

    screen_token = Unicode("", help="The token of screens; empty: there is none.").tag(config=True)
    screens = List(Unicode(), help="Notebooks that a screen may show.").tag(config=True)
    pages = Int(min=1, help="Pages that are served at once, each with a kernel; the owner's own are not limited.").tag(
        config=True
    )

    @default("pages")
    def _pages_for_half_the_memory(self) -> int:
        return max(8, int(psutil.virtual_memory().total / 2 / PAGE_BYTES))

    @default("allow_password_change")
    def _no_password_change(self) -> bool:
        return False  # the login page would write a password into the user's Jupyter settings

    async def _get_user(self, handler: Any) -> User | None:
        """Return who asks; a screen only where screens may ask."""
        user = await super()._get_user(handler)
        if user is not None and user.username == SCREEN:
            if not self.may(handler):
                return None
            self.find_room(handler)
        handler.request.headers[REMOTE_HEADER] = handler.request.remote_ip or ""  # whatever the browser said
        return user

    async def get_user_token(self, handler: Any) -> User | None:
        """Return the user of a token; the owner's browser stays the owner's when it opens the screen."""
        given = self.get_token(handler) or ""
        if self.screen_token and hmac.compare_digest(given.encode(), self.screen_token.encode()):
            known = self.get_user_cookie(handler)
            return known if known is not None else screen_user()
        user = await super().get_user_token(handler)
        if user is not None and user.username == SCREEN:
            return self.generate_anonymous_user(handler)  # a screen's browser that was given the owner's token
        return user

    def may(self, handler: Any) -> bool:
        """Tell whether a screen may make this request."""
        request = handler.request
        path = request.path.removeprefix(handler.base_url.rstrip("/"))
        if not screen_may(request.method or "", path, list(self.screens)):
            return False
        kernel = KERNEL_IN_PATH.search(path)
        return kernel is None or of_a_page(handler.kernel_manager, kernel[0])

    def find_room(self, handler: Any) -> None:
        """Answer with a page that says so where as many pages are open as this machine can serve.

        Whoever has the screen's address could otherwise open pages until the hub has no memory left. Raises ``Finish``.
        """
        kernels = handler.kernel_manager
        if NOTEBOOK.search(handler.request.path) is None:
            return
        if sum(of_a_page(kernels, each) for each in kernels.list_kernel_ids()) >= self.pages:
            handler.set_status(503)
            handler.set_header("Retry-After", NO_ROOM_S)
            handler.set_header("Content-Type", "text/html; charset=utf-8")
            handler.finish(NO_ROOM.format(pages=self.pages, seconds=NO_ROOM_S))
            raise Finish

    def process_login_form(self, handler: Any) -> User | None:
        """Accept either token on the login page."""
        typed = handler.get_argument("password", default="")
        if self.screen_token and hmac.compare_digest(typed.encode(), self.screen_token.encode()):
            return screen_user()
        return super().process_login_form(handler)

    def cookie_secret_hook(self, h: hmac.HMAC) -> Any:
        """Let cookies end with the tokens by which they were given."""
        h.update(f"{self.token}\0{self.screen_token}".encode())
        return super().cookie_secret_hook(h)


class ScreenConnection(ZMQChannelsWebsocketConnection):  # type: ignore[misc]
    """The line between a page and its kernel; what a screen may not say is dropped."""

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass a message on if the one who sends it may."""
        user = self.websocket_handler.current_user
        if getattr(user, "username", None) == SCREEN and not self.may_say(incoming_msg):
            self.log.warning("a screen tried to send what a screen may not send; it was dropped")
            return
        super().handle_incoming_message(incoming_msg)

    def may_say(self, incoming_msg: Any) -> bool:
        """Tell whether a message is one of those that widgets send; one that cannot be read is not."""
        import json

        from jupyter_server.services.kernels.connection.base import (
            deserialize_binary_message,
            deserialize_msg_from_ws_v1,
        )

        try:
            if self.subprotocol == "v1.kernel.websocket.jupyter.org":
                channel, parts = deserialize_msg_from_ws_v1(incoming_msg)
                header = self.get_part("header", None, parts)
            elif isinstance(incoming_msg, bytes):
                message = deserialize_binary_message(incoming_msg)
                channel, header = message.get("channel"), message["header"]
            else:
                message = json.loads(incoming_msg)
                channel, header = message.get("channel"), message["header"]
            return channel in CHANNELS and header["msg_type"] in KERNEL_MESSAGES
        except Exception:
            return False


def of_a_page(kernels: Any, kernel_id: str) -> bool:
    """Tell whether a kernel was started for a page of Voila, or is not there at all."""
    if kernel_id not in kernels:
        return True
    started_with = getattr(kernels.get_kernel(kernel_id), "_launch_args", None) or {}
    return under_voila(started_with.get("env") or {})


def screen_user() -> User:
    """Return the one user that all screens are."""
    return User(username=SCREEN, name="Screen", display_name="Screen", initials="S")
