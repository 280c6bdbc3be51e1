"""Automation: what the console says works OBS, by rules.

Pure: rules, a state and an event in; the next state and what is to be done, now or later, out. Time comes with the
events (``mono_ns`` of their arrival), so a stored bout runs through the same functions as a live one (``rehearse``).

A rule fires when an event of its ``stream`` fits all its conditions. Then, in this order: ``once`` and ``cooldown_ms``
may hold it back; ``debounce_ms`` makes it wait until no further event has fitted for so long; ``delay_ms`` makes it
wait; an event of a stream in ``cancelled_by`` takes a waiting one back. Of rules that one event fires and that would
do different things to the same subject of the same instance, only those of the highest ``priority`` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from restrike_lab.obs.actions import Action
from restrike_lab.obs.errors import FleetError

__all__ = [
    "Firing",
    "Heard",
    "Rule",
    "RuleError",
    "State",
    "When",
    "due",
    "hear",
    "next_due",
    "read_rule",
    "rehearse",
    "rule_view",
]

LONGEST_WAIT_MS = 3_600_000


class RuleError(FleetError):
    """Refuse a rule that cannot be one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the console. ``action`` is its word for what happened, ``text`` a sentence for people."""

    seq: int
    court: str
    stream: str
    mono_ns: int
    action: str = ""
    athlete: int | None = None
    round: int | None = None
    match_id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which events a rule is about; ``None`` is "any". A field that must be absent is given as ``None``."""

    stream: str
    action: str | None = None
    athlete: int | None = None
    round: int | None = None
    court: str | None = None
    fields: dict[str, Any] = {}

    def holds(self, heard: Heard) -> bool:
        """Tell whether an event fits."""
        return (
            heard.stream == self.stream
            and self.action in (None, heard.action)
            and self.athlete in (None, heard.athlete)
            and self.round in (None, heard.round)
            and self.court in (None, heard.court)
            and all(heard.fields.get(name) == value for name, value in self.fields.items())
        )


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule by name. ``instance`` is the name or the role of those it works, empty for all; times in ms."""

    name: str
    when: When
    do: tuple[Action, ...]
    help: str = ""
    instance: str = ""
    delay_ms: int = 0
    debounce_ms: int = 0
    cooldown_ms: int = 0
    once: Literal["", "round", "match"] = ""
    priority: int = 0
    cancelled_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires: ``actions`` of it are to be done at ``due_ns``."""

    rule: Rule
    heard: Heard
    actions: tuple[Action, ...]
    due_ns: int


@dataclass(frozen=True, slots=True)
class State:
    """What waits, and by rule and court the event on which it fired last."""

    waiting: tuple[Firing, ...] = ()
    last: Mapping[tuple[str, str], Heard] = field(default_factory=dict)


def hear(rules: Iterable[Rule], state: State, heard: Heard) -> tuple[State, tuple[Firing, ...]]:
    """Take an event; return the next state and the firings that are due at once, those of high priority first."""
    waiting = tuple(
        each for each in state.waiting if each.heard.court != heard.court or heard.stream not in each.rule.cancelled_by
    )
    fitting = sorted((rule for rule in rules if rule.when.holds(heard)), key=lambda rule: -rule.priority)
    last = dict(state.last)
    claims: dict[tuple[str, str], int] = {}
    now: list[Firing] = []
    for rule in fitting:
        key = (rule.name, heard.court)
        restarts = rule.debounce_ms and any(_same(each, rule, heard) for each in waiting)
        if not restarts and _held_back(rule, last.get(key), heard):
            continue
        actions = tuple(
            action
            for action in rule.do
            if claims.setdefault((rule.instance, action.subject), rule.priority) == rule.priority
        )
        if not actions:
            continue
        last[key] = heard
        firing = Firing(rule, heard, actions, heard.mono_ns + (rule.debounce_ms + rule.delay_ms) * 1_000_000)
        if restarts:
            waiting = tuple(each for each in waiting if not _same(each, rule, heard))
        if firing.due_ns > heard.mono_ns:
            waiting = (*waiting, firing)
        else:
            now.append(firing)
    return State(waiting, last), tuple(now)


def due(state: State, mono_ns: int) -> tuple[State, tuple[Firing, ...]]:
    """Return the next state and the waiting firings that are due by ``mono_ns``, in order."""
    ripe = sorted((each for each in state.waiting if each.due_ns <= mono_ns), key=lambda each: each.due_ns)
    if not ripe:
        return state, ()
    return replace(state, waiting=tuple(each for each in state.waiting if each.due_ns > mono_ns)), tuple(ripe)


def next_due(state: State) -> int | None:
    """Return when the first waiting firing is due (monotonic ns), ``None`` where none waits."""
    return min((each.due_ns for each in state.waiting), default=None)


def rehearse(rules: Sequence[Rule], events: Iterable[Heard]) -> list[Firing]:
    """Return what the rules would have done in a stored bout, in order; nothing is done."""
    state, fired = State(), list[Firing]()
    for heard in events:
        state, ripe = due(state, heard.mono_ns)
        state, now = hear(rules, state, heard)
        fired += [*ripe, *now]
    return fired + sorted(state.waiting, key=lambda each: each.due_ns)


def read_rule(given: Mapping[str, Any]) -> Rule:
    """Return a rule from plain values; raises ``FleetError`` where they are none, saying what is wrong."""
    try:
        rule = msgspec.convert(given, Rule)
    except msgspec.ValidationError as problem:
        raise RuleError(
            f"this is no rule: {problem}", hint="A rule has name, when: {stream}, do: [{request}]."
        ) from None
    waits = (rule.delay_ms, rule.debounce_ms, rule.cooldown_ms)
    if not rule.name.strip() or not rule.do:
        raise RuleError("a rule needs a name and something to do", hint='Give name and do: [{"request": "take"}].')
    if any(not 0 <= wait <= LONGEST_WAIT_MS for wait in waits):
        raise RuleError("a rule waits for at most an hour", hint=f"Times are in ms, 0 to {LONGEST_WAIT_MS}.")
    return rule


def rule_view(rule: Rule) -> dict[str, Any]:
    """Return a rule as plain values, from which ``read_rule`` makes it again."""
    view: dict[str, Any] = msgspec.to_builtins(rule)
    return view


def _same(waiting: Firing, rule: Rule, heard: Heard) -> bool:
    return waiting.rule.name == rule.name and waiting.heard.court == heard.court


def _held_back(rule: Rule, last: Heard | None, heard: Heard) -> bool:
    """Tell whether a rule has fired too recently, or already in this round or match."""
    if last is None:
        return False
    if rule.cooldown_ms and heard.mono_ns - last.mono_ns < rule.cooldown_ms * 1_000_000:
        return True
    if not rule.once or last.match_id != heard.match_id:
        return False
    return rule.once == "match" or last.round == heard.round
