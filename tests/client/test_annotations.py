"""Notes and tags with a real hub: where they stand, their history, who hears of them, and queries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.client.annotation_words import obey
from restrike_lab.client.errors import CommandError
from restrike_lab.client.fill import Record
from restrike_lab.client.lab import Lab
from restrike_lab.client.query import Query
from restrike_lab.client.report import gather, page
from restrike_lab.store.archiving import archive
from restrike_lab.store.files import database_path
from restrike_lab.store.retention import delete_archived
from tests.browser.bout import first_round, load

from .recording import hosted, say
from .records import Made
from .test_feed import until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with hosted(tmp_path) as lab:
        say(lab, [*load(), *first_round()])
        yield lab


def test_a_note_on_an_event_knows_its_bout_and_time(lab: Lab) -> None:
    number = lab.annotate("late call", seq=20)
    (row,) = lab.annotations().to_dict("records")
    event = lab.events(seq=20).iloc[0]
    assert (row["annotation_id"], row["kind"], row["text"], row["seq"]) == (number, "note", "late call", 20)
    assert (row["match_id"], row["court"], row["at_ns"]) == (event["match_id"], "1", event["arrival_ns"])
    assert row["who"]


def test_tags_stand_on_bouts_and_times_too(lab: Lab) -> None:
    lab.annotate("to  review", match_id=1, tag=True)
    lab.annotate("power cut", court="1", at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    before = time.time_ns()
    lab.annotate("now")
    found = lab.annotations()
    assert found["text"].tolist() == ["power cut", "to review", "now"]
    assert found["kind"].tolist() == ["note", "tag", "note"]
    assert found["at_ns"].iloc[-1] >= before
    assert lab.annotations(match_id=1)["text"].tolist() == ["to review"]


def test_changes_and_what_was_taken_back_stay_in_the_history(lab: Lab) -> None:
    number = lab.annotate("frist", seq=20)
    lab.annotations.change(number, "first")
    assert lab.annotations()["text"].tolist() == ["first"]
    lab.annotations.drop(number)
    assert lab.annotations().empty
    history = lab.annotations.history(number)
    assert history["text"].tolist() == ["frist", "first", "first"]
    assert history["dropped"].tolist() == [0, 0, 1]
    with pytest.raises(CommandError, match="no annotation"):
        lab.annotations.change(number, "again")


def test_every_client_hears_of_it_within_a_second(lab: Lab) -> None:
    heard: list[dict[str, Any]] = []
    with Lab(lab.data_dir, start="never") as other:
        other.live.subscribe(lambda batch: heard.extend(batch.desk))
        begun = time.monotonic()
        lab.annotate("seen?", seq=20)
        until(lambda: any(frame.get("last", {}).get("text") == "seen?" for frame in heard))
        assert time.monotonic() - begun < 1.0
        assert other.annotations.rows(seq=20)[0]["text"] == "seen?"


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_texts_that_are_none_or_too_long_are_refused(lab: Lab, text: str) -> None:
    with pytest.raises(CommandError):
        lab.annotate(text, seq=20)
    assert lab.annotations().empty


def test_places_that_are_not_there_are_refused(lab: Lab) -> None:
    for place in ({"seq": 10_000}, {"match_id": 10_000}):
        with pytest.raises(CommandError, match="there is no"):
            lab.annotate("nowhere", **place)


def test_an_event_that_only_the_archive_has_takes_a_note_as_any_other(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    for match_id in (1, 4):
        made.add([b"pre;FightLoaded", b"hl1;35", b"win;BLUE"], match_id=match_id)
        made.load(match_id, stage="decided")
    made.db.execute("UPDATE accounting SET seq = 6")
    made.db.close()
    archive(tmp_path)
    assert delete_archived(tmp_path, date(2025, 7, 21)).rows == 3
    with hosted(tmp_path) as lab:
        lab.annotate("weak, but clean", seq=2)
        row, event = lab.annotations().iloc[0], lab.events(seq=2).iloc[0]
        assert (row["seq"], row["match_id"], row["court"], row["at_ns"]) == (2, 1, "1", event["arrival_ns"])
        with pytest.raises(CommandError, match="there is no event 10000"):
            lab.annotate("nowhere", seq=10_000)


def test_what_looks_like_markup_or_is_no_unicode_is_kept_as_text(lab: Lab) -> None:
    lab.annotate("<script>alert(1)</script> 'q' \n second line", seq=20)
    assert lab.annotations()["text"].tolist() == ["<script>alert(1)</script> 'q' \n second line"]


def test_words_do_the_same(lab: Lab) -> None:
    assert obey(lab.annotations, ["event", "20", "late", "call"]) == "Noted: annotation 1."
    assert obey(lab.annotations, ["match", "1", "#review"]) == "Tagged: annotation 2."
    assert obey(lab.annotations, ["now", "court", "1", "power", "cut"]) == "Noted: annotation 3."
    assert obey(lab.annotations, ["event", "20"])["text"].tolist() == ["late call"]
    assert obey(lab.annotations, ["change", "1", "no", "call"]) == "Annotation 1 was written anew."
    assert obey(lab.annotations, ["drop", "3"]) == "Annotation 3 was taken back."
    assert sorted(obey(lab.annotations, [])["text"]) == ["no call", "review"]
    assert len(obey(lab.annotations, ["history", "1"])) == 2
    with pytest.raises(CommandError, match="mean nothing"):
        obey(lab.annotations, ["event", "x"])


def test_the_report_on_a_bout_tells_its_notes_as_text(lab: Lab) -> None:
    lab.annotate("<img src=x onerror=alert(1)>", seq=20)
    lab.annotate("review", match_id=1, tag=True)
    with closing(Query(lambda: Record(database_path(lab.data_dir)))) as query:
        made = page(gather(query, "101"), version="1", made=datetime.now(UTC))
    assert "Notes and tags" in made
    assert "&lt;img src=x onerror=alert(1)&gt;" in made
    assert "<b>review</b>" in made
    assert "<img" not in made
