"""A writer that is killed at any moment loses nothing that it reported as kept."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from restrike_lab.store import Reader, Writer, database_path, integrity

WRITER = """
import sys
from pathlib import Path
from restrike_lab.store import Writer
from tests.store.events import events
writer = Writer.open(Path(sys.argv[1]))
writer.begin_epoch("process", 1, 1)
print("ready", flush=True)
while True:
    for size in (1, 3, 40, 700, 2):
        seq = writer.next_seq()
        writer.append(events(seq, size), {})
        print(seq + size - 1, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is how the other systems end a process at once")
def test_nothing_that_was_reported_is_missing_after_a_kill(tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        reported = [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        process.wait(10)
        process.stdout.close()
        reader = Reader.open(tmp_path)
        last = reader.last_seq()
        assert last >= max(reported, default=0)
        assert reader.query("SELECT count(*) FROM pss_events").rows == [(last,)]
        reader.close()
        assert integrity(database_path(tmp_path)) == []
    writer = Writer.open(tmp_path)
    assert writer.set_aside == []
    assert writer.next_seq() == last + 1
    writer.close()
