"""The simulated console writes what the real one wrote, byte for byte in form."""

from __future__ import annotations

import re
from collections import defaultdict

from restrike_lab.pss import parse
from restrike_lab.simulate.quirks import brief_end, wire_form
from restrike_lab.simulate.tournament import Tournament, TournamentOptions

LOAD = ("pre", "ref", "at1", "mch", "wg1", "wrd", "s11", "sc1", "clk", "rnd", "sup", "rdy")


def shape(payload: bytes) -> str:
    """Return a message with its figures and free texts made alike."""
    text = payload.decode("utf-8")
    code = text.split(";")[0]
    if code in ("at1", "wmh", "mch"):
        return f"{code} with {text.count(';')} semicolons, {'ends' if text.endswith(';') else 'does not end'} in one"
    return re.sub("[0-9]+", lambda found: "9" * min(2, len(found[0])) if ":" in text else "9", text)


def code_of(payload: bytes) -> str:
    return payload.split(b";")[0].decode()


def test_every_live_message_is_rebuilt_byte_for_byte_from_its_parsed_form(
    live_messages: list[tuple[int, bytes]],
) -> None:
    differing = []
    for _, payload in live_messages:
        (message,) = parse(payload)
        if payload not in (wire_form(message), brief_end(message)):
            differing.append((payload, wire_form(message)))
    assert differing == []


def test_messages_of_a_code_have_the_shapes_of_the_live_ones(live_messages: list[tuple[int, bytes]]) -> None:
    live: dict[str, set[str]] = defaultdict(set)
    for _, payload in live_messages:
        live[code_of(payload)].add(shape(payload))
    simulated: dict[str, set[str]] = defaultdict(set)
    for timed in Tournament(TournamentOptions(seed=11, bouts=40)).stream():
        simulated[code_of(timed.payload)].add(shape(timed.payload))
    # Described, and not in this capture: corrections of the clock, answers to challenges, injury time that runs out.
    described = {"clk": {"clk;99:99;corr"}, "ch1": {"ch9;9;9"}, "ij0": {"ij9;9:99;hide"}}
    for code in live.keys() & simulated.keys():
        assert simulated[code] - live[code] <= described.get(code, set()), code


def test_no_code_that_a_live_console_sends_is_missing(live_messages: list[tuple[int, bytes]]) -> None:
    live = {code_of(payload) for _, payload in live_messages if not payload.startswith(b"Udp")}
    simulated = {code_of(timed.payload) for timed in Tournament(TournamentOptions(seed=11, bouts=40)).stream()}
    assert live <= simulated


def test_a_load_has_the_live_order_and_takes_between_22_and_170_ms() -> None:
    stream = list(Tournament(TournamentOptions(seed=5, bouts=30)).stream())
    starts = [place for place, timed in enumerate(stream) if timed.payload.startswith(b"pre;")]
    assert len(starts) >= 30
    for start in starts:
        burst = stream[start : start + len(LOAD)]
        assert tuple(code_of(timed.payload) for timed in burst) == LOAD
        assert 22 <= burst[-1].at_ms - burst[0].at_ms <= 170
