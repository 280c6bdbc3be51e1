"""How well lost datagrams are found: precision and recall on points, gam-jeoms and clock, against the list of the lost.

``python -m tests.benchmarks.loss_detection [BOUTS]`` (500). Of a simulated tournament 0, 1, 5 and 20 % of all datagrams
are lost at random. *at once*: findings as first handed out; *settled*: as they stood in the end, when later messages
had confirmed or withdrawn them. A finding is right if match, round, athlete and value (or second of the clock, or act)
are those of a lost message.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict

from restrike_lab.bout.reconcile import AuditState, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.simulate.console import Sender
from restrike_lab.simulate.tournament import TournamentOptions
from tests.benchmarks import bench
from tests.benchmarks.lossy import (
    GROUPS,
    Heard,
    drop,
    hurried,
    judged,
    lost_of,
    outcome,
    scores,
    shuffled,
    tournament,
)

SHARES = (0.0, 0.01, 0.05, 0.2)
DRAWS = {0.0: (1,), 0.01: (1, 2, 3), 0.05: (1,), 0.2: (1,)}
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.01)


def report_loss(datagrams: list[Heard], share: float) -> list[tuple[float, bool]]:
    """Print one block of the table; return certainty and rightness of what was said at once of points and gam-jeoms."""
    at_once = {group: [0, 0, 0] for group in GROUPS}
    settled = {group: [0, 0, 0] for group in GROUPS}
    count, withdrawn, gone = 0, 0, 0
    delays: list[float] = []
    sure: list[tuple[float, bool]] = []
    for seed in DRAWS[share]:
        left, lost = drop(datagrams, share, seed)
        losses = lost_of(datagrams, lost)
        said = outcome(left)
        gone += len(lost)
        count += len(said.last)
        delays += said.delays_ms
        withdrawn += sum(one.status == "withdrawn" for one in said.last.values())
        for table, findings in ((at_once, said.first), (settled, said.last)):
            for group, score in scores(findings.values(), datagrams, losses).items():
                for place, number in enumerate((score.right, score.wrong, score.unseen)):
                    table[group][place] += number
        for group, one, right in judged(said.first.values(), datagrams, losses):
            if group in GROUPS[:2]:
                sure.append((one.certainty, right))
    total = len(datagrams) * len(DRAWS[share])
    bench.say(f"   {share:.0%} lost: {gone} of {total}; {count} findings, {withdrawn} of them withdrawn")
    if not share:
        return []
    for group in GROUPS:
        bench.say(f"     {group:11} at once  {_shown(at_once[group])}   settled  {_shown(settled[group])}")
    delays.sort()
    half, most = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    bench.say(f"     said {half:.0f} ms (p50), {most:.0f} ms (p99), {delays[-1]:.0f} ms (max) after the last evidence")
    return sure


def _shown(counts: list[int]) -> str:
    right, wrong, unseen = counts
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + unseen) if right + unseen else 1.0
    return f"precision {precision:.3f} recall {recall:.3f} ({right} right, {wrong} wrong, {unseen} unseen)"


def report_certainty(sure: list[tuple[float, bool]]) -> None:
    """Print how often findings of about the same certainty are right."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for certainty, right in sure:
        bins[sum(certainty >= edge for edge in BINS) - 1].append((certainty, right))
    bench.say("   certainty of points and gam-jeoms as said at once, and how often they were right:")
    for _, members in sorted(bins.items()):
        said = sum(certainty for certainty, _ in members) / len(members)
        right = sum(right for _, right in members) / len(members)
        bench.say(f"     said {said:.2f}: right {right:.2f} ({len(members)})")


def report_speed(datagrams: list[Heard]) -> None:
    """Print what a message costs."""
    arrivals = [(message, Arrival(one.seq, one.mono_ns, one.mono_ns)) for one in datagrams for message in one.messages]
    costs = []
    for _ in range(bench.RUNS):
        state = AuditState()
        begun = time.perf_counter()
        for message, at in arrivals:
            state, _ = reconcile(state, message, at)
        costs.append((time.perf_counter() - begun) / len(arrivals) * 1e6)
    bench.say(f"   cost {bench.spread(costs, 'us per message')}, over {len(arrivals)} messages without loss")


def main() -> None:
    bouts = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    bench.headline(f"loss detection: {bouts} bouts by a live console, {bouts // 5} by other senders")
    sure: list[tuple[float, bool]] = []
    senders: tuple[tuple[Sender, int, bool], ...] = (
        ("console", bouts, False),
        ("doc", bouts // 5, False),
        ("late-hit", bouts // 5, True),
    )
    for sender, number, legacy in senders:
        datagrams = tournament(TournamentOptions(seed=2, bouts=number, sender=sender, legacy=legacy))
        bench.say(f" sender {sender}{' with older streams' if legacy else ''}:")
        for share in SHARES:
            sure += report_loss(datagrams, share)
        odd = {"5 ms out of order": shuffled(datagrams, 5, 1), "replayed 50 times as fast": hurried(datagrams, 50)}
        for name, changed in odd.items():
            bench.say(f"   nothing lost, {name}: {len(outcome(changed).last)} findings")
        if sender == "console":
            report_speed(datagrams)
    report_certainty(sure)


if __name__ == "__main__":
    main()
