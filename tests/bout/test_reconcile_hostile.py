"""Whatever is on the wire, the audit neither fails nor grows nor slows down."""

from __future__ import annotations

from random import Random

import pytest

from restrike_lab.bout.audit.report import MAX_KEPT
from restrike_lab.bout.reconcile import AuditState, due, gap, quality, reconcile
from restrike_lab.bout.state import Arrival
from restrike_lab.pss import parse
from restrike_lab.simulate.flood import hostile_payloads, realistic_payloads
from restrike_lab.simulate.tournament import TournamentOptions
from tests.benchmarks.lossy import Heard, outcome, tournament
from tests.bout.auditor import Auditor

ABSURD = [
    "pt1;",
    "pt2;9",
    "pt1;-3",
    "pt1;0",
    "wg1;-1;wg2;99",
    "wg1;999999999;wg2;0",
    "wg2;3",
    "wg1;;wg2;",
    "clk;",
    "clk;abc",
    "clk;99:59",
    "clk;0:30.5",
    "clk;;start",
    "clk;;stop",
    "clk;;stopEnd",
    "clk;00:10;corr",
    "rnd;9",
    "rnd;0",
    "rnd;-1",
    "rnd;",
    "wrd;rd1;7",
    "wrd;",
    "s11;",
    "s99;1",
    "s11;5",
    "s21;4;s12;2",
    "sc1;3",
    "sc2;999999999",
    "sc1;;sc2;",
    "rst;1;st1;1",
    "rst;;",
    "rst;4;st1;9;9;9;9;9;9;st2;9;9;9;9;9;9",
    "rst;1;st1;9;999999999;9;9;9;9;st2;9;9;9;9;9;9",
    "rsr;",
    "win;X",
    "win;",
    "wmh;",
    "wmh;a;9-9",
    "brk;",
    "brk;59;start",
    "brk;9999",
    "ij0;;show",
    "ij1;00:10",
    "ij2;00:50;hide",
    "to1;;",
    "to2;00:10",
    "ch1;5;5",
    "pre;",
    "rdy;",
    "at1;",
    "mch;",
    "mch;1;2;3;4;5;6;7;8;9;10;3;0;cntUp",
    "mch;a;b;c;0;;;;;n;S;3;-5;cntDown",
    "ref;",
    "sup;",
    "sup;9",
    "sc1;12;sc2;40",
    "sc1;90;sc2;0",
    "wg1;5;wg2;5",
    "clk;02:00",
    "clk;01:59",
    "clk;01:58",
    "clk;00:00;stop",
    "clk;00:00",
    "clk;02:00;start",
    "clk;0:00;stopEnd",
]


def bounded(state: AuditState) -> bool:
    ledger = state.ledger
    pending = (ledger.steps, ledger.acts, ledger.waiting, ledger.falls, state.clock.awaited)
    return len(state.findings) <= MAX_KEPT and all(len(one) <= 31 for one in pending)


@pytest.mark.parametrize("seed", range(5))
def test_absurd_messages_in_any_order_are_survived(seed: int) -> None:
    draw = Random(seed)
    state, now_ns = AuditState(), 0
    for seq in range(1, 2_000):
        now_ns += draw.choice((0, 1, 10, 50, 200, 1_000, 5_000)) * 1_000_000
        for message in parse(draw.choice(ABSURD).encode()):
            state, _ = reconcile(state, message, Arrival(seq, now_ns, now_ns))
        if draw.random() < 0.05:
            now_ns += 1_000_000_000
            state, _ = due(state, now_ns)
            assert state.due_ns == 0 or state.due_ns > now_ns
        if draw.random() < 0.01:
            state, _ = gap(state, now_ns, now_ns, Arrival(seq, now_ns, now_ns))
        assert bounded(state)
    assert quality(state).ticks.expected >= 0


def test_floods_leave_the_state_small() -> None:
    for payloads in (hostile_payloads(1, 3_000), realistic_payloads(1, 3_000)):
        state = AuditState()
        for seq, payload in enumerate(payloads, start=1):
            for message in parse(payload):
                state, _ = reconcile(state, message, Arrival(seq, seq * 10_000, seq * 10_000))
        assert bounded(state)


def test_bouts_in_random_order_are_survived() -> None:
    datagrams = tournament(TournamentOptions(seed=3, bouts=3))
    Random(1).shuffle(datagrams)
    outcome(Heard(seq, seq * 100_000_000, one.messages) for seq, one in enumerate(datagrams, start=1))


def test_a_score_that_jumps_beyond_all_measure_is_one_doubtful_finding() -> None:
    court = Auditor()
    court.fight()
    court.rest(300)
    court.say("sc1;999999;sc2;0", "s11;999999;s21;0;s12;0;s22;0;s13;0;s23;0")
    (found,) = court.rest(600)
    assert found.text == "999999 points of blue at 1:00 of round 1: messages missing"
    assert found.certainty < 0.5
