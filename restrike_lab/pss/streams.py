"""Every stream of the scoring protocol, each defined once.

A stream is a frozen dataclass whose fields carry their own wire description. ``parser``, ``encoder``, ``rules``,
``table`` and the SQL views are derived from what stands here, so a stream is added or mended in this file alone.

Grades in the docstrings say how well a thing is known: *live* seen in real console traffic, *doc* stated by the
published v2.3 description (2024), *older* known of an older console generation, *guess* inferred and never relied on
to accept or refuse anything. Athlete 1 is blue (chung), 2 is red (hong), 0 the referee or nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from restrike_lab.pss.wire import CODE, COUNTRY, INTEGER, RESULT, TEXT, TIME, wire

__all__ = [
    "DECISIONS",
    "GONE",
    "LISTED",
    "LIVE",
    "OLDER",
    "STREAMS",
    "VERSIONS",
    "Athletes",
    "Avt",
    "Break",
    "Challenge",
    "Clock",
    "Connected",
    "Disconnected",
    "DisplayHint",
    "FightLoaded",
    "FightReady",
    "GamJeoms",
    "HardwareTest",
    "HitLevel",
    "Injury",
    "MatchConfig",
    "MatchResult",
    "Message",
    "Officials",
    "Point",
    "PortNotice",
    "Round",
    "RoundPoints",
    "RoundStatistics",
    "RoundWinners",
    "Score",
    "StatisticsEnd",
    "Superiority",
    "TimeOut",
    "Unknown",
    "Winner",
]

OLDER, LISTED, LIVE = "older", "2.3", "2.3-live"
VERSIONS = (OLDER, LISTED, LIVE)
"""Protocol tables a court can be set to; ``2.3-live`` is what consoles send today and the default."""

GONE = "gone"
"""How a table marks a stream that an older generation sent and this one does not."""

EVERYWHERE: Mapping[str, str] = {OLDER: "listed", LISTED: "listed", LIVE: "listed"}
LIVE_ONLY: Mapping[str, str] = {LIVE: "listed"}
OLDER_ONLY: Mapping[str, str] = {OLDER: "listed", LISTED: GONE, LIVE: GONE}

DECISIONS = ("RSC", "PTF", "PTG", "GDP", "SUP", "WDR", "DSQ", "PUN", "DQB", "PTS", "IRM", "CSC", "BKO", "HKO")
"""Ways a bout is decided, as they stand in ``wmh`` [doc]."""

CLOCK_ACTIONS = ("start", "stop", "corr", "stopEnd")
BY_ATHLETE = ({"athlete": 1}, {"athlete": 2})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the console; ``raw`` is its exact slice of the datagram and takes no part in comparisons.

    ``extra`` holds fields beyond those the stream defines, ``unread`` the text of fields that could not be read as
    their kind. Nothing that arrived is dropped but empties after the last filled field.
    """

    stream: ClassVar[str] = ""
    event_type: ClassVar[str] = ""
    codes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    versions: ClassVar[Mapping[str, str]] = EVERYWHERE
    grade: ClassVar[str] = "live"
    example: ClassVar[str] = ""
    value_field: ClassVar[str | None] = None

    extra: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    raw: bytes = field(default=b"", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Message):
    """A valid technique; the number equals the points added.

    Not sent for corrections and not for a gam-jeom (there the opponent's score just rises by one) [live].
    """

    stream, event_type, value_field = "pt", "point", "points"
    codes = {"pt1": BY_ATHLETE[0], "pt2": BY_ATHLETE[1]}
    example = "pt2;3"

    athlete: int
    points: int | None = wire(
        INTEGER, "1 punch, 2 body, 3 head, 4 technical body, 5 technical head", low=1, high=5, unit="points"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HitLevel(Message):
    """A sensor hit above the console's minimum, whether it scores or not [live]."""

    stream, event_type, value_field = "hl", "hit_level", "level"
    codes = {"hl1": BY_ATHLETE[0], "hl2": BY_ATHLETE[1]}
    example = "hl1;99"

    athlete: int
    level: int | None = wire(INTEGER, "strength of the hit", low=1, high=100, unit="level 1..100")


@dataclass(frozen=True, slots=True, kw_only=True)
class GamJeoms(Message):
    """Gam-jeoms (penalties) of the current round, not re-sent as 0:0 when a round begins [live].

    The fifth loses the round, so 5 is legal although the published text says 0..4. One side alone is a partial
    update and says nothing about the other.
    """

    stream, event_type = "wg", "gam_jeom"
    codes = {"wg1": {}, "wg2": {}}
    example = "wg1;0;wg2;1"

    blue: int | None = wire(INTEGER, "gam-jeoms of blue", key="wg1", low=0, high=5, strict=4)
    red: int | None = wire(INTEGER, "gam-jeoms of red", key="wg2", low=0, high=5, strict=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injury(Message):
    """Injury time or kye-shi, counted down; a natural end sends two hides [live: only ij0]."""

    stream, event_type, value_field = "ij", "injury", "time_ms"
    codes = {"ij0": {"athlete": 0}, "ij1": BY_ATHLETE[0], "ij2": BY_ATHLETE[1]}
    example = "ij0;01:00;show"

    athlete: int
    time_ms: int | None = wire(TIME, "injury time left", unit="ms")
    action: str | None = wire(CODE, "what the display does", optional=True, choices=("show", "hide", "reset"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge(Message):
    """A challenge (video replay request): empty requested, 1 accepted, 0 rejected, -1 closed or cancelled.

    Live, ``-1`` follows ``1`` after 12 ms and closes the dialog; there it withdraws nothing.
    """

    stream, event_type, value_field = "ch", "challenge", "state"
    codes = {"ch0": {"athlete": 0}, "ch1": BY_ATHLETE[0], "ch2": BY_ATHLETE[1]}
    example = "ch1;1"

    athlete: int
    state: int | None = wire(
        INTEGER, "empty requested, 1 accepted, 0 rejected, -1 closed", optional=True, low=-1, high=1
    )
    result: int | None = wire(INTEGER, "1 won, 0 lost; only with state 1", optional=True, low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break(Message):
    """Rest between rounds, one tick a second; the operator can skip it, then only ``rnd`` comes [live]."""

    stream, event_type, value_field = "brk", "break", "time_ms"
    codes = {"brk": {}}
    example = "brk;00:59"

    time_ms: int | None = wire(TIME, "rest left", unit="ms")
    action: str | None = wire(CODE, "what the clock does", optional=True, choices=CLOCK_ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Message):
    """Round clock, one tick a second; ``clk;02:00;start`` has ``clk;01:59`` right behind it [live]."""

    stream, event_type, value_field = "clk", "clock", "time_ms"
    codes = {"clk": {}}
    example = "clk;02:00;start"

    time_ms: int | None = wire(TIME, "time of the round", unit="ms")
    action: str | None = wire(CODE, "what the clock does", optional=True, choices=CLOCK_ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Message):
    """The round that is current from now on; scores, gam-jeoms and superiority begin at nought [live]."""

    stream, event_type, value_field = "rnd", "round", "number"
    codes = {"rnd": {}}
    example = "rnd;1"

    number: int | None = wire(INTEGER, "round; 4 would be a golden round [guess]", low=1, high=4, strict=3)


def _round_winner(number: int, *, optional: bool = False) -> Any:
    return wire(INTEGER, f"winner of round {number}: 0 none", key=f"rd{number}", low=0, high=2, optional=optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWinners(Message):
    """Winner of each round, at load and after each round is confirmed; fewer or more rounds are legal [live]."""

    stream, event_type = "wrd", "round_winners"
    codes = {"wrd": {}}
    example = "wrd;rd1;1;rd2;0;rd3;0"

    rd1: int | None = _round_winner(1)
    rd2: int | None = _round_winner(2, optional=True)
    rd3: int | None = _round_winner(3, optional=True)
    rd4: int | None = _round_winner(4, optional=True)
    rd5: int | None = _round_winner(5, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult(Message):
    """Winner's name, rounds won blue-red and the decision; the name is empty when nobody wins [live]."""

    stream, event_type = "wmh", "match_result"
    codes = {"wmh": {}}
    example = "wmh;Blue One;2-1 PTF"

    name: str | None = wire(TEXT, "winner's name, may be empty", optional=True)
    result: str | None = wire(RESULT, "rounds won blue-red and the decision", optional=True)

    @property
    def rounds_blue(self) -> int | None:
        """Return the rounds that blue won."""
        return int(self.result.split("-")[0]) if self.result else None

    @property
    def rounds_red(self) -> int | None:
        """Return the rounds that red won."""
        return int(self.result.split("-")[1].split(" ")[0]) if self.result else None

    @property
    def decision(self) -> str | None:
        """Return the decision's three letters, such as ``PTF``, or ``None`` where there are none."""
        return self.result.partition(" ")[2] or None if self.result else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner(Message):
    """Winner of the bout, sent before ``wmh``; a tie is real [live]."""

    stream, event_type = "win", "winner"
    codes = {"win": {}}
    example = "win;BLUE"

    winner: str | None = wire(CODE, "winner of the bout", choices=("BLUE", "RED", "TIE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Athletes(Message):
    """Names and countries of both athletes; arrives before ``mch`` [live]."""

    stream, event_type = "at", "athletes"
    codes = {"at1": {}, "at2": {}}
    example = "at1;B. One;Blue One;CRO;at2;R. One;Red One;GER"

    blue_short: str | None = wire(TEXT, "short name of blue", key="at1")
    blue_long: str | None = wire(TEXT, "long name of blue", key="at1")
    blue_country: str | None = wire(COUNTRY, "country of blue", key="at1")
    red_short: str | None = wire(TEXT, "short name of red", key="at2")
    red_long: str | None = wire(TEXT, "long name of red", key="at2")
    red_country: str | None = wire(COUNTRY, "country of red", key="at2")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchConfig(Message):
    """How the bout is set up.

    Fields 14 and 15 are the minimum valid hit levels of the weight class [older; live: 18 to 23, and 5]; the
    published text calls them "count up" and "format". Field 9 was ``null`` in all live loads and is never a key.
    """

    stream, event_type = "mch", "match"
    codes = {"mch": {}}
    example = "mch;101;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;"

    number: str | None = wire(TEXT, "match number, a text such as 245.A")
    phase: str | None = wire(TEXT, "phase of the competition")
    weight_class: str | None = wire(TEXT, "weight class such as M -68kg")
    unused: str | None = wire(TEXT, "unused: 0, empty or 1")
    blue_background: str | None = wire(TEXT, "background colour of blue")
    blue_foreground: str | None = wire(TEXT, "foreground colour of blue")
    red_background: str | None = wire(TEXT, "background colour of red")
    red_foreground: str | None = wire(TEXT, "foreground colour of red")
    internal_id: str | None = wire(TEXT, "internal id or the literal null; never a key")
    division: str | None = wire(TEXT, "division such as Seniors")
    rounds: int | None = wire(INTEGER, "rounds of the bout", low=1, high=5)
    round_seconds: int | None = wire(INTEGER, "length of a round", low=30, high=3600, unit="s")
    count: str | None = wire(CODE, "direction of the clock", choices=("cntDown", "cntUp"))
    min_body_level: int | None = wire(INTEGER, "minimum valid body hit level", optional=True, low=0, high=100)
    min_head_level: int | None = wire(INTEGER, "minimum valid head hit level", optional=True, low=0, high=100)


def _round_points(athlete: int, number: int) -> Any:
    colour = ("blue", "red")[athlete - 1]
    return wire(INTEGER, f"points of {colour} in round {number}", key=f"s{athlete}{number}", low=0, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPoints(Message):
    """Points per athlete and round; all at once [live] or single pairs [doc]: merge, never zero what is absent."""

    stream, event_type = "s", "round_points"
    codes = {f"s{athlete}{number}": {} for number in range(1, 6) for athlete in (1, 2)}
    example = "s11;3;s21;0;s12;0;s22;0;s13;0;s23;0"

    blue_1: int | None = _round_points(1, 1)
    red_1: int | None = _round_points(2, 1)
    blue_2: int | None = _round_points(1, 2)
    red_2: int | None = _round_points(2, 2)
    blue_3: int | None = _round_points(1, 3)
    red_3: int | None = _round_points(2, 3)
    blue_4: int | None = _round_points(1, 4)
    red_4: int | None = _round_points(2, 4)
    blue_5: int | None = _round_points(1, 5)
    red_5: int | None = _round_points(2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Message):
    """Points of the current round, not re-sent as 0:0 at a new round [live].

    In a conventional bout, not best of three, it is the total and no ``s..`` comes [older].
    """

    stream, event_type = "sc", "score"
    codes = {"sc1": {}, "sc2": {}}
    example = "sc1;3;sc2;0"

    blue: int | None = wire(INTEGER, "points of blue", key="sc1", low=0)
    red: int | None = wire(INTEGER, "points of red", key="sc2", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Avt(Message):
    """A value that the published text lists without a meaning [doc]."""

    stream, event_type, value_field, grade = "avt", "avt", "value", "doc"
    codes = {"avt": {}}
    example = "avt;0"

    value: int | None = wire(INTEGER, "meaning unknown", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FightLoaded(Message):
    """First message of the load burst [live]."""

    stream, event_type = "pre", "fight_loaded"
    codes = {"pre": {}}
    example = "pre;FightLoaded"

    text: str | None = wire(CODE, "always the same word", optional=True, choices=("FightLoaded",))


@dataclass(frozen=True, slots=True, kw_only=True)
class FightReady(Message):
    """Last message of the load burst [live]."""

    stream, event_type = "rdy", "fight_ready"
    codes = {"rdy": {}}
    example = "rdy;FightReady"

    text: str | None = wire(CODE, "always the same word", optional=True, choices=("FightReady",))


@dataclass(frozen=True, slots=True, kw_only=True)
class PortNotice(Message):
    """Free text about the console's UDP port; says nothing about a bout [live]."""

    stream, event_type, value_field = "udp", "port_notice", "port"
    codes = {}
    example = "Udp Port 8888 connected;"

    port: int | None = wire(INTEGER, "port that the console names", low=1, high=65535)
    state: str | None = wire(CODE, "what became of it", choices=("connected", "disconnected"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Superiority(Message):
    """Who holds superiority in the round; sent on change, usually first in a scoring burst [live, 72 times]."""

    stream, event_type, value_field, versions = "sup", "superiority", "athlete", LIVE_ONLY
    codes = {"sup": {}}
    example = "sup;2"

    athlete: int | None = wire(INTEGER, "0 nobody, 1 blue, 2 red", low=0, high=2)


def _official(role: str, kind: str, key: str | None) -> Any:
    return wire(COUNTRY if kind == "country" else TEXT, f"{kind} of the {role}", optional=True, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officials(Message):
    """Referee, judges and technical assistant [live, always empty]."""

    stream, event_type, versions = "ref", "officials", LIVE_ONLY
    codes = {"ref": {}}
    example = "ref;;;ju1;;;ju2;;;ta;;;"

    referee: str | None = _official("referee", "name", None)
    referee_country: str | None = _official("referee", "country", None)
    judge_1: str | None = _official("first judge", "name", "ju1")
    judge_1_country: str | None = _official("first judge", "country", "ju1")
    judge_2: str | None = _official("second judge", "name", "ju2")
    judge_2_country: str | None = _official("second judge", "country", "ju2")
    assistant: str | None = _official("technical assistant", "name", "ta")
    assistant_country: str | None = _official("technical assistant", "country", "ta")


def _count(what: str, athlete: int) -> Any:
    return wire(INTEGER, f"{what} of {('blue', 'red')[athlete - 1]}", key=f"st{athlete}", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStatistics(Message):
    """Counts (not points) of a finished round: a checksum of what the listener saw [live].

    The two counters after punch are technical body and technical head [guess].
    """

    stream, event_type, value_field, versions = "rst", "round_statistics", "round", LIVE_ONLY
    codes = {"rst": {}}
    example = "rst;1;st1;2;2;2;0;0;0;st2;1;3;0;0;0;0;"

    round: int | None = wire(INTEGER, "round that was counted", low=1, high=4)
    blue_body: int | None = _count("body points", 1)
    blue_head: int | None = _count("head points", 1)
    blue_punch: int | None = _count("punch points", 1)
    blue_x: int | None = _count("fourth counter", 1)
    blue_y: int | None = _count("fifth counter", 1)
    blue_gam_jeoms: int | None = _count("gam-jeoms", 1)
    red_body: int | None = _count("body points", 2)
    red_head: int | None = _count("head points", 2)
    red_punch: int | None = _count("punch points", 2)
    red_x: int | None = _count("fourth counter", 2)
    red_y: int | None = _count("fifth counter", 2)
    red_gam_jeoms: int | None = _count("gam-jeoms", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsEnd(Message):
    """Follows ``rst``, always empty; meaning unknown [live]."""

    stream, event_type, versions = "rsr", "statistics_end", LIVE_ONLY
    codes = {"rsr": {}}
    example = "rsr;"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOut(Message):
    """Time-out countdown of para-taekwondo [older]."""

    stream, event_type, value_field, versions, grade = "to", "time_out", "time_ms", OLDER_ONLY, "older"
    codes = {"to1": BY_ATHLETE[0], "to2": BY_ATHLETE[1]}
    example = "to1;01:00;start"

    athlete: int
    time_ms: int | None = wire(TIME, "time-out left", unit="ms")
    action: str | None = wire(CODE, "what the clock does", optional=True, choices=CLOCK_ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTest(Message):
    """Hardware test of the sensors [older]."""

    stream, event_type, value_field, versions, grade = "hwt", "hardware_test", "step", OLDER_ONLY, "older"
    codes = {"hwt": {}}
    example = "hwt;2"

    step: int | None = wire(INTEGER, "1 open, 0 close, 2..5 blue body, blue head, red body, red head", low=0, high=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Message):
    """The console says hello [older]."""

    stream, event_type, versions, grade = "hel", "console_connected", OLDER_ONLY, "older"
    codes = {"hel": {}}
    example = "hel;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Message):
    """The console says goodbye [older]."""

    stream, event_type, versions, grade = "bye", "console_disconnected", OLDER_ONLY, "older"
    codes = {"bye": {}}
    example = "bye;"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayHint(Message):
    """A hint for LED displays [older]."""

    stream, event_type, versions, grade = "in", "display_hint", OLDER_ONLY, "older"
    codes = {"inlb": {"hint": "inlb"}, "insl": {"hint": "insl"}, "inth": {"hint": "inth"}}
    example = "inlb"

    hint: str
    text: str | None = wire(TEXT, "whatever follows", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Message):
    """A message that no table describes; its text stands as it came."""

    stream, event_type, versions = "unknown", "unknown", {}
    text: str = ""


STREAMS: tuple[type[Message], ...] = (
    Point,
    HitLevel,
    GamJeoms,
    Injury,
    Challenge,
    Break,
    Clock,
    Round,
    RoundWinners,
    MatchResult,
    Winner,
    Athletes,
    MatchConfig,
    RoundPoints,
    Score,
    Avt,
    FightLoaded,
    FightReady,
    PortNotice,
    Superiority,
    Officials,
    RoundStatistics,
    StatisticsEnd,
    TimeOut,
    HardwareTest,
    Connected,
    Disconnected,
    DisplayHint,
)
"""All streams, in the order of the protocol table."""
