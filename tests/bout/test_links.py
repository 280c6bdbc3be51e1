"""The rule written plainly, and the reducer held to it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from restrike_lab.bout.links import Moment, owners
from tests.bout.court import Court

STEPS = (0, 1, 2, 40, 75, 149, 150, 151, 152, 300, 1000, 4700, 4849, 4850, 4851, 4999, 5000, 5001, 9000)
KINDS = ("hl1", "hl1", "hl1", "pt1", "pt1", "hl2", "pt2", "clk", "rdy", "pre", "rest")

Step = tuple[str, int]


@pytest.mark.parametrize(
    ("hits", "points", "expected"),
    [
        ([], [(1, 0)], {}),
        ([(1, 0)], [], {}),
        ([(1, 0)], [(2, 5000)], {1: 2}),
        ([(1, 0)], [(2, 5001)], {}),
        ([(2, 150)], [(1, 0)], {2: 1}),
        ([(2, 151)], [(1, 0)], {}),
        ([(2, 100)], [(1, 0), (3, 250)], {2: 3}),
        ([(2, 100)], [(1, 0), (3, 251)], {2: 1}),
        ([(1, 0), (3, 50)], [(2, 20), (4, 900)], {1: 2, 3: 4}),
        ([(1, 0), (3, 50)], [(2, 20)], {1: 2}),
    ],
)
def test_owner_of_a_hit(hits: list[tuple[int, int]], points: list[tuple[int, int]], expected: dict[int, int]) -> None:
    assert owners([Moment(*hit) for hit in hits], [Moment(*point) for point in points]) == expected


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(STEPS)), max_size=40))
@example([("pt1", 0), ("hl1", 100), ("hl1", 40), ("pt1", 150), ("hl1", 149), ("pre", 0)])
def test_the_reducer_decides_by_the_rule(steps: list[Step]) -> None:
    court = Court()
    court.fight()
    court.facts.clear()
    moments: list[tuple[str, int, Moment]] = []
    window = 0
    for kind, step in steps:
        if kind == "rest":
            court.rest(step)
            continue
        court.say(
            {"clk": "clk;01:30", "rdy": "rdy;FightReady", "pre": "pre;FightLoaded"}.get(kind, f"{kind};2"),
            after_ms=step,
        )
        if kind in ("pre", "rdy"):
            window += 1
        moments.append((kind, window, Moment(court.seq, court.now_ms)))
    court.say("pre;FightLoaded")
    assert {link.hit_seq: link.point_seq for link in court.links} == by_the_rule(moments, window)
    assert len({link.hit_seq for link in court.links}) == len(court.links)


def by_the_rule(moments: Sequence[tuple[str, int, Moment]], windows: int) -> dict[int, int]:
    expected: dict[int, int] = {}
    for window in range(windows + 1):
        for athlete in "12":
            hits = [m for kind, w, m in moments if w == window and kind == f"hl{athlete}"]
            points = [m for kind, w, m in moments if w == window and kind == f"pt{athlete}"]
            expected.update(owners(hits, points))
    return expected
