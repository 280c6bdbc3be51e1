"""The watch in a real hub: what it tells, to whom, and what of it outlives the hub."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from websockets.sync.client import ClientConnection

from restrike_lab.hub.hub import Hub
from restrike_lab.hub.watch.catalogue import FIGURES
from restrike_lab.hub.watch.settings import WatchSettings
from restrike_lab.store import notices
from restrike_lab.store.reader import Reader
from tests.hub.helpers import (
    LOAD,
    client,
    fill,
    make_room,
    port_of,
    receive,
    receive_until,
    running_hub,
    send,
    settled,
    wait_until,
)

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT max(i) FROM n"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        hub.running.settings.group(WatchSettings).hold_seconds = 600.0  # a busy machine is no part of these tests
        yield hub


@pytest.fixture
def line(hub: Hub) -> Iterator[ClientConnection]:
    with client(hub.address) as connection:
        receive(connection)
        yield connection


def answered(line: ClientConnection, command: str, **args: Any) -> list[dict[str, Any]]:
    """Return what came until a command was answered, its reply last."""
    line.send(json.dumps({"id": command, "command": command, "args": args}))
    return receive_until(line, lambda message: message["type"] == "reply" and message["id"] == command)


def ask(line: ClientConnection, command: str, **args: Any) -> Any:
    reply = answered(line, command, **args)[-1]
    return reply["result"] if reply["ok"] else reply["error"]


def notice(line: ClientConnection, words: str) -> dict[str, Any]:
    """Wait until the screens show a notice with these words, and return it."""

    def found(picture: dict[str, Any]) -> list[dict[str, Any]]:
        return [each for each in picture.get("list", ()) if words in each["message"] + each["over_message"]]

    messages = answered(line, "alerts")
    # The picture may have come before an answer that was put together before it.
    pictures = [messages[-1]["result"], *(each for each in messages if each["type"] == "notices")]
    if not any(map(found, pictures)):
        pictures = [receive_until(line, lambda it: it["type"] == "notices" and bool(found(it)))[-1]]
    return next(found(picture)[0] for picture in reversed(pictures) if found(picture))


def test_every_client_gets_the_figures_every_second(line: ClientConnection) -> None:
    messages = receive_until(line, lambda it: it["type"] == "metrics" and bool(it["system"]["figures"]))
    system = messages[-1]["system"]
    assert set(system["figures"]) == set(FIGURES)
    assert system["figures"]["hub_memory_mb"] > 10
    assert set(system["levels"].values()) <= {"fine", "warning", "critical"}


def test_the_status_tells_stages_caches_and_the_database(hub: Hub, line: ClientConnection) -> None:
    settled(hub, send(port_of(hub), LOAD * 20))
    told = ask(line, "system")
    assert told["stages"]["store"]["count"] >= 1
    assert told["stages"]["told"]["p95"] >= told["stages"]["store"]["p50"]
    assert told["caches"]["recognizer 1"] == {"looked_up": 220, "answered": 209, "rate": 0.95}
    assert told["processes"][0]["role"] == "hub"
    wait_until(lambda: "pages" in ask(line, "system")["database"])
    assert hub.status()["system"]["notices_open"] == 0


def test_an_alert_is_a_notice_on_every_screen_and_whoever_saw_it_is_kept(hub: Hub, line: ClientConnection) -> None:
    alert = {"source": "receive", "level": "error", "court": "1", "hint": "do this"}
    for count in (3, 5):
        hub.running.tell({**alert, "message": f"{count} datagrams dropped"})
    shown = notice(line, "5 datagrams")
    assert (shown["count"], shown["hint"], shown["acknowledged_ns"]) == (2, "do this", None)
    wait_until(lambda: hub.running.fanout.shown.get("notices", {}).get("open") == 1)
    with client(hub.address) as other:
        assert receive(other)["notices"]["open"] == 1
        assert len(ask(line, "alert.acknowledge", ids=[shown["notice_id"]], who="Ann")["acknowledged"]) == 1
        seen = receive_until(other, lambda message: message["type"] == "notices")[-1]
    assert seen["open"] == 0
    assert seen["list"][0]["acknowledged_by"].startswith("Ann")
    data_dir = hub.config.directory
    hub.stop()
    with closing(Reader.open(data_dir)) as reader:
        [kept] = notices.newest(reader)
    assert (kept["count"], kept["acknowledged_by"]) == (2, seen["list"][0]["acknowledged_by"])


def test_what_nobody_saw_waits_in_the_next_term_and_conditions_have_ended(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        hub.running.tell({"source": "receive", "level": "error", "message": "a loss"})
        hub.running.tell({"source": "system", "level": "warning", "message": "hot", "key": "limit:x", "lasting": True})
        hub.running.watch.acknowledge([2], "Ann")
    with running_hub(tmp_path) as hub, client(hub.address) as line:
        picture = ask(line, "alerts")
        assert [each["message"] for each in picture["list"]] == ["a loss", "hot"]
        assert picture["open"] == 1
        assert picture["list"][1]["over_message"] == "the hub was started again"


def test_which_notices_must_be_said(line: ClientConnection) -> None:
    assert "which notices" in ask(line, "alert.acknowledge")["message"]
    assert "which notices" in ask(line, "alert.acknowledge", ids=["x"])["message"]
    assert ask(line, "alert.acknowledge", all=True) == {"acknowledged": []}


def test_a_limit_that_is_passed_is_told_and_so_is_its_end(hub: Hub, line: ClientConnection) -> None:
    settings = hub.running.settings.group(WatchSettings)
    settings.set_trait("hold_seconds", 0.0)
    settings.set_trait("warning", {"hub_memory_mb": 1.0})
    shown = notice(line, "of memory")
    assert (shown["level"], shown["lasting"], shown["over_ns"]) == ("warning", True, None)
    assert ask(line, "system")["levels"]["hub_memory_mb"] == "warning"
    settings.set_trait("warning", {"hub_memory_mb": 999.0})  # the hub lives in the process of all tests of its room
    assert notice(line, "back within its limits")["over_ns"] is not None


def test_a_damaged_database_in_use_is_found_by_the_check_and_told(hub: Hub, line: ClientConnection) -> None:
    settled(hub, send(port_of(hub), [b"unknown;%d;%s" % (number, b"x" * 500) for number in range(2_000)]))
    assert ask(line, "database.check", full=True)["ok"]
    hub.running.pipeline.call(lambda: hub.running.writer._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE))
    path = hub.running.watch.path
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xff" * 65_536)
    found = ask(line, "database.check")
    assert not found["ok"]
    assert found["findings"]
    assert notice(line, "the database is damaged")["level"] == "critical"
    assert not hub.running.reporter.health()["ready"]


def test_damage_that_a_reader_meets_is_told_without_being_asked_for(hub: Hub, line: ClientConnection) -> None:
    settled(hub, send(port_of(hub), [b"unknown;%d;%s" % (number, b"x" * 500) for number in range(2_000)]))
    hub.running.pipeline.call(lambda: hub.running.writer._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE))
    path = hub.running.watch.path
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 8192 * 8192)
        file.write(b"\xff" * 65_536)
    assert "damaged" in ask(line, "events", since=0, limit=10_000)["message"]
    assert notice(line, "the database is damaged")["level"] == "critical"


def test_a_database_set_aside_while_in_use_is_told(hub: Hub, line: ClientConnection) -> None:
    settled(hub, send(port_of(hub), LOAD))
    real, failed = hub.running.writer._append, threading.Event()

    def damaged(*group: Any) -> None:
        if not failed.is_set():
            failed.set()
            raise apsw.CorruptError("database disk image is malformed")
        real(*group)

    hub.running.writer._append = damaged  # type: ignore[method-assign]
    send(port_of(hub), LOAD)
    shown = notice(line, "was damaged")
    assert shown["level"] == "critical"
    assert "keep restrike.sqlite.damaged-" in shown["hint"]


def test_a_defect_is_a_notice_with_a_way_out(hub: Hub, line: ClientConnection) -> None:
    hub.commands.register("explode", lambda _args, _caller: 1 // 0)
    assert ask(line, "explode")["category"] == "internal"
    shown = notice(line, "a command failed")
    assert "report it" in shown["hint"]

    def logged() -> bool:  # a thread of its own writes the log, and others in this process may write to it, too
        lines = ask(line, "logs", level="ERROR")["lines"]
        return any("ZeroDivisionError" in (each.get("exception") or "") for each in lines)

    wait_until(logged)


def test_a_slow_statement_is_kept_with_its_plan(hub: Hub, line: ClientConnection) -> None:
    settings = hub.running.settings.group(WatchSettings)
    settings.slow_statement_ms = 5.0
    with closing(Reader.open(hub.config.directory, hub.running.statements, "test")) as reader:
        reader.query(SLOW)
    told = ask(line, "statements")
    [slow] = [each for each in told["slow"] if each["sql"] == SLOW]
    assert slow["ms"] >= 5
    assert slow["plan"]
    assert slow["suggestion"]


def test_an_event_is_followed_to_every_client(hub: Hub, line: ClientConnection) -> None:
    with client(hub.address) as other:
        receive(other)
        reading = threading.Thread(target=lambda: receive_until(other, lambda it: it["type"] == "pss_event"))
        reading.start()
        line.send(json.dumps({"id": "t", "command": "trace", "args": {"next": True}}))
        wait_until(lambda: bool(hub.running.watch.tracer.orders) and len(hub.running.fanout.clients) == 2)
        send(port_of(hub), [b"rnd;1"])
        reply = receive_until(line, lambda message: message["type"] == "reply")[-1]["result"]
        reading.join()
    steps = [step["step"] for step in reply["steps"]]
    times = [step["ms"] for step in reply["steps"]]
    assert steps == ["arrived", "taken", "recognized", "stored", "told"]
    assert times == sorted(times)
    assert times[0] == 0
    assert len(reply["clients"]) == 2
    assert all(each["confirmed"]["ms"] >= times[-1] for each in reply["clients"])


def test_a_past_event_is_followed_as_far_as_it_is_remembered(hub: Hub, line: ClientConnection) -> None:
    settled(hub, send(port_of(hub), [b"rnd;1", b"rnd;2"]))
    wait_until(lambda: len(ask(line, "trace", seq=2)["steps"]) == 5)
    hub.running.pipeline.stages.recent.clear()
    forgotten = ask(line, "trace", seq=2)
    assert ([step["step"] for step in forgotten["steps"]], forgotten["remembered"]) == (["arrived"], False)


def test_a_trace_that_cannot_be_says_why(line: ClientConnection) -> None:
    assert ask(line, "trace")["message"] == "which event?"
    assert ask(line, "trace", seq=0)["message"] == "there is no event 0"
    assert "no event came in time" in ask(line, "trace", next=True, seconds=1)["message"]


def test_metrics_need_a_token_and_are_what_prometheus_reads(hub: Hub) -> None:
    settled(hub, send(port_of(hub), LOAD))
    assert hub.address is not None
    base = hub.address.url.replace("ws:", "http:")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{base}/metrics", timeout=5)
    asked = urllib.request.Request(f"{base}/metrics", headers={"Authorization": f"Bearer {hub.address.token}"})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    sample = re.compile(r'^restrike_\w+(\{\w+="[^"\\]*"(,\w+="[^"\\]*")*\})? (NaN|-?\d+(\.\d+)?(e-?\d+)?)$')
    samples = [row for row in text.splitlines() if not row.startswith("#")]
    assert [row for row in samples if not sample.match(row)] == []
    assert 'restrike_received_total{court="1"} 11' in samples
    named = [row.split()[2] for row in text.splitlines() if row.startswith("# TYPE")]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_is_told_by_part(hub: Hub, path: str) -> None:
    assert hub.address is not None
    with urllib.request.urlopen(hub.address.url.replace("ws:", "http:") + path, timeout=5) as answer:
        told = json.load(answer)
    assert told["live"]
    assert told["ready"]
    assert set(told["components"]) >= {"receive", "pipeline", "store", "fanout", "watch", "disk"}
    assert str(hub.config.directory) not in json.dumps(told)


def test_a_hub_that_cannot_store_is_alive_but_not_ready(hub: Hub) -> None:
    assert hub.address is not None
    limit = fill(hub)
    sent = send(port_of(hub), [b"nonsense;%d;%s" % (i, b"x" * 2_000) for i in range(20)])
    wait_until(lambda: hub.running.pipeline.keeper.failing is not None)
    base = hub.address.url.replace("ws:", "http:")
    with urllib.request.urlopen(f"{base}/health/live", timeout=5) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"{base}/health/ready", timeout=5)
    make_room(hub, limit)
    settled(hub, sent)
    wait_until(lambda: not hub.running.watch.book.live)
    [ended] = hub.running.watch.book.notices.values()
    assert "none is missing" in ended.over_message


def test_the_past_of_a_figure_can_be_asked_for(hub: Hub, line: ClientConnection) -> None:
    wait_until(lambda: hub.running.watch.history.taken >= 2)
    past = ask(line, "system.history", names=["hub_memory_mb"])
    assert len(past["hub_memory_mb"]["seconds"]) >= 2
    assert "there is no figure" in ask(line, "system.history", names=["x"])["message"]
    assert "not a list" in ask(line, "system.history", names="x")["message"]


def test_logging_changes_live(hub: Hub, line: ClientConnection) -> None:
    assert ask(line, "log.level", subsystem="hub.receive", level="debug")["levels"]["hub.receive"] == "DEBUG"
    assert "no level" in ask(line, "log.level", subsystem="hub", level="loud")["message"]
    settings = hub.running.settings.group(WatchSettings)
    settings.log_levels = {"store": "ERROR"}
    assert ask(line, "logs")["levels"]["store"] == "ERROR"
    settings.log_levels = {}
    assert "store" not in ask(line, "logs")["levels"]


def test_stopping_gives_threads_and_files_back(tmp_path: Path) -> None:
    with ExitStack() as stack:
        hub = stack.enter_context(running_hub(tmp_path))
        assert {"restrike-watch", "restrike-log"} <= {thread.name for thread in threading.enumerate()}
        watch = hub.running.watch
    assert not watch.thread.is_alive()
    assert not watch.logbook.thread.is_alive()
