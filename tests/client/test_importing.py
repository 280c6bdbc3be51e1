"""Files taken into the record: everything once, in its own name, and every line that says nothing is reported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.fill import Record
from restrike_lab.client.importing import GROUP, Found, Importer, ImportRefused, find, lines_of
from restrike_lab.client.match_log import Problem, header_of, messages_of
from restrike_lab.client.query import Query
from restrike_lab.simulate.capture import read_capture
from restrike_lab.store.errors import StoreError
from restrike_lab.store.writer import Writer

from .logs import HEADER, ROW, items, write_log

SAMPLES = Path(__file__).resolve().parents[2] / "data"
CAPTURE = SAMPLES / "tournament-small.tsv.gz"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer.open(tmp_path / "lab")
    yield writer
    writer.close()


def importer(writer: Writer) -> Importer:
    clock = itertools.count(1_760_000_000_000_000_000)
    return Importer(writer, lambda: next(clock))


def asked(tmp_path: Path, sql: str) -> list[tuple]:
    record = Record(tmp_path / "lab" / "restrike.sqlite")
    try:
        return list(record.rows(sql))
    finally:
        record.close()


def test_a_capture_is_stored_byte_for_byte_with_its_own_times(writer: Writer, tmp_path: Path) -> None:
    report = importer(writer).take(find([CAPTURE])[0])
    capture = read_capture(CAPTURE)
    assert report.messages == len(capture.messages)
    rows = asked(tmp_path, "SELECT raw, part, arrival_ns, court, epoch, session_id FROM pss_events ORDER BY seq")
    whole: list[bytes] = []
    for raw, part, *_ in rows:
        whole.append(raw) if part == 0 else whole.append(whole.pop() + raw)
    assert whole == [payload for _at, payload, _court in capture.messages]
    assert capture.started is not None
    assert rows[0][2] == round(capture.started.timestamp() * 1000) * 1_000_000 + capture.messages[0].at_ms * 1_000_000
    assert {row[3] for row in rows} == {f"import:{CAPTURE.name}"}
    assert {(row[4], row[5]) for row in rows} == {(0, 1)}


def test_a_file_comes_in_once_whatever_its_name(writer: Writer, tmp_path: Path) -> None:
    take = importer(writer).take
    assert take(find([CAPTURE])[0]).state == "imported"
    before = asked(tmp_path, "SELECT count(*) FROM pss_events")
    copy = tmp_path / "other.tsv.gz"
    copy.write_bytes(CAPTURE.read_bytes())
    assert take(find([copy])[0]).state == "known"
    assert asked(tmp_path, "SELECT count(*) FROM pss_events") == before


class Interrupted(Exception):
    pass


TABLES = (
    "SELECT seq, court, match_id, round, clock_ms, arrival_ns, raw, fields FROM pss_events ORDER BY seq",
    "SELECT * FROM pss_hit_links ORDER BY hit_seq",
    "SELECT * FROM pss_matches ORDER BY match_id",
    "SELECT * FROM pss_rounds ORDER BY match_id, round",
    "SELECT * FROM pss_athletes ORDER BY match_id, athlete",
    "SELECT content_hash, first_seq, last_seq, events, unmapped FROM imports",
)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_an_import_that_was_interrupted_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr("restrike_lab.client.importing.GROUP", 400)
    found = find([CAPTURE])[0]
    for name, stops in (("whole", 0), ("cut", after)):
        writer = Writer.open(tmp_path / name / "lab")
        groups = 0

        def count(_found: Found, _messages: int, stops: int = stops) -> None:
            nonlocal groups
            groups += 1
            if groups == stops:
                raise Interrupted

        first = importer(writer)
        first.progress = count
        if stops:
            with pytest.raises(Interrupted):
                first.take(found)
            assert importer(writer).take(found).state == "resumed"
        else:
            first.take(found)
        writer.close()
    assert GROUP > 400
    for sql in TABLES:
        assert asked(tmp_path / "cut", sql) == asked(tmp_path / "whole", sql)


def test_a_match_log_becomes_a_bout_of_its_court(writer: Writer, tmp_path: Path) -> None:
    path = write_log(tmp_path / "Court03" / "20250720")
    report = importer(writer).take(find([tmp_path / "Court03"])[0])
    assert [(each.line, each.reason.split(":")[0]) for each in report.problems] == [
        (7, "no message of the protocol says BLUE_JUDGE_PUNCH_1"),
        (14, "a hit without a level"),
        (17, "no message of the protocol says FLYING_SAUCER"),
    ]
    matches = asked(
        tmp_path,
        "SELECT court, number, weight_class, division, winner, decision, rounds_blue, rounds_red FROM pss_matches",
    )
    assert matches == [("import:Court03", "245.A", "M -68kg", "Seniors", "BLUE", "PTF", 2, 1)]
    assert asked(tmp_path, "SELECT long_name, country FROM pss_athletes ORDER BY athlete") == [
        ("Ćurić, Ana", "CRO"),
        ("=cmd", "MRN"),
    ]
    events = asked(
        tmp_path,
        "SELECT stream, athlete, value, round, clock_ms FROM pss_events WHERE stream IN ('hl', 'pt') ORDER BY seq",
    )
    assert events == [
        ("hl", 1, 43, 1, 117_400),
        ("pt", 1, 2, 1, 117_350),
        ("hl", 2, 7, 1, 110_000),
        ("pt", 2, 5, 2, 119_000),
        ("pt", 2, 1, 2, 117_000),
    ]
    assert asked(tmp_path, "SELECT hit_seq < point_seq, level, delay_ms FROM pss_hit_links") == [(1, 43, 1000)]
    assert asked(tmp_path, "SELECT blue_points, red_points, blue_gam_jeoms FROM pss_rounds ORDER BY round") == [
        (2, 1, 1),
        (3, 6, 0),
    ]
    assert path.exists()
    unmapped = asked(tmp_path, "SELECT file, line FROM import_problems ORDER BY line")
    assert [line for _file, line in unmapped] == [7, 14, 17]
    assert unmapped[0][0].endswith("-matchLogItems.csv")


def test_every_message_of_a_match_log_is_one_the_protocol_knows(writer: Writer, tmp_path: Path) -> None:
    importer(writer).take(find([write_log(tmp_path)])[0])
    assert asked(tmp_path, "SELECT DISTINCT recognition_status FROM pss_events") == [("recognized",)]


def test_the_winners_of_the_rounds_survive_their_unquoted_cell() -> None:
    problems: list[Problem] = []
    header = header_of(b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(), "log", problems.append)
    assert header["roundsWinners"] == '{"1":"BLUE","2":"RED","3":"BLUE"}'
    assert (header["matchNumber"], header["matchResult"], header["redAthleteFlagName"]) == ("245.A", "2-1", "MRN")
    assert problems == []


def test_a_log_without_its_other_half_is_taken_as_far_as_it_goes(writer: Writer, tmp_path: Path) -> None:
    path = write_log(tmp_path / "a")
    path.unlink()
    report = importer(writer).take(find([tmp_path / "a"])[0])
    assert "there is no" in report.problems[0].reason
    assert report.events > 20
    assert asked(tmp_path, "SELECT count(*) FROM pss_matches") == [(1,)]


def test_rehearsals_are_passed_over_unless_wanted(writer: Writer, tmp_path: Path) -> None:
    found = find([write_log(tmp_path, "20250720191628-1-test")])[0]
    assert importer(writer).take(found).state == "rehearsal"
    assert importer(writer).take(found, rehearsals=True).state == "imported"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\n1\n", items().encode()[:333], b"matchLogItemType\n\n;;\n"]
)
def test_broken_items_are_reported_and_never_raise(content: bytes) -> None:
    problems: list[Problem] = []
    assert list(messages_of(content, {}, "items", problems.append)) is not None


def test_lines_of_a_capture_that_are_none_are_reported(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / "bench.tsv"
    path.write_bytes(b"2025-07-20 19:16:28.952\tpre;FightLoaded\nnonsense\n2025-07-20 19:16:29.1\thl1;40\n")
    report = importer(writer).take(find([path])[0])
    assert [(each.file, each.line) for each in report.problems] == [("bench.tsv", 2)]
    assert report.events == 2


def test_a_path_that_is_nothing_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="there is no"):
        find([tmp_path / "nowhere"])
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"")
    with pytest.raises(ImportRefused, match="neither"):
        find([picture])
    assert find([tmp_path]) == []


def test_the_command_imports_and_the_lab_sees_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = f"--data-dir={tmp_path / 'lab'}"
    log = write_log(tmp_path / "logs")
    assert main(["import", str(tmp_path / "logs"), str(CAPTURE), lab]) == 0
    said = capsys.readouterr()
    assert "2 files" in said.out
    assert "matchLogItems.csv:7:" in said.err
    assert main(["import", str(log), lab]) == 0
    assert "already imported" in capsys.readouterr().out
    query = Query(lambda: Record(tmp_path / "lab" / "restrike.sqlite"))
    courts = query.sql("SELECT DISTINCT court FROM events ORDER BY 1")["court"].tolist()
    query.close()
    assert courts == [f"import:{log.name}", f"import:{CAPTURE.name}"]
    assert main(["import", lab]) == 2


def test_a_hub_that_died_before_keeps_its_own_end(tmp_path: Path) -> None:
    writer = Writer.open(tmp_path / "lab", clock=lambda: 5)
    writer.begin_epoch("process", 1, 1_000)
    writer.close()
    writer = Writer.open(tmp_path / "lab")
    importer(writer).take(find([CAPTURE])[0])
    writer.begin_epoch("process", 2, 2_000)
    writer.end_epoch()
    writer.close()
    assert asked(tmp_path, "SELECT ended_ns, clean FROM hub_epochs WHERE epoch = 1") == [(1_000, 0)]
    assert asked(tmp_path, "SELECT from_ns, to_ns FROM gaps") == [(1_000, 2_000)]


def test_a_damaged_disk_leaves_a_retry(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("the disk is full", retryable=True)

    found = find([CAPTURE])[0]
    with monkeypatch.context() as patched:
        patched.setattr(writer, "append", refuse)
        with pytest.raises(StoreError):
            importer(writer).take(found)
    assert importer(writer).take(found).state == "resumed"


def test_the_size_of_a_file_is_known_before_it_is_imported(writer: Writer, tmp_path: Path) -> None:
    found = find([CAPTURE])[0]
    assert 0 <= lines_of(found) - importer(writer).take(found).messages < 10
    log = find([write_log(tmp_path)])[0]
    assert lines_of(log) > 0
    assert lines_of(Found(tmp_path / "gone.tsv", "capture")) == 0
