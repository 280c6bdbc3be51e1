"""The pipeline when things go wrong: nothing is lost, somebody is told, and it goes on."""

from __future__ import annotations

import time
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from restrike_lab.bout import CourtState, Fact
from restrike_lab.hub.datagrams import Batch, Spool
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.figures import Durations
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.keeping import storable
from restrike_lab.hub.pipeline import CourtLine, Pipeline
from restrike_lab.hub.receive import Pace
from restrike_lab.pss import Recognition, Recognizer
from restrike_lab.store.errors import StoreError
from restrike_lab.store.schema import EVENT_COLUMNS
from tests.hub.helpers import (
    LOAD,
    client,
    fill,
    hub_config,
    make_room,
    port_of,
    receive,
    receive_until,
    running_hub,
    send,
    stored,
    wait_until,
)


class Shelf:
    """A store in memory that refuses as often as it is told to."""

    def __init__(self, refusals: Sequence[Exception] = ()) -> None:
        self.refusals = list(refusals)
        self.rows: list[list[Any]] = []
        self.groups: list[int] = []

    def append(
        self, events: Sequence[Sequence[Any]], courts: Mapping[str, CourtState], links: Sequence[Fact] = ()
    ) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.rows += [list(event) for event in events]
        self.groups.append(len(events))


class Setting:
    """A pipeline of one court over a shelf, with everything it says."""

    def __init__(self, shelf: Shelf, recognizer: Recognizer | None = None, **options: Any) -> None:
        self.shelf = shelf
        self.spool = Spool()
        self.alerts: list[Mapping[str, Any]] = []
        self.groups: list[Group] = []
        line = CourtLine("1", 1, recognizer or Recognizer())
        self.pipeline = Pipeline(self.spool, shelf, [line], 1, 1, self.groups.append, self.alerts.append, **options)
        self.pipeline.keeper.give_up_seconds = 0.2

    def put(self, *payloads: bytes) -> None:
        now = time.monotonic_ns()
        count = len(payloads)
        wall = array("q", [1_700_000_000_000_000_000] * count)
        self.spool.put(Batch(0, list(payloads), wall, array("q", [now] * count), "10.0.0.1:1"))

    def raws(self) -> list[bytes]:
        return [row[EVENT_COLUMNS.index("raw")] for row in self.shelf.rows]


def test_a_group_that_the_database_refuses_is_kept_until_it_takes_it() -> None:
    full = StoreError("the disk is full", hint="make room", retryable=True)
    setting = Setting(Shelf([full, full, full]))
    setting.put(b"rnd;1", b"rnd;2")
    setting.pipeline.start()
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()
    assert setting.raws() == [b"rnd;1", b"rnd;2"]
    assert [alert["level"] for alert in setting.alerts] == ["critical", "info"]
    assert "the disk is full" in setting.alerts[0]["message"]
    assert setting.alerts[0]["hint"] == "make room"
    assert setting.pipeline.keeper.failing is None


def test_nothing_is_told_before_it_is_stored() -> None:
    setting = Setting(Shelf([StoreError("locked")] * 100))
    setting.put(b"rnd;1")
    setting.pipeline.start()
    wait_until(lambda: bool(setting.alerts))
    assert setting.groups == []
    setting.shelf.refusals.clear()
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()


def test_what_cannot_be_stored_before_the_end_is_counted() -> None:
    setting = Setting(Shelf([StoreError("the disk is full")] * 10_000))
    setting.put(b"rnd;1", b"rnd;2")
    setting.pipeline.start()
    wait_until(lambda: bool(setting.alerts))
    setting.put(b"rnd;3")
    setting.pipeline.stop()
    assert setting.pipeline.unsaved == 3
    assert setting.groups == []


def test_a_value_that_no_column_takes_costs_the_value_and_not_the_event() -> None:
    setting = Setting(Shelf([OverflowError("int too big")]))
    setting.put(b"rnd;1")
    setting.pipeline.start()
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()
    assert setting.raws() == [b"rnd;1"]
    assert setting.alerts[0]["level"] == "error"
    assert storable(1 << 70) is None
    assert storable("\ud800x") == "\\ud800x"
    assert storable(b"\xff") == b"\xff"


class Faulty(Recognizer):
    def recognize(self, datagram: bytes) -> tuple[Recognition, ...]:
        if datagram == b"poison":
            raise RuntimeError("a defect")
        return super().recognize(datagram)


def test_a_defect_of_the_recognizer_costs_neither_the_bytes_nor_the_neighbours() -> None:
    setting = Setting(Shelf(), Faulty())
    setting.put(b"rnd;1", b"poison", b"rnd;2")
    setting.pipeline.start()
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()
    assert setting.raws() == [b"rnd;1", b"poison", b"rnd;2"]
    status = EVENT_COLUMNS.index("recognition_status")
    assert [row[status] for row in setting.shelf.rows] == ["recognized", "unknown", "recognized"]
    assert setting.pipeline.lines[0].state.round == 2


def test_a_defect_of_a_reducer_costs_neither_the_event_nor_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    from restrike_lab.hub import pipeline as module

    real = module.reduce

    def faulty(state: CourtState, message: Any, at: Any) -> Any:
        if message.raw == b"rnd;2":
            raise RuntimeError("a defect")
        return real(state, message, at)

    monkeypatch.setattr(module, "reduce", faulty)
    setting = Setting(Shelf())
    setting.put(b"rnd;1", b"rnd;2")
    setting.pipeline.start()
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()
    assert setting.raws() == [b"rnd;1", b"rnd;2"]
    assert setting.pipeline.lines[0].state.round == 1


def test_groups_hold_what_has_arrived_up_to_their_bound() -> None:
    setting = Setting(Shelf(), group_size=100)
    for _ in range(10):
        setting.put(*[b"clk;01:00"] * 50)
    setting.pipeline.start()
    wait_until(lambda: len(setting.shelf.rows) == 500)
    setting.put(b"rnd;1")
    wait_until(lambda: len(setting.shelf.rows) == 501)
    setting.pipeline.stop()
    assert setting.shelf.groups == [100] * 5 + [1]
    assert [group.seq for group in setting.groups] == [100, 200, 300, 400, 500, 501]


def test_a_defect_beside_the_events_stops_none_of_them() -> None:
    setting = Setting(Shelf())
    setting.pipeline.start()

    def defect() -> None:
        raise ValueError("nobody expected this")

    setting.pipeline.ask(defect)
    setting.put(b"rnd;1")
    wait_until(lambda: len(setting.groups) == 1)
    setting.pipeline.stop()
    assert setting.raws() == [b"rnd;1"]


def test_a_full_database_is_told_to_clients_and_nothing_is_lost_when_there_is_room_again(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        receive(connection)
        limit = fill(hub)
        sent = send(port_of(hub), [b"nonsense;%d;%s" % (i, b"x" * 20_000) for i in range(20)])
        alert = receive_until(connection, lambda message: message["type"] == "alert")[-1]
        assert alert["level"] == "critical"
        assert alert["hint"]
        assert hub.status()["store"]["ok"] is False
        make_room(hub, limit)
        receive_until(connection, lambda message: message["type"] == "pss_event" and message["seq"] == sent)
        assert hub.status()["store"]["ok"] is True
    assert [row[0] for row in stored(tmp_path)] == list(range(1, sent + 1))


def test_a_hub_that_must_end_with_a_full_database_says_how_much_is_lost(tmp_path: Path) -> None:
    hub = Hub(hub_config(tmp_path))
    hub.start()
    hub.running.pipeline.keeper.give_up_seconds = 0.2
    fill(hub)
    send(port_of(hub), [b"nonsense;%d;%s" % (i, b"x" * 20_000) for i in range(20)])
    wait_until(lambda: hub.status()["store"]["ok"] is False)
    with pytest.raises(HubError, match="20 events"):
        hub.stop()


def test_a_damaged_database_is_set_aside_and_told(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), LOAD)
        wait_until(lambda: hub.status()["seq"] == len(LOAD))
    (tmp_path / "restrike.sqlite").write_bytes(b"not a database at all" * 500)
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        snapshot = receive(connection)
        assert [alert["level"] for alert in snapshot["alerts"]] == ["critical"]
        send(port_of(hub), LOAD)
        receive_until(connection, lambda message: message["type"] == "pss_event")
    assert len(list(tmp_path.glob("restrike.sqlite.damaged-*"))) == 1
    assert apsw.Connection(str(tmp_path / "restrike.sqlite")).pragma("integrity_check") == "ok"


def test_the_receive_thread_waits_only_in_a_flood_and_never_longer_than_the_buffer_allows() -> None:
    pace = Pace(room=2_000, now=0.0)
    assert pace.pause(1, 0.005) == 0.0
    assert pace.pause(12, 0.027) == 0.0
    assert pace.pause(1, 1.0) == 0.0
    assert pace.pause(2_000, 2.0) == pytest.approx(0.01)
    assert pace.pause(20_000, 3.0) == pytest.approx(0.1)
    assert pace.pause(100_000, 4.0) == pytest.approx(0.02)
    assert Pace(room=60, now=0.0).pause(100_000, 1.0) == pytest.approx(0.000_6)
    assert pace.pause(1, 60.0) == 0.0


def test_percentiles_are_of_the_latest_durations() -> None:
    durations = Durations()
    assert durations.percentiles()["p50"] is None
    for ms in range(10_000):
        durations.add(ms)
    figures = durations.percentiles()
    assert figures["max"] == 9_999
    assert figures["p50"] == pytest.approx(10_000 - 1_024, abs=1)
