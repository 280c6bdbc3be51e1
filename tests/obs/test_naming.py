"""Names of files from a bout: whatever the console sent, a file system, OBS and a shell can take it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.bout import Match
from restrike_lab.bout.state import Athlete
from restrike_lab.obs.errors import FleetError
from restrike_lab.obs.naming import FIELDS, bout_fields, file_name, folder, safe

WHEN = datetime(2026, 7, 31, 14, 5, 9)
BOUT = Match(
    match_id=7,
    loaded_ns=1,
    number="101",
    phase="Semifinals",
    weight_class="M -68kg",
    division="Seniors",
    blue=Athlete("N. DESMOND", "Nicolas DESMOND", "CRO"),
    red=Athlete("J. ÅKESSON", "Jörgen ÅKESSON", "SWE"),
)
VALUES = bout_fields(BOUT, "1", WHEN)


def test_a_pattern_is_filled_from_the_bout() -> None:
    pattern = "{date} {number} {blue_country}-{red_country} {weight} {red}"
    assert file_name(pattern, VALUES) == "2026-07-31 101 CRO-SWE M -68kg J. ÅKESSON"


def test_every_field_that_is_promised_can_be_used() -> None:
    assert set(VALUES) == set(FIELDS)
    for name in FIELDS:
        assert file_name(f"{{{name}}}", VALUES) == VALUES[name]


def test_what_the_console_did_not_say_is_left_out() -> None:
    assert file_name("{date} {number}", bout_fields(None, "1", WHEN)) == "2026-07-31"
    assert file_name("{number}", bout_fields(None, "1", WHEN)) == "bout"


@pytest.mark.parametrize("pattern", ["{nothing}", "{number.__class__}", "{number!r}", "{number:>9}", "{", "{0}", "{}"])
def test_a_pattern_reaches_into_nothing(pattern: str) -> None:
    with pytest.raises(FleetError) as problem:
        file_name(pattern, VALUES)
    assert "{number}" in problem.value.hint


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("100%CCYY", "100_CCYY"),
        ("..", ""),
        (" . name . ", "name"),
        ("con", "_con"),
        ("LPT1.mkv", "_LPT1.mkv"),
        ("a\x00b\nc\u202ed", "a_b_cd"),
        ("Dvořák 김", "Dvořák 김"),
        ("e\u0301", "é"),
        ("é" * 200, "é" * 90),
    ],
)
def test_names_are_made_safe(name: str, made: str) -> None:
    assert safe(name) == made


@given(st.text(max_size=300))
def test_any_text_becomes_one_part_of_a_path(text: str) -> None:
    name = safe(text)
    assert not set(name) & set('<>:"/\\|?*%')
    assert all(c >= " " for c in name)
    assert name == name.strip(" .")
    assert len(name.encode()) <= 181
    assert safe(name) == name or name.startswith("_")


@given(st.text(max_size=60))
def test_a_hostile_name_stays_within_its_folder(name: str) -> None:
    made = folder("/videos/{date}/{blue}", {**VALUES, "blue": name})
    assert made.startswith("/videos/2026-07-31")
    assert ".." not in made.split("/")


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("/videos/{date}/{number}", "/videos/2026-07-31/101"),
        ("D:\\videos\\{date}", "D:/videos/2026-07-31"),
        ("videos//{court}/", "videos/1"),
        ("/videos/../../etc", "/videos/etc"),
    ],
)
def test_folders_are_made_from_a_pattern(pattern: str, made: str) -> None:
    assert folder(pattern, VALUES) == made
