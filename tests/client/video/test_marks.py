"""What people look for in the video of a bout."""

from __future__ import annotations

from typing import Any

import pytest

from restrike_lab.client.video.marks import KINDS, marks
from restrike_lab.pss import Recognizer


def events(*messages: bytes, round_: int = 1) -> list[dict[str, Any]]:
    import json

    found = [each for message in messages for each in Recognizer().recognize(message)]
    return [
        {
            "seq": number, "stream": each.stream, "action": each.action, "athlete": each.athlete, "round": round_,
            "time": "1:00", "description": each.description, "fields": json.loads(each.fields),
        }
        for number, each in enumerate(found)
    ]  # fmt: skip


def titles(found: list[dict[str, Any]], *kinds: str) -> list[str]:
    return [mark.title for mark in (marks(found, kinds) if kinds else marks(found))]


def test_a_round_begins_once() -> None:
    found = events(b"clk;02:00", b"clk;02:00;start", b"clk;01:00;stop", b"clk;01:00;start")
    assert titles(found) == ["Round 1"]
    assert titles([*found, *events(b"clk;02:00;start", round_=2)]) == ["Round 1", "Round 2"]


def test_points_challenges_and_the_winner_are_marked_and_hits_on_demand() -> None:
    found = events(b"hl1;50", b"pt1;2", b"ch2;", b"ch2;1", b"win;RED")
    assert titles(found) == [
        "Blue: body kick, +2",
        "Red: challenge requested",
        "Red: challenge accepted",
        "Winner: Red",
    ]
    assert titles(found, "hit") == ["Blue: hit level 50"]
    assert len(marks(found, tuple(KINDS))) == 5


def test_only_a_rise_of_the_count_is_a_gam_jeom() -> None:
    found = events(b"wg1;0;wg2;0", b"wg1;1;wg2;0", b"wg1;1;wg2;0", b"wg1;1;wg2;1", b"wg1;0;wg2;1")
    assert [(mark.title, mark.athlete) for mark in marks(found)] == [("Blue: gam-jeom", 1), ("Red: gam-jeom", 2)]


def test_injury_time_is_marked_when_it_begins() -> None:
    found = events(b"ij1;01:00;show", b"ij1;00:59", b"ij1;00:40;hide")
    assert titles(found) == ["Blue: injury time"]


def test_a_kind_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="kick"):
        marks([], ("kick",))
