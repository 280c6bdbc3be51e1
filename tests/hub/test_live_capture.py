"""A real console's traffic, sent over UDP into a hub: every byte kept, everything understood, nothing told twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from restrike_lab.hub.receive import choose_drain
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS
from tests.hub.helpers import client, port_of, receive, running_hub, send, settled, stored

RAW, PART = EVENT_COLUMNS.index("raw"), EVENT_COLUMNS.index("part")


@pytest.mark.parametrize("portable", [False, True], ids=[choose_drain().name, choose_drain(portable=True).name])
def test_every_datagram_of_a_real_console_is_kept_and_understood(
    tmp_path: Path, live_messages: list[tuple[int, bytes]], portable: bool
) -> None:
    sent = [payload for _at, payload in live_messages]
    with running_hub(tmp_path, portable_receive=portable) as hub:
        port = port_of(hub)
        for start in range(0, len(sent), 200):
            send(port, sent[start : start + 200])
            time.sleep(0.005)
        settled(hub, len(sent))
        books = hub.status()["courts"]["1"]
    rows = stored(tmp_path)
    datagrams: list[bytes] = []
    for row in rows:
        if row[PART] == 0:
            datagrams.append(row[RAW])
        else:
            datagrams[-1] += row[RAW]
    assert datagrams == sent
    assert books["received"] == len(sent)
    reader = Reader.open(tmp_path)
    unknown = reader.query("SELECT raw FROM pss_events WHERE recognition_status = 'unknown'").rows
    loads = reader.query("SELECT count(*) FROM pss_matches").rows[0][0]
    reader.close()
    assert unknown == []
    assert loads == sum(payload.startswith(b"pre;") for payload in sent)


def test_a_client_that_reconnects_in_the_middle_is_told_every_event_once(
    tmp_path: Path, live_messages: list[tuple[int, bytes]]
) -> None:
    sent = [payload for _at, payload in live_messages][:3_000]
    told: list[int] = []
    with running_hub(tmp_path) as hub:
        port = port_of(hub)
        for start in range(0, len(sent), 100):
            send(port, sent[start : start + 100])
            if start % 500 == 0:
                with client(hub.address, since=told[-1] if told else 0) as connection:
                    goal = start + 50
                    while not told or told[-1] < goal:
                        message = receive(connection)
                        if message["type"] == "pss_event":
                            told.append(message["seq"])
    assert told == list(range(1, len(told) + 1))
    assert len(told) > len(sent) // 2
