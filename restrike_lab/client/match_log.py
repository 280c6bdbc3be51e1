"""The console's own match log, told as the messages that the console would have sent.

``...-matchLog.csv`` says what bout it was, ``...-matchLogItems.csv`` what happened in it. Each item becomes the
messages that stand for it on the wire: a hit ``hl``, a point ``sc`` and ``pt``, a gam-jeom ``sc`` and ``wg``.
Where the log says more than the wire could (judges' buttons, quotas) the line is reported, not guessed at. Scores and
gam-jeoms of the round are counted along, as the wire tells them per round. Pure functions over the files' bytes.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from restrike_lab.pss import Message, encode, streams

__all__ = ["Problem", "header_of", "messages_of"]

COLOURS = ("BLUE", "RED")
TECHNIQUES = {"PUNCH_POINT": 1, "BODY_POINT": 2, "HEAD_POINT": 3, "BODY_TECH_POINT": 4, "HEAD_TECH_POINT": 5}
"""Values of ``pt`` by the words behind the colour."""

LENGTH_MS = 120_000
_BRACED = re.compile(r'"?\{[^{}]*\}"?')
_ITEM = re.compile(r"(?P<extra>(?:OT_|CR_)*)(?:(?P<colour>BLUE|RED)_)?(?P<what>[A-Z0-9_]+)")
_DECISION = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Problem:
    """Report a line that could not be mapped; ``text`` is the line itself."""

    file: str
    line: int
    reason: str
    text: str


Report = Callable[[Problem], None]


def header_of(content: bytes, name: str, report: Report) -> dict[str, str]:
    """Return what ``matchLog.csv`` says by column name; of two columns with one name the first that is filled.

    ``roundsWinners`` is JSON in a cell without quotes, with its own quotes doubled: its braces hold it together.
    """
    lines = content.decode("utf-8-sig", "replace").splitlines()
    if len(lines) < 2:
        report(Problem(name, len(lines) or 1, "no row below the header", lines[0] if lines else ""))
        return {}
    names = _cells(lines[0])
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0].strip('"').replace('""', '"'))
        return f"\x00{len(kept) - 1}\x00"

    cells = [
        re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], cell)
        for cell in _cells(_BRACED.sub(keep, " ".join(lines[1:])), _delimiter(lines[0]))
    ]
    if len(cells) != len(names):
        report(Problem(name, 2, f"{len(cells)} cells for {len(names)} columns", lines[1]))
    header: dict[str, str] = {}
    for key, cell in zip(names, cells, strict=False):
        if not header.get(key):
            header[key] = cell.strip()
    return header


def messages_of(items: bytes, header: Mapping[str, str], name: str, report: Report) -> Iterator[tuple[int, bytes]]:
    """Yield (time in ms since 1970, datagram) of a bout, in order; lines that say nothing on the wire are reported."""
    text = items.decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(first))
    names = [cell.strip() for cell in next(reader, [])]
    bout = _Bout(header)
    last_ms = _moment(header.get("matchStartTime", "")) or 0
    loaded = False
    for cells in reader:
        if not any(cells):
            continue
        row = _row(names, cells)
        at_ms = _whole(row.get("systemTime", "")) or _moment(row.get("eventTime", ""))
        reason = "neither systemTime nor eventTime is a time" if at_ms is None else ""
        last_ms = max(last_ms, at_ms or 0)
        if not loaded:
            loaded = True
            yield from _sent(last_ms, bout.load())
        if not reason:
            yield from _sent(last_ms, bout.place(row))
            try:
                yield from _sent(last_ms, bout.item(row))
            except ValueError as problem:
                reason = str(problem)
        if reason:
            report(Problem(name, reader.line_num, reason, ",".join(cells)))
    ended_ms = max(last_ms, _moment(header.get("matchEndTime", "")) or 0)
    if not loaded and header:
        yield from _sent(ended_ms, bout.load())
    yield from _sent(ended_ms, bout.finish())


@dataclass
class _Bout:
    """What has been told of the bout so far."""

    header: Mapping[str, str]
    round: int = 1
    clock_ms: int | None = None
    score: list[int] = field(default_factory=lambda: [0, 0])
    gam_jeoms: list[int] = field(default_factory=lambda: [0, 0])
    finished: bool = False

    def load(self) -> list[Message]:
        """Return the load burst, as far as the log knows it."""
        said = self.header
        length_ms = self._length_ms()
        weight = _text(said, "subCategoryName")
        gender = _text(said, "categoryGender")[:1].upper()
        if gender in ("M", "F", "W") and not re.match(r"[MFWX]\b", weight):
            weight = f"{gender} {weight}".strip()
        self.round, self.clock_ms = 1, length_ms
        self.score, self.gam_jeoms = [0, 0], [0, 0]
        names = (_text(said, "blueAthleteName"), _text(said, "redAthleteName"))
        return [
            streams.FightLoaded(text="FightLoaded"),
            streams.Athletes(
                blue_short=names[0], blue_long=names[0], blue_country=_text(said, "blueAthleteFlagName"),
                red_short=names[1], red_long=names[1], red_country=_text(said, "redAthleteFlagName"),
            ),
            streams.MatchConfig(
                number=_text(said, "matchNumber"), phase=_text(said, "phaseName"), weight_class=weight, unused="",
                blue_background="", blue_foreground="", red_background="", red_foreground="", internal_id="null",
                division=_text(said, "categoryName"), rounds=_whole(said.get("roundsConfig.rounds", "")) or 3,
                round_seconds=length_ms // 1000, count="cntDown",
                min_body_level=_whole(said.get("minBodyLevel", "")),
                min_head_level=_whole(said.get("minHeadLevel", "")),
            ),
            streams.Clock(time_ms=length_ms),
            streams.Round(number=1),
            streams.FightReady(text="FightReady"),
        ]  # fmt: skip

    def item(self, row: Mapping[str, str]) -> list[Message]:
        """Return what stands for one item; raises ``ValueError`` with the reason where nothing does."""
        kind = row.get("matchLogItemType", "").strip()
        found = _ITEM.fullmatch(kind)
        if not found:
            raise ValueError("no matchLogItemType" if not kind else f"unknown type {kind!r}")
        what, side = found["what"], COLOURS.index(found["colour"]) if found["colour"] else None
        if side is not None:
            return self._of_athlete(what, side, row, reviewed="CR_" in found["extra"])
        return self._of_bout(what, kind, row)

    def finish(self) -> list[Message]:
        """Return the end of the bout, once, where the log names one."""
        winner, name = self._winner()
        if self.finished or winner is None:
            return []
        self.finished = True
        won = self._rounds_won()
        by = self.header.get("matchWinnerBy", "").strip()
        result = f"{won[0]}-{won[1]}" + (f" {by}" if _DECISION.fullmatch(by) else "")
        return [streams.Winner(winner=winner), streams.MatchResult(name=name, result=result)]

    def _of_athlete(self, what: str, side: int, row: Mapping[str, str], *, reviewed: bool) -> list[Message]:
        if what in ("BODY_HIT", "HEAD_HIT"):
            level = _whole(row.get("entryValue", ""))
            if level is None:
                raise ValueError(f"a hit without a level: entryValue is {row.get('entryValue', '')!r}")
            return [streams.HitLevel(athlete=side + 1, level=level)]
        if what in TECHNIQUES:
            added = [_whole(row.get(f"{colour}AddPoints", "")) or 0 for colour in ("blue", "red")]
            if not any(added):
                added[side] = TECHNIQUES[what]
            self.score = [max(0, now + more) for now, more in zip(self.score, added, strict=True)]
            # A review corrects the score; on the wire that is no technique of its own.
            point = [] if reviewed else [streams.Point(athlete=side + 1, points=TECHNIQUES[what])]
            return [streams.Score(blue=self.score[0], red=self.score[1]), *point]
        if what in ("ADD_GAME_JEON", "REMOVE_GAME_JEON"):
            step = 1 if what.startswith("ADD") else -1
            self.gam_jeoms[side] = max(0, self.gam_jeoms[side] + step)
            self.score[1 - side] = max(0, self.score[1 - side] + step)
            gam_jeoms = streams.GamJeoms(blue=self.gam_jeoms[0], red=self.gam_jeoms[1])
            return [streams.Score(blue=self.score[0], red=self.score[1]), gam_jeoms]
        if what == "VIDEO_REQUEST":
            return [streams.Challenge(athlete=side + 1)]
        raise ValueError(f"no message of the protocol says {COLOURS[side]}_{what}")

    def _of_bout(self, what: str, kind: str, row: Mapping[str, str]) -> list[Message]:
        at_ms = _whole(row.get("roundTime", ""))
        match what:
            case "START_MATCH" | "NEXT_ROUND":
                return []
            case "START_ROUND" | "RESUME":
                return [streams.Clock(time_ms=at_ms, action="start")]
            case "TIMEOUT" | "END_ROUND":
                return [streams.Clock(time_ms=at_ms, action="stop")]
            case "KYE_SHI" | "DOCTOR":
                return [streams.Injury(athlete=0, time_ms=self._injury_ms(), action="show")]
            case "DOCTOR_QUIT":
                return [streams.Injury(athlete=0, time_ms=0, action="hide")]
            case "MATCH_FINISHED":
                return self.finish()
            case "RESET_MATCH":
                self.finished = False
                return self.load()
            case _:
                raise ValueError(f"no message of the protocol says {kind}")

    def place(self, row: Mapping[str, str]) -> list[Message]:
        """Return what brings round and clock to where an item was, as the wire would have by then."""
        said: list[Message] = []
        what = row.get("matchLogItemType", "").strip()
        number, at_ms = _whole(row.get("roundNumber", "")), _whole(row.get("roundTime", ""))
        if number is not None and number > self.round and what not in ("END_ROUND", "MATCH_FINISHED", "RESET_MATCH"):
            self.round, self.score, self.gam_jeoms, self.clock_ms = number, [0, 0], [0, 0], None
            said.append(streams.Round(number=number))
        if at_ms is not None and at_ms >= 0 and at_ms != self.clock_ms and what != "RESET_MATCH":
            self.clock_ms = at_ms
            if what not in ("START_ROUND", "RESUME", "TIMEOUT", "END_ROUND"):
                said.append(streams.Clock(time_ms=at_ms))
        return said

    def _length_ms(self) -> int:
        minutes = _whole(self.header.get("roundsConfig.roundTimeMinutes", ""))
        seconds = _whole(self.header.get("roundsConfig.roundTimeSeconds", ""))
        return ((minutes or 0) * 60 + (seconds or 0)) * 1000 or LENGTH_MS

    def _injury_ms(self) -> int:
        minutes = _whole(self.header.get("roundsConfig.kyeShiTimeMinutes", ""))
        seconds = _whole(self.header.get("roundsConfig.kyeShiTimeSeconds", ""))
        return ((minutes or 0) * 60 + (seconds or 0)) * 1000 or 60_000

    def _winner(self) -> tuple[str | None, str]:
        said = self.header.get("matchWinner", "").strip()
        for colour in COLOURS:
            name = _text(self.header, f"{colour.lower()}AthleteName")
            if said and said.upper() in (colour, name.upper()):
                return colour, name
        return ("TIE", "") if said.upper() == "TIE" else (None, "")

    def _rounds_won(self) -> list[int]:
        try:
            told = json.loads(self.header.get("roundsWinners") or "{}")
        except ValueError:
            return [0, 0]
        winners = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
        words = [str(each).upper() for each in winners]
        return [words.count(colour) for colour in COLOURS]


def _sent(at_ms: int, said: list[Message]) -> Iterator[tuple[int, bytes]]:
    return ((at_ms, encode(message)) for message in said)


def _row(names: list[str], cells: list[str]) -> dict[str, str]:
    """Return cells by column; of two columns with one name the first, and nothing for cells that are not there."""
    row = dict.fromkeys(names, "")
    for name, cell in reversed(list(zip(names, cells, strict=False))):
        row[name] = cell
    return row


def _delimiter(line: str) -> str:
    return ";" if line.count(";") > line.count(",") else ","


def _cells(line: str, delimiter: str | None = None) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter or _delimiter(line)), [])]


def _text(header: Mapping[str, str], name: str) -> str:
    """Return a text that can stand in a message."""
    return "".join("," if char == ";" else char for char in header.get(name, "") if char.isprintable()).strip()


def _whole(text: str) -> int | None:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> int | None:
    """Return ms since 1970 of ``dd/MM/yyyy HH:mm:ss:SSS``; the log has no zone, UTC is assumed."""
    found = re.fullmatch(r"(\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2})(?:[:.](\d{1,3}))?", text.strip())
    if not found:
        return None
    try:
        at = datetime.strptime(found[1], "%d/%m/%Y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp()) * 1000 + int((found[2] or "0").ljust(3, "0"))
