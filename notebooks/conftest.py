"""Let the notebooks run as tests (``pytest --nbval-lax notebooks``) beside whatever else this machine does.

A notebook that attaches to a hub finds one here: its own process, its own ports and a data directory that is removed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

STOP_SECONDS = 30

HUB = pytest.StashKey[tuple["subprocess.Popen[str]", "tempfile.TemporaryDirectory[str]"]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the hub before the first kernel, which inherits where it is."""
    folder = tempfile.TemporaryDirectory(prefix="restrike-lab-notebooks-", ignore_cleanup_errors=True)
    where = ["--data-dir", folder.name, "--port", "0", "--bind", "127.0.0.1", "--stop-with-stdin"]
    pipe = subprocess.PIPE
    hub = subprocess.Popen([sys.executable, "-m", "restrike_lab.hub", *where], stdin=pipe, stdout=pipe, text=True)
    session.config.stash[HUB] = hub, folder
    assert hub.stdout is not None
    line = hub.stdout.readline()
    if not line.startswith("ready"):
        pytest.exit("the hub for the notebooks did not start", returncode=1)
    os.environ["RESTRIKE_LAB_DATA_DIR"] = folder.name


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the hub and remove its data."""
    if (started := session.config.stash.get(HUB, None)) is not None:
        hub, folder = started
        assert hub.stdin is not None
        hub.stdin.close()
        hub.wait(STOP_SECONDS)
        folder.cleanup()
