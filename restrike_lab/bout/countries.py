"""Whose flag a text means: codes of the IOC, of ISO 3166-1, of teams without a country, and names.

Consoles send three letters, mostly the IOC's, but what stands there is typed by people: ISO codes, two letters, names
and inventions come, too. ``find`` answers with how sure it is; what a venue's people decided (``decided``) goes first.
``find_in_name`` does the same for the name of a picture file. All of it is a table and pure functions; the table is
``country_table``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from restrike_lab.bout.country_table import COMMITTEES, FORMER, TEAMS, TERRITORIES

__all__ = ["COUNTRIES", "Country", "Found", "Kind", "find", "find_in_name", "unicode_name"]

Kind = Literal["committee", "team", "former", "territory", "own"]

NOISE = frozenset({"flag", "flags", "of", "the", "national", "country", "team", "icon", "logo", "official", "small"})
"""Words in the name of a picture file that say nothing about whose flag it is."""

LEAST_LIKENESS = 0.84
"""How alike a name must be to a country's to be taken for it, as a ratio of ``difflib``."""

OWN_CODE = re.compile(r"[A-Z0-9]{2,4}\Z")

ALIASES: Mapping[str, str] = {
    "bahrein": "BRN",
    "bolivarian republic of venezuela": "VEN",
    "britain": "GBR",
    "brunei": "BRU",
    "cape verde": "CPV",
    "czech republic": "CZE",
    "democratic peoples republic of korea": "PRK",
    "east timor": "TLS",
    "holland": "NED",
    "hong kong": "HKG",
    "islamic republic of iran": "IRI",
    "ivory coast": "CIV",
    "macau": "MAC",
    "macedonia": "MKD",
    "north korea": "PRK",
    "peoples republic of china": "CHN",
    "republic of korea": "KOR",
    "refugee team": "EOR",
    "russian federation": "RUS",
    "south korea": "KOR",
    "swaziland": "SWZ",
    "taiwan": "TPE",
    "turkey": "TUR",
    "uk": "GBR",
    "united kingdom": "GBR",
    "united states of america": "USA",
    "viet nam": "VIE",
    "wt refugee team": "WTR",
}
"""Names in use beside those of the table, in the form of ``_plain``."""


@dataclass(frozen=True, slots=True)
class Country:
    """A committee, team or territory: ``code`` is what is shown, the IOC's where it has one, else ISO's three letters.

    ``flag`` names its flag in Unicode's terms: two letters (``HR``), a subdivision (``GB-ENG``), or nothing.
    """

    code: str
    name: str
    kind: Kind
    iso2: str | None = None
    iso3: str | None = None
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A country that a text was taken for, how sure that is (0..1), and why."""

    country: Country
    confidence: float
    reason: str


def _or_none(text: str) -> str | None:
    return None if text == "-" else text


def _committees() -> dict[str, Country]:
    countries: dict[str, Country] = {}
    for line in COMMITTEES.strip().splitlines():
        code, iso2, iso3, name = line.split(maxsplit=3)
        countries[code] = Country(code, name, "committee", iso2, iso3, iso2)
    for line in TERRITORIES.strip().splitlines():
        iso2, iso3, name = line.split(maxsplit=2)
        countries[iso3] = Country(iso3, name, "territory", iso2, iso3, iso2)
    for line in TEAMS.strip().splitlines():
        code, flag, name = line.split(maxsplit=2)
        countries[code] = Country(code, name, "team", flag=_or_none(flag) or "")
    for line in FORMER.strip().splitlines():
        code, today, name = line.split(maxsplit=2)
        flag = countries[today].flag if name.startswith(_same_name(countries, today)) else ""
        countries[code] = Country(code, name, "former", flag=flag)
    return countries


def _same_name(countries: Mapping[str, Country], code: str) -> str:
    """Return the name that a former code shares with today's; only then has it today's flag, too."""
    return countries[code].name if code in countries else "\0"


COUNTRIES: Mapping[str, Country] = _committees()
"""Every country by its code."""


@cache
def _index() -> Mapping[str, Mapping[str, Country]]:
    """Return the countries by each way in which they are written."""
    every = list(COUNTRIES.values())
    names = {_plain(each.name): each for each in reversed(every)}
    names |= {alias: COUNTRIES[code] for alias, code in ALIASES.items()}
    return {
        "iso3": {each.iso3: each for each in every if each.iso3},
        "iso2": {each.iso2: each for each in every if each.iso2},
        "flag": {each.flag: each for each in every if "-" in each.flag},
        "name": names,
    }


def _plain(text: str) -> str:
    """Return a text in small letters without accents, signs and double spaces, so that spellings meet."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    bare = re.sub(r"\([^)]*\)|['’]", "", bare.casefold())
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))


def find(sent: str, decided: Mapping[str, str] | None = None) -> Found | None:
    """Return the country that a text means; None where that is anybody's guess.

    ``decided`` maps texts, as they were sent, to codes that people chose for them; a code no table knows is theirs.
    """
    text = sent.strip()
    chosen = (decided or {}).get(text) or (decided or {}).get(text.upper())
    if chosen:
        return Found(COUNTRIES.get(chosen) or Country(chosen, chosen, "own"), 1.0, "decided by hand")
    code = text.upper()
    index = _index()
    if code in COUNTRIES:
        country = COUNTRIES[code]
        other = index["iso3"].get(code)
        if other is not None and other is not country:
            return Found(country, 0.9, f"IOC code; ISO has {code} for {other.name}")
        return Found(country, 1.0, {"territory": "ISO 3166-1 code", "committee": "IOC code"}.get(country.kind, "code"))
    for name, confidence, reason in (("iso3", 0.95, "ISO 3166-1 code of three letters"), ("iso2", 0.9, "of two")):
        if code in index[name]:
            return Found(index[name][code], confidence, reason.replace("of two", "ISO 3166-1 code of two letters"))
    if code in index["flag"]:
        return Found(index["flag"][code], 0.9, "code of a subdivision")
    plain = _plain(text)
    if plain in index["name"]:
        return Found(index["name"][plain], 0.9, "name")
    return None


def find_in_name(stem: str) -> Found | None:
    """Return whose flag a picture file shows, by its name without suffix, such as ``Flag_of_Croatia``; or None.

    A short code that no table knows counts as one of the venue's own, of which nobody can be sure.
    """
    whole = find(stem)
    if whole is not None:
        return Found(whole.country, whole.confidence, f"the file's name is the {whole.reason}")
    words = [word for word in _plain(stem).split() if word not in NOISE and not re.fullmatch(r"\d+(px|x\d+)?", word)]
    rest = find(" ".join(words)) if words else None
    if rest is not None:
        return Found(rest.country, round(rest.confidence * 0.95, 2), f"{rest.reason} in the file's name")
    for word in words:
        if len(word) == 3 and word.upper() in COUNTRIES:
            return Found(COUNTRIES[word.upper()], 0.7, f"{word.upper()} stands in the file's name")
    alike = difflib.get_close_matches(" ".join(words), _index()["name"], n=1, cutoff=LEAST_LIKENESS)
    if alike:
        likeness = difflib.SequenceMatcher(None, " ".join(words), alike[0]).ratio()
        return Found(_index()["name"][alike[0]], round(0.8 * likeness, 2), f"the name is like {alike[0]!r}")
    if OWN_CODE.match(stem.upper()):
        return Found(Country(stem.upper(), stem.upper(), "own"), 0.5, "a code of the venue's own")
    return None


def unicode_name(flag: str) -> str:
    """Return the code points of a flag's emoji as its pictures are named: ``1F1ED-1F1F7`` for ``HR``.

    Two letters become regional indicators; a subdivision a black flag with its letters as tags (Unicode TR 51).
    """
    if "-" not in flag:
        return "-".join(f"{0x1F1E6 + ord(letter) - ord('A'):X}" for letter in flag)
    tags = [f"{0xE0000 + ord(letter):X}" for letter in flag.replace("-", "").lower()]
    return "-".join(["1F3F4", *tags, "E007F"])
