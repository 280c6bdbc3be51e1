"""``lab.unknown``, ``lab.rules``, ``lab.definitions``: what they tell, and that decisions reach the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.errors import CommandError, QueryError
from restrike_lab.client.lab import Lab
from restrike_lab.client.recognition import signed_by
from restrike_lab.pss.errors import DefinitionError

from .recording import hosted, say
from .test_feed import until

KICKS = [f"kds1;{speed};head" for speed in range(11, 31)] + ["kds2;44;body"]
THRUST = """[stream.thrust]
description = "How hard somebody pushes"
example = "thr1;40"
codes = { thr1 = 1, thr2 = 2 }

[[stream.thrust.field]]
name = "force"
kind = "integer"
low = 1
high = 99
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with hosted(tmp_path) as lab:
        yield lab


def test_patterns_are_listed_with_exact_counts_and_samples(lab: Lab) -> None:
    say(lab, [*KICKS, b"\xff\x00"])
    frame = lab.unknown()
    assert frame["shape"].tolist() == ["kds1;int;word", "<bytes>", "kds2;int;word"]
    assert frame["occurrence_count"].tolist() == [20, 1, 1]
    assert str(frame["first_seen"].dtype) == "datetime64[us, UTC]"
    rows = lab.unknown.rows()
    assert rows[0]["courts"] == {"1": 20}
    assert rows[0]["samples"][0]["text"] == "kds1;11;head"
    assert rows[1]["code"] is None
    assert "base64" in rows[1]["samples"][0]


@pytest.mark.parametrize("which", ["kds1", "kds1;int;word", "hash", "prefix"])
def test_a_pattern_is_named_by_hash_prefix_shape_or_code(lab: Lab, which: str) -> None:
    say(lab, KICKS)
    full = lab.unknown.rows()[0]["pattern_hash"]
    explained = lab.unknown.explain({"hash": full, "prefix": full[:6]}.get(which, which))
    assert explained.pattern["pattern_hash"] == full


def test_a_pattern_that_is_not_there_is_refused(lab: Lab) -> None:
    say(lab, KICKS)
    for which in ("nothing", "", "0"):
        with pytest.raises(QueryError) as refused:
            lab.unknown.explain(which)
        assert "lab.unknown()" in refused.value.hint


def test_an_explanation_has_fields_likeness_suggestion_and_a_definition_that_can_be_put(lab: Lab) -> None:
    say(lab, KICKS)
    explained = lab.unknown.explain("kds1")
    plain = explained.plain()
    assert [field["place"] for field in plain["fields"]] == [1, 2]
    assert plain["fields"][0]["kind"] == "21 values from 11 to 44"
    assert plain["fields"][1]["values"] == "head ×20, body ×1"
    assert [each["shape"] for each in plain["near"]] == ["kds2;int;word"]
    assert "differ in their number alone" in plain["near"][0]["text"]
    assert plain["suggestion"]["reasons"]
    assert lab.definitions.check(explained.toml)[0].name == "kds"
    told = str(explained)
    assert "kds1;11;head" in told
    assert "[stream.kds]" in told


def test_codes_that_differ_in_the_athletes_number_are_one_stream(lab: Lab) -> None:
    say(lab, [*KICKS, "kds3;1;head"])
    definition = lab.unknown.explain("kds2").study.definition  # type: ignore[union-attr]
    assert definition is not None
    assert dict(definition.codes) == {"kds1": 1, "kds2": 2}
    assert dict(lab.unknown.explain("kds3").study.definition.codes) == {"kds3": None}  # type: ignore[union-attr]


def test_the_suggested_type_is_kept_with_the_pattern(lab: Lab) -> None:
    say(lab, KICKS)
    found = lab.unknown.explain("kds1").suggestion
    assert found is not None
    assert lab.unknown.rows()[0]["suggested_event_type"] == found.event_type
    assert lab.unknown()["suggestion_score"].tolist()[0] == found.score


def test_what_has_no_code_word_is_explained_without_a_definition(lab: Lab) -> None:
    say(lab, ["12;5", "13;5"])
    explained = lab.unknown.explain("<int>;int")
    assert (explained.study, explained.toml) == (None, "")
    assert "no code word" in explained.problem
    with pytest.raises(QueryError, match="no code word"):
        lab.unknown.propose("<int>;int")


def test_explanations_escape_what_came_off_the_wire(lab: Lab) -> None:
    say(lab, ["kds;<img src=x onerror=1>"])
    shown = lab.unknown.explain("kds")
    assert "<img" not in shown._repr_html_()
    assert "&lt;img" in shown._repr_html_()
    assert "<img src" not in lab.unknown._repr_html_()


def test_a_note_stays_with_its_pattern(lab: Lab) -> None:
    say(lab, KICKS)
    lab.unknown.note("kds1", "seen at the training hall")
    assert lab.unknown.rows()[0]["notes"] == "seen at the training hall"
    say(lab, KICKS)
    assert lab.unknown.rows()[0]["notes"] == "seen at the training hall"
    assert "seen at the training hall" in str(lab.unknown.explain("kds1"))


def test_a_proposal_that_is_put_makes_the_next_messages_known(lab: Lab) -> None:
    say(lab, KICKS)
    assert lab.definitions.put(lab.unknown.propose("kds1"), why="the maker told us") == ["kds"]
    say(lab, ["kds1;25;head"])
    assert lab.events(stream="kds")["recognition_status"].tolist() == ["recognized"]
    assert lab.definitions()["name"].tolist() == ["kds"]
    assert [each.name for each in lab.definitions.loaded()] == ["kds"]


def test_a_wrong_definition_is_refused_with_its_line_and_nothing_is_kept(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(THRUST.replace('kind = "integer"', 'kind = "intger"'))
    with pytest.raises(DefinitionError) as refused:
        lab.definitions.put(path, why="try")
    assert (refused.value.source, refused.value.line) == ("mine.toml", 8)
    with pytest.raises(DefinitionError, match="known already"):
        lab.definitions.check(THRUST.replace("thr", "pt"))
    assert lab.definitions.texts() == {}


def test_definitions_can_be_changed_exported_dropped_and_put_elsewhere(lab: Lab, tmp_path: Path) -> None:
    lab.definitions.put(THRUST, why="new")
    lab.definitions.put(THRUST.replace("high = 99", "high = 50"), why="softer")
    path = lab.definitions.export(tmp_path / "shared.toml")
    assert lab.definitions.check(path.read_text())[0].fields[0].wire.high == 50
    lab.definitions.drop("thrust", why="wrong")
    assert len(lab.definitions()) == 0
    assert lab.definitions.put(path, why="again") == ["thrust"]
    with pytest.raises(CommandError):
        lab.definitions.drop("nothing", why="wrong")
    with pytest.raises(CommandError, match="reason"):
        lab.definitions.drop("thrust", why=" ")


def test_rules_are_listed_added_failed_and_switched(lab: Lab) -> None:
    assert lab.rules.add("strong", stream="hl", field="level", kind="range", low=30, why="weak hits are noise") == 1
    seq = say(lab, ["hl1;10", "hl1;40"])
    frame = lab.rules()
    mine = frame[frame["origin"] == "user"].iloc[0]
    assert (mine["rule_id"], mine["parameters"], mine["why"]) == ("strong", {"low": 30}, "weak hits are noise")
    assert (mine["passed"], mine["failed"]) == (1, 1)
    assert mine["who"].startswith(signed_by())
    assert (frame["origin"] == "predefined").sum() > 100
    failed = lab.rules.failures("strong")
    assert (failed["seq"].tolist(), failed["raw"].tolist()) == ([seq - 1], [b"hl1;10"])
    assert len(lab.rules.failures("nothing")) == 0
    lab.rules.switch("strong", False, "they are not")
    say(lab, ["hl1;10"])
    assert len(lab.rules.failures()) == 1
    assert lab.events()["recognition_status"].tolist() == ["partial", "recognized", "recognized"]


def test_rules_are_plain_values_for_screens_one_per_id(lab: Lab) -> None:
    lab.rules.add("strong", stream="hl", field="level", kind="range", low=30, why="weak hits are noise")
    seq = say(lab, ["hl1;10"])
    rows = {each["rule_id"]: each for each in lab.rules.rows()}
    assert (rows["strong"]["versions"], rows["strong"]["failed"], rows["strong"]["parameters"]) == (
        ["*"],
        1,
        {"low": 30},
    )
    assert set(rows["pt.points.range"]["versions"]) == {"older", "2.3", "2.3-live"}
    (failed,) = lab.rules.failed_events("strong")
    assert (failed["seq"], failed["raw"]) == (seq, "hl1;10")
    assert lab.rules.courts() == [{"court": "1", "version": "2.3-live"}]
    lab.command("protocol.set", court="1", version="2.3")
    assert lab.rules.courts() == [{"court": "1", "version": "2.3"}]
    lab.definitions.put(THRUST, why="new")
    assert lab.rules.fields()["thrust"] == ["athlete", "force"]


def test_a_rule_that_does_not_fit_is_refused_with_the_reason(lab: Lab) -> None:
    with pytest.raises(CommandError, match="has no field 'strength'"):
        lab.rules.add("x", stream="hl", field="strength", kind="range", low=3, why="w")
    lab.rules.add("kind", stream="hl", field="level", kind="type", parameters={"kind": "integer"}, why="w")


def test_a_status_is_set_by_hand_with_a_reason(lab: Lab) -> None:
    seq = say(lab, ["hl1;10"])
    lab.set_status(seq, "partial", "the sensor was loose")
    until(lambda: lab.event(seq)["status"] == "partial")  # type: ignore[index]
    with pytest.raises(CommandError, match="status"):
        lab.set_status(seq, "fine", "w")


def test_collections_show_themselves_as_their_frames(lab: Lab) -> None:
    say(lab, KICKS)
    for part in (lab.unknown, lab.rules, lab.definitions):
        assert "<table" in part._repr_html_()
        assert repr(part) == repr(part())


def test_a_preview_tells_what_a_definition_would_make_of_stored_messages(lab: Lab) -> None:
    say(lab, [*KICKS, "kds1;high;head", "other;1"])
    found = lab.definitions.preview(lab.unknown.propose("kds1;int;word"))
    assert (found.looked_at, found.changed) == (22, 22)
    assert found.statuses == {"unknown → recognized": 22}
    narrow = lab.unknown.propose("kds1").replace('kind = "text"', 'kind = "integer"')
    found = lab.definitions.preview(narrow)
    assert found.statuses["unknown → recognized"] == 21
    assert str(found).startswith("22 of 22 stored messages would change: 21 unknown → recognized")
    assert {each["raw"] for each in found.plain()["examples"]} >= {"kds1;11;head", "kds1;high;head"}
    assert lab.definitions.texts() == {}
    assert lab.unknown()["occurrence_count"].sum() == 23


def test_a_preview_of_a_changed_definition_looks_at_what_the_older_one_recognized(lab: Lab) -> None:
    lab.definitions.put(THRUST, why="new")
    say(lab, ["thr1;40", "thr1;60"])
    found = lab.definitions.preview(THRUST.replace("high = 99", "high = 50"))
    assert (found.looked_at, found.changed) == (2, 1)
    assert "No stored message" in str(lab.definitions.preview(THRUST.replace("thr", "nix")))


def test_an_event_of_ones_own_stream_is_told_alike_when_it_comes_and_when_it_is_stored(lab: Lab) -> None:
    lab.definitions.put(THRUST, "the maker told us")
    heard: list[dict[str, object]] = []
    stop = lab.live.subscribe(lambda batch: heard.extend(batch.events))
    say(lab, ["thr1;40"])
    until(lambda: heard)
    stop()
    assert lab.recent(1)[0] == heard[0]
    assert heard[0]["description"] != "thr1;40"
    event = lab.event(int(str(heard[0]["seq"])))
    assert event is not None
    assert (event["about"]["event_type"]["description"], event["history"]) == ("How hard somebody pushes", [])


def test_what_an_event_was_is_told_with_who_and_why(lab: Lab) -> None:
    say(lab, ["hl1;57"])
    lab.set_status(1, "partial", "a bag was kicked")
    event = lab.event(1)
    assert event is not None
    (change,) = event["history"]
    assert (change["why"], change["run_id"]) == ("a bag was kicked", None)
    assert change["who"] == f"{signed_by()} (admin)"
    assert (change["before"]["recognition_status"], change["after"]["recognition_status"]) == ("recognized", "partial")


def test_a_rule_is_told_with_what_it_was(lab: Lab) -> None:
    lab.rules.add("strong", stream="hl", field="level", kind="range", low=30, why="weak hits are noise")
    lab.rules.add("strong", stream="hl", field="level", kind="range", low=20, versions=["2.3"], why="20 is enough")
    newest, *before = lab.rules.revisions("strong")
    assert (newest["revision"], newest["parameters"], newest["versions"]) == (2, {"low": 20}, ["2.3"])
    assert {each["revision"] for each in before} == {1, 2}  # for every version: on, then off
    assert lab.rules.revisions("nobody") == []
