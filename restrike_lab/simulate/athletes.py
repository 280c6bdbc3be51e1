"""Invented people: names in many scripts, countries, and the hidden traits that drive their bouts.

Nobody here exists. Given and family names are common ones of a region, put together by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

__all__ = ["UNKNOWN_COUNTRY", "WEIGHT_CLASSES", "Athlete", "WeightClass", "invent_athlete"]

UNKNOWN_COUNTRY = "MRN"
"""A country code that is in no list; consoles do send such [live]."""


@dataclass(frozen=True)
class WeightClass:
    """Name a weight class with the console's minimum valid levels of hits to body and head (``mch`` 14, 15)."""

    name: str
    min_body_level: int
    min_head_level: int = 5


WEIGHT_CLASSES = (
    WeightClass("W -49kg", 18),
    WeightClass("W -57kg", 18),
    WeightClass("W -67kg", 19),
    WeightClass("W +67kg", 20),
    WeightClass("M -58kg", 19),
    WeightClass("M -68kg", 20),
    WeightClass("M -80kg", 21),
    WeightClass("M +80kg", 23),
)
"""Minima within the live range of 18 to 23; which class has which is invented."""


@dataclass(frozen=True)
class Athlete:
    """Hold a name as the console shows it, and what nobody sees.

    ``strength`` shifts the levels of hits (see ``model``), ``aggression`` the logarithm of how often they come.
    """

    short: str
    long: str
    country: str
    strength: float
    aggression: float


_REGIONS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (("CRO", "SRB", "SLO"), ("Ana", "Mía", "Luka", "Žana", "Ćiro"), ("Četvrtić", "Šarić", "Đukić", "Novak")),
    (("ESP", "MEX", "CUB"), ("José", "Lucía", "Íñigo", "Begoña"), ("Muñoz", "Peña", "García", "Ibáñez")),
    (("GER", "AUT", "SUI"), ("Jörg", "Änne", "Lena", "Uwe"), ("Müller", "Groß", "Schäfer", "Weiß")),
    (("FRA", "BEL", "CIV"), ("Zoé", "Loïc", "Hélène", "Awa"), ("Lefèvre", "Garçon", "Koné", "Noël")),
    (("TUR", "AZE"), ("İpek", "Çağla", "Emre", "Gülşen"), ("Yılmaz", "Öztürk", "Şahin", "Əliyev")),
    (("POL", "CZE"), ("Łukasz", "Zofia", "Jiří", "Bożena"), ("Wójcik", "Dvořák", "Zając", "Říha")),
    (("SWE", "NOR", "ISL"), ("Åsa", "Bjørn", "Þóra", "Søren"), ("Ångström", "Sæther", "Öberg", "Ýmir")),
    (("VIE",), ("Thị Hạnh", "Văn Đức", "Ngọc"), ("Nguyễn", "Trần", "Đặng")),
    (("UKR", "BUL"), ("Олена", "Їжак", "Георги"), ("Шевченко", "Ґудзь", "Петров")),
    (("GRE", "CYP"), ("Ελένη", "Νίκος", "Ιωάννα"), ("Παπαδόπουλος", "Ξένου")),
    (("KOR",), ("민준", "서연", "지우"), ("김", "이", "박")),
    (("CHN", "TPE"), ("伟", "静怡", "雅婷"), ("王", "陳", "李")),
    (("JPN",), ("さくら", "健太", "ユウキ"), ("佐藤", "鈴木", "髙橋")),
    (("EGY", "JOR", "MAR"), ("محمد", "سلمى", "يوسف"), ("حداد", "المصري")),
    (("ISR",), ("נועה", "איתי"), ("כהן", "לוי")),
    (("THA",), ("พิม", "ธนา"), ("ศรีสุข", "วงศ์ทอง")),
    (("IND", "NEP"), ("आरव", "प्रिया"), ("शर्मा", "थापा")),
    (("GEO",), ("ნინო", "გიორგი"), ("ბერიძე", "კაპანაძე")),
    (("GBR", "USA", "NGR"), ("Alex", "Zoe", "Ngozi", "Sam"), ("O'Neill", "Smith-Jones", "Okafor", "Reed")),
    ((UNKNOWN_COUNTRY,), ("Ari", "Noor"), ("Marin", "Vey")),
)


def invent_athlete(draw: Random, *, strength_sd: float, aggression_sd: float) -> Athlete:
    """Return a new athlete; the long name is given and family name, the short one has an initial."""
    countries, given_names, families = draw.choice(_REGIONS)
    given, family = draw.choice(given_names), draw.choice(families)
    return Athlete(
        short=f"{given[0]}. {family}",
        long=f"{given} {family}",
        country=draw.choice(countries),
        strength=strength_sd * draw.gauss(0, 1),
        aggression=aggression_sd * draw.gauss(0, 1),
    )
