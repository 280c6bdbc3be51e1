"""The query's links are the reducer's links: on every sample, on simulated tournaments, on anything thinkable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restrike_lab.analysis import AnalysisError, link, links, nearest
from restrike_lab.bout import links as rule
from restrike_lab.bout.links import Moment, owners
from restrike_lab.simulate.console import Sender
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from tests.analysis.tables import Tables, from_rows, sample, samples, tables
from tests.conftest import live_messages

STEPS = (0, 1, 2, 40, 149, 150, 151, 300, 1000, 4849, 4850, 4851, 4999, 5000, 5001, 9000)
KINDS = ("hl1", "hl1", "hl1", "pt1", "pt1", "hl2", "pt2", "clk", "rdy", "pre")


@cache
def question() -> str:
    """Return the query of all links as text: writing it takes ten times as long as running it on a few events."""
    made = links(link(from_rows([]).events))
    return str(ibis.to_sql(made.select("hit_seq", "point_seq", "delay_ms")))


def linked(found: Tables, **window: int) -> dict[int, tuple[int, int]]:
    """Return point and delay by hit, as the query has them."""
    if not window:
        rows = found.events.get_backend().con.execute(question()).fetchall()
        return {hit_seq: (point_seq, delay_ms) for hit_seq, point_seq, delay_ms in rows}
    frame = links(link(found.events, **window)).to_pandas()
    return {row.hit_seq: (row.point_seq, row.delay_ms) for row in frame.itertuples()}


@pytest.mark.parametrize("name", samples())
def test_links_are_those_of_the_live_reducer_on_every_sample(name: str) -> None:
    found = tables(sample(name))
    assert linked(found) == found.live_links
    assert link(found.events).count().execute() == (found.events.stream == "hl").sum().execute()


def test_links_are_those_of_the_live_reducer_on_the_live_capture() -> None:
    found = tables(Timed(at_ms, payload) for at_ms, payload in live_messages())
    assert linked(found) == found.live_links
    assert found.live_links


@pytest.mark.parametrize("sender", ["console", "late-hit"])
@pytest.mark.parametrize("rate", [4.0, 40.0])
def test_links_are_those_of_the_live_reducer_in_simulated_tournaments(sender: Sender, rate: float) -> None:
    frequencies = Frequencies(hits_per_minute=rate, bare_points_per_minute=rate / 4, isolate_ms=20)
    options = TournamentOptions(seed=11, bouts=6, courts=("1", "2"), sender=sender, frequencies=frequencies)
    found = tables(Tournament(options).stream())
    assert len(found.live_links) > 50
    assert linked(found) == found.live_links


def spoken(steps: Sequence[tuple[str, int]]) -> list[Timed]:
    at_ms, said = 1000, []
    words = {"clk": "clk;01:30", "rdy": "rdy;FightReady", "pre": "pre;FightLoaded"}
    for kind, step in steps:
        at_ms += step
        said.append(Timed(at_ms, words.get(kind, f"{kind};2").encode()))
    return said


@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(STEPS)), max_size=40))
def test_links_are_those_of_the_live_reducer_whatever_is_said(steps: list[tuple[str, int]]) -> None:
    found = tables(spoken(steps))
    assert linked(found) == found.live_links


Event = tuple[int, str, int, int | None, int]
"""Time in ms, stream, athlete, match, epoch."""


def heard(*events: Event, court: str = "1") -> Tables:
    return from_rows(
        [
            (seq, epoch, court, match, 1, 90_000, 10**18 + ms * 10**6, ms * 10**6, stream, "", "", athlete, 2, "{}")
            for seq, (ms, stream, athlete, match, epoch) in enumerate(events, 1)
        ]
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(("hl", "pt")), st.integers(0, 400)), max_size=25),
    st.integers(0, 200),
    st.integers(0, 600),
)
def test_both_windows_can_be_chosen(steps: list[tuple[str, int]], after_ms: int, more_ms: int) -> None:
    before_ms = after_ms + more_ms
    at_ms, events, moments = 0, [], []
    for seq, (stream, step) in enumerate(steps, 1):
        at_ms += step
        events.append((at_ms, stream, 1, 1, 1))
        moments.append((stream, Moment(seq, at_ms)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule, "BEFORE_MS", before_ms)
        patch.setattr(rule, "AFTER_MS", after_ms)
        expected: Mapping[int, int] = owners(
            [moment for stream, moment in moments if stream == "hl"],
            [moment for stream, moment in moments if stream == "pt"],
        )
    found = linked(heard(*events), before_ms=before_ms, after_ms=after_ms)
    assert {hit: point for hit, (point, _) in found.items()} == expected


def test_hits_and_points_of_two_athletes_loads_or_courts_are_never_linked() -> None:
    assert not linked(heard((0, "hl", 1, 1, 1), (10, "pt", 2, 1, 1)))
    assert not linked(heard((0, "hl", 1, 1, 1), (10, "pt", 1, 2, 1)))
    assert linked(heard((0, "hl", 1, 1, 1), (10, "pt", 1, 1, 1))) == {1: (2, 10)}


def test_before_a_load_is_known_only_events_of_one_term_are_linked() -> None:
    assert linked(heard((0, "hl", 1, None, 1), (10, "pt", 1, None, 1))) == {1: (2, 10)}
    assert not linked(heard((0, "hl", 1, None, 1), (10, "pt", 1, None, 2)))


def test_a_hub_taking_over_in_a_bout_does_not_break_a_link() -> None:
    assert linked(heard((0, "hl", 1, 7, 1), (10, "pt", 1, 7, 2))) == {1: (2, 10)}


def test_milliseconds_are_cut_off_exactly_after_months_of_uptime() -> None:
    months_ns = 400 * 86_400 * 10**9
    rows = [
        (1, 1, "1", 1, 1, 0, 0, months_ns + 999_999, "hl", "", "", 1, 2, "{}"),
        (2, 1, "1", 1, 1, 0, 0, months_ns + 5_000_999_999, "pt", "", "", 1, 2, "{}"),
    ]
    assert linked(from_rows(rows)) == {1: (2, 5000)}


def test_every_hit_is_kept_and_only_the_nearest_is_the_scorer() -> None:
    found = link(heard((0, "hl", 1, 1, 1), (900, "hl", 1, 1, 1), (940, "pt", 1, 1, 1), (950, "hl", 1, 1, 1)).events)
    chosen = nearest(found).order_by("seq").to_pandas()
    assert found.scored.sum().execute() == 2
    assert chosen["scored"].tolist() == [False, True, False]
    assert chosen["delay_ms"].dropna().tolist() == [40]
    assert chosen.columns.tolist() == list(found.columns)


def test_windows_that_are_none_are_refused() -> None:
    with pytest.raises(AnalysisError) as refused:
        link(heard().events, before_ms=100, after_ms=150)
    assert "after_ms <= before_ms" in refused.value.hint
