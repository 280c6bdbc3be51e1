"""What was not understood, gathered by pattern: exact counts, a few exact samples, when and where, in bounded memory.

A ``PatternBook`` keeps a pattern of its own for each shape, code word included, up to a bound. What comes after that
is counted under its *general* shape, without the code word, and when there are too many of those as well, under
``ANYTHING``. A code that turns up again although the book is full takes the place of the rarest one, which goes over
into its general pattern with all it has; so a stream that a console really sends is found even in a flood of made-up
ones. Every message is counted in exactly one pattern at any time: the counts add up to the messages, always.

A shape without a place is remembered for a while, and when it gets one it takes along what was counted for it
meanwhile. A pattern whose ``whole`` is true has all its messages since the book began; one that took its place after
shapes had to be forgotten may have some older ones in its general pattern, and its count is the least it can be.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from restrike_lab.pss.framing import body
from restrike_lab.pss.parser import decode
from restrike_lab.pss.shape import ANYTHING, general_shape, pattern_hash, shape_of

__all__ = ["Pattern", "PatternBook", "PatternRow", "Sample"]

MAX_PATTERNS = 1000
"""Patterns with a code word of their own."""

MAX_GENERAL = 250
"""Patterns without a code word."""

FIRST_SAMPLES = 5
LAST_SAMPLES = 3
MAX_SAMPLE_BYTES = 1024
"""Bytes of a sample; the first one of a pattern is kept whatever its size."""

MAX_PLACES = 64
"""Courts, and sessions, that are counted one by one for each pattern; the others are counted together as ``*``."""

WAITING = 4096
_WAITING_BYTES = 256


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One message as it came: its exact bytes, and which event it was, when and where."""

    raw: bytes
    at_ns: int
    court: str = ""
    session: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A pattern as a row of ``pss_unknown_events``, with the places it was seen in.

    Times are ns since 1970 in UTC. ``samples`` is a JSON list of ``{"text": .., "at_ns": .., "court": .., "session":
    .., "seq": ..}``; a sample that is no valid UTF-8 has ``"base64"`` in the place of ``"text"``. ``courts`` and
    ``sessions`` are JSON objects of counts.
    """

    pattern_hash: str
    shape: str
    occurrence_count: int
    first_seen: int
    last_seen: int
    samples: str
    courts: str = "{}"
    sessions: str = "{}"
    whole: bool = True
    suggested_event_type: str | None = None
    suggestion_score: float | None = None
    notes: str = ""


class Pattern:
    """The messages of one shape. Changed by its book alone."""

    __slots__ = ("count", "courts", "first", "first_ns", "last", "last_ns", "sessions", "shape", "whole")

    def __init__(self, shape: str, whole: bool = True) -> None:
        self.shape = shape
        self.whole = whole
        self.count = 0
        self.first_ns = 0
        self.last_ns = 0
        self.first: dict[bytes, Sample] = {}
        self.last: dict[bytes, Sample] = {}
        self.courts: dict[int | str, int] = {}
        self.sessions: dict[int | str, int] = {}

    @property
    def pattern_hash(self) -> str:
        """Return the name of the pattern, the same everywhere."""
        return pattern_hash(self.shape)

    @property
    def samples(self) -> list[Sample]:
        """Return exact samples, all different: the first ones and the last ones."""
        return [*self.first.values(), *self.last.values()]

    def see(self, sample: Sample) -> None:
        """Count one message."""
        at_ns = sample.at_ns
        if not self.count:
            self.first_ns = self.last_ns = at_ns
        elif at_ns > self.last_ns:
            self.last_ns = at_ns
        elif at_ns < self.first_ns:
            self.first_ns = at_ns
        self.count += 1
        try:
            self.courts[sample.court] += 1
        except KeyError:
            _count(self.courts, sample.court, 1)
        if (session := sample.session) is not None:
            try:
                self.sessions[session] += 1
            except KeyError:
                _count(self.sessions, session, 1)
        if sample.raw not in self.first:
            self.keep(sample)

    def keep(self, sample: Sample) -> None:
        """Keep a message as a sample where it adds one."""
        raw, first, last = sample.raw, self.first, self.last
        if raw in first or raw in last or (first and len(raw) > MAX_SAMPLE_BYTES):
            return
        if len(first) < FIRST_SAMPLES:
            first[raw] = sample
            return
        if len(last) >= LAST_SAMPLES:
            del last[next(iter(last))]
        last[raw] = sample

    def absorb(self, other: Pattern) -> None:
        """Take over the counts and, as far as there is room, the samples of another pattern."""
        self.first_ns = min(self.first_ns, other.first_ns) if self.count else other.first_ns
        self.last_ns = max(self.last_ns, other.last_ns) if self.count else other.last_ns
        self.count += other.count
        self.whole = self.whole and other.whole
        self._count_places(other, 1)
        held = sorted([*self.samples, *other.samples], key=lambda sample: (sample.at_ns, sample.raw))
        self.first, self.last = {}, {}
        for sample in held:
            self.keep(sample)

    def release(self, other: Pattern) -> None:
        """Give up messages that were counted here and are now counted in a pattern of their own."""
        self.count -= other.count
        self._count_places(other, -1)
        self.first = {raw: sample for raw, sample in self.first.items() if not _is_of(raw, other.shape)}
        self.last = {raw: sample for raw, sample in self.last.items() if not _is_of(raw, other.shape)}

    def _count_places(self, other: Pattern, sign: int) -> None:
        for court, count in other.courts.items():
            _count(self.courts, court, sign * count)
        for session, count in other.sessions.items():
            _count(self.sessions, session, sign * count)

    def row(self) -> PatternRow:
        """Return this pattern as a row."""
        return PatternRow(
            pattern_hash=self.pattern_hash,
            shape=self.shape,
            occurrence_count=self.count,
            first_seen=self.first_ns,
            last_seen=self.last_ns,
            samples=msgspec.json.encode([_written(sample) for sample in self.samples]).decode(),
            courts=msgspec.json.encode(self.courts).decode(),
            sessions=msgspec.json.encode(self.sessions).decode(),
            whole=self.whole,
        )

    @classmethod
    def from_row(cls, row: PatternRow) -> Pattern:
        """Return the pattern that a row tells of."""
        pattern = cls(row.shape, row.whole)
        pattern.count, pattern.first_ns, pattern.last_ns = row.occurrence_count, row.first_seen, row.last_seen
        pattern.courts = dict(msgspec.json.decode(row.courts, type=dict[str, int]))
        sessions = msgspec.json.decode(row.sessions, type=dict[str, int])
        pattern.sessions = {int(session) if session.isdigit() else session: sessions[session] for session in sessions}
        for sample in msgspec.json.decode(row.samples, type=list[dict[str, Any]]):
            pattern.keep(_read(sample))
        return pattern


class PatternBook:
    """Gather messages that were not understood. Not for several threads at once.

    ``total`` counts the messages. ``take_changes`` says what a table that mirrors the book has to write and remove;
    it is enough to ask it once a second, since whatever is lost with the process can be gathered again from the
    stored events.
    """

    def __init__(self) -> None:
        self.total = 0
        self._patterns: dict[str, Pattern] = {}
        self._general: dict[str, Pattern] = {}
        self._waiting: dict[str, Sample | Pattern] = {}
        self._waited: dict[str, Sample | Pattern] = {}
        self._rarest = 1
        self._forgot = False
        self._changed: set[str] = set()
        self._removed: set[str] = set()

    def add(
        self, shape: str, raw: bytes, at_ns: int, court: str = "", session: int | None = None, seq: int | None = None
    ) -> None:
        """Count one message by its shape (``Recognition.shape``); ``at_ns`` is its arrival in ns since 1970."""
        self.total += 1
        sample = Sample(raw, at_ns, court, session, seq)
        pattern = self._patterns.get(shape)
        if pattern is None:
            pattern = self._place(shape, sample)
        pattern.see(sample)
        self._changed.add(pattern.shape)

    def merge(self, other: PatternBook) -> None:
        """Take over everything that another book has gathered."""
        self.total += other.total
        self._forgot = self._forgot or other._forgot
        for pattern in other.patterns():
            self._adopt(pattern)

    def patterns(self) -> list[Pattern]:
        """Return all patterns, the most frequent first."""
        # A general pattern may have given all it had to patterns of their own; its place stays taken.
        held = [pattern for pattern in (*self._patterns.values(), *self._general.values()) if pattern.count]
        return sorted(held, key=lambda pattern: (-pattern.count, pattern.shape))

    def __iter__(self) -> Iterator[Pattern]:
        return iter(self.patterns())

    def __len__(self) -> int:
        return len(self.patterns())

    def rows(self) -> list[PatternRow]:
        """Return all patterns as rows, the most frequent first."""
        return [pattern.row() for pattern in self.patterns()]

    @classmethod
    def from_rows(cls, rows: Iterable[PatternRow]) -> PatternBook:
        """Return the book that rows tell of, to go on with it after a restart."""
        book = cls()
        for row in rows:
            book.total += row.occurrence_count
            book._adopt(Pattern.from_row(row))
        book.take_changes()
        book._forgot = len(book._patterns) >= MAX_PATTERNS
        return book

    def take_changes(self) -> tuple[list[PatternRow], list[str]]:
        """Return the rows that changed since the last call, and the hashes of patterns that are no more."""
        changed: list[PatternRow] = []
        for shape in sorted(self._changed):
            pattern = self._patterns.get(shape) or self._general.get(shape)
            if pattern is not None and pattern.count:
                changed.append(pattern.row())
            else:
                self._removed.add(shape)
        removed = [pattern_hash(shape) for shape in sorted(self._removed)]
        self._changed.clear()
        self._removed.clear()
        return changed, removed

    def _place(self, shape: str, sample: Sample) -> Pattern:
        """Return the pattern that counts a message whose shape has none of its own."""
        general = general_shape(shape)
        if general == shape:
            return self._general_of(shape)
        if len(self._patterns) < MAX_PATTERNS:
            return self._open(Pattern(shape))
        held = self._waiting.get(shape) or self._waited.pop(shape, None)
        if held is None:
            # Most are seen once: nothing is made for them but the sample, and of a long one its bytes are let go.
            small = len(sample.raw) <= _WAITING_BYTES
            self._wait(shape, sample if small else msgspec.structs.replace(sample, raw=b""))
            return self._general_of(general)
        if isinstance(held, Sample):
            pattern = Pattern(shape)
            pattern.see(held)
        else:
            pattern = held
        if pattern.count >= self._rarest and self._promote(pattern):
            return pattern
        pattern.see(sample)
        self._wait(shape, pattern)
        return self._general_of(general)

    def _wait(self, shape: str, held: Sample | Pattern) -> None:
        """Remember a shape for a while: two generations, the older one is forgotten when the younger is full."""
        if len(self._waiting) >= WAITING:
            self._forgot = self._forgot or bool(self._waited)
            self._waited, self._waiting = self._waiting, {}
        self._waiting[shape] = held

    def _promote(self, pattern: Pattern) -> bool:
        """Give a shape that keeps coming the place of the rarest pattern, if that one is rarer."""
        rarest = min(self._patterns.values(), key=lambda other: (other.count, other.last_ns))
        self._rarest = rarest.count
        if pattern.count < rarest.count:
            return False
        self._waiting.pop(pattern.shape, None)
        counted = self._general_of(general_shape(pattern.shape))
        counted.release(pattern)
        pattern.whole = not self._forgot
        pattern.first.pop(b"", None)
        del self._patterns[rarest.shape]
        self._removed.add(rarest.shape)
        general = self._general_of(general_shape(rarest.shape))
        general.absorb(rarest)
        self._forgot = True
        self._changed |= {general.shape, counted.shape}
        self._open(pattern)
        return True

    def _open(self, pattern: Pattern) -> Pattern:
        self._patterns[pattern.shape] = pattern
        self._removed.discard(pattern.shape)
        return pattern

    def _general_of(self, shape: str) -> Pattern:
        pattern = self._general.get(shape)
        if pattern is None:
            if len(self._general) >= MAX_GENERAL:
                shape = ANYTHING
            pattern = self._general.setdefault(shape, Pattern(shape))
        return pattern

    def _adopt(self, pattern: Pattern) -> None:
        own = self._patterns.get(pattern.shape)
        if own is None:
            general = general_shape(pattern.shape)
            if general == pattern.shape or len(self._patterns) >= MAX_PATTERNS:
                own = self._general_of(general)
            else:
                own = self._open(Pattern(pattern.shape))
        own.absorb(pattern)
        self._changed.add(own.shape)


def _count(counts: dict[int | str, int], place: int | str, number: int) -> None:
    held = counts.get(place)
    if held is not None:
        counts[place] = held + number
    elif len(counts) < MAX_PLACES:
        counts[place] = number
    else:
        counts["*"] = counts.get("*", 0) + number


def _is_of(raw: bytes, shape: str) -> bool:
    return shape_of(decode(body(raw))) == shape


def _written(sample: Sample) -> Mapping[str, Any]:
    try:
        said = {"text": sample.raw.decode("utf-8")}
    except UnicodeDecodeError:
        said = {"base64": base64.b64encode(sample.raw).decode()}
    return {**said, "at_ns": sample.at_ns, "court": sample.court, "session": sample.session, "seq": sample.seq}


def _read(said: Mapping[str, Any]) -> Sample:
    raw = said["text"].encode("utf-8") if "text" in said else base64.b64decode(said["base64"])
    return Sample(raw, said["at_ns"], said["court"], said["session"], said["seq"])
