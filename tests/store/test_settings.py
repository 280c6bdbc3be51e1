"""What is declared is what can be stored; every change is on record; a file holds it all and is read to the column."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate

from restrike_lab.store import settings as store
from restrike_lab.store.decisions import Signature
from restrike_lab.store.settings import UNSET, Kept
from restrike_lab.store.settings_file import dump_settings, load_settings
from restrike_lab.store.settings_group import Declared, SettingError, SettingsGroup, declared_by
from restrike_lab.store.writer import Writer


class Ring(SettingsGroup):
    """What the ring shows."""

    category = "ring"
    bold = Bool(True, help="Bold letters.").tag(role="operator")
    count = Int(5, min=1, max=9, help="How many.")
    seconds = Float(2.5, min=0.0, help="How long.").tag(restart=True)
    colour = Enum(("auto", "dark"), "auto", help="Which colours.")
    levels = Dict(key_trait=Enum(("point", "hit")), value_trait=Enum(("high", "low")), help="How much each counts.")
    networks = List(Unicode(), help="From where.")
    limit = Int(None, allow_none=True, help="At most.")
    name = Unicode("", help="What it is called.")

    @validate("name")
    def _check_name(self, proposal: Any) -> Any:
        if proposal["value"] == "nobody":
            raise TraitError("nobody is no name")
        return proposal["value"]


RING = {each.name: each for each in declared_by(Ring)}
BY_KEY = {each.key: each for each in RING.values()}


def of(key: str) -> Declared:
    if key not in BY_KEY:
        raise SettingError(f"there is no setting {key!r}")
    return BY_KEY[key]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer.open(tmp_path)
    yield writer
    writer.close()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("bold", "off", False),
        ("bold", "Yes", True),
        ("count", "7", 7),
        ("seconds", "1.5", 1.5),
        ("colour", "dark", "dark"),
        ("levels", "point=high,hit=low", {"point": "high", "hit": "low"}),
        ("levels", '{"hit": "high"}', {"hit": "high"}),
        ("networks", "10.0.0.0/8, 192.168.0.0/16", ["10.0.0.0/8", "192.168.0.0/16"]),
        ("networks", "", []),
        ("limit", "none", None),
        ("limit", "3", 3),
        ("name", " Ring 1 ", "Ring 1"),
    ],
)
def test_a_text_means_a_value_of_the_declared_kind(name: str, text: str, value: Any) -> None:
    assert RING[name].checked(RING[name].parse(text)) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bold", "maybe"),
        ("bold", 1),
        ("count", 0),
        ("count", 10),
        ("count", 1.5),
        ("count", True),
        ("count", None),
        ("seconds", -0.1),
        ("seconds", float("nan")),
        ("seconds", float("inf")),
        ("colour", "blue"),
        ("levels", {"foul": "high"}),
        ("levels", {"hit": "loud"}),
        ("networks", [3]),
        ("networks", "10.0.0.0/8"),
        ("name", "nobody"),
        ("name", "x" * 30_000),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_it_must_be(name: str, value: Any) -> None:
    with pytest.raises(SettingError) as refusal:
        RING[name].checked(value)
    assert f"ring.{name}" in refusal.value.message
    assert refusal.value.hint


def test_the_reason_of_a_group_s_own_check_is_told() -> None:
    with pytest.raises(SettingError, match="nobody is no name"):
        RING["name"].checked("nobody")


def test_what_a_value_must_be_is_said_in_words() -> None:
    assert RING["count"].wanted == "a whole number of 1 to 9"
    assert RING["seconds"].wanted == "a number of 0 or more"
    assert RING["colour"].wanted == "one of auto, dark"
    assert RING["levels"].wanted == "any of the names point, hit, each with one of high, low"
    assert RING["limit"].wanted == "a whole number, or nothing"


def test_the_role_is_admin_where_none_is_named() -> None:
    assert (RING["bold"].role, RING["count"].role) == ("operator", "admin")
    assert (RING["seconds"].restart, RING["bold"].restart) == (True, False)


# -- the tables ------------------------------------------------------------------------------------------------------


def signature(at_ns: int = 1, why: str = "so") -> Signature:
    return Signature("Ana", why, at_ns)


def test_a_change_is_kept_with_who_when_old_new_and_why(writer: Writer) -> None:
    writer.change(lambda db: store.change(db, {"ring.count": 6}, signature(1)))
    writer.change(lambda db: store.change(db, {"ring.count": 7, "ring.name": "A"}, signature(2, "louder")))
    assert writer.change(store.kept) == {"ring.count": Kept(7, 2, "Ana"), "ring.name": Kept("A", 2, "Ana")}
    newest, second, first = writer.change(store.history)
    assert (newest.key, newest.old, newest.new, newest.why) == ("ring.name", None, '"A"', "louder")
    assert (second.old, second.new, second.together) == ("6", "7", newest.together)
    assert first.together != second.together
    assert writer.change(lambda db: store.history(db, "ring.name")) == [newest]


def test_what_is_stored_already_is_no_change(writer: Writer) -> None:
    levels = {"ring.levels": {"hit": "low", "point": "high"}}
    assert writer.change(lambda db: store.change(db, levels, signature()))
    same = {"ring.levels": {"point": "high", "hit": "low"}}
    assert writer.change(lambda db: store.change(db, same, signature())) == []
    assert writer.change(lambda db: store.change(db, {"ring.name": UNSET}, signature())) == []


def test_a_setting_that_is_unset_has_no_row_any_more(writer: Writer) -> None:
    writer.change(lambda db: store.change(db, {"ring.count": 6}, signature()))
    (done,) = writer.change(lambda db: store.change(db, {"ring.count": UNSET}, signature()))
    assert (done.old, done.new) == ("6", None)
    assert writer.change(store.kept) == {}


def test_changes_made_together_are_found_together(writer: Writer) -> None:
    made = writer.change(lambda db: store.change(db, {"ring.count": 6, "ring.name": "A"}, signature()))
    first = made[0].change_id
    assert writer.change(lambda db: store.changes_of(db, first)) == made[:1]
    assert writer.change(lambda db: store.changes_of(db, first, together=True)) == made
    with pytest.raises(SettingError, match="no change 99"):
        writer.change(lambda db: store.changes_of(db, 99))


def test_settings_are_read_before_there_is_a_hub(tmp_path: Path, writer: Writer) -> None:
    assert store.kept_in(tmp_path / "nothing") == {}
    writer.change(lambda db: store.change(db, {"ring.count": 6}, signature()))
    assert store.kept_in(tmp_path) == {"ring.count": Kept(6, 1, "Ana")}
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "restrike.sqlite").write_bytes(b"not a database" * 100)
    assert store.kept_in(tmp_path / "damaged") == {}


def test_a_database_of_before_there_were_settings_has_none(tmp_path: Path, writer: Writer) -> None:
    writer.close()
    db = apsw.Connection(str(tmp_path / "restrike.sqlite"))
    db.execute("DROP TABLE settings")
    db.close()
    assert store.kept_in(tmp_path) == {}


# -- the file --------------------------------------------------------------------------------------------------------


def test_a_file_names_every_setting_and_the_stored_ones_count(tmp_path: Path) -> None:
    text = dump_settings(BY_KEY.values(), {"ring.count": 6}, {"ring": "What the ring shows."})
    assert tomllib.loads(text) == {"ring": {"count": 6}}
    assert all(f"# {name} = " in text for name in RING if name != "count")
    assert "# What the ring shows." in text


values = st.fixed_dictionaries(
    {},
    optional={
        "ring.bold": st.booleans(),
        "ring.count": st.integers(1, 9),
        "ring.seconds": st.floats(0, 1e300, allow_nan=False),
        "ring.colour": st.sampled_from(("auto", "dark")),
        "ring.levels": st.dictionaries(st.sampled_from(("point", "hit")), st.sampled_from(("high", "low"))),
        "ring.networks": st.lists(st.text(st.characters(exclude_categories=("Cs",))), max_size=5),
        "ring.limit": st.one_of(st.none(), st.integers(-(2**60), 2**60)),
        "ring.name": st.text(st.characters(exclude_categories=("Cs",)), max_size=50).filter(lambda t: t != "nobody"),
    },
)


@given(values)
def test_a_file_that_was_written_is_read_as_it_was(stored: dict[str, Any]) -> None:
    text = dump_settings(BY_KEY.values(), stored, {})
    assert json.dumps(load_settings(text, of), sort_keys=True) == json.dumps(stored, sort_keys=True)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("[ring]\ncount = 10\n", 2, 9, "ring.count cannot be 10"),
        ("[ring]\n\nbold = true\ncolor = 'auto'\n", 4, 1, "no setting 'ring.color'"),
        ("[ring]\ncount = = 3", 2, 9, "not TOML"),
        ("[ring]\ncount = 3\ncount = 4\n", 3, None, "not TOML"),
        ("count = 3\n", 1, 1, "outside of every table"),
        ("[ring.levels]\nhit = 'loud'\n", 1, 1, "ring.levels cannot be"),
        ("[ring]\nname = 'nobody'", 2, 8, "nobody is no name"),
        ("[ring]\ncount = 1979-05-27\n", 2, 9, "ring.count cannot be"),
        ("ring.count = 99", 1, 14, "ring.count cannot be 99"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_to_the_column(text: str, line: int, column: int | None, words: str) -> None:
    with pytest.raises(SettingError) as refusal:
        load_settings(text, of, "my.toml")
    assert words in refusal.value.message
    assert refusal.value.context["line"] == line
    assert column is None or refusal.value.context["column"] == column
    assert f"my.toml, line {line}, column" in refusal.value.message


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SettingError):
        assert set(load_settings(text, of)) <= set(BY_KEY)
