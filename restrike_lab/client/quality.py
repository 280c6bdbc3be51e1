"""How complete the record is: ``lab.quality``, match by match, drawn from the stored events whenever it is asked.

The hub tells of findings while they happen (table ``pss_findings``); a report has more: what was checked and agreed,
how much was probably lost in all, and what cannot be known. Both say the same, since both follow from the bytes.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from restrike_lab.bout.findings import DataQuality
from restrike_lab.client.audits import Audits
from restrike_lab.client.errors import QueryError
from restrike_lab.client.quality_words import (
    NO_ERRORS,
    check_words,
    loss_words,
    place_words,
    sure_words,
    verdict,
)
from restrike_lab.client.recent import defined, live_form
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS

__all__ = ["MatchQuality", "Quality"]

MAX_EVIDENCE = 200

_MATCHES = """
SELECT m.match_id, m.court, m.number, m.loaded_ns, m.fought,
    (SELECT coalesce(nullif(short_name, ''), long_name) FROM pss_athletes a
     WHERE a.match_id = m.match_id AND athlete = 1) AS blue,
    (SELECT coalesce(nullif(short_name, ''), long_name) FROM pss_athletes a
     WHERE a.match_id = m.match_id AND athlete = 2) AS red,
    coalesce(f.lost, 0) AS lost, coalesce(f.findings, 0) AS findings, coalesce(f.worst, 0) AS worst,
    m.match_id = (SELECT max(match_id) FROM pss_matches n WHERE n.court = m.court) AS running
FROM pss_matches m LEFT JOIN (
    SELECT match_id, sum(CASE kind WHEN 'gap' THEN 0 ELSE count END) AS lost, count(*) AS findings,
        max(CASE severity WHEN 'error' THEN 3 WHEN 'warning' THEN 2 ELSE 1 END) AS worst
    FROM pss_findings WHERE status <> 'withdrawn' GROUP BY match_id
) f ON f.match_id = m.match_id
"""
_NEWEST = f"{_MATCHES} ORDER BY m.match_id DESC LIMIT ?"
_ONE = f"{_MATCHES} WHERE m.match_id = ?"
_LAST_COURT = "SELECT court FROM pss_events ORDER BY seq DESC LIMIT 1"
_LOSSES = """
SELECT reason, from_ns, to_ns FROM gaps WHERE court = ? AND to_ns >= ? AND from_ns <= ? ORDER BY gap_id
"""
_SPAN = "SELECT min(arrival_ns), max(arrival_ns) FROM pss_events WHERE match_id = ?"
_LEVELS = ("good", "info", "warning", "error")


class MatchQuality(DataQuality, frozen=True):
    """The report on a match, which a notebook shows in words.

    ``court`` and ``title`` say which one; ``losses`` are what the system itself dropped meanwhile, in words.
    """

    court: str = ""
    title: str = ""
    losses: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the report as plain values with everything in words, as screens show it."""
        level, headline, text = verdict(self)
        return {
            "match_id": self.match_id,
            "court": self.court,
            "title": self.title,
            "whole": self.whole,
            "verdict": {"level": level, "headline": headline, "text": text},
            "ticks": msgspec.to_builtins(self.ticks),
            "loss": loss_words(self.ticks, "seconds of countdowns"),
            "loss_of_all": loss_words(self.messages, "messages whose absence would show"),
            "losses": list(self.losses),
            "findings": [
                {**msgspec.to_builtins(one), "place": place_words(one), "sure": sure_words(one)}
                for one in self.findings
            ],
            "checks": [{**msgspec.to_builtins(one), "text": check_words(one)} for one in self.checks],
            "no_errors": list(NO_ERRORS),
            "not_provable": list(self.not_provable),
        }

    def sections(self) -> list[tuple[str, list[str]]]:
        """Return the report as titles, each with its lines."""
        _, headline, text = verdict(self)
        found = [
            f"{one.text} ({sure_words(one)}: {one.reason}; events {', '.join(map(str, one.evidence)) or 'none'})"
            for one in self.findings
        ]
        return [
            (f"{self.title}: {headline}", [text]),
            *([("Found", found)] if found else []),
            *([("Lost by this machine", list(self.losses))] if self.losses else []),
            ("Estimated loss", [loss_words(self.ticks, "seconds of countdowns")]),
            ("Compared", [check_words(one) for one in self.checks]),
            ("Cannot be proven", list(self.not_provable)),
        ]

    def __str__(self) -> str:
        lines = [f"{title}\n" + "\n".join(f"  {line}" for line in lines) for title, lines in self.sections()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [
            f"<b>{html.escape(title)}</b><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
            for title, lines in self.sections()
        ]
        return "".join(parts)


class Quality:
    """``lab.quality``: ``lab.quality(match_id)`` is the report on a match, ``lab.quality()`` that on the last one.

    The first question reads the whole record (about 5 s for a million events), later ones what is new.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._guard = threading.Lock()
        self._reader: Reader | None = None
        self._audits: Audits | None = None

    def __call__(self, match_id: int | None = None) -> MatchQuality:
        """Return the report on a match.

        Raises :class:`QueryError` for a match that is not in the record, :class:`StoreError` where it cannot be read.
        """
        with self._guard:
            reader, audits = self._opened()
            audits.advance()
            if match_id is None:
                last = reader.query(_LAST_COURT).rows
                court = last[0][0] if last else ""
                report = audits.running().get(court)
            else:
                court, report = "", audits.report(match_id) or self._again(reader, match_id)
            if report is None:
                raise QueryError(
                    "nothing has been recorded yet" if match_id is None else f"there is no match {match_id}",
                    hint="`lab.matches()` lists what was loaded; a match is named by its `match_id`.",
                )
            return self._named(reader, court, report)

    def running(self) -> dict[str, MatchQuality]:
        """Return the report on what goes on at each court, by its name."""
        with self._guard:
            reader, audits = self._opened()
            audits.advance()
            return {court: self._named(reader, court, report) for court, report in audits.running().items()}

    def overview(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the last loads, newest first, each with what the hub found missing; this reads no events.

        ``lost`` counts missing messages, ``level`` is good, info, warning or error; ``running`` tells whether the match
        is the last one of its court.
        """
        with self._guard:
            table = self._read().query(_NEWEST, (limit,))
        return [_shown(dict(zip(table.columns, row, strict=True))) for row in table.rows]

    def evidence(self, seqs: Iterable[int]) -> list[dict[str, Any]]:
        """Return stored events by their numbers, in the form of the live feed, at most 200."""
        wanted = sorted(set(seqs))[:MAX_EVIDENCE]
        places = ", ".join("?" * len(wanted))
        sql = f"SELECT {', '.join(EVENT_COLUMNS)} FROM pss_events WHERE seq IN ({places}) ORDER BY seq"
        with self._guard:
            reader = self._read()
            return live_form(reader.query(sql, wanted).rows, defined(reader))

    def close(self) -> None:
        """Give the file and the memory back; safe to call twice."""
        with self._guard:
            if self._reader is not None:
                self._reader.close()
            self._reader = self._audits = None

    def _read(self) -> Reader:
        if self._reader is None:
            self._reader = Reader.open(self._data_dir)
        return self._reader

    def _opened(self) -> tuple[Reader, Audits]:
        reader = self._read()
        if self._audits is None:
            self._audits = Audits(reader)
        return reader, self._audits

    def _again(self, reader: Reader, match_id: int) -> DataQuality | None:
        """Return a report that was let go: the record is gone through once more for it alone."""
        if not reader.query("SELECT 1 FROM pss_matches WHERE match_id = ?", (match_id,)).rows:
            return None
        audits = Audits(reader, wanted=match_id)
        audits.advance()
        return audits.report(match_id)

    def _named(self, reader: Reader, court: str, report: DataQuality) -> MatchQuality:
        title = f"Court {court}, before the first load"
        losses: tuple[str, ...] = ()
        table = reader.query(_ONE, (report.match_id,))
        if table.rows:
            match = dict(zip(table.columns, table.rows[0], strict=True))
            court, title = match["court"] or court, _title(match)
            losses = _losses(reader, court, report.match_id)
        facts = {name: getattr(report, name) for name in report.__struct_fields__}
        return MatchQuality(**facts, court=court, title=title, losses=losses)


def _title(match: dict[str, Any]) -> str:
    names = " – ".join(filter(None, (match["blue"], match["red"])))
    return f"Match {match['number'] or match['match_id']}{f', {names}' if names else ''}"


def _shown(match: dict[str, Any]) -> dict[str, Any]:
    return {
        "match_id": match["match_id"],
        "court": match["court"] or "",
        "title": _title(match),
        "loaded_ns": match["loaded_ns"],
        "fought": bool(match["fought"]),
        "running": bool(match["running"]),
        "lost": match["lost"],
        "findings": match["findings"],
        "level": _LEVELS[match["worst"]],
    }


def _losses(reader: Reader, court: str, match_id: int | None) -> tuple[str, ...]:
    """Return in words what this machine is known to have dropped while a match went on."""
    span: Sequence[Any] = reader.query(_SPAN, (match_id,)).rows[0]
    if span[0] is None:
        return ()
    return tuple(
        f"{reason}, within {(until - since) / 1e9:.1f} s"
        for reason, since, until in reader.query(_LOSSES, (court, *span)).rows
    )
