"""Memory that is short: fewer messages may wait, and all may again when there is room."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from restrike_lab.hub.watch.room import RESERVE_MB, allowed_bytes, room_mb

WANTED = 512 << 20


@pytest.mark.parametrize(
    ("room", "waiting", "allowed", "now"),
    [
        (10_000.0, 0, WANTED, WANTED),
        (RESERVE_MB - 1, 30_000_000, WANTED, 30_000_000),
        (RESERVE_MB - 1, 0, WANTED, 1),
        (RESERVE_MB - 1, 40_000_000, 30_000_000, 30_000_000),
        (RESERVE_MB * 1.5, 10_000_000, 30_000_000, 30_000_000),
        (RESERVE_MB * 3, 10_000_000, 30_000_000, WANTED),
    ],
)
def test_what_may_wait_follows_the_room(room: float, waiting: int, allowed: int, now: int) -> None:
    assert allowed_bytes(room, waiting, allowed, WANTED) == now


def test_the_least_room_counts(tmp_path: Path) -> None:
    process = psutil.Process()
    assert room_mb(process, tmp_path) > 0
    (tmp_path / "memory.max").write_text("200000000\n")
    (tmp_path / "memory.current").write_text("150000000\n")
    assert room_mb(process, tmp_path) == pytest.approx(50.0)
    (tmp_path / "memory.max").write_text("max\n")
    assert room_mb(process, tmp_path) > 50.0
