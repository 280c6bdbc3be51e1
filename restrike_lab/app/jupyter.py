"""The Jupyter server seen from ``up``: start it, learn when it answers, stop it cleanly; and the notebooks it shows."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from restrike_lab.client.feed import trust
from restrike_lab.pss.errors import RestrikeError

__all__ = ["JupyterError", "JupyterServer", "free_port", "notebooks_directory"]

HOST = "127.0.0.1"
LARGEST_LOG = 5_000_000
STOP_SECONDS = 10.0


class JupyterError(RestrikeError):
    """Report a Jupyter server that could not be brought up."""

    category = "jupyter"
    retryable = True


class JupyterServer:
    """One Jupyter server on one port with the same tokens, however often its process is started anew.

    ``token`` is the owner's and opens everything; ``screen_token`` opens the operator's page and nothing else.
    """

    def __init__(
        self,
        port: int,
        notebooks: Path,
        log: Path,
        environment: Mapping[str, str],
        *,
        host: str = HOST,
        certificate: str = "",
        private_key: str = "",
        screen_token: str = "",
    ) -> None:
        self.port = port
        self.host = host
        self.certificate = certificate
        self.private_key = private_key
        self.token = secrets.token_urlsafe(24)
        self.screen_token = screen_token or secrets.token_urlsafe(24)
        self.notebooks = notebooks
        self.log = log
        self.environment = {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def address(self, path: str) -> str:
        """Return the address of a page with the owner's token."""
        return f"{self.base}/{path}?token={self.token}"

    def screen_address(self, path: str) -> str:
        """Return the address of a page with the token that opens the screen and nothing else."""
        return f"{self.base}/{path}?token={self.screen_token}"

    @property
    def base(self) -> str:
        """The beginning of every address, as it is reached from this machine."""
        host = HOST if self.host in ("", "0.0.0.0", "::") else self.host
        return f"{'https' if self.certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> None:
        """Start the process; it ends by itself when this one does, because it watches the pipe given here."""
        settings = {"port": self.port, "token": self.token, "notebooks": str(self.notebooks)}
        settings |= {"host": self.host, "screen_token": self.screen_token}
        settings |= {"certificate": self.certificate, "private_key": self.private_key}
        own_group: dict[str, int | bool] = {"start_new_session": True}
        if os.name == "nt":
            own_group = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        with self.open_log() as log:
            self.process = subprocess.Popen(  # type: ignore[call-overload]
                [sys.executable, "-m", "restrike_lab.app.jupyter_process"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self.environment,
                **own_group,  # Ctrl-C is the parent's to handle
            )
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(settings).encode() + b"\n")
        self.process.stdin.flush()

    def open_log(self) -> IO[bytes]:
        """Open the log for appending, afresh when it has grown large."""
        large = self.log.exists() and self.log.stat().st_size > LARGEST_LOG
        return self.log.open("wb" if large else "ab")

    def running(self) -> bool:
        """Tell whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Tell whether the server answers a request that carries its token."""
        connection = self.connection()
        try:
            connection.request("GET", "/api/status", headers={"Authorization": f"token {self.token}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection to the server as it is reached from this machine."""
        host = str(urlsplit(self.base).hostname)
        if not self.certificate:
            return http.client.HTTPConnection(host, self.port, timeout=2)
        return http.client.HTTPSConnection(host, self.port, timeout=2, context=trust(self.certificate))

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait until the server answers; raise JupyterError when its process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if not self.running() or time.monotonic() > deadline:
                raise JupyterError(f"the Jupyter server did not come up: {self.last_words()}", hint=f"read {self.log}")
            time.sleep(0.05)

    def last_words(self) -> str:
        """Return the last line of the log that says something."""
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        """End the process cleanly, kernels included; by force only when it does not listen."""
        if self.process is None or self.process.stdin is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port(wanted: int, tries: int = 50) -> int:
    """Return the first free TCP port of this machine from the wanted one on."""
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise JupyterError(
        f"none of the TCP ports {wanted} to {wanted + tries - 1} is free", hint="choose another with --jupyter-port"
    )


def notebooks_directory(data_dir: Path) -> Path:
    """Return the folder that Jupyter shows.

    In a checkout it is the project's own ``notebooks``. An installed package has them among Jupyter's shared files;
    they are copied to ``notebooks`` in the data directory, where work on them belongs, and renewed there as long as
    nobody changed them.
    """
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "notebooks").is_dir():
        return checkout / "notebooks"
    from jupyter_core.paths import jupyter_path

    places = [Path(path) for path in jupyter_path("restrike_lab", "notebooks")]
    shipped = next((place for place in places if place.is_dir()), None)
    if shipped is None:
        raise JupyterError("the notebooks of the package are missing", hint="install restrike-lab again")
    return copy_notebooks(shipped, data_dir / "notebooks")


def copy_notebooks(source: Path, target: Path) -> Path:
    """Copy the shipped notebooks where they are absent or still as they were shipped; return the target folder."""
    target.mkdir(parents=True, exist_ok=True)
    record = target / ".shipped.json"
    shipped: dict[str, str] = json.loads(record.read_text("utf-8")) if record.exists() else {}
    for original in sorted(source.glob("*.ipynb")):
        copy = target / original.name
        if not copy.exists() or sha256(copy.read_bytes()).hexdigest() == shipped.get(original.name):
            shutil.copyfile(original, copy)
            shipped[original.name] = sha256(original.read_bytes()).hexdigest()
    record.write_text(json.dumps(shipped, indent=1), "utf-8")
    return target
