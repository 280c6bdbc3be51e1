"""Tournaments: reproducible, recognized, free of contradictions, and told truly."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from itertools import islice, pairwise

import pytest

from restrike_lab.pss import Recognizer, parse
from restrike_lab.pss.streams import FightLoaded, GamJeoms, HitLevel, MatchResult, Point, RoundWinners, Winner
from restrike_lab.simulate.console import Sender
from restrike_lab.simulate.model import Curve
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth, read_truth, truth_line
from tests.simulate.checks import contradictions

SENDERS: tuple[Sender, ...] = ("console", "doc", "late-hit")
BUSY = Frequencies(
    gam_jeoms_per_minute=1.2,
    injuries_per_round=0.5,
    challenges_per_round=0.8,
    clock_corrections_per_round=0.3,
    repeated_load=0.2,
    replaced_load=0.2,
    aborted_bout=0.2,
    stopped_contest=0.15,
    withdrawal=0.1,
    nobody_wins=0.1,
)
"""A tournament in which much happens that happens rarely."""


def simulated(options: TournamentOptions) -> tuple[list[Timed], list[BoutTruth]]:
    truths: list[BoutTruth] = []
    stream = list(Tournament(options).stream(truths.append))
    return stream, truths


def digest(stream: list[Timed]) -> str:
    return hashlib.sha256(repr(stream).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    options = TournamentOptions(seed=42, bouts=6, courts=("A", "B"))
    stream, truths = simulated(options)
    again, truths_again = simulated(options)
    assert stream == again
    assert list(map(truth_line, truths)) == list(map(truth_line, truths_again))
    assert digest(stream) != digest(simulated(dataclasses.replace(options, seed=43))[0])


def test_an_option_of_scoring_leaves_cards_and_attempts_alone() -> None:
    _, truths = simulated(TournamentOptions(seed=42, bouts=6))
    _, flat = simulated(TournamentOptions(seed=42, bouts=6, curve=Curve(slope=0.0)))
    assert [(one.number, one.blue, one.red, one.status) for one in truths] == [
        (one.number, one.blue, one.red, one.status) for one in flat
    ]
    for one, other in zip(truths, flat, strict=True):
        first = [[(hit.athlete, hit.level) for hit in truth.hits if hit.round == 1][:3] for truth in (one, other)]
        assert first[0] == first[1]


@pytest.mark.parametrize("sender", SENDERS)
def test_sixty_bouts_contain_no_contradiction(sender: Sender) -> None:
    stream, truths = simulated(TournamentOptions(seed=13, bouts=60, courts=("1", "2", "3"), sender=sender))
    assert sum(truth.status == "fought" for truth in truths) == 60
    assert contradictions(stream) == []


@pytest.mark.parametrize("sender", SENDERS)
def test_bouts_full_of_incidents_contain_no_contradiction(sender: Sender) -> None:
    stream, truths = simulated(TournamentOptions(seed=17, bouts=40, sender=sender, frequencies=BUSY))
    assert contradictions(stream) == []
    assert {truth.status for truth in truths} == {"fought", "aborted", "loaded"}
    assert {note.how for truth in truths for note in truth.rounds} >= {"points", "gap", "gam-jeoms", "rsc"}


@pytest.mark.parametrize("lost", [b"pt", b"sc1;1", b"s11;1", b"wg1;1", b"rnd;2", b"clk;01:1"])
def test_a_lost_message_is_a_contradiction(lost: bytes) -> None:
    stream, _ = simulated(TournamentOptions(seed=3, bouts=3))
    places = [place for place, timed in enumerate(stream) if timed.payload.startswith(lost)]
    place = places[len(places) // 2]
    assert contradictions(stream[:place] + stream[place + 1 :])


def test_every_message_of_a_console_is_recognized() -> None:
    recognizer = Recognizer()
    stream, _ = simulated(TournamentOptions(seed=21, bouts=30, frequencies=BUSY))
    statuses = Counter(found.status for timed in stream for found in recognizer.recognize(timed.payload))
    assert statuses == {"recognized": len(stream)}


def test_the_documents_sender_is_recognized_under_its_own_version() -> None:
    recognizer = Recognizer("2.3")
    calm = Frequencies(gam_jeoms_per_minute=0.1)
    stream, truths = simulated(TournamentOptions(seed=21, bouts=10, sender="doc", frequencies=calm))
    assert all(max(note.gam_jeoms) < 5 for truth in truths for note in truth.rounds)
    poor = {
        timed.payload
        for timed in stream
        for found in recognizer.recognize(timed.payload)
        if found.status != "recognized"
    }
    assert poor == set()


def test_legacy_streams_are_added_on_request() -> None:
    stream, truths = simulated(TournamentOptions(seed=2, bouts=25, legacy=True))
    codes = Counter(message.stream for timed in stream for message in parse(timed.payload))
    assert codes["hel"] == codes["bye"] == 1
    assert codes["hwt"] >= 6
    assert codes["to"] > 10
    joined = [timed for timed in stream if len(parse(timed.payload)) == 2]
    assert joined
    assert codes["hl"] == sum(len(truth.hits) for truth in truths)
    assert codes["unknown"] == 0


def test_a_terminator_ends_every_datagram() -> None:
    plain, _ = simulated(TournamentOptions(seed=2, bouts=1))
    ended, _ = simulated(TournamentOptions(seed=2, bouts=1, terminator=b"\r\n"))
    assert [timed._replace(payload=timed.payload + b"\r\n") for timed in plain] == ended


@pytest.mark.parametrize("sender", SENDERS)
def test_the_truth_is_what_the_wire_says(sender: Sender) -> None:
    stream, truths = simulated(TournamentOptions(seed=31, bouts=25, courts=("A", "B"), sender=sender, frequencies=BUSY))
    said = [(timed.at_ms, timed.court, message) for timed in stream for message in parse(timed.payload)]
    assert sorted((truth.loaded_ms, truth.court) for truth in truths) == sorted(
        (at, court) for at, court, message in said if isinstance(message, FightLoaded)
    )
    assert sorted((hit.at_ms, t.court, hit.athlete, hit.level) for t in truths for hit in t.hits) == sorted(
        (at, court, message.athlete, message.level or 0) for at, court, message in said if isinstance(message, HitLevel)
    )
    assert sorted((point.at_ms, t.court, point.athlete, point.points) for t in truths for point in t.points) == sorted(
        (at, court, message.athlete, message.points or 0) for at, court, message in said if isinstance(message, Point)
    )
    penalties = Counter((one.at_ms, t.court) for t in truths for one in t.gam_jeoms)
    loads = {(truth.loaded_ms, truth.court) for truth in truths}
    announced = Counter(
        (at, court)
        for at, court, message in said
        if isinstance(message, GamJeoms) and not any(c == court and 0 < at - ms < 200 for ms, c in loads)
    )
    assert penalties == announced


def test_winners_and_rounds_of_the_truth_are_announced() -> None:
    stream, truths = simulated(TournamentOptions(seed=31, bouts=25, frequencies=BUSY))
    fought = [truth for truth in truths if truth.status == "fought"]
    messages = [message for timed in stream for message in parse(timed.payload)]
    assert [truth.winner for truth in fought] == [m.winner for m in messages if isinstance(m, Winner)]
    results = [message for message in messages if isinstance(message, MatchResult)]
    assert [(*truth.rounds_won, truth.decision) for truth in fought] == [
        (result.rounds_blue, result.rounds_red, result.decision) for result in results
    ]
    names = {"BLUE": "blue", "RED": "red"}
    for truth, result in zip(fought, results, strict=True):
        side = names.get(truth.winner or "")
        assert (result.name or "") == (getattr(truth, side).long if side else "")
    confirmed = sum(any((m.rd1, m.rd2, m.rd3)) for m in messages if isinstance(m, RoundWinners))
    assert confirmed == sum(len(truth.rounds) for truth in fought)


def test_hits_and_points_of_the_truth_belong_to_each_other() -> None:
    _, truths = simulated(TournamentOptions(seed=31, bouts=25))
    for truth in truths:
        for place, hit in enumerate(truth.hits):
            assert hit.point is None or truth.points[hit.point].hit == place
        for place, point in enumerate(truth.points):
            if point.hit is not None:
                hit = truth.hits[point.hit]
                assert hit.point == place
                assert (hit.athlete, hit.round) == (point.athlete, point.round)
                assert 25 <= point.at_ms - hit.at_ms <= 60


@pytest.mark.parametrize("sender", SENDERS)
def test_attempts_of_an_athlete_are_far_enough_apart_to_tell_which_hit_scored(sender: Sender) -> None:
    _, truths = simulated(TournamentOptions(seed=33, bouts=30, sender=sender))
    for truth in truths:
        for athlete in (1, 2):
            hits = [hit for hit in truth.hits if hit.athlete == athlete]
            points = [point for point in truth.points if point.athlete == athlete]
            for hit in hits:
                near = [point for point in points if abs(point.at_ms - hit.at_ms) <= 150]
                assert near == ([] if hit.point is None else [truth.points[hit.point]])


def test_isolated_attempts_leave_no_doubt_within_five_seconds() -> None:
    rare = Frequencies(isolate_ms=5_300)
    _, truths = simulated(TournamentOptions(seed=33, bouts=20, frequencies=rare))
    for truth in truths:
        for hit in truth.hits:
            following = [p for p in truth.points if p.athlete == hit.athlete and 0 <= p.at_ms - hit.at_ms <= 5_000]
            assert following == ([] if hit.point is None else [truth.points[hit.point]])


def test_time_never_runs_backwards() -> None:
    stream, _ = simulated(TournamentOptions(seed=3, bouts=12, courts=("1", "2", "3"), sender="late-hit"))
    assert all(earlier.at_ms <= later.at_ms for earlier, later in pairwise(stream))


def test_a_stream_begins_before_the_tournament_is_simulated() -> None:
    seen: list[BoutTruth] = []
    first = list(islice(Tournament(TournamentOptions(bouts=100_000)).stream(seen.append), 100))
    assert len(first) == 100
    assert len(seen) < 5


def test_names_of_many_scripts_and_an_unknown_country_occur() -> None:
    _, truths = simulated(TournamentOptions(seed=1, bouts=60))
    people = [person for truth in truths for person in (truth.blue, truth.red)]
    initials = {ord(person.long[0]) // 0x100 for person in people}
    assert len(initials) >= 6
    assert any(person.country == "MRN" for person in people)


def test_a_truth_file_is_read_back() -> None:
    tournament = Tournament(TournamentOptions(seed=5, bouts=2))
    truths: list[BoutTruth] = []
    for _ in tournament.stream(truths.append):
        pass
    header, *bouts = read_truth([truth_line(tournament.header()), "\n", *map(truth_line, truths)])
    assert header["kind"] == "tournament"
    assert header["curve"] == {"slope": 0.08, "offset": 35.0, "rate_without_effect": 0.3}
    assert [bout["number"] for bout in bouts] == [truth.number for truth in truths]
    assert bouts[0]["hits"][0].keys() == {"at_ms", "round", "athlete", "level", "target", "point"}


@pytest.mark.parametrize(
    "wrong",
    [{"bouts": -1}, {"courts": ()}, {"courts": ("1", "1")}, {"athletes_per_class": 1}, {"round_seconds": 10}],
)
def test_numbers_that_make_no_tournament_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        TournamentOptions(**wrong)  # type: ignore[arg-type]
