"""Rules: which events fire them, when, how often, and what takes them back. Pure, so time is just a number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from restrike_lab.obs.automation import Firing, Heard, Rule, State, due, hear, next_due, read_rule, rehearse, rule_view
from restrike_lab.obs.errors import FleetError
from restrike_lab.obs.shipped_rules import SHIPPED

MS = 1_000_000


def event(stream: str, at_ms: int = 0, **facts: Any) -> Heard:
    return Heard(**{"seq": at_ms + 1, "court": "1", "stream": stream, "mono_ns": at_ms * MS, "match_id": 1, **facts})


def rule(stream: str = "pt", request: str = "replay.save", **more: Any) -> Rule:
    when = {"stream": stream, **more.pop("when", {})}
    return read_rule({"name": "it", "when": when, "do": [{"request": request}], **more})


def fired(rules: list[Rule], *events: Heard) -> list[int]:
    """Return when something was done, in ms."""
    return [each.due_ns // MS for each in rehearse(rules, events)]


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ({"action": "start"}, {"action": "start"}),
        ({"athlete": 2}, {"athlete": 2}),
        ({"round": 3}, {"round": 3}),
        ({"court": "B"}, {"court": "B"}),
        ({"fields": {"points": 3}}, {"fields": {"points": 3}}),
        ({"fields": {"state": None}}, {"action": "anything"}),
    ],
)
def test_a_rule_fires_on_events_that_fit_all_its_conditions(when: dict[str, Any], facts: dict[str, Any]) -> None:
    it = rule(when=when)
    assert fired([it], event("pt", **facts)) == [0]
    assert fired([it], event("hl", **facts)) == []
    if when != {"fields": {"state": None}}:
        assert fired([it], event("pt")) == []


def test_a_field_that_must_be_absent_keeps_a_rule_from_firing_where_it_is_there() -> None:
    it = rule("ch", when={"fields": {"state": None}})
    assert fired([it], event("ch", fields={"state": 1})) == []


def test_a_delay_makes_it_wait_and_another_event_takes_it_back() -> None:
    it = rule("win", "record.stop", delay_ms=500, cancelled_by=["pre"])
    assert fired([it], event("win"), event("clk", 900)) == [500]
    assert fired([it], event("win"), event("pre", 400)) == []
    assert fired([it], event("win"), event("pre", 400, court="2")) == [500]


def test_what_waits_is_due_when_its_time_has_come() -> None:
    state, now = hear([rule(delay_ms=500)], State(), event("pt", 100))
    assert (now, next_due(state)) == ((), 600 * MS)
    state, ripe = due(state, 599 * MS)
    assert ripe == ()
    state, ripe = due(state, 600 * MS)
    assert [each.heard.seq for each in ripe] == [101]
    assert next_due(state) is None


def test_debounce_waits_until_it_has_been_quiet() -> None:
    it = rule(debounce_ms=100)
    assert fired([it], event("pt", 0), event("pt", 60), event("pt", 120), event("pt", 500)) == [220, 600]


def test_cool_down_lets_nothing_through_for_a_while() -> None:
    it = rule(cooldown_ms=100)
    assert fired([it], event("pt", 0), event("pt", 60), event("pt", 100), event("pt", 150)) == [0, 100]


def test_once_per_round_and_once_per_match() -> None:
    events = [event("pt", at, round=number) for at, number in ((0, 1), (10, 1), (20, 2), (30, 2))]
    events.append(event("pt", 40, round=2, match_id=9))
    assert fired([rule(once="round")], *events) == [0, 20, 40]
    assert fired([rule(once="match")], *events) == [0, 40]


def test_courts_do_not_count_for_each_other() -> None:
    it = rule(once="match", cooldown_ms=1000)
    assert fired([it], event("pt", 0), event("pt", 1, court="2")) == [0, 1]


def scene(name: str, scene: str, **more: Any) -> Rule:
    return read_rule(
        {"name": name, "when": {"stream": "pt"}, "do": [{"request": "scene", "args": {"scene": scene}}], **more}
    )


def scenes(*firings: Firing) -> list[Any]:
    return [action.args["scene"] for each in firings for action in each.actions]


def test_of_contradicting_rules_the_one_of_higher_priority_wins() -> None:
    low, high, other = scene("low", "A"), scene("high", "B", priority=5), scene("other", "C", instance="ring2")
    _, now = hear([low, high, other], State(), event("pt"))
    assert scenes(*now) == ["B", "C"]
    _, now = hear([low, scene("equal", "D")], State(), event("pt"))
    assert scenes(*now) == ["A", "D"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "x", "when": {"stream": "pt"}, "do": []},
        {"name": " ", "when": {"stream": "pt"}, "do": [{"request": "take"}]},
        {"name": "x", "when": {"stream": 7}, "do": [{"request": "take"}]},
        {"name": "x", "when": {"stream": "pt", "moon": 1}, "do": [{"request": "take"}]},
        {"name": "x", "when": {"stream": "pt"}, "do": [{"request": "explode"}]},
        {"name": "x", "when": {"stream": "pt"}, "do": [{"request": "scene"}]},
        {"name": "x", "when": {"stream": "pt"}, "do": [{"request": "take"}], "delay_ms": -1},
        {"name": "x", "when": {"stream": "pt"}, "do": [{"request": "take"}], "once": "day"},
    ],
)
def test_what_is_no_rule_is_refused_with_a_way_out(given: dict[str, Any]) -> None:
    with pytest.raises(FleetError) as refused:
        read_rule(given)
    assert refused.value.hint


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda rule: rule.name)
def test_shipped_rules_survive_being_written_down_and_say_what_they_do(shipped: Rule) -> None:
    assert read_rule(json.loads(json.dumps(rule_view(shipped)))) == shipped
    assert shipped.help


def test_the_shipped_rules_record_a_bout() -> None:
    events = [
        event("pre", 0),
        event("rdy", 50),
        event("clk", 1000, action="start", round=1),
        event("pt", 1500, round=1),
        event("clk", 2000, action="start", round=1),
        event("ch", 3000),
        event("ch", 6000, fields={"state": 1}),
        event("win", 9000),
    ]
    done = [(each.due_ns // MS, action.request) for each in rehearse(SHIPPED, events) for action in each.actions]
    assert done == [
        (0, "record.stop"), (50, "file_name"), (50, "record.start"), (1000, "chapter"), (1500, "chapter"),
        (3000, "replay.save"), (3000, "scene"), (6000, "back"), (24000, "record.stop"),
    ]  # fmt: skip
