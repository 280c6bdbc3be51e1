"""The main job on real input, through the commands that people use: ``serve``, ``replay`` and a WebSocket client.

The capture of a real console is played over real UDP at fifty times its speed into a hub of its own process. The
expected numbers are counted in the file by ``tests.bout.test_live_capture.Counted``, line by line, without the parser.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from restrike_lab.hub.ownership import read_address
from restrike_lab.store.reader import Reader
from tests.app.running import Running, clean_environment, free_udp_port, wait_until
from tests.bout.test_live_capture import Counted
from tests.conftest import live_capture, live_messages

pytestmark = pytest.mark.timeout(300)

SPEED, LONGEST_PAUSE = "50", "5"


@pytest.fixture(scope="module")
def sent() -> list[bytes]:
    return [payload for _, payload in live_messages()]


@pytest.fixture(scope="module")
def counted(sent: list[bytes]) -> Counted:
    return Counted([payload.decode() for payload in sent])


class Told:
    """A client that drops its connection every 200 events and comes back with ``since``."""

    def __init__(self, data_dir: Path, until: int) -> None:
        self.seqs: list[int] = []
        self.scores: dict[int, list[int]] = {}
        self.connections = 0
        address = read_address(data_dir)
        assert address is not None
        self.url, self.until = f"{address.url}/?token={address.token}", until
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        while not self.seqs or self.seqs[-1] < self.until:
            self.connections += 1
            since = self.seqs[-1] if self.seqs else 0
            with connect(f"{self.url}&since={since}", proxy=None, compression=None, max_queue=None) as connection:
                for frame in connection:
                    message = json.loads(frame)
                    if message["type"] == "pss_event":
                        self.seqs.append(message["seq"])
                        if len(self.seqs) % 200 == 0 or message["seq"] >= self.until:
                            break


@pytest.fixture(scope="module")
def record(sent: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Told]]:
    folder = tmp_path_factory.mktemp("live")
    port = free_udp_port()
    with Running(
        "serve", "--data-dir", "data", "--port", str(port), "--bind", "127.0.0.1", "--ws-port", "0", cwd=folder
    ) as serving:
        serving.line("Listening")
        told = Told(folder / "data", len(sent))
        replay = [sys.executable, "-m", "restrike_lab.app", "replay", str(live_capture()), "--speed", SPEED]
        done = subprocess.run(
            [*replay, "--longest-pause", LONGEST_PAUSE, "--to", f"127.0.0.1:{port}"],
            cwd=folder,
            env=clean_environment(folder),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, f"sent {len(sent)} datagrams" in done.stderr) == (0, True), done.stderr
        told.thread.join(60)
        assert not told.thread.is_alive()
        reader = Reader.open(folder / "data")
        wait_until(lambda: reader.query("SELECT seq FROM accounting").rows[0][0] == len(sent))
        yield reader, told
        reader.close()


def rows(record: tuple[Reader, Told], sql: str) -> list[tuple[object, ...]]:
    return record[0].query(sql).rows


def test_every_datagram_is_stored_byte_for_byte_and_in_order(record: tuple[Reader, Told], sent: list[bytes]) -> None:
    assert [raw for (raw,) in rows(record, "SELECT raw FROM pss_events ORDER BY seq")] == sent


def test_nothing_is_unknown(record: tuple[Reader, Told]) -> None:
    assert rows(record, "SELECT DISTINCT recognition_status FROM pss_events") == [("recognized",)]
    assert rows(record, "SELECT count(*) FROM pss_unknown_events") == [(0,)]


def test_loads_bouts_and_rounds_are_those_of_the_file(record: tuple[Reader, Told], counted: Counted) -> None:
    assert rows(record, "SELECT count(*), sum(fought) FROM pss_matches") == [(counted.loads, len(counted.fought))]
    rounds = rows(record, "SELECT count(*) FROM pss_rounds WHERE started_ns IS NOT NULL")
    assert rounds == [(sum(map(len, counted.fought.values())),)]


def test_points_hits_and_links_are_those_of_the_file(record: tuple[Reader, Told], counted: Counted) -> None:
    points = rows(record, "SELECT athlete, value FROM pss_events WHERE stream = 'pt' ORDER BY seq")
    assert points == [(athlete, value) for _, athlete, value in counted.points]
    hits = counted.codes["hl1"] + counted.codes["hl2"]
    assert rows(record, "SELECT count(*) FROM pss_events WHERE stream = 'hl'") == [(hits,)]
    assert rows(record, "SELECT count(*), count(DISTINCT point_seq) FROM pss_hit_links") == [(hits, hits)]


def test_gam_jeoms_and_winners_are_those_of_the_file(record: tuple[Reader, Told], counted: Counted) -> None:
    found = rows(
        record,
        """SELECT r.round, r.blue_gam_jeoms, r.red_gam_jeoms FROM pss_rounds r
           WHERE r.blue_gam_jeoms > 0 OR r.red_gam_jeoms > 0 ORDER BY r.match_id, r.round""",
    )
    assert found == [(number, *pair) for (_, number), pair in counted.gam_jeoms.items()]
    decided = rows(
        record,
        """SELECT winner, rounds_blue || '-' || rounds_red || ' ' || decision FROM pss_matches
           WHERE winner IS NOT NULL ORDER BY match_id""",
    )
    assert decided == list(zip(counted.winners, counted.results, strict=True))


def test_nothing_is_told_twice_or_left_out_to_a_client_that_reconnects(
    record: tuple[Reader, Told], sent: list[bytes]
) -> None:
    told = record[1]
    assert told.seqs == list(range(1, len(sent) + 1))
    assert told.connections > 5


def test_no_loss_is_found_where_nothing_was_lost(record: tuple[Reader, Told]) -> None:
    assert rows(record, "SELECT text FROM pss_findings WHERE status != 'withdrawn'") == []
