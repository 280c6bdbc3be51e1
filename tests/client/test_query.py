"""SQL over a record that keeps growing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restrike_lab.client.errors import QueryError
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query, where_is
from restrike_lab.client.views import SMALL_TABLES
from restrike_lab.pss.streams import STREAMS

from .records import FIRST_NS, Made

BOUT = [b"pre;FightLoaded", b"hl1;35", b"pt1;2", b"clk;01:27", b"hl2;12", b"rst;1;st1;1;0;0;0;0;0;st2;0;0;0;0;0;0;"]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(BOUT, match_id=1)
    made.load(1)
    made.link(2, 3, 35, 2, match_id=1)
    return made


@pytest.fixture
def query(made: Made) -> Iterator[Query]:
    query = Query(lambda: Record(made.path))
    yield query
    query.close()


def test_every_column_comes_over_as_it_was_stored(made: Made, query: Query) -> None:
    stored = made.db.execute("SELECT * FROM pss_events ORDER BY seq").fetchall()
    assert query.arrow("SELECT * FROM record.pss_events ORDER BY seq").to_pylist() == [
        dict(zip(query.arrow("SELECT * FROM record.pss_events").column_names, row, strict=True)) for row in stored
    ]


def test_a_query_sees_the_last_committed_event(made: Made, query: Query) -> None:
    for _ in range(5):
        made.add([b"clk;01:26"])
        assert query.sql("SELECT max(seq) AS seq FROM events")["seq"].item() == made.seq


def test_a_match_that_changes_is_read_again(made: Made, query: Query) -> None:
    assert query.sql("SELECT stage FROM matches")["stage"].tolist() == ["fighting"]
    made.load(1, stage="decided")
    assert query.sql("SELECT stage FROM matches")["stage"].tolist() == ["decided"]


def test_each_courts_unfinished_match_is_read_again(made: Made, query: Query) -> None:
    made.add(BOUT, court="2", match_id=made.seq + 1)
    made.load(7, court="2")
    query.refresh()
    made.load(1, stage="decided")
    made.load(7, court="2", stage="between")
    assert query.sql("SELECT match_id, stage FROM matches ORDER BY 1")["stage"].tolist() == ["decided", "between"]


def test_names_come_over_as_they_were_stored(made: Made, query: Query) -> None:
    rows = [(1, 1, 'a"b', "two\nlines, comma", ""), (1, 2, None, "NULL", "\r\n"), (9, 1, "", "서연 이", "';")]
    made.load(1)
    made.load(9)
    made.db.executemany("INSERT INTO pss_athletes VALUES (?, ?, ?, ?, ?)", rows)
    found = query.arrow("SELECT * FROM athletes ORDER BY match_id, athlete").to_pylist()
    assert [tuple(row.values()) for row in found] == rows


def test_truth_values_are_none_of_numbers(made: Made, query: Query) -> None:
    made.load(1)
    matches = query.sql("SELECT * FROM matches")
    assert matches.fought.dtype == "boolean"
    assert len(matches.query("fought")) == len(matches.query("fought == 1")) == len(matches) > 0


def test_a_link_that_is_taken_back_is_gone(made: Made, query: Query) -> None:
    assert query.sql("SELECT scored FROM hits WHERE seq = 2")["scored"].tolist() == [True]
    made.unlink(2)
    assert query.sql("SELECT scored FROM hits WHERE seq = 2")["scored"].tolist() == [False]


def test_hits_keep_those_without_a_point(query: Query) -> None:
    hits = query.sql("SELECT seq, level, scored, points FROM hits ORDER BY seq")
    assert hits["level"].tolist() == [35, 12]
    assert hits["scored"].tolist() == [True, False]


def test_points_know_the_levels_linked_to_them(query: Query) -> None:
    points = query.sql("SELECT points, hits, max_level, mean_level, technique FROM points")
    assert points.iloc[0].tolist() == [2, 1, 35, 35.0, "K"]


def test_a_stream_has_a_view_with_typed_fields(query: Query) -> None:
    assert query.arrow("SELECT time_ms, action FROM clk").to_pylist() == [{"time_ms": 87_000, "action": None}]
    assert query.sql("SELECT rst_round, blue_body FROM rst").to_dict("list") == {"rst_round": [1], "blue_body": [1]}


def test_every_stream_and_table_can_be_asked(query: Query) -> None:
    known = query.tables()
    wanted = {each.stream for each in STREAMS} | {"events", "hits", "points", *SMALL_TABLES} - {"unknown"}
    assert wanted <= known.keys()
    for name in known:
        assert query.arrow(f'SELECT * FROM "{name}"').column_names == known[name]


def test_an_event_has_its_arrival_in_utc(query: Query) -> None:
    first = query.sql("SELECT timestamp, arrival_ns FROM events ORDER BY seq LIMIT 1")
    assert first["timestamp"].dt.as_unit("ns").astype("int64").item() == FIRST_NS + 1_000_000
    assert str(first["timestamp"].dtype) == "datetime64[us, UTC]"


def test_dtypes_do_not_depend_on_the_rows(query: Query) -> None:
    for name in query.tables():
        full, empty = query.sql(f'SELECT * FROM "{name}"'), query.sql(f'SELECT * FROM "{name}" WHERE false')
        assert full.dtypes.equals(empty.dtypes), name


def test_an_empty_record_answers(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    query = Query(lambda: Record(made.path))
    assert query.sql("SELECT * FROM hits").empty
    query.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP VIEW events",
        "DELETE FROM record.pss_events",
        "INSERT INTO record.pss_events SELECT * FROM record.pss_events",
        "UPDATE record.pss_events SET court = 'x'",
        "EXPLAIN ANALYZE DELETE FROM record.pss_events",
        "WITH gone AS (DELETE FROM record.pss_events RETURNING seq) SELECT * FROM gone",
        "CREATE TEMP TABLE mine AS SELECT 1",
        "ATTACH ':memory:' AS other",
        "COPY events TO '/tmp/out.csv'",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "COMMIT",
        "LOAD json",
        "INSTALL sqlite",
        "CALL pragma_version()",
        "SELECT 1; DELETE FROM record.pss_events",
    ],
)
def test_what_does_not_read_is_refused_and_changes_nothing(query: Query, made: Made, statement: str) -> None:
    with pytest.raises(QueryError):
        query.sql(statement)
    assert query.sql("SELECT count(*) AS n FROM events")["n"].item() == len(BOUT)


@pytest.mark.parametrize(
    "source", ["read_csv('{}')", "read_text('{}')", "read_blob('{}')", "glob('{}')", "sqlite_scan('{}', 't')", "'{}'"]
)
def test_no_file_is_within_reach(query: Query, tmp_path: Path, source: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(QueryError):
        query.sql(f"SELECT * FROM {source.format(secret)}")


def test_python_variables_are_not_within_reach(query: Query) -> None:
    mine = query.sql("SELECT 1 AS n")
    assert len(mine) == 1
    with pytest.raises(QueryError):
        query.sql("SELECT * FROM mine")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT * FRM events x", 1, 14),
        ("SELECT foo FROM events", 1, 8),
        ("SELECT seq\nFROM events\nWHRE seq > 1", 3, 6),
        ("SELECT *\nFROM nowhere", 2, 6),
        ("SELECT " + "1, " * 200 + "foo FROM events", 1, 608),
    ],
)
def test_wrong_sql_is_told_with_its_place(query: Query, text: str, line: int, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        query.sql(text)
    assert caught.value.context == {"line": line, "column": column}
    shown, caret = caught.value.hint.split("\n")
    assert text.split("\n")[line - 1].startswith(shown[caret.index("^") :], column - 1)


def test_a_message_without_a_place_has_none() -> None:
    assert where_is("SELECT 1", "Out of Memory Error: no luck") is None


@pytest.mark.parametrize("text", ["", ";", "-- nothing"])
def test_no_statement_is_refused(query: Query, text: str) -> None:
    with pytest.raises(QueryError, match="one is expected"):
        query.sql(text)


def test_parameters_are_bound(query: Query) -> None:
    assert query.sql("SELECT level FROM hits WHERE seq = $seq", {"seq": 5})["level"].tolist() == [12]
    assert query.sql("SELECT level FROM hits WHERE seq = ?", [2])["level"].tolist() == [35]


@pytest.mark.parametrize(
    "text", ["DESCRIBE events", "SUMMARIZE SELECT seq FROM events", "EXPLAIN SELECT 1", "SHOW TABLES"]
)
def test_looking_around_is_allowed(query: Query, text: str) -> None:
    assert not query.sql(text).empty


def test_pivot_is_allowed(query: Query) -> None:
    assert "hl" in query.sql("PIVOT (SELECT court, stream FROM events) ON stream USING count(*)").columns


def test_several_threads_may_ask_while_the_record_grows(made: Made, query: Query) -> None:
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(6):
                counted = query.sql("SELECT count(*) AS n, max(seq) AS last FROM events")
                assert counted["n"].item() == counted["last"].item()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        made.add([b"clk;01:26"] * 5)
    assert problems == []


def test_a_database_that_was_set_aside_is_left_for_the_new_one(made: Made, query: Query) -> None:
    query.refresh()
    made.db.close()
    for each in made.path.parent.iterdir():
        each.rename(each.with_name(f"damaged-{each.name}"))
    other = Made(made.path)
    other.seq = 1000
    other.add([b"clk;01:00"])
    assert query.sql("SELECT seq FROM events")["seq"].tolist() == [1001]


def test_reading_again_takes_over_what_was_recognized_anew(made: Made, query: Query) -> None:
    query.refresh()
    made.db.execute("UPDATE pss_events SET recognition_status = 'partial'")
    query.reload()
    assert query.sql("SELECT DISTINCT recognition_status AS s FROM events")["s"].tolist() == ["partial"]


def test_a_closed_query_says_so_and_can_be_closed_again(query: Query) -> None:
    query.close()
    query.close()
    with pytest.raises(QueryError, match="closed"):
        query.sql("SELECT 1")


def test_a_record_that_does_not_exist_is_told_with_the_way_out(tmp_path: Path) -> None:
    query = Query(lambda: Record(tmp_path / "restrike.sqlite"))
    with pytest.raises(QueryError) as caught:
        query.sql("SELECT 1")
    assert "hub" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_huge_datagrams_come_over_whole(made: Made, query: Query) -> None:
    huge = b"x;" * 32_000
    made.add([huge] * 40)
    assert (
        query.arrow("SELECT raw FROM events WHERE seq > $n", {"n": len(BOUT)}).column("raw").to_pylist() == [huge] * 40
    )


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_any_bytes_come_over_as_they_were_stored(tmp_path_factory: pytest.TempPathFactory, raws: list[bytes]) -> None:
    made = Made(tmp_path_factory.mktemp("any") / "restrike.sqlite")
    made.add(raws)
    query = Query(lambda: Record(made.path))
    try:
        rows = query.arrow("SELECT raw, fields, validation_errors FROM events ORDER BY seq").to_pylist()
    finally:
        query.close()
    stored = made.db.execute("SELECT raw, fields, validation_errors FROM pss_events ORDER BY seq").fetchall()
    assert [tuple(row.values()) for row in rows] == stored
    assert all(isinstance(json.loads(row["fields"]), dict) for row in rows)
    made.db.close()


def test_chunks_join_without_hole_or_repeat(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.add([b"clk;01:27"] * 300)
    monkeypatch.setattr("restrike_lab.client.fill.CHUNK_ROWS", 64)
    monkeypatch.setattr("restrike_lab.client.fill.CHUNK_BYTES", 2000)
    record = Record(made.path)
    found = [seq for chunk in record.events(0, record.last_seq()) for seq in chunk.column("seq").to_pylist()]
    record.close()
    assert found == list(range(1, made.seq + 1))
