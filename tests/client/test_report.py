"""The report on a bout: whole, true to the record, and deaf to what hostile names try."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.fill import Record
from restrike_lab.client.query import Query
from restrike_lab.client.report import BoutFacts, ReportError, gather, page

from .logs import write_log
from .records import Made

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "tournament-small.tsv.gz"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
PAYLOAD = "</bdi></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x1b[2J"


class Tags(HTMLParser):
    """Collect what a browser would see: tags with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def facts_of(directory: Path, name: str) -> BoutFacts:
    query = Query(lambda: Record(directory / "restrike.sqlite"))
    try:
        return gather(query, name)
    finally:
        query.close()


def read(made: str) -> Tags:
    tags = Tags()
    tags.feed(made)
    return tags


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    assert main(["import", str(SAMPLE), f"--data-dir={folder}"]) == 0
    return folder


def test_the_page_tells_what_the_record_holds(lab: Path) -> None:
    facts = facts_of(lab, "101")
    tags = read(page(facts, version="1", made=MADE))
    classes = [attributes.get("class") or "" for _tag, attributes in tags.tags]
    stems = [each for each in classes if re.fullmatch(r"stem (blue|red)( scored)?", each)]
    assert len(stems) == len(facts.hits) > 20
    assert sum("scored" in each for each in stems) == sum(row["points"] is not None for row in facts.hits)
    assert sum(bool(re.fullmatch("point (blue|red)", each)) for each in classes) == len(facts.points) > 10
    assert (
        len(facts.story.of("gam-jeom"))
        == sum(tag == "rect" and attributes.get("class") == "gam-jeom" for tag, attributes in tags.tags) - 1
    )  # the key has one, too
    for row in facts.athletes.values():
        assert row["long_name"] in tags.text
    assert "all agree" in tags.text


def test_the_page_loads_nothing_and_runs_nothing(lab: Path) -> None:
    made = page(facts_of(lab, "102"), version="1", made=MADE)
    tags = read(made)
    assert not {"script", "link", "img", "iframe", "object", "base"} & {tag for tag, _ in tags.tags}
    assert not [name for _tag, attributes in tags.tags for name in attributes if name in ("src", "href", "style")]
    assert "default-src 'none'" in made
    assert "url(" not in made
    assert "@import" not in made


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"hl1;35", b"pt1;2", b"\xffnonsense"], match_id=1)
    made.load(1)
    made.db.execute(
        "UPDATE pss_matches SET number = ?1, phase = ?1, weight_class = ?1, division = ?1, court = ?1, winner = 'RED',"
        " decision = ?1",
        (PAYLOAD,),
    )
    for athlete in (1, 2):
        made.db.execute("INSERT INTO pss_athletes VALUES (1, ?, ?, ?, ?)", (athlete, PAYLOAD, PAYLOAD, PAYLOAD))
    text = page(facts_of(tmp_path, "1"), version=PAYLOAD, made=MADE)
    tags = read(text)
    assert not {"script", "img"} & {tag for tag, _ in tags.tags}
    assert not [name for _tag, attributes in tags.tags for name in attributes if name.startswith("on")]
    assert tags.text.count("<script>alert(1)</script>") >= 9
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_bout_of_which_little_is_known_still_has_a_page(tmp_path: Path) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded"], match_id=1)
    made.load(1, stage="loading")
    tags = read(page(facts_of(tmp_path, "1"), version="1", made=MADE))
    assert "No hit level was received" in tags.text
    assert "No round was fought" in tags.text
    assert "svg" not in {tag for tag, _ in tags.tags}


def test_a_bout_from_a_match_log_says_so(tmp_path: Path) -> None:
    write_log(tmp_path / "logs")
    assert main(["import", str(tmp_path / "logs"), f"--data-dir={tmp_path}"]) == 0
    text = read(page(facts_of(tmp_path, "245.A"), version="1", made=MADE)).text
    assert "imported from a match log" in text
    assert "Ćurić, Ana won 2–1 in rounds by points (PTF)." in text


def test_a_match_that_is_not_there_or_not_one_is_named(lab: Path, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no match 'nonsense'"):
        facts_of(lab, "nonsense")
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded"] * 9)
    for match_id in (5, 8):
        made.load(match_id)
    made.db.execute("UPDATE pss_matches SET number = '777'")
    with pytest.raises(ReportError, match="names 2 matches") as caught:
        facts_of(tmp_path, "777")
    assert "5 (" in caught.value.hint


def test_the_command_writes_the_page(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bout.html"
    assert main(["report", "103", "-o", str(out), f"--data-dir={lab}"]) == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert str(out) in capsys.readouterr().out
    assert main(["report", "nonsense", f"--data-dir={lab}"]) == 1
    assert main(["report", f"--data-dir={lab}"]) == 2
