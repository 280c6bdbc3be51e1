"""Losing datagrams on purpose: which of them were lost is the truth that the findings of ``reconcile`` are held to."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from restrike_lab.bout.findings import Finding
from restrike_lab.bout.reconcile import AuditState, due, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import parse
from restrike_lab.pss.streams import Clock, FightLoaded, FightReady, GamJeoms, Message, Point, Round
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions

__all__ = [
    "GROUPS",
    "Heard",
    "Outcome",
    "Score",
    "audit",
    "drop",
    "heard",
    "hurried",
    "lost_of",
    "outcome",
    "scores",
    "shuffled",
    "tournament",
]

GROUPS = ("points", "gam-jeoms", "ticks", "clock acts")
ASKED_EVERY_NS = 100_000_000
"""How often a hub asks about a quiet court."""

Key = tuple[object, ...]
Losses = Mapping[str, Counter[Key]]


@dataclass(frozen=True)
class Heard:
    """One datagram of a court: its number among all that were sent, its time and its messages."""

    seq: int
    mono_ns: int
    messages: tuple[Message, ...]


@dataclass
class Score:
    """Count findings that are right, findings that are wrong, and losses that nothing was said of."""

    right: int = 0
    wrong: int = 0
    unseen: int = 0

    @property
    def precision(self) -> float:
        """Return the share of findings that are right; 1 where there is none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Return the share of losses that were found; 1 where nothing was lost."""
        return self.right / (self.right + self.unseen) if self.right + self.unseen else 1.0


@dataclass
class Outcome:
    """Hold what an audit said: findings as first handed out and as they stood in the end.

    ``delays_ms`` are the times from the last event of the evidence to the finding, loads aside (they wait for an
    ``s..`` that a conventional bout would not send).
    """

    first: dict[str, Finding]
    last: dict[str, Finding]
    delays_ms: list[float]


def tournament(options: TournamentOptions) -> list[Heard]:
    """Return the datagrams of a simulated tournament on one court."""
    return heard(Tournament(options).stream())


def heard(stream: Iterable[Timed]) -> list[Heard]:
    """Return datagrams with their numbers and messages."""
    known: dict[bytes, tuple[Message, ...]] = {}
    datagrams = []
    for seq, timed in enumerate(stream, start=1):
        messages = known.get(timed.payload)
        if messages is None:
            messages = known[timed.payload] = tuple(parse(timed.payload))
        datagrams.append(Heard(seq, timed.at_ms * 1_000_000 + 1, messages))
    return datagrams


def drop(datagrams: Sequence[Heard], share: float, seed: int) -> tuple[list[Heard], set[int]]:
    """Return what is left when each datagram is lost with the same probability, and the numbers of the lost."""
    draw = Random(f"drop/{seed}")
    lost = {one.seq for one in datagrams if draw.random() < share}
    return [one for one in datagrams if one.seq not in lost], lost


def shuffled(datagrams: Sequence[Heard], delay_ms: float, seed: int) -> list[Heard]:
    """Return datagrams each of which was under way up to ``delay_ms`` longer, so that near ones change places."""
    draw = Random(f"shuffle/{seed}")
    late = sorted((one.mono_ns + int(draw.uniform(0, delay_ms) * 1e6), one.seq, one) for one in datagrams)
    return [replace(one, seq=seq, mono_ns=at) for seq, (at, _, one) in enumerate(late, start=1)]


def hurried(datagrams: Sequence[Heard], speed: float) -> list[Heard]:
    """Return datagrams as a replay at another speed sends them."""
    return [replace(one, mono_ns=int(one.mono_ns / speed) + 1) for one in datagrams]


def audit(
    datagrams: Iterable[Heard], *, quiet_end: bool = True
) -> Iterator[tuple[int, AuditState, tuple[Finding, ...]]]:
    """Yield time, state and new findings after each message; quiet moments are asked about as a hub does.

    Listening goes on for a second after the last datagram if ``quiet_end``, else it ends with it.
    """
    state, now_ns = AuditState(), 0
    for one in datagrams:
        while state.due_ns and (asked_ns := -(-state.due_ns // ASKED_EVERY_NS) * ASKED_EVERY_NS) < one.mono_ns:
            state, found = due(state, asked_ns)
            yield asked_ns, state, found
        now_ns = one.mono_ns
        for message in one.messages:
            state, found = reconcile(state, message, Arrival(one.seq, now_ns, now_ns))
            yield now_ns, state, found
    if quiet_end:
        state, found = due(state, now_ns + 1_000_000_000)
        yield now_ns, state, found


def outcome(datagrams: Iterable[Heard], *, quiet_end: bool = True) -> Outcome:
    """Return what an audit of the datagrams says."""
    said = Outcome({}, {}, [])
    for now_ns, _, found in audit(datagrams, quiet_end=quiet_end):
        for one in found:
            if one.id not in said.first:
                said.first[one.id] = one
                if one.status == "reported" and one.kind != "load":
                    said.delays_ms.append((now_ns - one.until_ns) / 1e6)
            said.last[one.id] = one
    return said


def lost_of(datagrams: Iterable[Heard], lost: set[int]) -> dict[str, Counter[Key]]:
    """Return the losses as keys that findings can be compared with, by group."""
    losses: dict[str, Counter[Key]] = {group: Counter() for group in GROUPS}
    load, number, loading = 0, 1, False
    totals = (0, 0)
    for one in datagrams:
        gone = one.seq in lost
        for message in one.messages:
            match message:
                case FightLoaded():
                    load, number, loading, totals = load + 1, 1, True, (0, 0)
                case FightReady():
                    loading = False
                case Round(number=int(now)) if not loading:
                    number, totals = now, (0, 0)
                case Point(athlete=athlete, points=points) if gone:
                    losses["points"][load, number, athlete, points] += 1
                case GamJeoms(blue=int(blue), red=int(red)) if not loading:
                    athlete = 1 if blue != totals[0] else 2
                    totals = (blue, red)
                    if gone:
                        losses["gam-jeoms"][load, number, athlete] += 1
                case Clock(time_ms=time_ms, action=None) if gone and not loading:
                    losses["ticks"][load, number, time_ms] += 1
                case Clock(action=str(action)) if gone:
                    losses["clock acts"][load, number, action] += 1
    return losses


def judged(
    findings: Iterable[Finding], datagrams: Sequence[Heard], losses: Losses
) -> Iterator[tuple[str, Finding, bool]]:
    """Yield group, finding and whether it is right, for each message that findings say was lost."""
    loads = [one.seq for one in datagrams if isinstance(one.messages[0], FightLoaded)]
    left = {group: Counter(counter) for group, counter in losses.items()}
    for one in findings:
        if one.status == "withdrawn":
            continue
        for group, key in _keys(one, bisect_right(loads, max(one.evidence, default=0))):
            right = left[group][key] > 0
            left[group][key] -= right
            yield group, one, right


def scores(findings: Iterable[Finding], datagrams: Sequence[Heard], losses: Losses) -> dict[str, Score]:
    """Return by group how right the findings are; ``datagrams`` are all that were sent."""
    result = {group: Score() for group in GROUPS}
    for group, _, right in judged(findings, datagrams, losses):
        result[group].right += right
        result[group].wrong += not right
    for group, score in result.items():
        score.unseen = losses[group].total() - score.right
    return result


def _keys(finding: Finding, load: int) -> list[tuple[str, Key]]:
    number = finding.round
    match finding.kind:
        case "point":
            return [("points", (load, number, finding.athlete, finding.points))]
        case "gam_jeom":
            return [("gam-jeoms", (load, number, finding.athlete))]
        case "tick":
            return [("ticks", (load, number, tick)) for tick in finding.ticks_ms]
        case "clock":
            return [("clock acts", (load, number, stream.partition(";")[2])) for stream in finding.streams]
        case _:
            return []
