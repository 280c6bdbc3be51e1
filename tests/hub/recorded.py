"""A record as a hub leaves it, written quickly: no sockets, no waiting, arrival times as the timetable says."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw

from restrike_lab.bout import Arrival, CourtState, Fact, flush, reduce
from restrike_lab.hub.judge import Judge
from restrike_lab.hub.restore import rebuild
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader
from restrike_lab.store.writer import Writer

BEGUN_NS = 1_750_000_000_000_000_000
BOOTED_NS = 1_749_000_000_000_000_000

SPEED = """
[stream.spd]
description = "Speed of a kick"
example = "spd1;12.5;head"
codes = { spd1 = 1, spd2 = 2 }
event_type = "kick_speed"

[[stream.spd.field]]
name = "speed"
kind = "decimal"

[[stream.spd.field]]
name = "target"
kind = "word"
choices = ["body", "head"]
"""
"""A definition of the messages that ``with_speeds`` adds."""

TABLES = (
    "pss_events",
    "pss_matches",
    "pss_athletes",
    "pss_rounds",
    "pss_hit_links",
    "pss_event_validation_results",
    "pss_event_rule_counts",
    "pss_unknown_events",
    "pss_findings",
)
COUNTS = "SELECT session_id, event_type, total, recognized, partial, unknown, deprecated FROM pss_event_statistics"


def bouts(number: int, courts: tuple[str, ...] = ("1",), seed: int = 1, **options: Any) -> Iterator[Timed]:
    return Tournament(TournamentOptions(seed=seed, bouts=number, courts=courts, **options)).stream()


def with_speeds(messages: Iterable[Timed], every: int = 9) -> Iterator[Timed]:
    """Mix in messages of a stream that no table knows, so that one in ten is of it."""
    for number, message in enumerate(messages, 1):
        yield message
        if number % every == 0:
            speed = b"spd%d;%d.%d;%s" % (
                1 + number % 2,
                number % 17,
                number % 10,
                (b"head", b"body", b"body")[number % 3],
            )
            yield Timed(message.at_ms, speed, message.court)


def record(
    data_dir: Path, messages: Iterable[Timed], group: int = 500, version: str = "2.3-live", after_s: float = 0.0
) -> int:
    """Store messages in a term of their own that begins ``after_s`` after the one before; return the last seq."""
    writer = Writer.open(data_dir)
    judge = Judge(writer)
    last = writer.run("SELECT max(arrival_ns) FROM pss_events")[0][0] or BEGUN_NS
    begun = last + round(after_s * 1e9)
    epoch = writer.begin_epoch("process", 1, begun)
    sessions: dict[str, int] = {}
    states: dict[str, CourtState] = {}
    recognizer = judge.recognizer(version)
    seq = writer.next_seq() - 1
    for some in groups(messages, group):
        rows: list[list[Any]] = []
        facts: list[Fact] = []
        for at_ms, payload, court in some:
            last = begun + at_ms * 1_000_000
            if court not in sessions:
                sessions[court] = writer.begin_session(court, 6000, version, begun)
                with contextlib.closing(Reader.open(data_dir)) as reader:
                    load = reader.last_load(court)
                states[court] = rebuild(load, recognizer, begun, begun - BOOTED_NS)
            for part, it in enumerate(recognizer.recognize(payload)):
                seq += 1
                at = Arrival(seq, last, last - BOOTED_NS)
                state, found = reduce(states[court], it.message, at)
                states[court] = state
                facts += found
                stamps = [seq, epoch, court, sessions[court], state.match_id, state.round, state.clock_ms]
                arrival = [last, last - BOOTED_NS, "127.0.0.1:6000", part, None, it.raw]
                meaning = [it.stream, it.event_type, it.event_code, it.athlete, it.value, it.fields, it.status]
                took_ms = 0.003 + seq % 89 / 10_000  # each its own, as where each is a group by itself
                rows.append([*stamps, *arrival, *meaning, recognizer.version, it.confidence, it.errors, took_ms])
        writer.append(rows, states, facts)
    facts = [fact for state in states.values() for fact in flush(state)[1]]
    writer.append([], states, facts)
    writer.end_epoch(True, last)
    writer.close()
    return seq


def groups(messages: Iterable[Timed], size: int) -> Iterator[list[Timed]]:
    messages = iter(messages)
    while some := list(itertools.islice(messages, size)):
        yield some


def decide(data_dir: Path, what: Callable[[Judge], object]) -> None:
    """Make a decision where no hub runs."""
    writer = Writer.open(data_dir)
    what(Judge(writer))
    writer.close()


def run(data_dir: Path, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Read, or spoil, the database behind everyone's back."""
    db = apsw.Connection(str(database_path(data_dir)))
    db.set_busy_timeout(5000)
    try:
        return list(db.execute(sql, params))
    finally:
        db.close()


def everything(data_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that a record says of its events, apart from times of processing."""
    held = {name: sorted(run(data_dir, f"SELECT * FROM {name}"), key=repr) for name in TABLES}
    return held | {"pss_event_statistics": sorted(run(data_dir, COUNTS))}
