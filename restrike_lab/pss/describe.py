"""What people are shown of a message: a short code, what happened, and a sentence.

The event codes are those operators know from the console: P punch, K body, H head, TB technical body, TH technical
head, R gam-jeom and challenge, HL hit level, RND round, CLK clock, O other. The texts are plain: whoever puts them on
a page escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from restrike_lab.pss.layout import WireField, wire_fields
from restrike_lab.pss.streams import (
    Athletes,
    Avt,
    Break,
    Challenge,
    Clock,
    Connected,
    Disconnected,
    DisplayHint,
    FightLoaded,
    FightReady,
    GamJeoms,
    HardwareTest,
    HitLevel,
    Injury,
    MatchConfig,
    MatchResult,
    Message,
    Officials,
    Point,
    PortNotice,
    Round,
    RoundPoints,
    RoundStatistics,
    RoundWinners,
    Score,
    StatisticsEnd,
    Superiority,
    TimeOut,
    Unknown,
    Winner,
)
from restrike_lab.pss.wire import TIME, format_time

__all__ = ["COLOURS", "EVENT_CODES", "POINT_CODES", "TECHNIQUES", "clean", "describe"]

COLOURS = ("referee", "blue", "red")
"""Names of athlete 0, 1 and 2."""

TECHNIQUES = {1: "punch", 2: "body kick", 3: "head kick", 4: "technical body kick", 5: "technical head kick"}
POINT_CODES = {1: "P", 2: "K", 3: "H", 4: "TB", 5: "TH"}
EVENT_CODES = ("P", "K", "H", "TB", "TH", "R", "HL", "RND", "CLK", "O")

_CHALLENGE = {None: "requested", 1: "accepted", 0: "rejected", -1: "closed"}
_CHALLENGE_RESULT = {None: "", 1: ", won", 0: ", lost"}
_HARDWARE_STEPS: Mapping[int | None, str] = {
    0: "closed",
    1: "opened",
    2: "blue body",
    3: "blue head",
    4: "red body",
    5: "red head",
}


def clean(text: str) -> str:
    """Return text in which bytes that were no UTF-8 stand as U+FFFD, so that it can be stored and sent."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def describe(message: Message) -> tuple[str, str, str]:
    """Return event code, action and description of a message."""
    code, action, description = _describe(message)
    return code, clean(action), clean(description)


def _describe(message: Message) -> tuple[str, str, str]:
    match message:
        case Point(athlete=athlete, points=points):
            technique = TECHNIQUES.get(points or 0, "point")
            return POINT_CODES.get(points or 0, "O"), technique, f"{_who(athlete)}: {technique}, +{_shown(points)}"
        case HitLevel(athlete=athlete, level=level):
            return "HL", "hit", f"{_who(athlete)}: hit level {_shown(level)}"
        case GamJeoms(blue=blue, red=red):
            return "R", "gam-jeom", f"Gam-jeoms of the round: {_pair(blue, red)}"
        case Challenge(athlete=athlete, state=state, result=result):
            action = _CHALLENGE.get(state, "?")
            return "R", action, f"{_who(athlete)}: challenge {action}{_CHALLENGE_RESULT.get(result, '')}"
        case Clock(time_ms=time_ms, action=action):
            return "CLK", action or "tick", _clock("Clock", time_ms, action)
        case Round(number=number):
            return "RND", "round", f"Round {_shown(number)}"
        case Break(time_ms=time_ms, action=action):
            return "O", action or "tick", _clock("Break", time_ms, action)
        case Injury(athlete=athlete, time_ms=time_ms, action=action):
            return "O", action or "tick", _clock(f"Injury time ({COLOURS[athlete]})", time_ms, action)
        case TimeOut(athlete=athlete, time_ms=time_ms, action=action):
            return "CLK", action or "tick", _clock(f"Time-out ({COLOURS[athlete]})", time_ms, action)
        case _:
            action, description = _other(message)
            return "O", action, description


def _other(message: Message) -> tuple[str, str]:
    """Return action and description of the messages whose event code is O."""
    match message:
        case Score(blue=blue, red=red):
            return "score", f"Score of the round: {_pair(blue, red)}"
        case RoundPoints():
            rounds = [(getattr(message, f"blue_{n}"), getattr(message, f"red_{n}")) for n in range(1, 6)]
            shown = [f"R{n} {_pair(*pair)}" for n, pair in enumerate(rounds, 1) if pair != (None, None)]
            return "points per round", f"Points per round: {', '.join(shown) or 'none'}"
        case Superiority(athlete=athlete):
            who = _who(athlete) if athlete else "nobody"
            return "superiority", f"Superiority: {who}"
        case RoundWinners():
            winners = [getattr(message, f"rd{n}") for n in range(1, 6)]
            shown = [f"R{n} {_who(winner)}" for n, winner in enumerate(winners, 1) if winner]
            return "round winners", f"Rounds won: {', '.join(shown) or 'none yet'}"
        case Winner(winner=side):
            return "winner", "The bout is a tie" if side == "TIE" else f"Winner: {_shown(side).capitalize()}"
        case MatchResult(name=name, result=result):
            return "result", f"Result: {name or 'no winner'}, {_shown(result)}"
        case MatchConfig(number=number, phase=phase, weight_class=weight_class, division=division):
            parts = [part for part in (phase, weight_class, division) if part]
            return "match", f"Match {_shown(number)}: {', '.join(parts)}"
        case Athletes():
            sides = (
                (message.blue_long or message.blue_short, message.blue_country),
                (message.red_long or message.red_short, message.red_country),
            )
            return "athletes", " against ".join(f"{_shown(name)} ({country or '-'})" for name, country in sides)
        case Officials():
            names = [message.referee, message.judge_1, message.judge_2, message.assistant]
            return "officials", f"Officials: {', '.join(filter(None, names)) or 'none named'}"
        case RoundStatistics(round=number):
            return "statistics", f"Statistics of round {_shown(number)}"
        case StatisticsEnd():
            return "statistics end", "End of the round's statistics"
        case FightLoaded():
            return "loaded", "A bout is being loaded"
        case FightReady():
            return "ready", "The bout is ready"
        case PortNotice(port=port, state=state):
            return state or "notice", f"Console: UDP port {_shown(port)} {_shown(state)}"
        case HardwareTest(step=step):
            known = step is not None and 0 <= step < len(_HARDWARE_STEPS)
            return (
                "hardware test",
                f"Hardware test: {_HARDWARE_STEPS[step] if known and step is not None else _shown(step)}",
            )
        case Connected():
            return "connected", "The console connected"
        case Disconnected():
            return "disconnected", "The console disconnected"
        case DisplayHint(hint=hint):
            return "display", f"Display hint {hint}"
        case Avt(value=value):
            return "avt", f"avt {_shown(value)} (meaning unknown)"
        case Unknown(text=text):
            return "unknown", text if text.strip() else "(empty)"
        case _:
            return _own(message)


def _own(message: Message) -> tuple[str, str]:
    """Return action and description of a stream that the user defined: its name and what its fields say."""
    title = message.event_type.replace("_", " ")
    athlete = getattr(message, "athlete", None)
    who = (
        f"{_who(athlete)}: " if message.codes and any("athlete" in preset for preset in message.codes.values()) else ""
    )
    shown = [
        _valued(field, value)
        for field in wire_fields(type(message))
        if (value := getattr(message, field.name)) not in (None, "")
    ]
    return title, f"{who}{title[:1].upper()}{title[1:]}" + (f": {', '.join(shown)}" if shown else "")


def _valued(field: WireField, value: object) -> str:
    unit = f" {field.wire.unit}" if field.wire.unit and field.wire.kind is not TIME else ""
    return f"{field.name.replace('_', ' ')} {field.wire.kind.write(value)}{unit}"


def _who(athlete: int | None) -> str:
    return COLOURS[athlete].capitalize() if athlete is not None and 0 <= athlete < len(COLOURS) else _shown(athlete)


def _shown(value: object) -> str:
    return "?" if value is None else str(value)


def _pair(blue: int | None, red: int | None) -> str:
    return f"{_shown(blue)}:{_shown(red)}"


def _clock(what: str, time_ms: int | None, action: str | None) -> str:
    shown = "?" if time_ms is None else format_time(time_ms)
    return f"{what} {shown} {action}" if action else f"{what} {shown}"
