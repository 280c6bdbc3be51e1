"""Country codes: what the table holds, and what is made of what consoles and file names say."""

from __future__ import annotations

from collections import Counter

import pytest

from restrike_lab.bout.countries import COUNTRIES, find, find_in_name, unicode_name


def code(sent: str) -> str | None:
    found = find(sent)
    return found.country.code if found else None


def test_every_committee_and_every_iso_country_is_there_once() -> None:
    kinds = Counter(each.kind for each in COUNTRIES.values())
    assert kinds["committee"] == 206
    iso2 = Counter(each.iso2 for each in COUNTRIES.values() if each.iso2)
    assert len(iso2) == 250  # ISO's 249, and XK for Kosovo
    assert max(iso2.values()) == 1
    iso3 = [each.iso3 for each in COUNTRIES.values() if each.iso3]
    assert len(set(iso3)) == len(iso3) == 250


def test_every_code_of_the_table_finds_itself() -> None:
    assert [each for each in COUNTRIES if code(each) != each] == []
    assert [each.name for each in COUNTRIES.values() if each.kind == "committee" and code(each.name) != each.code] == []


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        *(("CRO", "CRO"), ("hrv", "CRO"), ("HR", "CRO"), (" Croatia ", "CRO"), ("Türkiye", "TUR"), ("turkey", "TUR")),
        *(("COTE D'IVOIRE", "CIV"), ("GB-ENG", "ENG"), ("LIB", "LIB"), ("AIN", "AIN"), ("EOR", "EOR"), ("IOP", "IOP")),
        *(("XQX", None), ("", None), ("<b>", None), ("😀", None)),
    ],
)
def test_codes_and_names_find_their_country(sent: str, wanted: str | None) -> None:
    assert code(sent) == wanted


def test_a_code_that_means_two_countries_is_taken_for_the_iocs_and_says_so() -> None:
    found = find("BRN")
    assert found is not None
    assert found.country.name == "Bahrain"
    assert found.confidence < 1
    assert "Brunei" in found.reason


def test_what_people_decided_goes_first_and_may_be_a_code_of_their_own() -> None:
    found = find("BRN", {"BRN": "BRU"})
    assert found is not None
    assert (found.country.name, found.confidence) == ("Brunei Darussalam", 1.0)
    own = find("our club", {"our club": "CLB"})
    assert own is not None
    assert (own.country.code, own.country.kind) == ("CLB", "own")


def test_a_code_that_changed_its_letters_keeps_its_flag_and_one_that_is_no_more_has_none() -> None:
    assert COUNTRIES["LIB"].flag == "LB"
    assert COUNTRIES["URS"].flag == ""


@pytest.mark.parametrize(
    ("stem", "wanted", "least"),
    [
        *(("CRO", "CRO", 1.0), ("Flag_of_Croatia", "CRO", 0.8), ("south-korea 48px", "KOR", 0.8)),
        *(("flag-hr", "CRO", 0.8), ("CRO_new", "CRO", 0.7), ("kroatia", "CRO", 0.6), ("WTR", "WTR", 1.0)),
        ("QQQ", "QQQ", 0.5),
    ],
)
def test_a_files_name_tells_whose_flag_it_is_with_a_confidence(stem: str, wanted: str, least: float) -> None:
    found = find_in_name(stem)
    assert found is not None
    assert found.country.code == wanted
    assert least <= found.confidence <= least + 0.2


def test_a_name_that_tells_nothing_is_not_guessed() -> None:
    assert find_in_name("my holiday picture") is None


def test_pictures_are_named_by_the_code_points_of_the_emoji() -> None:
    assert unicode_name("HR") == "1F1ED-1F1F7"
    assert unicode_name("GB-SCT") == "1F3F4-E0067-E0062-E0073-E0063-E0074-E007F"
