"""The WebSocket: who may connect, and that nothing is missing, doubled or told before it is stored."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from restrike_lab.hub.commands import Caller, Commands
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.hub import Hub
from tests.hub.helpers import (
    LOAD,
    client,
    event_seqs,
    hub_config,
    port_of,
    receive,
    receive_until,
    running_hub,
    send,
    settled,
    stored,
    wait_until,
)


def last_seq_is(seq: int) -> Any:
    return lambda message: message.get("type") == "pss_event" and message["seq"] == seq


def test_a_client_gets_a_snapshot_and_then_every_event_as_people_and_programs_read_it(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        snapshot = receive(connection)
        sent = [*LOAD, b"clk;01:27;stop", b"hl1;55", b"sc1;2;sc2;0", b"pt1;2"]
        send(port_of(hub), sent)
        messages = receive_until(connection, last_seq_is(len(sent)))
    assert (snapshot["type"], snapshot["seq"], snapshot["epoch"]) == ("snapshot", 0, 1)
    assert snapshot["courts"]["1"]["match"] is None
    assert event_seqs(messages) == list(range(1, len(sent) + 1))
    point = messages[-1]["data"]
    assert point["raw_data"] == "pt1;2"
    assert (point["stream"], point["event_code"], point["athlete"], point["value"]) == ("pt", "K", 1, 2)
    assert (point["match_id"], point["round"], point["clock_ms"], point["time"]) == (1, 1, 87_000, "1:27")
    assert (point["status"], point["confidence"], point["court"]) == ("recognized", 1.0, "1")
    assert point["fields"]["points"] == 2
    assert point["timestamp"].endswith("Z")
    assert point["description"]
    assert point["action"]


def test_a_changed_court_is_told_within_the_coalescing_time(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        send(port_of(hub), [*LOAD, b"clk;02:00;start", *(b"sc1;%d;sc2;1" % i for i in range(60))])
        messages = receive_until(
            connection, lambda m: m["type"] == "match" and m["state"]["score"] == [59, 1] and m["seq"] == 72
        )
    states = [message for message in messages if message["type"] == "match"]
    assert states[-1]["court"] == "1"
    assert states[-1]["state"]["match"]["number"] == "101"
    assert len(states) < 30


def test_metrics_come_every_second(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        receive(connection)
        metrics = receive_until(connection, lambda m: m["type"] == "metrics", 5)[-1]
    assert metrics["courts"]["1"]["received"] == 0
    assert metrics["store_ok"] is True


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%C3%A9"])
def test_without_the_right_token_there_is_no_websocket(tmp_path: Path, query: str) -> None:
    with running_hub(tmp_path) as hub:
        assert hub.address is not None
        with pytest.raises(InvalidStatus) as refusal, connect(f"{hub.address.url}/{query}", proxy=None):
            pass
    assert refusal.value.response.status_code == 401


def test_the_token_may_come_as_a_bearer_header(tmp_path: Path) -> None:
    with running_hub(tmp_path, token="secret") as hub:
        assert hub.address is not None
        headers = {"Authorization": "Bearer secret"}
        with connect(hub.address.url, additional_headers=headers, proxy=None) as connection:
            assert json.loads(connection.recv(timeout=5))["type"] == "snapshot"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8888", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:8866", True),
        ("https://lab.example", True),
        ("https://evil.example", False),
        ("https://localhost.evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_pages_of_other_origins_may_not_connect(tmp_path: Path, origin: str, allowed: bool) -> None:
    with running_hub(tmp_path, origins=["https://lab.example"], token="t") as hub:
        assert hub.address is not None
        options = {"additional_headers": {"Origin": origin}, "proxy": None}
        if allowed:
            with connect(hub.address.url + "/?token=t", **options) as connection:  # type: ignore[arg-type]
                assert json.loads(connection.recv(timeout=5))["type"] == "snapshot"
        else:
            with pytest.raises(InvalidStatus) as refusal, connect(hub.address.url + "/?token=t", **options):  # type: ignore[arg-type]
                pass
            assert refusal.value.response.status_code == 403


def test_health_is_told_to_anybody_and_tells_no_secret(tmp_path: Path) -> None:
    with running_hub(tmp_path, token="very-secret") as hub:
        assert hub.address is not None
        with urllib.request.urlopen(hub.address.url.replace("ws:", "http:") + "/health", timeout=5) as response:
            body = response.read().decode()
        assert json.loads(body)["status"] == "ok"
        assert "very-secret" not in body
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(hub.address.url.replace("ws:", "http:") + "/other", timeout=5)


@pytest.mark.parametrize("since", ["-1", "x", "1e3", "9" * 30])
def test_a_since_that_is_no_number_is_refused(tmp_path: Path, since: str) -> None:
    with running_hub(tmp_path, token="t") as hub:
        assert hub.address is not None
        with pytest.raises(InvalidStatus) as refusal, connect(f"{hub.address.url}/?token=t&since={since}", proxy=None):
            pass
    assert refusal.value.response.status_code == 400


def test_clients_that_come_and_go_under_traffic_see_every_event_once(tmp_path: Path) -> None:
    total = 6_000
    with running_hub(tmp_path) as hub:
        port = port_of(hub)

        def traffic() -> None:
            for i in range(total // 20):
                send(port, [b"sc1;%d;sc2;%d" % (i, j) for j in range(20)])
                time.sleep(0.004)

        sender = threading.Thread(target=traffic)
        sender.start()
        seen: list[int] = []
        connections = 0
        while not seen or seen[-1] < total:
            connections += 1
            with client(hub.address, since=seen[-1] if seen else 0) as connection:
                goal = min((seen[-1] if seen else 0) + 700, total)
                while not seen or seen[-1] < goal:
                    message = receive(connection)
                    if message["type"] == "pss_event":
                        seen.append(message["seq"])
                    elif message["type"] == "snapshot":
                        assert "reason" not in message
        sender.join()
    assert seen == list(range(1, total + 1))
    assert connections >= total // 700


def test_many_clients_joining_at_any_moment_miss_nothing_after_their_snapshot(tmp_path: Path) -> None:
    total = 3_000
    outcomes: list[list[int]] = []
    with running_hub(tmp_path) as hub:
        port = port_of(hub)

        def listen(delay: float) -> None:
            time.sleep(delay)
            with client(hub.address) as connection:
                snapshot = receive(connection)
                seqs = [snapshot["seq"]]
                while seqs[-1] < total:
                    message = receive(connection)
                    if message["type"] == "pss_event":
                        seqs.append(message["seq"])
                outcomes.append(seqs)

        listeners = [threading.Thread(target=listen, args=(i * 0.02,)) for i in range(12)]
        for listener in listeners:
            listener.start()
        for i in range(total // 10):
            send(port, [b"clk;01:%02d" % (i % 60)] * 10)
            time.sleep(0.002)
        for listener in listeners:
            listener.join()
    assert len(outcomes) == 12
    for seqs in outcomes:
        assert seqs == list(range(seqs[0], total + 1))


def test_a_since_beyond_the_end_goes_live_without_waiting_for_it(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        with client(hub.address, since=10_000) as connection:
            assert receive(connection)["seq"] == len(LOAD)
            send(port_of(hub), [b"rnd;2"])
            assert event_seqs(receive_until(connection, last_seq_is(len(LOAD) + 1))) == [len(LOAD) + 1]


def test_a_client_that_read_what_is_not_yet_published_resumes_without_a_repetition(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        pipeline, may_publish = hub.running.pipeline, threading.Event()
        publish = pipeline.publish

        def publish_late(group: Group) -> None:
            assert may_publish.wait(30)
            publish(group)

        pipeline.publish = publish_late
        send(port_of(hub), [b"rnd;2"])
        wait_until(lambda: len(stored(tmp_path)) == len(LOAD) + 1)
        with client(hub.address) as connection:  # reads the event from the database
            receive_until(connection, last_seq_is(len(LOAD) + 1))
        with client(hub.address, since=len(LOAD) + 1) as connection:
            assert receive(connection)["seq"] == len(LOAD) + 1
            may_publish.set()
            send(port_of(hub), [b"rnd;3"])
            assert event_seqs(receive_until(connection, last_seq_is(len(LOAD) + 2))) == [len(LOAD) + 2]


def test_whatever_a_client_was_told_is_in_the_database(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        receive(connection)
        for i in range(50):
            send(port_of(hub), [b"rnd;%d" % (i % 3 + 1)])
            receive_until(connection, last_seq_is(i + 1))
            assert len(stored(tmp_path)) >= i + 1


def test_a_slow_client_gets_a_fresh_snapshot_instead_of_a_growing_queue(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        hub.running.fanout.backlog_bytes = 100_000
        assert hub.address is not None
        slow = socket.create_connection(("127.0.0.1", int(hub.address.url.rpartition(":")[2])))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        with connect(
            f"{hub.address.url}/?token={hub.address.token}",
            sock=slow,
            proxy=None,
            compression=None,
            max_size=None,
            max_queue=1,
            close_timeout=0.1,
        ) as connection:
            receive(connection)
            port = port_of(hub)
            sent = 0
            while not any(each.behind for each in hub.running.fanout.clients):
                sent += send(port, [b"sc1;%d;sc2;%d" % (i % 90, i % 7) for i in range(500)])
                settled(hub, sent)
                assert sent < 200_000
            sent += send(port, [b"sc1;1;sc2;1"])  # what made it fall behind may have been no event but a figure
            settled(hub, sent)
            wait_until(lambda: hub.running.fanout.picture.seq == sent)
            highest = max(each.backlog for each in hub.running.fanout.clients)
            messages = receive_until(connection, lambda m: m["type"] == "snapshot" and m["seq"] == sent, 20)
            assert messages[-1]["reason"] == "slow"
            assert messages[-1]["courts"]["1"]["score"] == list(hub.court_states()["1"].score)
            send(port, [b"rnd;2"])
            following = event_seqs(receive_until(connection, last_seq_is(sent + 1)))
    seen = event_seqs(messages)
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) < sent
    assert following == [sent + 1]
    assert highest < 2_000_000


def test_a_flood_does_not_queue_up_for_clients(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        receive(connection)
        hub.running.pipeline.publish = lambda group: hub.running.fanout.publish(  # a machine that cannot keep up
            type(group)(group.seq, group.rows, group.recognitions, group.courts, group.seq < 400)
        )
        for i in range(5):
            send(port_of(hub), [b"clk;01:%02d" % (j % 60) for j in range(100)])
            settled(hub, (i + 1) * 100)
        messages = receive_until(connection, lambda m: m["type"] in ("snapshot", "pss_event") and m["seq"] == 500)
    assert "slow" in [message.get("reason") for message in messages]


def ask(connection: Any, command: Any, **args: Any) -> dict[str, Any]:
    connection.send(json.dumps({"id": "7", "command": command, "args": args}))
    return receive_until(connection, lambda message: message["type"] == "reply")[-1]


def test_commands_are_answered(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        send(port_of(hub), LOAD)
        settled(hub, len(LOAD))
        assert ask(connection, "ping") == {"type": "reply", "id": "7", "ok": True, "result": {"seq": len(LOAD)}}
        status = ask(connection, "status")["result"]
        assert status["courts"]["1"]["received"] == len(LOAD)
        assert status["platform"]["receive"]
        events = ask(connection, "events", since=5, limit=3)["result"]
        assert [event["seq"] for event in events] == [6, 7, 8]
        assert events[0]["raw_data"] == LOAD[5].decode()


def test_wrong_commands_are_answered_with_the_way_out(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        for command, args in (("fly", {}), (None, {}), ("events", {"limit": "x"})):
            reply = ask(connection, command, **args)
            assert (reply["ok"], reply["error"]["category"]) == (False, "command")
            assert reply["error"]["hint"]
        connection.send("no json")
        assert receive_until(connection, lambda m: m["type"] == "error")[-1]["message"]
        assert ask(connection, "ping")["ok"]


def test_a_command_needs_its_role() -> None:
    commands = Commands()
    commands.register("erase", lambda args, caller: "done", role="admin")
    assert commands.run("erase", {}, Caller("admin")) == "done"
    with pytest.raises(CommandError, match="needs an administrator"):
        commands.run("erase", {}, Caller("operator"))


def test_a_defect_in_a_command_is_answered_without_its_insides() -> None:
    commands = Commands()
    commands.register("broken", lambda args, caller: 1 / 0)
    reply = commands.answer({"id": 1, "command": "broken"}, Caller("viewer"))
    assert reply["ok"] is False
    assert "division" not in json.dumps(reply)


def test_the_stop_command_ends_the_hub(tmp_path: Path) -> None:
    hub = Hub(hub_config(tmp_path))
    hub.start()
    try:
        with client(hub.address) as connection:
            send(port_of(hub), LOAD)
            assert ask(connection, "stop")["ok"]
        wait_until(lambda: hub.address is None)
        hub.stop()
        assert len(stored(tmp_path)) == len(LOAD)
    finally:
        hub.stop()


def test_small_and_urgent_frames_are_not_held_back(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as connection:
        receive(connection)
        wait_until(lambda: bool(hub.running.fanout.clients))
        (served,) = hub.running.fanout.clients
        sock = served.connection.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
