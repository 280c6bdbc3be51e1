"""Recognizing what is stored anew: what changes, what stays, and what becomes of the database."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from restrike_lab.hub.rerecognition import stage as staging
from restrike_lab.hub.rerecognition.applying import apply_here, signed, undo_here
from restrike_lab.hub.rerecognition.difference import Difference, RowChange
from restrike_lab.hub.rerecognition.stage import Stage, staged
from restrike_lab.pss import UserRule
from restrike_lab.simulate.timed import Timed
from restrike_lab.store.errors import StoreError
from restrike_lab.store.rerecognition import Run, StagingError
from tests.hub.recorded import SPEED, bouts, decide, everything, record, run, with_speeds

SIGNED = signed("tester", "because")


def difference_of(data_dir: Path) -> Difference:
    with staged(data_dir) as (_stage, difference):
        return difference


def recognize(data_dir: Path) -> Run | None:
    stage = Stage.begin(data_dir)
    with stage:
        stage.catch_up(alive=False)
    return apply_here(data_dir, stage.path.name, SIGNED)


def put_speed(data_dir: Path) -> None:
    decide(data_dir, lambda judge: judge.put_definitions(SPEED, "tester", "they measure speed"))


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A record of two courts and two terms with a tenth of unknown messages, everything counted."""
    record(tmp_path, with_speeds(bouts(3, ("1", "2"), round_seconds=60)))
    record(tmp_path, with_speeds(bouts(2, ("1", "2"), seed=2, round_seconds=60)), after_s=30)
    recognize(tmp_path)
    return tmp_path


# What changes -------------------------------------------------------------------------------------------------------


def test_nothing_changes_under_the_same_tables(settled: Path) -> None:
    difference = difference_of(settled)
    assert difference.is_empty
    assert difference.events == run(settled, "SELECT count(*) FROM pss_events")[0][0]
    assert "nothing changes" in difference.text()


def test_a_dry_run_changes_nothing_and_leaves_nothing_behind(settled: Path) -> None:
    put_speed(settled)
    before = everything(settled)
    difference_of(settled)
    assert everything(settled) == before
    assert not list(settled.glob("recognition-*"))


def test_a_definition_shows_what_it_would_make_of_the_past(settled: Path) -> None:
    unknown = run(settled, "SELECT count(*) FROM pss_events WHERE substr(raw, 1, 3) = x'737064'")[0][0]
    put_speed(settled)
    difference = difference_of(settled)
    assert difference.changed == unknown > 50
    assert difference.statuses == {"unknown -> recognized": unknown}
    assert difference.streams == {"unknown -> spd": unknown}
    assert difference.kinds["fields"] == unknown
    assert set(difference.tables) <= {"pss_event_rule_counts", "pss_event_statistics", "pss_unknown_events"}
    assert difference.tables["pss_unknown_events"].removed == 2
    example = difference.examples[0]
    assert example.raw.startswith("spd")
    assert example.before["recognition_status"] == "unknown"
    assert json.loads(example.after["fields"])["target"] in ("head", "body")
    assert len(difference.examples) <= 20


def test_a_difference_is_rows_and_json(settled: Path) -> None:
    put_speed(settled)
    difference = difference_of(settled)
    rows = difference.rows()
    assert {"what": "status", "before": "unknown", "after": "recognized", "count": difference.changed} in rows
    assert all(set(row) == {"what", "before", "after", "count"} for row in rows)
    assert json.loads(json.dumps(difference.to_dict()))["changed"] == difference.changed


def test_what_is_applied_is_what_was_shown(settled: Path) -> None:
    put_speed(settled)
    shown = difference_of(settled)
    applied = recognize(settled)
    assert applied is not None
    assert applied.events == shown.changed
    assert run(
        settled, "SELECT DISTINCT recognition_status, event_type FROM pss_events WHERE substr(raw, 1, 3) = x'737064'"
    ) == [("recognized", "kick_speed")]
    assert difference_of(settled).is_empty


def test_an_applied_run_equals_a_record_that_was_judged_so_from_the_start(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for data_dir in (before, after):
        if data_dir == after:
            put_speed(data_dir)
        record(data_dir, with_speeds(bouts(3, ("1", "2"), round_seconds=60)))
        record(data_dir, with_speeds(bouts(1, ("1",), round_seconds=60)), after_s=20)
    put_speed(before)
    recognize(before)
    recognize(after)
    assert everything(before) == everything(after)


def test_every_change_stands_in_the_history(settled: Path) -> None:
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    history = run(
        settled,
        "SELECT seq, who, why, before, after FROM pss_event_recognition_history WHERE run_id = ?",
        (applied.run_id,),
    )
    assert len(history) == applied.events
    seq, who, why, before, after = history[0]
    assert (who, why) == (SIGNED.who, SIGNED.why)
    now = dict(
        zip(
            ("stream", "recognition_status", "fields"),
            run(settled, "SELECT stream, recognition_status, fields FROM pss_events WHERE seq = ?", (seq,))[0],
            strict=True,
        )
    )
    assert {name: json.loads(after)[name] for name in now} == now
    assert json.loads(before)["stream"] == "unknown"
    assert json.loads(before).keys() == json.loads(after).keys()


def test_wrongly_derived_rows_are_put_right(settled: Path) -> None:
    right = everything(settled)
    for spoil in (
        "UPDATE pss_matches SET phase = 'Finals' WHERE match_id = (SELECT min(match_id) FROM pss_matches)",
        "DELETE FROM pss_rounds WHERE round = 2",
        "UPDATE pss_athletes SET short_name = NULL, long_name = NULL, country = NULL WHERE athlete = 1",
        "DELETE FROM pss_athletes WHERE athlete = 2",
        "DELETE FROM pss_hit_links WHERE hit_seq % 3 = 0",
        "UPDATE pss_hit_links SET delay_ms = delay_ms + 1 WHERE hit_seq % 3 = 1",
        "UPDATE pss_events SET match_id = 1, round = 7, clock_ms = NULL WHERE seq % 50 = 0",
        "UPDATE pss_events SET fields = '{}', value = 99 WHERE stream = 'pt'",
        "UPDATE pss_event_rule_counts SET passed = passed + 1",
        "DELETE FROM pss_event_statistics WHERE event_type = 'clock'",
    ):
        run(settled, spoil)
    difference = difference_of(settled)
    assert difference.kinds["match"] > 0
    assert difference.tables["pss_matches"] == RowChange(changed=1)
    assert difference.tables["pss_rounds"].added > 0
    assert difference.tables["pss_athletes"].added == difference.tables["pss_athletes"].changed > 0
    assert difference.tables["pss_hit_links"].added > 0
    assert recognize(settled) is not None
    assert everything(settled) == right


def test_a_rule_of_the_user_is_asked_of_the_past(settled: Path) -> None:
    rule = UserRule("slow", "clk", "time_ms", "range", {"high": 30_000})
    decide(settled, lambda judge: judge.put_rule(rule, "tester", "try"))
    recognize(settled)
    failed = run(settled, "SELECT count(*) FROM pss_event_validation_results WHERE rule_id = 'slow'")[0][0]
    partial = run(settled, "SELECT count(*) FROM pss_events WHERE stream = 'clk' AND recognition_status = 'partial'")
    counted = run(settled, "SELECT sum(failed), sum(passed) FROM pss_event_rule_counts WHERE rule_id = 'slow'")[0]
    clocks = run(settled, "SELECT count(*) FROM pss_events WHERE stream = 'clk'")[0][0]
    assert failed == partial[0][0] == counted[0] > 0
    assert sum(counted) == clocks


def test_each_session_is_judged_by_its_own_protocol_version(tmp_path: Path) -> None:
    record(tmp_path, bouts(1, round_seconds=30), version="2.3-live")
    record(tmp_path, bouts(1, round_seconds=30), version="2.3", after_s=10)
    assert difference_of(tmp_path).changed == 0
    versions = run(tmp_path, "SELECT DISTINCT protocol_version FROM pss_events ORDER BY 1")
    assert versions == [("2.3",), ("2.3-live",)]


def test_a_slice_that_holds_several_messages_now_stays_one_row(settled: Path) -> None:
    seq = run(settled, "SELECT min(seq) FROM pss_events WHERE stream = 'clk'")[0][0]
    run(settled, "UPDATE pss_events SET raw = CAST('clk;1:59' || char(10) || 'rnd;2' AS BLOB) WHERE seq = ?", (seq,))
    count = run(settled, "SELECT count(*) FROM pss_events")
    recognize(settled)
    assert run(settled, "SELECT count(*) FROM pss_events") == count
    status, confidence, errors = run(
        settled, "SELECT recognition_status, parser_confidence, validation_errors FROM pss_events WHERE seq = ?", (seq,)
    )[0]
    assert (status, confidence) == ("partial", 0.7)
    assert "holds 2 messages" in errors
    assert "rnd" in errors
    assert difference_of(settled).is_empty


def test_a_datagram_that_was_cut_stays_unknown(settled: Path) -> None:
    seq = run(settled, "SELECT min(seq) FROM pss_events WHERE stream = 'clk'")[0][0]
    run(settled, "UPDATE pss_events SET datagram_size = 70000 WHERE seq = ?", (seq,))
    recognize(settled)
    assert run(settled, "SELECT recognition_status FROM pss_events WHERE seq = ?", (seq,)) == [("unknown",)]


def test_a_definition_that_no_longer_fits_is_named_and_left_out(settled: Path) -> None:
    put_speed(settled)
    run(settled, "UPDATE pss_stream_definitions SET toml = replace(toml, 'spd1', 'clk')")
    difference = difference_of(settled)
    assert difference.changed == 0
    assert any("spd" in note for note in difference.notes)


# What stays ---------------------------------------------------------------------------------------------------------


def test_a_status_set_by_hand_stays(settled: Path) -> None:
    seq = run(settled, "SELECT min(seq) FROM pss_events WHERE substr(raw, 1, 3) = x'737064'")[0][0]
    decide(settled, lambda judge: judge.set_status(seq, "deprecated", "tester", "an old sensor"))
    put_speed(settled)
    recognize(settled)
    kept = "SELECT recognition_status, parser_confidence, stream FROM pss_events WHERE seq = ?"
    assert run(settled, kept, (seq,)) == [("deprecated", 1.0, "spd")]
    assert difference_of(settled).is_empty


def test_what_followed_from_events_that_left_the_database_stays(settled: Path) -> None:
    first_of_second_term = run(settled, "SELECT min(seq) FROM pss_events WHERE epoch = 2")[0][0]
    bound = first_of_second_term + 40
    put_speed(settled)
    before = everything(settled)
    run(settled, "DELETE FROM pss_events WHERE seq < ? AND seq NOT BETWEEN 100 AND 110", (bound,))
    stage = Stage.begin(settled)
    with stage:
        difference = stage.catch_up(alive=False)
    assert any(f"before seq {bound} have left" in note for note in difference.notes)
    assert difference.kinds.keys() == {"status", "stream", "fields"}
    apply_here(settled, stage.path.name, SIGNED)
    after = everything(settled)
    for name in ("pss_matches", "pss_athletes", "pss_rounds", "pss_hit_links", "pss_findings"):
        assert after[name] == before[name]
    assert after["pss_unknown_events"] == []
    changed = run(settled, "SELECT min(seq) FROM pss_events WHERE stream = 'spd'")[0][0]
    assert changed >= bound
    assert difference_of(settled).is_empty


# How it is applied --------------------------------------------------------------------------------------------------


def test_a_decision_after_staging_is_refused(settled: Path) -> None:
    put_speed(settled)
    stage = Stage.begin(settled)
    with stage:
        stage.catch_up(alive=False)
    seq = run(settled, "SELECT min(seq) FROM pss_events WHERE substr(raw, 1, 3) = x'737064'")[0][0]
    decide(settled, lambda judge: judge.set_status(seq, "partial", "tester", "not sure"))
    before = everything(settled)
    with pytest.raises(StagingError, match="have changed since"):
        apply_here(settled, stage.path.name, SIGNED)
    assert everything(settled) == before
    assert run(settled, "SELECT count(*) FROM pss_recognition_runs WHERE events > 0") == [(0,)]


def test_events_that_came_after_staging_are_recognized_too(settled: Path) -> None:
    put_speed(settled)
    stage = Stage.begin(settled)
    with stage:
        stage.catch_up(alive=False)
    last = record(settled, with_speeds(bouts(1, seed=7, round_seconds=30)), after_s=60)
    apply_here(settled, stage.path.name, SIGNED)
    assert run(settled, "SELECT until_seq FROM pss_recognition_runs ORDER BY run_id DESC LIMIT 1") == [(last,)]
    assert difference_of(settled).is_empty


def test_nothing_to_change_makes_no_run(settled: Path) -> None:
    runs = run(settled, "SELECT count(*) FROM pss_recognition_runs")
    assert recognize(settled) is None
    assert run(settled, "SELECT count(*) FROM pss_recognition_runs") == runs


def test_a_large_record_is_counted_by_a_second_process_with_the_same_outcome(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_speed(settled)
    together = difference_of(settled)
    monkeypatch.setattr(staging, "APART_FROM", 10)
    apart = difference_of(settled)
    numbers = ("changed", "kinds", "statuses", "streams", "tables", "examples")
    assert all(getattr(apart, name) == getattr(together, name) for name in numbers)
    assert not list(settled.glob("recognition-*"))


def test_names_of_other_files_are_refused(settled: Path) -> None:
    for name in ("restrike.sqlite", "../recognition-1-1.sqlite", "recognition-1-1.sqlite"):
        with pytest.raises(StagingError, match="no staged"):
            Stage.resume(settled, name)


def test_a_directory_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        Stage.begin(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_dead_processes_are_removed(settled: Path) -> None:
    dead = settled / "recognition-1-999999999.sqlite"
    counts = settled / "recognition-1-999999999.counts.sqlite"
    living = settled / f"recognition-1-{os.getpid()}.sqlite"
    for path in (dead, counts, living):
        path.touch()
    difference_of(settled)
    assert not dead.exists()
    assert not counts.exists()
    assert living.exists()


# Taking it back -----------------------------------------------------------------------------------------------------


def test_undo_brings_everything_back(settled: Path) -> None:
    before = everything(settled)
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    undone = undo_here(settled, applied.run_id, SIGNED)
    assert undone.events == applied.events
    assert undone.undoes == applied.run_id
    assert everything(settled) == before


def test_undo_brings_wrong_rows_back_as_they_were(settled: Path) -> None:
    run(settled, "UPDATE pss_matches SET phase = 'Finals'")
    run(settled, "DELETE FROM pss_hit_links WHERE hit_seq % 3 = 0")
    run(settled, "UPDATE pss_events SET match_id = 1, round = 7 WHERE seq % 50 = 0")
    before = everything(settled)
    applied = recognize(settled)
    assert applied is not None
    assert applied.rows > 0
    undone = undo_here(settled, applied.run_id, SIGNED)
    assert undone.rows == applied.rows
    assert everything(settled) == before


def test_an_undo_can_be_undone(settled: Path) -> None:
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    after = everything(settled)
    undone = undo_here(settled, applied.run_id, SIGNED)
    undo_here(settled, undone.run_id, SIGNED)
    assert everything(settled) == after
    assert run(settled, "SELECT undone_by FROM pss_recognition_runs WHERE run_id = ?", (applied.run_id,)) == [(None,)]
    undo_here(settled, applied.run_id, SIGNED)


def test_a_run_is_taken_back_once(settled: Path) -> None:
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    undo_here(settled, applied.run_id, SIGNED)
    with pytest.raises(StagingError, match="already"):
        undo_here(settled, applied.run_id, SIGNED)
    with pytest.raises(StagingError, match="no run 99"):
        undo_here(settled, 99, SIGNED)


def test_undo_is_refused_when_an_event_was_changed_since(settled: Path) -> None:
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    seq = run(settled, "SELECT max(seq) FROM pss_events WHERE stream = 'spd'")[0][0]
    decide(settled, lambda judge: judge.set_status(seq, "partial", "tester", "not sure"))
    before = everything(settled)
    with pytest.raises(StagingError, match=f"1 of its events were changed again since, seq {seq} by hand"):
        undo_here(settled, applied.run_id, SIGNED)
    assert everything(settled) == before


def test_undo_is_refused_while_a_later_run_stands_on_it(settled: Path) -> None:
    put_speed(settled)
    first = recognize(settled)
    decide(settled, lambda judge: judge.drop_definition("spd", "tester", "wrong after all"))
    second = recognize(settled)
    assert first is not None
    assert second is not None
    with pytest.raises(StagingError, match=f"by run {second.run_id}"):
        undo_here(settled, first.run_id, SIGNED)
    undo_here(settled, second.run_id, SIGNED)
    undo_here(settled, first.run_id, SIGNED)
    assert run(settled, "SELECT count(*) FROM pss_events WHERE stream = 'spd'") == [(0,)]


def test_events_after_a_run_keep_their_counts_when_it_is_undone(settled: Path) -> None:
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    record(settled, with_speeds(bouts(1, seed=9, round_seconds=30)), after_s=60)
    recognize(settled)
    undo_here(settled, applied.run_id, SIGNED)
    counted = "SELECT event_type, sum(total) FROM pss_event_statistics GROUP BY 1 ORDER BY 1"
    stored = "SELECT event_type, count(*) FROM pss_events GROUP BY 1 ORDER BY 1"
    assert run(settled, counted) == run(settled, stored)
    patterns = run(settled, "SELECT sum(occurrence_count) FROM pss_unknown_events")
    assert patterns == run(settled, "SELECT count(*) FROM pss_events WHERE recognition_status = 'unknown'")


def test_notes_on_a_pattern_outlive_its_messages(settled: Path) -> None:
    pattern = run(settled, "SELECT pattern_hash FROM pss_unknown_events LIMIT 1")[0][0]
    decide(settled, lambda judge: judge.note_pattern(pattern, {"notes": "the new sensors"}))
    put_speed(settled)
    applied = recognize(settled)
    assert applied is not None
    held = "SELECT pattern_hash, occurrence_count, notes FROM pss_unknown_events"
    assert run(settled, held) == [(pattern, 0, "the new sensors")]
    assert difference_of(settled).is_empty
    undo_here(settled, applied.run_id, SIGNED)
    restored = {row[0]: row[1:] for row in run(settled, held)}
    assert restored[pattern][0] > 0
    assert restored[pattern][1] == "the new sensors"


def test_progress_is_told_up_to_the_end(settled: Path) -> None:
    told: list[tuple[int, int]] = []
    stage = Stage.begin(settled, progress=lambda done, every: told.append((done, every)))
    stage.discard()
    assert told[-1][0] == told[-1][1] == run(settled, "SELECT max(seq) FROM pss_events")[0][0]


def test_an_empty_record_changes_nothing(tmp_path: Path) -> None:
    record(tmp_path, list[Timed]())
    assert difference_of(tmp_path).is_empty
