"""What is asked about events again and again is kept for a while, and how often it was there is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from restrike_lab.hub.commands import Caller
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.lookups import Kept
from restrike_lab.hub.report import Reporter
from tests.browser.bout import load
from tests.hub.helpers import port_of, running_hub, send, settled
from tests.hub.test_recognition import THRUST


def about(hub: Hub, **args: Any) -> Any:
    return hub.commands.run("about", args, Caller("viewer"))


def test_a_match_and_a_stream_are_named_and_the_second_look_finds_them_kept(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        messages = [each.encode() for each in load()]
        send(port_of(hub), messages)
        settled(hub, len(messages))
        for _ in range(4):
            said = about(hub, stream="pt", match_id=1, protocol_version="2.3-live")
        assert said["athletes"]["red"] == {"short": "KIM Tae-hun", "long": "KIM Tae-hun", "country": "KOR"}
        assert said["event_type"]["codes"] == ["pt1", "pt2"]
        assert said["event_type"]["fields"] == {"athlete": "integer", "points": "integer"}
        assert about(hub, stream="nobody", match_id=99) == {"event_type": None, "athletes": None}
        caches = hub.status()["system"]["caches"]
        assert (caches["athletes"]["looked_up"], caches["athletes"]["answered"]) == (5, 3)
        assert caches["event types"]["rate"] == 0.6
        assert caches["recognizer 1"]["looked_up"] == len(messages)
        assert Reporter(hub.running, lambda *_: None).tick()["caches"]["athletes"]["answered"] == 3


def test_a_stream_that_is_defined_anew_is_not_answered_from_before(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        assert about(hub, stream="thrust")["event_type"] is None
        hub.commands.run("definition.put", {"toml": THRUST, "why": "for the test"}, Caller("admin"))
        assert about(hub, stream="thrust")["event_type"]["codes"] == ["thr1", "thr2"]


def test_an_answer_goes_with_its_time_and_the_oldest_where_there_is_no_room() -> None:
    now = 0.0
    kept = Kept(most=2, seconds=10, clock=lambda: now)
    found: list[int] = []

    def look(key: int) -> int:
        return int(kept.get(key, lambda: found.append(key) or key))

    assert [look(1), look(1), look(2), look(3)] == [1, 1, 2, 3]
    assert kept.figures()["kept"] == 2
    now = 11.0
    assert kept.figures()["kept"] == 0
    look(3)
    assert found == [1, 2, 3, 3]
    assert (kept.figures()["looked_up"], kept.figures()["answered"]) == (5, 1)
