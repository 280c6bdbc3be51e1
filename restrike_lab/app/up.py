"""``restrike-lab up``: the hub, JupyterLab and the operator screen, for one person at one machine.

The hub and the Jupyter server are processes of their own. Neither needs the other: one that dies is started again
while the other goes on, and both end with this process, however that ends.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from traitlets import Bool, Int, TraitError, Unicode, validate

from restrike_lab.app.access import first_code, users_in
from restrike_lab.app.command import Command
from restrike_lab.app.hosting import environment_of, heard_where, hub_config, say, stop_signals, supervised_hub
from restrike_lab.app.jupyter import JupyterServer, free_port, notebooks_directory
from restrike_lab.app.serve import LOOK_SECONDS
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import PortInUse
from restrike_lab.hub.exposure import is_loopback, require_safe, server_context
from restrike_lab.hub.supervise import Supervisor

__all__ = ["JUPYTER_PORT", "Up"]

REDIRECT = "screen.html"
LAB = "jupyterlab.html"
SCREEN = "voila/render/operator.ipynb"
JUPYTER_PORT = 8888
LONGEST_PAUSE = 10.0


class Up(Command):
    """Run everything until told to stop."""

    name = "up"
    borrowed = {HubConfig: None}  # noqa: RUF012

    jupyter_port = Int(
        None, allow_none=True, help="TCP port of JupyterLab and the screen. Unset: 8888 or the next free one."
    ).tag(config=True)
    browser = Bool(True, help="Open the operator screen in a browser.").tag(config=True)
    jupyter_host = Unicode(
        "127.0.0.1", help="Address on which JupyterLab and the screen are served; 127.0.0.1 is this machine alone."
    ).tag(config=True)
    screen_token = Unicode(
        "", help="Token in the screen's address, for one that can be kept. Unset: a new one at each start."
    ).tag(config=True)
    notebooks = Unicode("", help="Folder that JupyterLab shows. Unset: the lab's own notebooks.").tag(config=True)

    @validate("screen_token")
    def _check_token(self, proposal: Any) -> Any:
        if proposal["value"] and not re.fullmatch(r"[\w.~-]{16,}", proposal["value"], re.ASCII):
            raise TraitError("a token has 16 letters, digits, - _ . ~ at least: nobody should guess it")
        return proposal["value"]

    def run(self) -> int:
        """Bring everything up, print the address, and keep it up."""
        with stop_signals() as stop, self.data_directory() as default:
            config = self.hub_config(default)
            config.directory.mkdir(parents=True, exist_ok=True)
            server_context(config)  # a certificate that is none is told before anything runs
            with supervised_hub(config, share=True) as hub, self.beside(config), self.jupyter(config) as jupyter:
                self.announce(config, jupyter)
                keep_up(jupyter, hub, stop)
        return 0

    def data_directory(self) -> AbstractContextManager[str]:
        """Return the data directory to use where none is named, as a context."""
        return nullcontext("")

    def hub_config(self, data_dir: str) -> HubConfig:
        """Return the hub's settings."""
        config = hub_config(self)
        config.data_dir = data_dir or config.data_dir
        return config

    def beside(self, config: HubConfig) -> AbstractContextManager[None]:
        """Return what runs beside the hub."""
        return nullcontext()

    @contextmanager
    def jupyter(self, config: HubConfig) -> Iterator[JupyterServer]:
        """Run the Jupyter server for as long as the block lasts."""
        notebooks = Path(self.notebooks).expanduser() if self.notebooks else notebooks_directory(config.directory)
        log = config.directory / "jupyter.log"
        require_safe("Jupyter", self.jupyter_host, config, users_in(config.directory))
        server = JupyterServer(
            self.free_jupyter_port(),
            notebooks,
            log,
            environment_of(config),
            host=self.jupyter_host,
            certificate=config.certificate,
            private_key=config.private_key,
            screen_token=self.screen_token,
        )
        server.start()
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()
            for page in (REDIRECT, LAB):
                (config.directory / page).unlink(missing_ok=True)

    def free_jupyter_port(self) -> int:
        """Return the port that was asked for, or the first free one from the usual one on."""
        if self.jupyter_port is None:
            return free_port(JUPYTER_PORT)
        if free_port(self.jupyter_port) != self.jupyter_port and self.jupyter_port:
            raise PortInUse(f"TCP port {self.jupyter_port} is in use", hint="choose another with --jupyter-port")
        return self.jupyter_port

    def announce(self, config: HubConfig, jupyter: JupyterServer) -> None:
        """Print the one address, say what else there is to know, and open the browser."""
        screen = jupyter.screen_address(SCREEN)
        say(f"Listening: {heard_where(config)}. Data: {config.directory}")
        say(f"JupyterLab, for you alone: open {write_redirect(config.directory / LAB, jupyter.address('lab'))}")
        if (code := first_code(config.directory)) is not None:
            say(f"No administrator is set: whoever opens the screen acts as operator. Set-up code: {code}")
        if not is_loopback(self.jupyter_host):
            say(f"From other machines: the screen's address with {socket.gethostname()} in place of 127.0.0.1")
        say("Ctrl-C stops.")
        print(f"Operator screen: {screen}", flush=True)
        if self.browser:
            threading.Thread(target=open_browser, args=(screen, config.directory), daemon=True).start()


def keep_up(jupyter: JupyterServer, hub: Supervisor, stop: threading.Event) -> None:
    """Start the Jupyter server again whenever it dies, later each time in a row; return when it is time to end."""
    pause = 0.0
    while not stop.wait(LOOK_SECONDS) and not hub.ended.is_set():
        if jupyter.running():
            pause = max(0.0, pause - LOOK_SECONDS / 10)
            continue
        say(f"The Jupyter server ended ({jupyter.last_words()}) and is started again.")
        stop.wait(pause)
        pause = min(LONGEST_PAUSE, pause + 1)
        jupyter.start()


def open_browser(address: str, directory: Path) -> None:
    """Open the address by way of a file that only this user can read: a browser's command line is seen by everybody."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    webbrowser.open(write_redirect(directory / REDIRECT, address).as_uri())


def write_redirect(page: Path, address: str) -> Path:
    """Write a page that only this user can read and that leads to an address; return its path."""
    page.unlink(missing_ok=True)
    with os.fdopen(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={address}">\n')
    return page
