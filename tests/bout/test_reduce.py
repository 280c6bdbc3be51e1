"""What holds for every message."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restrike_lab.bout import Arrival, CourtState, reduce
from restrike_lab.pss import STREAMS, parse
from tests.bout.court import Court

EXAMPLES = [stream.example for stream in STREAMS]


@pytest.mark.parametrize(
    "again",
    [
        "clk;01:59",
        "sc1;0;sc2;0",
        "s11;0;s21;0",
        "wg1;0;wg2;0",
        "sup;0",
        "rnd;1",
        "wrd;rd1;0",
        "ij0;0:00;hide",
        "ch1;-1",
    ],
)
def test_news_that_is_none_gives_the_same_state_back(court: Court, again: str) -> None:
    before = court.fight()
    assert court.say(again) is before


@pytest.mark.parametrize(
    "text",
    ["Udp Port 6000 connected;", "rst;1;st1;0;0;0;0;0;0;st2;0;0;0;0;0;0;", "rsr;", "avt;1", "zzz;1", "", "ref;;;"],
)
def test_messages_that_say_nothing_about_the_bout_change_nothing(court: Court, text: str) -> None:
    before = court.fight()
    assert court.say(text) is before


def test_the_state_is_written_as_json_and_read_back(court: Court) -> None:
    court.fight()
    state = court.say("hl1;50", "sc1;3;sc2;0", "pt1;3", "ij0;01:00;show", "ch1;", "hl2;70")
    assert msgspec.json.decode(msgspec.json.encode(state), type=CourtState) == state


def test_the_state_has_the_keys_that_screens_draw_from(court: Court) -> None:
    court.fight()
    state = msgspec.to_builtins(court.say("hl1;50"))
    assert {
        "match_id", "match", "round", "clock", "score", "gam_jeoms", "superiority", "round_points", "round_winners",
        "injury", "challenge", "break_ms", "hits",
    } <= state.keys()  # fmt: skip
    assert {
        "match_id", "number", "phase", "weight_class", "division", "rounds", "round_ms", "count", "min_body_level",
        "min_head_level", "blue", "red", "stage", "loaded_ns", "started_ns", "ended_ns", "winner", "winner_name",
        "decision", "rounds_won",
    } <= state["match"].keys()  # fmt: skip
    assert state["clock"] == {"time_ms": 119_000, "running": True}
    assert state["hits"][0][0].keys() == {"seq", "level", "wall_ns", "linked"}
    assert state["match"]["blue"] == {"short": "B. One", "long": "Blue One", "country": "CRO"}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(EXAMPLES) | st.text(max_size=30) | st.binary(max_size=30), max_size=30))
def test_no_message_makes_the_reducer_fail_or_the_state_unsendable(said: list[str | bytes]) -> None:
    court = Court()
    for each in said:
        data = each if isinstance(each, bytes) else each.encode("utf-8", "surrogatepass")
        court.say(data)
        msgspec.json.encode(court.state)


def test_the_same_events_give_the_same_states(court: Court) -> None:
    events = [(message, Arrival(7, 7, 7)) for text in EXAMPLES for message in parse(text.encode())]
    first = second = CourtState()
    for message, at in events:
        first, facts = reduce(first, message, at)
        second, again = reduce(second, message, at)
        assert facts == again
    assert first == second
