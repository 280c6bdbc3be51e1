"""Reports drawn again from stored events say what the hub found live."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from restrike_lab.client.audits import Audits
from restrike_lab.simulate.send import send_udp
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.store.accounting import finding_row
from restrike_lab.store.reader import Reader
from tests.client.records import Made
from tests.hub.helpers import port_of, running_hub, settled, wait_until

SPEED = 400


def lossy(bouts: int) -> list[Timed]:
    draw = random.Random(3)
    stream = Tournament(TournamentOptions(seed=3, bouts=bouts)).stream()
    return [each for each in stream if draw.random() >= 0.05]


@contextlib.contextmanager
def read(data_dir: Path) -> Iterator[Reader]:
    reader = Reader.open(data_dir)
    try:
        yield reader
    finally:
        reader.close()


def found_live(data_dir: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    with read(data_dir) as reader:
        return {(row[1], row[0]): row for row in reader.query("SELECT * FROM pss_findings").rows}


def drawn_again(data_dir: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    with read(data_dir) as reader:
        audits = Audits(reader)
        audits.advance()
        matches = [row[0] for row in reader.query("SELECT match_id FROM pss_matches").rows]
        reports = [audits.report(match_id) for match_id in matches]
        assert None not in reports
        loose = [each for each in audits.running().values() if each.match_id is None]
        found = [one for each in (*reports, *loose) if each is not None for one in each.findings]
    return {("1", one.id): finding_row("1", one) for one in found}


def test_reports_drawn_again_hold_exactly_what_the_hub_found_also_after_a_restart(tmp_path: Path) -> None:
    messages = lossy(2)
    half = len(messages) // 2
    with running_hub(tmp_path) as hub:
        send_udp(messages[:half], {"1": ("127.0.0.1", port_of(hub))}, speed=SPEED)
        settled(hub, half)
        wait_until(lambda: found_live(tmp_path) == drawn_again(tmp_path))
    assert len(found_live(tmp_path)) > 20
    with running_hub(tmp_path) as hub:
        wait_until(lambda: any(row[5] == "gap" for row in found_live(tmp_path).values()))
        send_udp(messages[half:], {"1": ("127.0.0.1", port_of(hub))}, speed=SPEED)
        settled(hub, len(messages))
        wait_until(lambda: found_live(tmp_path) == drawn_again(tmp_path))
    assert len(found_live(tmp_path)) > 40


def test_what_is_new_is_taken_in_by_and_by(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(
        [b"pre;FightLoaded", b"mch;1;Final;M -68kg;;;;;;;Seniors;3;120;cntDown;20;5", b"rdy;FightReady"], match_id=1
    )
    with read(tmp_path) as reader:
        audits = Audits(reader)
        assert audits.advance() == 3
        assert audits.report(1) is not None
        assert audits.report(4) is None
        made.add([b"pre;FightLoaded"], match_id=4)
        assert audits.advance() == 4
        assert audits.report(4) is not None
        first = audits.report(1)
        assert first is not None
        assert [one.kind for one in first.findings] == ["load"]


def test_the_report_of_one_match_alone_is_the_same(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([each.payload for each in lossy(1)])
    with read(tmp_path) as reader:
        audits, alone = Audits(reader), Audits(reader, wanted=2)
        audits.advance()
        alone.advance()
        assert alone.report(2) == audits.report(2) is not None


def test_another_database_in_the_same_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"pre;FightLoaded"], match_id=1)
    with read(tmp_path) as reader:
        audits = Audits(reader)
        audits.advance()
        made.db.execute("DELETE FROM pss_events WHERE seq = 1")
        assert audits.advance() == 2
        assert audits.report(1) is None
        assert audits.report(2) is not None


@pytest.mark.parametrize("again_ns", [5, 10**18])
def test_time_goes_on_across_a_restart_of_the_machine(tmp_path: Path, again_ns: int) -> None:
    """The monotonic clock begins anew, or stands anywhere; the wall clock tells that three seconds passed."""
    made = Made(tmp_path / "restrike.sqlite")
    start = [b"pre;FightLoaded", b"clk;02:00", b"rdy;FightReady", b"clk;02:00;start", b"clk;01:59"]
    made.add([*start, b"clk;01:56", b"clk;01:55"], match_id=1)
    last = len(start)
    with contextlib.closing(apsw.Connection(str(made.path))) as db:
        db.execute("UPDATE pss_events SET mono_ns = mono_ns + 1000000000000000")
        db.execute("UPDATE pss_events SET arrival_ns = arrival_ns + 3000000000 WHERE seq > ?", (last,))
        db.execute("UPDATE pss_events SET mono_ns = ? + seq * 1000000, epoch = 2 WHERE seq > ?", (again_ns, last))
    with read(tmp_path) as reader:
        audits = Audits(reader)
        assert audits.advance() == last + 2
        report = audits.report(1)
    assert report is not None
    assert report.counts.get("tick") == 2
