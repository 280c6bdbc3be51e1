"""What every room's tests share: the real console capture, where it is present.

`live_capture()` and `live_messages()` can be called as plain functions (`from tests.conftest import live_capture`) or
requested as fixtures of the same names. Both skip the test, and say why, when the capture is not on this machine.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

__all__ = ["live_capture", "live_messages"]

REPOSITORY = Path(__file__).resolve().parent.parent


def live_capture() -> Path:
    """Return the path of the real console capture, or skip the test when the file is absent."""
    path = Path(os.environ.get("RESTRIKE_CAPTURE") or REPOSITORY.parent / "shared/data/console-2025-07.tsv")
    if not path.is_file():
        pytest.skip(f"the real console capture is not on this machine ({path}); set RESTRIKE_CAPTURE to its path")
    return path


def live_messages() -> list[tuple[int, bytes]]:
    """Return the capture's datagrams as (milliseconds since the first, payload), in file order."""
    messages: list[tuple[int, bytes]] = []
    start: datetime | None = None
    for line in live_capture().read_bytes().splitlines():
        if not line or line.startswith(b"#"):
            continue
        stamp, payload = line.split(b"\t")[:2]
        at = datetime.fromisoformat(stamp.decode("ascii"))
        start = start or at
        messages.append((round((at - start).total_seconds() * 1000), payload))
    return messages


@pytest.fixture(name="live_capture")
def _live_capture() -> Path:
    return live_capture()


@pytest.fixture(name="live_messages")
def _live_messages() -> list[tuple[int, bytes]]:
    return live_messages()
