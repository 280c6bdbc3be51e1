"""A made-up record: the same for the same seed, whole, and true to its truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.analysis import link, links
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.client.simulated import RecordRefused, Simulated, day_options, simulate_record
from restrike_lab.simulate.truth import read_truth
from restrike_lab.store.archive import read_archive
from restrike_lab.store.files import database_path

EVENTS = 5_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Simulated]:
    folder = tmp_path_factory.mktemp("made")
    told = simulate_record(folder / "record", events=EVENTS, seed=5, truth=folder / "truth.jsonl.gz", workers=2)
    return folder, told


@pytest.fixture(scope="module")
def query(made: tuple[Path, Simulated]) -> Iterator[Query]:
    engine = Query(lambda: Record(database_path(made[0] / "record")))
    yield engine
    engine.close()


def test_a_record_has_at_least_the_events_asked_for_without_a_hole(made: tuple[Path, Simulated], query: Query) -> None:
    told = made[1]
    (row,) = query.arrow("SELECT count(*) AS n, min(seq) AS first, max(seq) AS last FROM events").to_pylist()
    assert row == {"n": told.events, "first": 1, "last": told.events}
    assert told.events >= EVENTS
    archived = read_archive(made[0] / "record")
    assert (archived.rows, len(archived.files)) == (told.archived, told.days - 1)
    assert 0 < told.archived < told.events


def test_its_truth_is_what_the_record_holds(made: tuple[Path, Simulated], query: Query) -> None:
    told = list(read_truth(made[0] / "truth.jsonl.gz"))
    days = [each for each in told if each["kind"] == "tournament"]
    bouts = [each for each in told if each["kind"] == "bout"]
    assert [day["day"] for day in days] == ["2024-01-06", "2024-01-13", "2024-01-20"][: len(days)]
    assert days[0]["first_seq"] == 1
    assert len(bouts) == made[1].loads
    (row,) = query.arrow(
        "SELECT (SELECT count(*) FROM hits) AS hits, (SELECT count(*) FROM points) AS points,"
        " (SELECT count(*) FROM matches WHERE stage = 'decided') AS fought"
    ).to_pylist()
    assert row["hits"] == sum(len(bout["hits"]) for bout in bouts)
    assert row["points"] == sum(len(bout["points"]) for bout in bouts)
    assert row["fought"] == sum(bout["status"] == "fought" for bout in bouts)


def test_its_links_are_those_that_a_query_finds(query: Query) -> None:
    names = ["hit_seq", "point_seq", "match_id", "round", "athlete", "level", "points", "delay_ms"]
    stored = query.arrow(f"SELECT {', '.join(names)} FROM links").sort_by("hit_seq")
    found = links(link(query.expression("events"))).to_pyarrow().select(names).sort_by("hit_seq")
    assert stored.num_rows > 50
    assert found.to_pylist() == stored.to_pylist()


def test_the_same_seed_gives_the_same_record_however_many_processes_make_it(
    made: tuple[Path, Simulated], query: Query, tmp_path: Path
) -> None:
    assert simulate_record(tmp_path / "again", events=EVENTS, seed=5, workers=1) == made[1]
    again = Query(lambda: Record(database_path(tmp_path / "again")))
    try:
        for table in ("events", "matches", "rounds", "athletes", "links"):
            question = f"SELECT * FROM {table} ORDER BY ALL"
            assert again.arrow(question).equals(query.arrow(question)), table
    finally:
        again.close()


def test_every_day_has_a_seed_of_its_own() -> None:
    assert len({day_options(seed, number).seed for seed in range(3) for number in range(50)}) == 150


def test_a_directory_that_holds_events_is_refused(made: tuple[Path, Simulated]) -> None:
    with pytest.raises(RecordRefused, match="holds events already"):
        simulate_record(made[0] / "record", events=10)
