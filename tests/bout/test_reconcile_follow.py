"""Many messages at once are audited as one by one, wherever they are cut into groups."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from restrike_lab.bout.findings import Finding
from restrike_lab.bout.reconcile import AuditState, Heard, follow, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import parse
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from tests.bout.test_reconcile_hostile import ABSURD


def one_by_one(heard: Iterable[Heard]) -> tuple[AuditState, list[Finding]]:
    state, every = AuditState(), []
    for message, seq, wall_ns, mono_ns in heard:
        state, found = reconcile(state, message, Arrival(seq, wall_ns, mono_ns))
        every += found
    return state, every


def in_groups(heard: list[Heard], draw: Random) -> tuple[AuditState, list[Finding]]:
    state, every, begin = AuditState(), [], 0
    while begin < len(heard):
        end = begin + draw.randint(1, 200)
        state, found = follow(state, heard[begin:end])
        every += found
        begin = end
    return state, every


def bouts(seed: int, lost: float) -> list[Heard]:
    draw = Random(seed)
    tournament = Tournament(TournamentOptions(seed=seed, bouts=4))
    sent = [one for one in tournament.stream(lambda _truth: None) if draw.random() >= lost]
    return [
        (message, seq, one.at_ms * 1_000_000, one.at_ms * 1_000_000)
        for seq, one in enumerate(sent, 1)
        for message in parse(one.payload)
    ]


@pytest.mark.parametrize("lost", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_bouts_are_audited_in_groups_as_one_by_one(seed: int, lost: float) -> None:
    heard = bouts(seed, lost)
    state, found = one_by_one(heard)
    assert found or not lost
    assert in_groups(heard, Random(seed)) == (state, found)


@pytest.mark.parametrize("seed", range(10))
def test_absurd_messages_are_audited_in_groups_as_one_by_one(seed: int) -> None:
    draw = Random(seed)
    now_ns = 0
    heard: list[Heard] = []
    for seq in range(1, 2_000):
        now_ns += draw.choice((0, 1, 10, 50, 200, 1_000, 5_000)) * 1_000_000
        heard += [(message, seq, now_ns, now_ns) for message in parse(draw.choice(ABSURD).encode())]
    assert in_groups(heard, draw) == one_by_one(heard)
