"""A court under audit, for tests: what is said on the wire goes in, findings come out."""

from __future__ import annotations

from collections.abc import Iterable

from restrike_lab.bout.findings import DataQuality, Finding
from restrike_lab.bout.reconcile import AuditState, due, gap, quality, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import parse
from tests.bout.court import LOAD, WALL

__all__ = ["CONFIRMED", "Auditor", "ticks"]

CONFIRMED = (
    "wrd;rd1;1;rd2;0;rd3;0",
    "s11;0;s21;0;s12;0;s22;0;s13;0;s23;0",
    "rst;1;st1;0;0;0;0;0;0;st2;0;0;0;0;0;0;",
    "rsr;",
)


def ticks(first: int, last: int, *, without: Iterable[int] = ()) -> list[str]:
    """Return the seconds of a clock counting down, both ends included."""
    gone = set(without)
    return [f"clk;{left // 60:02d}:{left % 60:02d}" for left in range(first, last - 1, -1) if left not in gone]


class Auditor:
    """Audit messages one by one; every message is an event with the next ``seq``."""

    def __init__(self) -> None:
        self.state = AuditState()
        self.said: list[Finding] = []
        self.seq = 0
        self.now_ms = 1_000

    @property
    def findings(self) -> list[Finding]:
        """Return the findings as they stand, without the withdrawn."""
        last = {one.id: one for one in self.said}
        return [one for one in last.values() if one.status != "withdrawn"]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.findings]

    @property
    def quality(self) -> DataQuality:
        return quality(self.state)

    def say(self, *texts: str, after_ms: int = 12) -> list[Finding]:
        """Send messages, each ``after_ms`` behind the one before; return what was found meanwhile."""
        before = len(self.said)
        for text in texts:
            self._ask_until(self.now_ms + after_ms)
            for message in parse(text.encode()):
                self.seq += 1
                self.state, found = reconcile(self.state, message, self.arrival())
                self.said.extend(found)
        return self.said[before:]

    def arrival(self) -> Arrival:
        return Arrival(self.seq, WALL + self.now_ms * 1_000_000, self.now_ms * 1_000_000)

    def rest(self, milliseconds: int = 1_000) -> list[Finding]:
        """Let time pass without a message, as a hub does that asks a quiet court."""
        before = len(self.said)
        self._ask_until(self.now_ms + milliseconds)
        return self.said[before:]

    def _ask_until(self, moment: int) -> None:
        while self.state.due_ns and self.state.due_ns < moment * 1_000_000:
            asked = self.state.due_ns
            self.state, found = due(self.state, asked)
            assert self.state.due_ns == 0 or self.state.due_ns > asked, "a quiet court would be asked for ever"
            self.said.extend(found)
        self.now_ms = moment

    def count(self, first: int, last: int, *, without: Iterable[int] = ()) -> list[Finding]:
        """Let the clock run from one second to another, both included; return what was found."""
        gone = set(without)
        before = len(self.said)
        for left in range(first, last - 1, -1):
            if left in gone:
                self.rest(1_000)
            else:
                self.say(*ticks(left, left), after_ms=1_000)
        return self.said[before:]

    def load(self, *without: str) -> list[Finding]:
        """Load a match, but for the messages that begin like ``without``; the load is judged."""
        return [*self.say(*(text for text in LOAD if not text.startswith(without or ("-",)))), *self.rest(2_000)]

    def fight(self, left: int = 60) -> None:
        """Load a match and fight until ``left`` seconds are on the clock."""
        self.load()
        self.say("clk;02:00;start", "clk;01:59")
        self.count(118, left)

    def end_round(self, left: int) -> None:
        """Let the clock run out from ``left`` seconds."""
        self.count(left, 0)
        self.say("clk;0:00;stopEnd", after_ms=1_000)
        self.say("clk;00:00;stop")
        self.rest(3_000)

    def lose_interest(self, seconds: float = 10) -> list[Finding]:
        """Stop listening for a while."""
        begun = WALL + self.now_ms * 1_000_000
        self.now_ms += int(seconds * 1000)
        self.state, found = gap(self.state, begun, begun + int(seconds * 1e9), self.arrival(), "the hub was restarted")
        self.said.extend(found)
        return list(found)
