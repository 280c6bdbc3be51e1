"""The Jupyter server as a child process that never outlives its parent.

The parent writes one line of JSON to standard input (address, token, notebooks) and keeps the pipe open. So the token
shows in no process list, and the end of the pipe, however the parent ended, is the signal to stop: the same on every
platform, and clean, because Jupyter then shuts its kernels down by itself.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from restrike_lab.hub.callers import REMOTE_HEADER

__all__ = ["main", "server_arguments"]

STOP_SECONDS = 8.0

SCREENS = ("operator.ipynb", "admin.ipynb")
"""Notebooks that the screen's token may open. What they do, whoever has that token has done."""


def server_arguments(settings: dict[str, Any]) -> list[str]:
    """Return Jupyter's own options for these settings: one address and port, two tokens, nothing from outside."""
    extensions = "restrike_lab", "voila", "jupyterlab"
    access = "restrike_lab.app.jupyter_access"
    tls = {"certfile": settings.get("certificate"), "keyfile": settings.get("private_key")}
    return [
        f"--ServerApp.ip={settings.get('host', '127.0.0.1')}",
        f"--ServerApp.port={settings['port']}",
        "--ServerApp.port_retries=0",
        "--ServerApp.open_browser=False",
        f"--ServerApp.root_dir={settings['notebooks']}",
        f"--ServerApp.allow_root={hasattr(os, 'geteuid') and os.geteuid() == 0}",
        "--ServerApp.allow_unauthenticated_access=False",
        f"--ServerApp.identity_provider_class={access}.ScreenIdentity",
        f"--ServerApp.kernel_websocket_connection_class={access}.ScreenConnection",
        f"--IdentityProvider.token={settings['token']}",
        f"--ScreenIdentity.screen_token={settings.get('screen_token', '')}",
        *(f"--ScreenIdentity.screens={name}" for name in SCREENS),
        f"--VoilaConfiguration.http_header_envs={REMOTE_HEADER}",
        *(f"--ServerApp.{name}={path}" for name, path in tls.items() if path),
        *(f"--ServerApp.jpserver_extensions={name}=True" for name in extensions),
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--Application.log_level=WARN",
    ]


def stop_with_parent() -> None:
    """Wait for the end of the pipe, then stop the server: by its own loop, and by force if that takes too long."""
    while sys.stdin.buffer.read(1):
        pass
    # A parent that leaves at once finds the module absent or half loaded: nothing needs an order then.
    server = getattr(sys.modules.get("jupyter_server.serverapp"), "ServerApp", None)
    app = server.instance() if server and server.initialized() else None
    if app is not None and hasattr(app, "io_loop"):
        app.io_loop.add_callback(app.stop)  # ends the kernels, too
        threading.Event().wait(STOP_SECONDS)
    os._exit(1)


def main() -> None:
    """Run JupyterLab with Voila until the parent lets go of the pipe."""
    settings = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=stop_with_parent, name="parent watch", daemon=True).start()

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(server_arguments(settings))


if __name__ == "__main__":
    main()
