"""Load bursts: twelve messages in 22 to 170 ms that make a match, whether they repeat, replace or abort one.

What a load must hold is learned: the published streams are expected from the start, those that only some consoles send
once the court has sent them. A load without ``s..`` is judged when the first ``s..`` of the match comes, since a
conventional bout sends none [older].
"""

from __future__ import annotations

from msgspec.structs import replace

from restrike_lab.bout.audit.clock import settle_clock
from restrike_lab.bout.audit.course import conclude_confirmation, conclude_result, just_joined
from restrike_lab.bout.audit.ledger import opened_ledger, settle_ledger
from restrike_lab.bout.audit.quality import quality
from restrike_lab.bout.audit.report import report
from restrike_lab.bout.audit.state import SETTLED_NS, AuditState, ClockWatch, Course, Load, Ticks
from restrike_lab.bout.state import Arrival

__all__ = ["LOAD_NS", "LOAD_PARTS", "close_load", "load_until_ns", "loading", "takes", "told_rounds"]

LOAD_PARTS = ("pre", "ref", "at", "mch", "wg", "wrd", "s", "sc", "clk", "rnd", "sup", "rdy")
"""The messages of a load burst, in their usual order [live]."""

NAMERS = frozenset(("pre", "at", "mch"))
CORE = frozenset(("pre", "at", "mch", "wg", "sc", "clk", "rnd", "rdy"))
SOME = frozenset(("ref", "sup"))

LOAD_NS = 1_000_000_000
"""A load burst without ``rdy`` is over after a second; with it after 250 ms."""

EARLY_NS, EARLY_EVENTS = 50_000_000, 6
"""How far ``wg`` may overtake the messages before it in a load burst."""

LEARNED = 2
"""Loads after which a stream that never was in one is no longer expected."""


def takes(state: AuditState, part: str) -> bool:
    """Tell whether a message belongs to the load burst that goes on.

    A last second of the bout before may come in between, so the clock may show twice.
    """
    load = state.course.load
    if load is None:
        return False
    return part not in load.parts or (part == "clk" and "rdy" not in load.parts)


def loading(state: AuditState, part: str, at: Arrival) -> AuditState:
    """Take a part of a load burst; ``pre``, ``ref``, ``at``, ``mch`` and ``rdy`` begin one if none goes on."""
    load = state.course.load
    if load is None and part == "rdy" and just_joined(state, at, LOAD_NS):
        return state
    if load is None or (part in load.parts and part != "clk"):
        state = _open(state, part, at)
        load = state.course.load
        assert load is not None
    course = state.course
    match_id = at.seq if course.match_id is None and part in NAMERS else course.match_id
    load = replace(load, last=at, parts=load.parts | {part})
    return replace(state, course=replace(course, match_id=match_id, load=load))


def load_until_ns(load: Load) -> int:
    """Return the monotonic time at which a load burst is over if nothing more comes."""
    return load.last.mono_ns + (SETTLED_NS if "rdy" in load.parts else LOAD_NS)


def close_load(state: AuditState) -> AuditState:
    """Judge a load burst that is over."""
    course = state.course
    load = course.load
    if load is None:
        return state
    habits = course.habits | load.parts
    s_seen = "s" in load.parts
    closed = replace(
        course,
        load=None,
        loads=course.loads + 1,
        habits=habits,
        s_seen=s_seen,
        s_lost=None if s_seen or load.joined else load,
    )
    tally = replace(state.tally, loads=state.tally.loads + 1)
    state = replace(state, course=closed, tally=tally)
    if load.joined:
        return state
    expected = CORE if course.loads < LEARNED else CORE & habits
    expected |= SOME & habits
    if s_seen:
        expected |= {"wrd"}
    lost = tuple(part for part in LOAD_PARTS if part in expected - load.parts)
    return _report_load(state, load, lost) if lost else state


def told_rounds(state: AuditState) -> AuditState:
    """Note that the match sends points per round; if its load did not, that part was lost."""
    course = state.course
    lost = course.s_lost
    state = replace(state, course=replace(course, s_seen=True, s_lost=None))
    return state if lost is None else _report_load(state, lost, ("s",))


def _open(state: AuditState, part: str, at: Arrival) -> AuditState:
    before = state
    if state.heard:
        state = close_load(settle_ledger(settle_clock(state, None), None))
        state = conclude_confirmation(state)
        before = conclude_result(state)
    course = before.course
    early = course.early
    overtook = early is not None and at.mono_ns - early.mono_ns <= EARLY_NS and at.seq - early.seq <= EARLY_EVENTS
    return AuditState(
        ticks=Ticks(None, None, at, 0),
        # The length of the rounds before holds until the load tells its own.
        clock=ClockWatch(running=False, round_ms=before.clock.round_ms),
        ledger=opened_ledger(),
        course=Course(
            since=at,
            whole=True,
            round=1,
            load=Load(
                at, at, frozenset({"wg"} if overtook else ()), joined=part != "pre" and just_joined(before, at, LOAD_NS)
            ),
            habits=course.habits,
            loads=course.loads,
        ),
        heard=True,
        fresh=before.fresh,
        previous=quality(before) if before.heard else None,
    )


def _report_load(state: AuditState, load: Load, lost: tuple[str, ...]) -> AuditState:
    names = ", ".join(lost)
    return report(
        state,
        "load",
        f"load of the match without {names}: {'message' if len(lost) == 1 else 'messages'} missing",
        at=load.last,
        since=load.first,
        certainty=0.9 if state.course.loads > 1 else 0.8,
        reason="every load of a match sends these messages",
        severity="error" if "mch" in lost or "at" in lost else "warning",
        streams=lost,
        count=len(lost),
        round_number=1,
    )
