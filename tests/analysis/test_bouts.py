"""Athletes, fatigue, timelines, superiority and what follows what, against tournaments whose truth is known."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import numpy as np
import pytest

from restrike_lab.analysis import (
    bare_points,
    compare_athletes,
    compare_rounds,
    delays,
    fatigue,
    follows,
    fought_minutes,
    head_and_body,
    link,
    momentum,
    multiplicity,
    review,
    superiority_time,
    timeline,
)
from restrike_lab.simulate.model import LevelModel
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth
from tests.analysis.tables import Tables, from_rows, tables

Played = tuple[Tables, list[BoutTruth]]


def play(**options: object) -> Played:
    truths: list[BoutTruth] = []
    found = tables(Tournament(TournamentOptions(**options)).stream(truths.append))  # type: ignore[arg-type]
    return found, truths


@pytest.fixture(scope="module")
def isolated() -> Played:
    """Return a tournament in which a window of 400 ms tells exactly which hit scored."""
    return play(seed=21, bouts=12, frequencies=Frequencies(isolate_ms=900))


def test_hits_without_a_point_and_points_without_a_hit_are_those_that_were(isolated: Played) -> None:
    found, truths = isolated
    hits = [hit for truth in truths for hit in truth.hits]
    points = [point for truth in truths for point in truth.points]
    linked = link(found.events, before_ms=400)
    counted = multiplicity(linked, found.points)
    assert (counted.hits, counted.unscored) == (len(hits), sum(hit.point is None for hit in hits))
    assert counted.points == {0: sum(point.hit is None for point in points), 1: sum(p.hit is not None for p in points)}
    assert bare_points(found.points, linked).count().execute() == counted.points[0]
    assert delays(linked).links == counted.points[1]
    assert 20 <= delays(linked).quantile(0.5) <= 60


def test_hits_above_the_threshold_without_a_point_are_listed_for_review(isolated: Played) -> None:
    found, truths = isolated
    listed = review(link(found.events, before_ms=400), found.matches)
    refused = sorted(
        (
            hit.level
            for truth in truths
            for hit in truth.hits
            if hit.point is None and hit.level >= truth.min_head_level
        ),
        reverse=True,
    )
    assert listed.total == len(refused)
    assert [row["level"] for row in listed.rows] == refused[:200]
    assert all(row["level"] >= row["min_head_level"] for row in listed.rows)
    assert "worth a look" in listed.statement


def test_a_timeline_tells_the_bout_as_it_was(isolated: Played) -> None:
    found, truths = isolated
    matches = found.matches.filter(found.matches.fought == 1).order_by("match_id").match_id.execute().tolist()
    fought = [truth for truth in truths if truth.started_ms is not None]
    assert len(matches) == len(fought)
    for match_id, truth in zip(matches, fought, strict=True):
        story = timeline(found.events, match_id, matches=found.matches)
        assert [(m.athlete, m.value) for m in story.of("point")] == [(p.athlete, p.points) for p in truth.points]
        assert Counter((m.athlete, m.value) for m in story.of("hit")) == Counter(
            (h.athlete, h.level) for h in truth.hits
        )
        assert len(story.of("gam-jeom")) == sum(each.change == 1 for each in truth.gam_jeoms)
        assert all(0 <= (m.gone_ms or 0) <= truth.round_ms for m in story.moments)
        # The score beside a point has it counted, whatever else was corrected.
        for moment in story.of("point"):
            assert moment.score[moment.athlete - 1] >= (moment.value or 0)


def test_superiority_is_timed_on_the_clock() -> None:
    def row(seq: int, stream: str, clock_ms: int, value: int | None, fields: str = "{}") -> tuple[object, ...]:
        return (
            seq,
            1,
            "1",
            7,
            1,
            clock_ms,
            0,
            seq * 10**9,
            stream,
            "",
            "",
            value if stream == "sup" else None,
            value,
            fields,
        )

    start, stop = '{"time_ms":120000,"action":"start"}', '{"time_ms":60000,"action":"stop"}'
    found = from_rows(
        [
            row(1, "sup", 120_000, 0),
            row(2, "clk", 120_000, 120_000, start),
            row(3, "sup", 100_000, 2),
            row(4, "sup", 90_000, 1),
            row(5, "clk", 60_000, 60_000, stop),
            row(6, "clk", 0, 0, '{"time_ms":0,"action":"stopEnd"}'),
        ]
    )
    held = superiority_time(found.events)
    assert held.rounds == {(7, 1): (20_000, 30_000, 10_000)}
    assert "blue held superiority for 50%" in held.statement


def test_minutes_fought_are_those_on_the_clock(isolated: Played) -> None:
    found, truths = isolated
    minutes = fought_minutes(found.events).minutes.sum().execute()
    most = sum(truth.round_ms for truth in truths for _ in truth.rounds) / 60_000
    assert 0.5 * most < minutes <= most


def test_athletes_are_compared_over_all_their_bouts(isolated: Played) -> None:
    found, truths = isolated
    people = compare_athletes(link(found.events, before_ms=400), found.athletes, events=found.events)
    hits: Counter[str] = Counter()
    for truth in truths:
        for hit in truth.hits:
            athlete = (truth.blue, truth.red)[hit.athlete - 1]
            hits[f"{athlete.long} ({athlete.country})"] += 1
    assert {person.name: person.hits for person in people.people} == dict(hits)
    for person in people.people:
        assert person.shrunken_conversion.low <= person.shrunken_conversion.value <= person.shrunken_conversion.high
        assert 0.5 < person.hits_per_minute < 15
    assert people.people[0].name in people.statement or people.statement


def test_athletes_are_compared_by_round(isolated: Played) -> None:
    found, truths = isolated
    cells = compare_rounds(link(found.events, before_ms=400), found.athletes)
    hits = Counter(hit.round for truth in truths for hit in truth.hits)
    assert {number: sum(c.hits for c in cells.cells if c.round == number) for number in hits} == dict(hits)
    assert "in round 1" in cells.statement


def test_head_and_body_are_told_by_the_value_of_the_point(isolated: Played) -> None:
    found, truths = isolated
    both = head_and_body(link(found.events, before_ms=400), found.points)
    points = Counter(point.points for truth in truths for point in truth.points)
    assert both.techniques["punch"] == points[1]
    assert both.techniques["head"] == points[3]
    scored = [hit for truth in truths for hit in truth.hits if hit.point is not None]
    assert both.levels.scored == sum(hit.target == "head" for hit in scored)


def test_fatigue_is_found_where_there_is_some_and_its_size_is_right() -> None:
    found, _ = play(seed=5, bouts=60, levels=LevelModel(fatigue=0.3), frequencies=Frequencies(hits_per_minute=8.0))
    tired = fatigue(link(found.events), found.matches)
    assert tired.level_per_minute.test.p < 0.001
    assert -6 < tired.level_per_minute.slope.value < -1
    assert not tired.scoring_per_minute.test.p < 0.001
    assert "a minute" in tired.statement


def test_what_follows_what_is_one_for_athletes_who_know_nothing_of_each_other(isolated: Played) -> None:
    found, _ = isolated
    pairs = follows(found.events)
    after = pairs.of("hit blue", "hit red")
    own = pairs.of("hit blue", "point blue")
    assert after is not None
    assert own is not None
    assert after.lift.low < 1.15
    assert after.lift.high > 0.85
    assert own.lift.value > 2
    assert own.adjusted_p < 0.001
    assert "superiority" in pairs.statement or "point" in pairs.statement


def clocked(rounds: list[list[tuple[int, str, int]]]) -> Tables:
    """Return rounds of 120 s of running clock with marks at given ms, stream and athlete."""
    rows: list[tuple[object, ...]] = []
    for match, marks in enumerate(rounds, 1):
        said = [(0, "clk", 0), *sorted(marks), (120_000, "clk", 0)]
        for ms, stream, athlete in said:
            action = "start" if ms == 0 else "stop"
            fields = f'{{"time_ms":0,"action":"{action}"}}' if stream == "clk" else "{}"
            at = (match * 1_000_000 + ms) * 10**6
            rows.append((len(rows) + 1, 1, "1", match, 1, 0, at, at, stream, "", "", athlete or None, 50, fields))
    return from_rows(rows)


def test_the_expected_number_of_followers_is_that_of_random_instants() -> None:
    draw = Random("random instants")
    rounds = []
    for _ in range(150):
        blue = [(draw.randrange(1, 119_999), "hl", 1) for _ in range(draw.randrange(1, 12))]
        red = [(draw.randrange(1, 119_999), "hl", 2) for _ in range(draw.randrange(1, 12))]
        rounds.append(blue + red)
    pairs = follows(clocked(rounds).events, within_ms=4000)
    for pair in pairs.pairs:
        assert pair.lift.value == pytest.approx(1, abs=0.15)
        assert pair.test.p > 0.001
        assert pair.followed == pytest.approx(pair.expected, abs=4.5 * math.sqrt(pair.expected))


def test_followers_are_counted_as_one_would_by_hand() -> None:
    pairs = follows(clocked([[(10_000, "hl", 1), (11_000, "hl", 2), (12_000, "hl", 2), (118_000, "hl", 1)]]).events)
    after = pairs.of("hit blue", "hit red")
    assert after is not None
    # The hit at 118 s has not 5 s to be followed in; two followers of one hit count once.
    assert (after.events, after.followed) == (1, 1)
    # Of the 115 s from which 5 s can be seen, instants from 6 to 12 s are followed by a red hit.
    assert after.expected == pytest.approx(6 / 115)
    # A red hit after itself: one event fewer.
    own = pairs.of("hit red", "hit red")
    assert own is not None
    assert own.expected == pytest.approx(2 * (1 - math.sqrt(1 - 6 / 115)))


def test_time_that_the_clock_stands_does_not_count() -> None:
    rows = []
    for seq, (ms, stream, athlete, fields) in enumerate(
        [
            (0, "clk", None, '{"time_ms":120000,"action":"start"}'),
            (20_000, "hl", 1, "{}"),
            (21_000, "clk", None, '{"time_ms":99000,"action":"stop"}'),
            (80_000, "clk", None, '{"time_ms":99000,"action":"start"}'),
            (82_000, "hl", 2, "{}"),
            (120_000, "clk", None, '{"time_ms":59000,"action":"stop"}'),
        ],
        1,
    ):
        rows.append((seq, 1, "1", 1, 1, 0, ms * 10**6, ms * 10**6, stream, "", "", athlete, 50, fields))
    after = follows(from_rows(rows).events).of("hit blue", "hit red")
    assert after is not None
    assert after.followed == 1
    assert after.expected == pytest.approx(5 / (61 - 5))


def test_no_two_events_are_said_to_be_none() -> None:
    assert "nothing follows anything" in follows(from_rows([]).events).statement
    assert np.isnan(momentum(from_rows([]).points).test.p)
