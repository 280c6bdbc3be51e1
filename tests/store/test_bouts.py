"""Matches, athletes, rounds and links as they stand in the tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from restrike_lab.store import Reader, StoreError, Writer
from tests.bout.court import LOAD
from tests.store.events import Feed, event

BOUT = (
    *LOAD,
    "clk;02:00;start",
    "hl1;57",
    "hl1;80",
    "sc1;3;sc2;0",
    "s11;3;s21;0;s12;0;s22;0;s13;0;s23;0",
    "pt1;3",
    "sup;1",
    "sc1;3;sc2;1",
    "s11;3;s21;1;s12;0;s22;0;s13;0;s23;0",
    "wg1;1;wg2;0",
    "clk;0:00;stopEnd",
    "wrd;rd1;1;rd2;0;rd3;0",
    "sup;0",
    "rnd;2",
    "clk;02:00;start",
    "pt2;1",
    "s11;3;s21;1;s12;0;s22;1;s13;0;s23;0",
    "clk;0:00;stopEnd",
    "wrd;rd1;1;rd2;2;rd3;0",
    "win;TIE",
    "wmh;;1-1 WDR",
)


def timed(*texts: str, step_ms: int = 20) -> list[tuple[int, bytes]]:
    return [(1000 + place * step_ms, text.encode()) for place, text in enumerate(texts)]


@pytest.fixture(name="writer")
def _writer(tmp_path: Path) -> Writer:
    writer = Writer.open(tmp_path)
    writer.begin_epoch("process", 1, 1)
    writer.begin_session("1", 6000, "2.3-live", 1)
    return writer


def rows(data_dir: Path, sql: str) -> list[tuple[object, ...]]:
    reader = Reader.open(data_dir)
    try:
        return reader.query(sql).rows
    finally:
        reader.close()


def everything(data_dir: Path) -> list[list[tuple[object, ...]]]:
    tables = ("pss_matches", "pss_athletes", "pss_rounds", "pss_hit_links", "point_hits")
    return [rows(data_dir, f"SELECT * FROM {table}") for table in tables]


def test_a_bout_leaves_its_rows(writer: Writer, tmp_path: Path) -> None:
    writer.append(*Feed().group(timed(*BOUT)))
    assert rows(
        tmp_path,
        "SELECT match_id, court, epoch, session_id, number, fought, stage, winner, decision, rounds_blue, rounds_red"
        " FROM pss_matches",
    ) == [(1, "1", 1, 1, "101", 1, "decided", "TIE", "WDR", 1, 1)]
    assert rows(tmp_path, "SELECT athlete, long_name, country FROM pss_athletes") == [
        (1, "Blue One", "CRO"),
        (2, "Red One", "GER"),
    ]
    assert rows(
        tmp_path,
        "SELECT round, blue_points, red_points, blue_gam_jeoms, red_gam_jeoms, superiority, winner FROM pss_rounds",
    ) == [(1, 3, 1, 1, 0, 1, 1), (2, 0, 1, 0, 0, 0, 2)]


def test_a_point_has_all_its_hits_their_maximum_and_mean(writer: Writer, tmp_path: Path) -> None:
    writer.append(*Feed().group(timed(*BOUT)))
    assert rows(tmp_path, "SELECT athlete, points, hits, max_level, mean_level, levels FROM point_hits") == [
        (1, 3, 2, 80, 68.5, "[57,80]"),
        (2, 1, 0, None, None, "[]"),
    ]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_the_rows_are_the_same_however_the_events_are_grouped(tmp_path: Path, size: int) -> None:
    messages = timed(*BOUT, *LOAD, *BOUT, "pre;FightLoaded", "at1;B;B;ITA;at2;R;R;ESP", *LOAD)
    for name, step in (("whole", len(messages)), ("grouped", size)):
        writer = Writer.open(tmp_path / name)
        writer.begin_epoch("process", 1, 1)
        writer.begin_session("1", 6000, "2.3-live", 1)
        feed = Feed()
        for first in range(0, len(messages), step):
            writer.append(*feed.group(messages[first : first + step]))
        writer.close()
    assert everything(tmp_path / "grouped") == everything(tmp_path / "whole")
    assert len(rows(tmp_path / "whole", "SELECT 1 FROM pss_matches")) == 5


def test_a_group_that_is_tried_again_leaves_the_same_rows(writer: Writer, tmp_path: Path) -> None:
    feed = Feed()
    writer.append(*feed.group(timed(*BOUT[:20])))
    events, courts, facts = feed.group([(2000 + at, raw) for at, raw in timed(*BOUT[20:])])
    with pytest.raises(StoreError):
        writer.append([*events, event(1)], courts, facts)
    writer.append(events, courts, facts)
    assert rows(tmp_path, "SELECT stage, winner FROM pss_matches") == [("decided", "TIE")]
    assert len(rows(tmp_path, "SELECT 1 FROM pss_rounds")) == 2


def test_facts_told_twice_leave_one_row(writer: Writer, tmp_path: Path) -> None:
    """A hub that died reduces its last load again: what it then finds is already there."""
    messages = timed(*BOUT)
    writer.append(*Feed().group(messages))
    before = everything(tmp_path)
    _, courts, facts = Feed().group(messages)
    writer.close()
    writer = Writer.open(tmp_path)
    writer.append([], courts, facts)
    assert everything(tmp_path) == before


def test_the_live_capture_leaves_what_a_person_counts(
    writer: Writer, tmp_path: Path, live_messages: list[tuple[int, bytes]]
) -> None:
    feed = Feed()
    for first in range(0, len(live_messages), 100):
        writer.append(*feed.group(live_messages[first : first + 100]))
    counted = Counter(payload.split(b";")[0] for _, payload in live_messages)
    assert rows(tmp_path, "SELECT count(*), sum(fought) FROM pss_matches") == [(counted[b"pre"], 5)]
    assert rows(tmp_path, "SELECT count(*) FROM pss_rounds") == [(9,)]
    assert rows(tmp_path, "SELECT count(*), sum(hits) FROM point_hits") == [
        (counted[b"pt1"] + counted[b"pt2"], counted[b"hl1"] + counted[b"hl2"])
    ]
    assert rows(tmp_path, "SELECT count(*) FROM pss_events WHERE recognition_status = 'unknown'") == [(0,)]
    assert rows(tmp_path, "SELECT winner, decision FROM pss_matches WHERE winner IS NOT NULL ORDER BY match_id") == [
        ("BLUE", "RSC"),
        ("TIE", "WDR"),
        ("BLUE", "PTF"),
        ("RED", "PTF"),
    ]
    reader = Reader.open(tmp_path)
    assert [row[12] for row in reader.events(limit=10_000)] == [payload for _, payload in live_messages]


def test_the_last_load_of_a_court_can_be_reduced_again(writer: Writer, tmp_path: Path) -> None:
    feed = Feed()
    writer.append(*feed.group(timed(*LOAD, *BOUT[:25])))
    again = Feed()
    reader = Reader.open(tmp_path)
    stored = reader.last_load("1")
    again.seq = stored[0][0]
    again.group([(row[8] // 1_000_000, row[12]) for row in stored])
    assert again.state == feed.state
    assert reader.last_load("2") == []
