"""The feed's bookkeeping, frame by frame, without a socket."""

from __future__ import annotations

from typing import Any

from restrike_lab.client.intake import Intake


def snapshot(seq: int, epoch: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "snapshot", "seq": seq, "epoch": epoch, "courts": {"1": {"round": 1}}, "gaps": [], **more}


def event(seq: int) -> dict[str, Any]:
    return {"type": "pss_event", "seq": seq, "data": {"seq": seq}}


def seqs(intake: Intake) -> list[int]:
    return [each["seq"] for each in intake.drain().events]


def following(seq: int, epoch: int = 1) -> Intake:
    intake = Intake()
    intake.opening(None)
    intake.take(snapshot(seq, epoch))
    intake.drain()
    return intake


def test_first_snapshot_replaces_and_sets_the_place() -> None:
    intake = Intake()
    intake.opening(None)
    intake.take(snapshot(7))
    batch = intake.drain()
    assert (batch.snapshot, batch.connected, intake.last_seq) == (True, True, 7)
    assert batch.courts == {"1": {"round": 1}}


def test_an_event_heard_before_is_dropped() -> None:
    intake = following(3)
    for seq in (3, 4, 4, 5, 2):
        intake.take(event(seq))
    assert seqs(intake) == [4, 5]


def test_a_resumed_snapshot_continues_the_sequence() -> None:
    intake = following(3)
    intake.lost()
    intake.opening(3)
    intake.take(snapshot(9))
    intake.take(event(4))
    batch = intake.drain()
    assert (batch.snapshot, batch.resumed) == (False, True)
    assert [each["seq"] for each in batch.events] == [4]
    assert not intake.drain().resumed


def test_a_slow_clients_snapshot_replaces_and_drops_what_was_not_delivered() -> None:
    intake = following(3)
    intake.take(event(4))
    intake.take(snapshot(90, reason="slow"))
    batch = intake.drain()
    assert (batch.snapshot, batch.events, intake.last_seq) == (True, [], 90)


def test_a_second_snapshot_on_one_connection_replaces() -> None:
    intake = following(3)
    intake.opening(3)
    intake.take(snapshot(3))
    intake.drain()
    intake.take(snapshot(8))
    assert intake.drain().snapshot


def test_a_sequence_that_ends_before_ours_is_another_database() -> None:
    intake = following(50)
    intake.opening(50)
    intake.take(snapshot(2))
    intake.take(event(3))
    batch = intake.drain()
    assert batch.snapshot
    assert [each["seq"] for each in batch.events] == [3]


def test_a_lower_epoch_is_another_database() -> None:
    intake = following(50, epoch=4)
    intake.opening(50)
    intake.take(snapshot(80, epoch=1))
    assert intake.drain().snapshot


def test_only_changed_courts_are_in_a_batch_and_all_are_kept() -> None:
    intake = following(1)
    intake.take({"type": "match", "court": "2", "seq": 2, "state": {"round": 2}})
    batch = intake.drain()
    assert batch.courts == {"2": {"round": 2}}
    assert set(intake.courts) == {"1", "2"}


def test_a_lost_connection_is_told_once() -> None:
    intake = following(1)
    intake.lost()
    assert not intake.drain().connected
    intake.lost()
    assert not intake.pending


def test_an_unknown_type_changes_nothing() -> None:
    intake = following(1)
    intake.take({"type": "tomorrow"})
    assert not intake.pending


def test_what_became_of_stored_events_is_told_once() -> None:
    intake = following(3)
    intake.take({"type": "changed", "events": [{"seq": 2, "status": "partial", "confidence": 0.7}]})
    batch = intake.drain()
    assert ([each["seq"] for each in batch.judged], batch.anew) == ([2], False)
    intake.take({"type": "changed", "events": None})
    assert intake.drain().anew
    assert not intake.pending
