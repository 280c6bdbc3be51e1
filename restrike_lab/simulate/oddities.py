"""Datagrams that are odd but real, documented, or to be expected: one of each, with what a listener should make of it.

They are no bout. Grades are those of the wire's description: *live*, *doc*, *older*; *rest* is what any open UDP port
must stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from restrike_lab.simulate.timed import Timed

__all__ = ["Oddity", "oddities"]

_SPACING_MS = 400


@dataclass(frozen=True)
class Oddity:
    """Hold one odd datagram, what it is, its grade, and the streams of the messages it carries, in order."""

    timed: Timed
    what: str
    grade: str
    streams: tuple[str, ...]

    def described(self) -> dict[str, Any]:
        """Return what a truth file says of it."""
        return {"at_ms": self.timed.at_ms, "what": self.what, "grade": self.grade, "streams": self.streams}


def oddities() -> Sequence[Oddity]:
    """Return the odd datagrams, 0.4 s apart."""
    return [
        Oddity(Timed(place * _SPACING_MS, payload), what, grade, tuple(streams.split()))
        for place, (grade, streams, payload, what) in enumerate(_CASES)
    ]


_CUT = "Red Četvrtić".encode()[:-1]
"""A name counted in characters: each one beyond ASCII cuts a byte off the end, here through the last letter."""

_CASES: tuple[tuple[str, str, bytes, str], ...] = (
    ("older", "hel", b"hel;", "a console says hello"),
    ("live", "udp", b"Udp Port 8888 connected;", "free text about the port"),
    ("doc", "wg", b"wg2;1", "gam-jeoms of red alone: a partial update, not blue = 0"),
    ("doc", "s", b"s11;3;s21;0;", "points of one round alone: merge, do not zero the rest"),
    ("doc", "s", b"s22;5", "points of one athlete in one round"),
    ("live", "wg", b"wg1;0;wg2;0", "both athletes in one message"),
    ("doc", "pt s sc", b"pt1;2\r\ns11;2;s21;0\r\nsc1;2;sc2;0\r\n", "several messages in one datagram, CRLF"),
    ("doc", "hl pt", b"hl1;57\npt1;2\n", "several messages in one datagram, LF"),
    ("doc", "clk", b"clk;1:27", "minutes without a zero in front"),
    ("doc", "brk", b"brk;58;", "a break in bare seconds"),
    ("live", "clk", b"clk;0:00;stopEnd", "the end of a countdown"),
    ("older", "clk", b"clk;01:12.340", "fractions of a second"),
    ("older", "clk", b"clk;00:59;corr", "the operator corrected the clock"),
    ("doc", "sc", b"sc1;2;sc2;0;", "a trailing semicolon"),
    ("doc", "sc", b"sc1;2;sc2;0\n", "ended by LF"),
    ("doc", "sc", b"sc1;2;sc2;0\r\n", "ended by CRLF"),
    ("doc", "sc", b"sc1;2;sc2;0\x00", "ended by NUL"),
    ("doc", "sc", b"sc1;2;sc2;0   ", "ended by blanks"),
    ("live", "wmh", b"wmh;;0-0 WDR", "nobody wins: the empty name means something"),
    ("live", "ref", b"ref;;;ju1;;;ju2;;;ta;;;", "no officials"),
    ("live", "rsr", b"rsr;", "always empty"),
    (
        "live",
        "mch",
        b"mch;245.A;Final;M -68kg;;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;",
        "no 4",
    ),
    ("doc", "wg", b"wg1;5;wg2;0", "the fifth gam-jeom, which loses the round"),
    ("live", "rnd", b"rnd;4", "a golden round would be the fourth"),
    ("live", "wrd", b"wrd;rd1;1;rd2;2", "fewer rounds than three"),
    ("doc", "wrd", b"wrd;rd1;1;rd2;2;rd3;0;rd4;0;rd5;0", "more rounds than three"),
    ("doc", "ij", b"ij1;00:42;reset", "injury time of blue, reset"),
    ("doc", "ij", b"ij2;01:00;show", "injury time of red"),
    ("doc", "ch", b"ch2;1;1", "a challenge with its result"),
    (
        "live",
        "at",
        "at1;S. 이;서연 이;KOR;at2;Đ. Šarić;Đurđa Šarić;MRN".encode(),
        "names beyond ASCII, unknown country",
    ),
    ("older", "wmh", b"wmh;" + _CUT, "cut inside a character, because lengths were counted in characters"),
    ("older", "hl hl", b"hl1;50hl2;60", "two hit levels without a separator"),
    ("older", "to", b"to1;01:00;start", "a time-out of para-taekwondo"),
    ("older", "to", b"to1;00:59", "its countdown"),
    ("older", "hwt", b"hwt;1", "the hardware test opens"),
    ("older", "hwt", b"hwt;4", "the hardware test hits red's body"),
    ("older", "in", b"inlb", "a hint for displays"),
    ("doc", "avt", b"avt;3", "listed, meaning unknown"),
    ("rest", "clk", b"clk;1:60", "seconds above 59"),
    ("rest", "pt", b"pt1;9", "a point of no kind"),
    ("rest", "hl", b"hl2;255", "a level out of range"),
    ("rest", "unknown", b"xyz;1;02:00;CRO", "a stream that no list has"),
    ("rest", "unknown", b"hello", "no structure at all"),
    ("rest", "at", b"at1;<script>alert(1)</script>;<img src=x onerror=alert(1)>;CRO;at2;R;R;GER", "markup in a name"),
    ("rest", "unknown", b"\xff\xfe\x00\x80", "no UTF-8"),
    ("rest", "unknown", b"", "an empty datagram"),
    ("rest", "unknown", b"\\x41\ttab and backslash\\", "a tab and a backslash"),
    ("older", "bye", b"bye;", "a console says goodbye"),
)
