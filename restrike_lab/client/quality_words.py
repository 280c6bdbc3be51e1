"""The report on the data of a match in words, the same for notebooks, magics and screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from restrike_lab.bout.findings import Check, DataQuality, Finding
from restrike_lab.bout.loss_rate import LossRate

__all__ = ["NO_ERRORS", "Verdict", "check_words", "loss_words", "place_words", "share", "sure_words", "verdict"]

Level = Literal["good", "info", "warning", "error", "none"]

NO_ERRORS = (
    "a score right after the clock stopped, and gam-jeoms and rounds while it stands",
    "a rest that is skipped: the next round is announced without its countdown",
    "loads that repeat, replace or abort a match",
    "messages a few milliseconds out of order",
    "a score, gam-jeom or clock that was corrected by hand, and challenges",
    "what was sent before listening began",
)
"""What looks like trouble and is none: it gives no finding."""

_MISSING = {
    "point": ("point", "points"),
    "gam_jeom": ("gam-jeom", "gam-jeoms"),
    "score": ("telling of the score", "tellings of the score"),
    "tick": ("second of the clock", "seconds of the clock"),
    "clock": ("start or stop of the clock", "starts and stops of the clock"),
    "countdown": ("second of a countdown", "seconds of countdowns"),
    "load": ("part of a load", "parts of loads"),
    "round": ("beginning of a round", "beginnings of rounds"),
    "confirmation": ("part of a confirmed round", "parts of confirmed rounds"),
    "result": ("part of the result", "parts of the result"),
}
_ORDER: tuple[Level, ...] = ("info", "warning", "error")


class Verdict(NamedTuple):
    """The first thing to know about a match: a level for the colour, a headline and a sentence."""

    level: Level
    headline: str
    text: str


def verdict(report: DataQuality) -> Verdict:
    """Return whether anything is missing, and how bad that is."""
    standing = [one for one in report.findings if one.status != "withdrawn"]
    lost = {kind: count for kind, count in report.counts.items() if kind != "gap" and count}
    whole = "" if report.whole else " Listening began in the middle of this match, or was interrupted: see below."
    if not standing:
        return _nothing_missing(report)
    level: Level = _ORDER[max(_ORDER.index(one.severity) for one in standing)]
    if not lost:
        return Verdict(level, "Nobody listened for a while", f"Nothing else is known to be missing.{whole}")
    total = sum(lost.values())
    names = [f"{count} {_MISSING[kind][count != 1]}" for kind, count in lost.items()]
    meaning = {
        "info": "Nothing that analysts count is touched: each was told twice, or is told by what came next.",
        "warning": "The course of the bout is in doubt there; points and gam-jeoms are whole.",
        "error": "Something that analysts count is missing.",
    }[level]
    return Verdict(level, f"{total} {_plural(total, 'message')} missing", f"{_listed(names)}. {meaning}{whole}")


def _nothing_missing(report: DataQuality) -> Verdict:
    heard = report.messages.expected
    if not heard:
        return Verdict("none", "Nothing to check yet", "No message has come whose absence would show.")
    agreed, compared = (sum(getattr(one, name) for one in report.checks) for name in ("agreed", "compared"))
    checked = f" {agreed} of {compared} comparisons agree." if compared else ""
    if report.whole:
        return Verdict("good", "Nothing is missing", f"All {heard} messages came whose absence would show.{checked}")
    text = f"Of what was heard nothing is missing.{checked} Listening began in the middle, or was interrupted."
    return Verdict("info", "Heard in part", text)


def loss_words(rate: LossRate, what: str) -> str:
    """Return an estimated loss in a sentence; ``what`` names what was counted, such as ``seconds``."""
    if rate.rate is None:
        return f"No {what} were due yet, so the loss cannot be estimated."
    interval = f"between {share(rate.low)} and {share(rate.high)}" if rate.missing else f"at most {share(rate.high)}"
    counted = (
        f"{rate.missing} of {rate.expected} {what} did not come" if rate.missing else f"all {rate.expected} {what} came"
    )
    return f"{share(rate.rate)} lost, {interval} (95 %): {counted}"


def share(value: float) -> str:
    """Return a share as a percentage with two figures that mean something."""
    percent = 100 * value
    digits = 0 if percent >= 10 or percent == 0 else 1 if percent >= 1 else 2
    return f"{percent:.{digits}f} %"


def sure_words(finding: Finding) -> str:
    """Return how sure a finding is, and what became of it."""
    became = {"reported": "", "confirmed": ", confirmed by what came later", "withdrawn": ", withdrawn"}
    return f"{finding.certainty:.0%} sure".replace("%", " %") + became[finding.status]


def place_words(finding: Finding) -> str:
    """Return where in the bout something was lost, empty where that is not known."""
    clock = "" if finding.clock_ms is None else f"{finding.clock_ms // 60_000}:{finding.clock_ms // 1000 % 60:02d}"
    round_ = "" if finding.round is None else f"round {finding.round}"
    return ", ".join(filter(None, (round_, clock)))


def check_words(check: Check) -> str:
    """Return what was compared and how it came out."""
    return f"{check.name}: {f'{check.agreed} of {check.compared} agree' if check.compared else 'nothing to compare'}"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
