"""The real console's capture: what the reducer finds is what a person counts in the file.

The counting below goes over the text line by line and knows nothing of the parser or the reducer.
"""

from __future__ import annotations

from collections import Counter

import pytest

from restrike_lab.bout import Arrival, CourtState, Link, reduce
from restrike_lab.bout.rows import round_rows
from restrike_lab.pss import parse

Pair = tuple[int, int]


class Counted:
    """What a person counts in the file, and the score after each line as they would read it."""

    def __init__(self, lines: list[str]) -> None:
        self.loads = 0
        self.fought: dict[int, set[int]] = {}
        self.codes: Counter[str] = Counter()
        self.winners: list[str] = []
        self.results: list[str] = []
        self.gam_jeoms: dict[tuple[int, int], Pair] = {}
        self.scores: list[Pair] = []
        self.points: list[tuple[int, int, int]] = []
        number, score = 0, (0, 0)
        for line in lines:
            code, *fields = line.split(";")
            self.codes[code] += 1
            if code == "pre":
                self.loads, number, score = self.loads + 1, 1, (0, 0)
            elif code == "rnd":
                if int(fields[0]) != number:
                    number, score = int(fields[0]), (0, 0)
            elif code == "clk" and fields[1:] == ["start"]:
                self.fought.setdefault(self.loads, set()).add(number)
            elif code == "sc1":
                score = (int(fields[0]), int(fields[2]))
            elif code == "s11":
                pairs = dict(zip([code, *fields[1::2]], fields[0::2], strict=True))
                score = (int(pairs[f"s1{number}"]), int(pairs[f"s2{number}"]))
            elif code == "wg1" and (fields[0], fields[2]) != ("0", "0"):
                self.gam_jeoms[self.loads, number] = (int(fields[0]), int(fields[2]))
            elif code in ("pt1", "pt2"):
                self.points.append((self.loads, int(code[2]), int(fields[0])))
            elif code == "win":
                self.winners.append(fields[0])
            elif code == "wmh":
                self.results.append(fields[1])
            self.scores.append(score)


@pytest.fixture(name="counted")
def _counted(live_messages: list[tuple[int, bytes]]) -> Counted:
    return Counted([payload.decode() for _, payload in live_messages])


@pytest.fixture(name="states")
def _states(live_messages: list[tuple[int, bytes]]) -> list[CourtState]:
    return _replayed(live_messages)[0]


def _replayed(messages: list[tuple[int, bytes]]) -> tuple[list[CourtState], list[Link], list[CourtState]]:
    state = CourtState()
    states, links, left = [], [], []
    for seq, (at_ms, payload) in enumerate(messages, start=1):
        (message,) = parse(payload)
        state, facts = reduce(state, message, Arrival(seq, at_ms * 1_000_000, at_ms * 1_000_000))
        states.append(state)
        links += [fact for fact in facts if isinstance(fact, Link)]
        left += [fact for fact in facts if isinstance(fact, CourtState)]
    return states, links, [*left, state]


def _last_of_each_match(left: list[CourtState]) -> list[CourtState]:
    return list({state.match_id: state for state in left if state.match_id is not None}.values())


def test_a_person_counts_what_the_protocol_page_says(counted: Counted) -> None:
    assert (counted.loads, len(counted.fought), sum(map(len, counted.fought.values()))) == (62, 5, 9)
    assert (len(counted.points), counted.codes["hl1"] + counted.codes["hl2"]) == (10, 3)


def test_loads_and_fought_bouts_are_those_of_the_file(live_messages: list[tuple[int, bytes]], counted: Counted) -> None:
    matches = [state.match for state in _last_of_each_match(_replayed(live_messages)[2])]
    assert len(matches) == counted.loads
    fought = [place for place, match in enumerate(matches, start=1) if match is not None and match.started_ns]
    assert fought == sorted(counted.fought)


def test_rounds_fought_are_those_of_the_file(live_messages: list[tuple[int, bytes]], counted: Counted) -> None:
    rounds = {(row[0], row[1]) for state in _replayed(live_messages)[2] for row in round_rows(state)}
    assert len(rounds) == sum(map(len, counted.fought.values()))


def test_winners_and_results_are_those_of_the_file(live_messages: list[tuple[int, bytes]], counted: Counted) -> None:
    decided = [
        state.match
        for state in _last_of_each_match(_replayed(live_messages)[2])
        if state.match is not None and state.match.stage == "decided"
    ]
    assert [match.winner for match in decided] == counted.winners
    assert [f"{match.rounds_won[0]}-{match.rounds_won[1]} {match.decision}" for match in decided] == counted.results


def test_the_running_score_is_the_last_one_told_at_every_step(states: list[CourtState], counted: Counted) -> None:
    assert [state.score for state in states] == counted.scores


def test_gam_jeoms_of_each_round_are_those_of_the_file(
    live_messages: list[tuple[int, bytes]], counted: Counted
) -> None:
    states, _, left = _replayed(live_messages)
    loads = {
        match_id: place for place, match_id in enumerate(dict.fromkeys(s.match_id for s in states if s.match_id), 1)
    }
    found = {
        (loads[state.match_id], state.round): state.gam_jeoms
        for state in left
        if state.match_id is not None and state.round is not None and state.gam_jeoms != (0, 0)
    }
    assert found == counted.gam_jeoms


def test_every_hit_of_the_file_belongs_to_the_point_behind_it(
    live_messages: list[tuple[int, bytes]], counted: Counted
) -> None:
    links = _replayed(live_messages)[1]
    assert len(links) == counted.codes["hl1"] + counted.codes["hl2"]
    for link in links:
        hit, point = live_messages[link.hit_seq - 1], live_messages[link.point_seq - 1]
        assert hit[1].startswith(b"hl%d;%d" % (link.athlete, link.level))
        assert point[1].startswith(b"pt%d;%d" % (link.athlete, link.points))
        assert link.delay_ms == point[0] - hit[0]
        assert 25 <= link.delay_ms <= 60


def test_the_clock_is_stamped_on_every_event(states: list[CourtState], live_messages: list[tuple[int, bytes]]) -> None:
    running = False
    for state, (_, payload) in zip(states, live_messages, strict=True):
        code, *fields = payload.decode().split(";")
        if code == "pre":
            running = False
        if code != "clk":
            continue
        running = fields[1] == "start" if len(fields) > 1 else running
        minutes, seconds = fields[0].split(":")
        assert state.clock_ms == (int(minutes) * 60 + int(seconds)) * 1000
        assert state.clock.running is running
