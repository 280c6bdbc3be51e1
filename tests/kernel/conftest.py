"""Real kernels: started by Jupyter's own client, ended with the test."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

START_LIMIT_S = 60


class CellError(Exception):
    """A cell ended with an error; ``text`` is what the notebook shows."""


class Kernel:
    """Run cells and return what they show."""

    def __init__(self, directory: Path, **settings: object) -> None:
        # Not the user's own profile: it may hold settings, and its history would be written to.
        names = {"IPYTHONDIR": str(directory / "ipython")}
        names |= {f"RESTRIKE_LAB_{name.upper()}": str(value) for name, value in settings.items()}
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(directory), env={**os.environ, **names})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=START_LIMIT_S)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.process.pid)

    def run(self, code: str, timeout: float = 60) -> str:
        """Run a cell to its end; return its printed and displayed text, or raise :class:`CellError`."""
        shown: list[str] = []

        def hook(message: dict[str, Any]) -> None:
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    shown.append(content["text"])
                case "execute_result" | "display_data":
                    shown.append(content["data"]["text/plain"])

        reply = self.client.execute_interactive(code, timeout=timeout, output_hook=hook)["content"]
        if reply["status"] != "ok":
            raise CellError(f"{reply.get('ename')}: {reply.get('evalue')}")
        return "".join(shown)

    def begin(self, code: str) -> Callable[[], None]:
        """Start a cell; the returned function waits for its end."""
        request = self.client.execute(code)

        def wait() -> None:
            reply = self.client.get_shell_msg(timeout=60)
            assert reply["parent_header"]["msg_id"] == request
            assert reply["content"]["status"] == "ok", reply["content"]

        return wait

    def value(self, expression: str) -> Any:
        """Return the value of an expression that is written as a literal."""
        return ast.literal_eval(self.run(f"print(repr({expression}))"))

    def complete(self, code: str, at: int | None = None) -> list[str]:
        reply = self.client.complete(code, len(code) if at is None else at, reply=True, timeout=60)["content"]
        return list(reply["matches"])

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def start_kernel(tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    """Return a function that starts a kernel in the test's directory, with settings for its lab."""
    running: list[Kernel] = []

    def start(**settings: object) -> Kernel:
        kernel = Kernel(
            tmp_path, **{"data_dir": tmp_path / "data", "ws_port": 0, "bind": "127.0.0.1", "port": 0, **settings}
        )
        running.append(kernel)
        return kernel

    yield start
    for kernel in running:
        kernel.end()
