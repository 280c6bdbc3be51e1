"""The lab's tables in ibis: the same rows as SQL, always up to date, and nothing that leads out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.analysis import association, count_levels
from restrike_lab.client.errors import QueryError
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.store.archive import DAY_NS
from restrike_lab.store.archiving import archive

from .records import FIRST_NS, Made

BOUT = [b"pre;FightLoaded", b"hl1;35", b"pt1;2", b"hl2;12"]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(BOUT, match_id=1)
    made.load(1, stage="decided")
    made.link(2, 3, 35, 2, match_id=1)
    return made


@pytest.fixture
def query(made: Made) -> Iterator[Query]:
    query = Query(lambda: Record(made.path))
    yield query
    query.close()


def test_an_expression_sees_what_was_committed_after_it_was_built(made: Made, query: Query) -> None:
    hits = query.expression("hits")
    count = hits.count()
    assert count.execute() == 2
    made.add([b"hl1;50"], match_id=1)
    assert count.execute() == 3
    archive(made.path.parent, now_ns=FIRST_NS + DAY_NS)
    made.db.execute("DELETE FROM pss_events WHERE seq < 3")
    assert count.execute() == 3
    assert sorted(hits.level.to_pyarrow().to_pylist()) == [12, 35, 50]


def test_expressions_can_be_joined_and_analysed(query: Query) -> None:
    hits, matches = query.expression("hits"), query.expression("matches")
    assert hits.inner_join(matches, "match_id").count().execute() == 2
    counts = count_levels(hits)[()]
    assert association(counts).statement


def test_an_unknown_table_is_named_with_those_there_are(query: Query) -> None:
    with pytest.raises(QueryError, match="nonsense") as caught:
        query.expression("nonsense")
    assert "hits" in caught.value.hint


def test_an_expression_reaches_no_file(query: Query, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    backend = query.expression("hits").get_backend()
    with pytest.raises(Exception, match="disabled"):
        backend.read_csv(tmp_path / "secret.csv").execute()
