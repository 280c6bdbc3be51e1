"""A court for tests: what is said on the wire goes in, the state comes out."""

from __future__ import annotations

from restrike_lab.bout import Arrival, CourtState, Fact, Link, Match, flush, reduce
from restrike_lab.pss import parse

WALL = 1_750_000_000_000_000_000
LOAD = (
    "pre;FightLoaded",
    "ref;;;ju1;;;ju2;;;ta;;;",
    "at1;B. One;Blue One;CRO;at2;R. One;Red One;GER",
    "mch;101;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;",
    "wg1;0;wg2;0",
    "wrd;rd1;0;rd2;0;rd3;0",
    "s11;0;s21;0;s12;0;s22;0;s13;0;s23;0",
    "sc1;0;sc2;0",
    "clk;02:00",
    "rnd;1",
    "sup;0",
    "rdy;FightReady",
)


class Court:
    """Reduce messages one by one; every message is an event with the next ``seq``."""

    def __init__(self) -> None:
        self.state = CourtState()
        self.facts: list[Fact] = []
        self.seq = 0
        self.now_ms = 1000

    def say(self, *texts: str | bytes, after_ms: int = 2) -> CourtState:
        """Send messages, each ``after_ms`` behind the one before, and return the state after the last."""
        for text in texts:
            self.now_ms += after_ms
            for message in parse(text.encode() if isinstance(text, str) else text):
                self.seq += 1
                at = Arrival(self.seq, WALL + self.now_ms * 1_000_000, self.now_ms * 1_000_000)
                self.state, facts = reduce(self.state, message, at)
                self.facts.extend(facts)
        return self.state

    def load(self) -> CourtState:
        """Send a whole load burst."""
        return self.say(*LOAD)

    def fight(self) -> CourtState:
        """Load a match and start its clock."""
        self.load()
        return self.say("clk;02:00;start", "clk;01:59")

    def rest(self, after_ms: int) -> CourtState:
        """Let time pass without a message, as the lab does when a court is quiet."""
        self.now_ms += after_ms
        self.state, facts = flush(self.state, self.now_ms * 1_000_000)
        self.facts.extend(facts)
        return self.state

    @property
    def match(self) -> Match:
        assert self.state.match is not None
        return self.state.match

    @property
    def links(self) -> list[Link]:
        return [fact for fact in self.facts if isinstance(fact, Link)]

    @property
    def left(self) -> list[CourtState]:
        return [fact for fact in self.facts if isinstance(fact, CourtState)]
