"""Archive and live rows together: every event exactly once, whatever becomes of either."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restrike_lab.client.archived import ArchiveWarning
from restrike_lab.client.errors import QueryError
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.store.archive import DAY_NS, archive_dir, read_archive
from restrike_lab.store.archiving import archive

from .records import FIRST_NS, Made

BOUT = [b"pre;FightLoaded", b"hl1;35", b"pt1;2", b"clk;01:27", b"hl2;12", b"win;BLUE"]
LATER = FIRST_NS + 400 * DAY_NS


def seqs(query: Query) -> list[int]:
    return query.sql("SELECT seq FROM events ORDER BY seq")["seq"].tolist()


def asked(made: Made) -> Query:
    return Query(lambda: Record(made.path))


def test_answers_are_the_same_before_and_after_archiving(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(BOUT * 20, match_id=1)
    made.load(1, stage="decided")
    made.link(2, 3, 35, 2, match_id=1)
    questions = ("SELECT * FROM events ORDER BY seq", "SELECT * FROM hits ORDER BY seq", "SELECT * FROM points")
    query = asked(made)
    before = [query.arrow(question).to_pylist() for question in questions]
    done = archive(tmp_path)
    assert done.new_rows == made.seq
    assert [query.arrow(question).to_pylist() for question in questions] == before
    made.db.execute("DELETE FROM pss_events WHERE seq < 100")
    fresh = asked(made)
    assert [fresh.arrow(question).to_pylist() for question in questions] == before
    query.close()
    fresh.close()


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9), st.integers(0, 3)),
        st.tuples(st.just("archive"), st.just(0), st.just(0)),
        st.tuples(st.just("delete"), st.integers(0, 40), st.integers(0, 40)),
        st.tuples(st.just("copy"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("break"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.just("ask"), st.just(0), st.just(0)),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
@pytest.mark.filterwarnings("ignore::restrike_lab.client.archived.ArchiveWarning")
def test_every_event_is_answered_exactly_once(tmp_path_factory: pytest.TempPathFactory, actions: list[tuple]) -> None:
    """Days overlap, files are copied over others, live rows are deleted once archived, files are damaged."""
    folder = tmp_path_factory.mktemp("record")
    made = Made(folder / "restrike.sqlite")
    query = asked(made)
    lost: set[int] = set()
    try:
        for name, one, two in actions:
            files = sorted(archive_dir(folder).glob("date=*/*.parquet"))
            held = read_archive(folder)
            if name == "add":
                first = made.seq + 1
                made.add(BOUT[:1] * one)
                made.db.execute(
                    "UPDATE pss_events SET arrival_ns = arrival_ns + ? WHERE seq >= ?", (two * DAY_NS, first)
                )
            elif name == "archive":
                archive(folder, now_ns=LATER)
            elif name == "delete":
                for file in held.files:
                    for low, high in file.runs:
                        made.db.execute(
                            "DELETE FROM pss_events WHERE seq BETWEEN ? AND ? AND seq BETWEEN ? AND ?",
                            (low, high, one, two),
                        )
            elif name == "copy" and files:
                target = files[two % len(files)].parent / "copied.parquet"
                if files[one % len(files)] != target:
                    shutil.copy(files[one % len(files)], target)
            elif name == "break" and held.files:
                file = held.files[one % len(held.files)]
                stored = {seq for (seq,) in made.db.execute("SELECT seq FROM pss_events")}
                lost |= {seq for low, high in file.runs for seq in range(low, high + 1)} - stored
                content = file.path.read_bytes()
                file.path.write_bytes([b"", content[: len(content) // 2], content[:-20] + bytes(20)][two])
            if name == "ask":
                assert seqs(query) == sorted(set(range(1, made.seq + 1)) - lost)
        assert seqs(query) == sorted(set(range(1, made.seq + 1)) - lost)
    finally:
        query.close()
        made.db.close()


def test_a_file_damaged_behind_its_footer_is_named_and_the_rest_still_answers(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"hl1;%d" % (level % 90) for level in range(3000)])
    made.db.execute("UPDATE pss_events SET arrival_ns = arrival_ns + ? WHERE seq > 1500", (DAY_NS,))
    archive(tmp_path, now_ns=LATER)
    made.db.execute("DELETE FROM pss_events WHERE seq < 1000")
    path = read_archive(tmp_path).files[0].path
    content = bytearray(path.read_bytes())
    content[200:2000] = bytes(1800)
    path.write_bytes(content)
    query = asked(made)
    with pytest.warns(ArchiveWarning, match=path.name):
        assert query.sql("SELECT seq, raw FROM events ORDER BY seq")["seq"].tolist() == list(range(1000, 3001))
    assert path.exists()
    done = archive(tmp_path, now_ns=LATER)
    assert [each.name.partition(".parquet")[2][:9] for each in done.set_aside] == [".damaged-"]
    assert seqs(query) == list(range(1000, 3001))
    query.close()


def test_only_the_archives_files_can_be_opened_by_a_question(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(BOUT)
    archive(tmp_path, now_ns=LATER)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    query = asked(made)
    for question in (
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"SELECT * FROM read_text('{archive_dir(tmp_path)}/hub.id')",
        f"SELECT * FROM read_parquet('{archive_dir(tmp_path)}/*/*.parquet')",
        f"COPY (SELECT 1) TO '{read_archive(tmp_path).files[0].path}'",
    ):
        with pytest.raises(QueryError):
            query.sql(question)
    assert seqs(query) == list(range(1, made.seq + 1))
    query.close()


def test_an_event_recognized_anew_is_answered_as_it_is_now_and_archived_again(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add(BOUT)
    archive(tmp_path, now_ns=LATER)
    made.db.execute("UPDATE pss_events SET event_type = 'changed' WHERE seq = 3")
    written = read_archive(tmp_path).files[0].written_ns
    made.db.execute(
        "INSERT INTO pss_event_recognition_history (seq, changed_ns, who, why, before, after) "
        "VALUES (3, ?, '', '', '', '')",
        (written + 1,),
    )
    for _ in range(2):
        query = asked(made)
        assert query.sql("SELECT seq FROM events WHERE event_type = 'changed'")["seq"].tolist() == [3]
        assert seqs(query) == list(range(1, made.seq + 1))
        query.close()
        archive(tmp_path, now_ns=LATER)
        made.db.execute("DELETE FROM pss_events WHERE seq < 5")
