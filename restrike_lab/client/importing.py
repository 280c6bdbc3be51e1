"""Taking files into the record: captures, and the console's own match logs.

What a file holds walks the same way as live traffic, recognize, reduce, store, with its own times, in sessions of its
own on courts named ``import:...`` and with epoch 0. A file is known by its content: one that is in is passed over, one
that was interrupted goes on behind the last message that was stored, which the record itself tells. The caller owns
the data directory, so no hub runs meanwhile.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import apsw

from restrike_lab.bout import Arrival, CourtState, Fact, flush, reduce
from restrike_lab.client.match_log import Problem, Report, header_of, messages_of
from restrike_lab.pss import Recognizer
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.capture import CaptureError, CaptureUnreadable, open_capture
from restrike_lab.store.terms import Terms
from restrike_lab.store.writer import Writer

__all__ = ["Found", "ImportRefused", "Imported", "Importer", "find", "lines_of"]

GROUP = 5_000
IMPORTED_EPOCH = 0
LOG, ITEMS = "-matchLog.csv", "-matchLogItems.csv"
REHEARSAL = "-test"
_CAPTURES = (".tsv", ".txt", ".tsv.gz", ".txt.gz")
_COURT_FOLDER = re.compile(r"Court.*", re.IGNORECASE)

_BEGUN = "SELECT first_seq, ended_ns FROM imports WHERE content_hash = ?"
_STORED = """
SELECT seq, part FROM pss_events WHERE seq >= ? AND session_id IN
    (SELECT session_id FROM import_sessions WHERE content_hash = ?) ORDER BY seq
"""
_SESSIONS = """
SELECT s.court, s.session_id FROM pss_sessions s JOIN import_sessions i USING (session_id) WHERE i.content_hash = ?
"""


class ImportRefused(RestrikeError):
    """Report a path that is nothing that can be imported."""

    category = "import"


class Sent(NamedTuple):
    """A datagram with its time (ns since 1970) and the court it is from."""

    wall_ns: int
    payload: bytes
    court: str


@dataclass(frozen=True)
class Found:
    """Name something to import: one capture, or the two files of a match log (``items`` may be missing)."""

    path: Path
    kind: Literal["capture", "match log"]
    items: Path | None = None

    @property
    def court(self) -> str:
        """Return the court its events get: that of the console's folder, else the file's name."""
        folder = self.path.absolute().parent.parent.name
        if self.kind == "match log" and _COURT_FOLDER.fullmatch(folder):
            return f"import:{folder}"
        return f"import:{self.path.name}"


@dataclass
class Imported:
    """Say what became of a file: ``state`` is imported, resumed, known (was in already) or rehearsal (passed over)."""

    found: Found
    state: str
    messages: int = 0
    events: int = 0
    problems: list[Problem] = field(default_factory=list)


Progress = Callable[[Found, int], None]


def find(paths: Sequence[Path]) -> list[Found]:
    """Return what lies at some paths, folders searched through, match logs paired, in the order of their names.

    Raises ``ImportRefused`` for a path that is not there or is no such file.
    """
    found: dict[str, Found] = {}
    for path in paths:
        if not path.exists():
            raise ImportRefused(f"there is no {path}", hint="give captures, matchLog files or folders of them")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for each in inside:
            one = _found(each)
            if one is not None:
                found.setdefault(str(one.path.absolute()), one)
            elif not path.is_dir():
                raise ImportRefused(
                    f"{path} is neither a capture nor a match log",
                    hint=f"captures end in {', '.join(_CAPTURES)}, match logs in {LOG} and {ITEMS}",
                )
    return list(found.values())


class Importer:
    """Import files through the one writer of a data directory; ``clock`` gives ns since 1970."""

    def __init__(
        self, writer: Writer, clock: Callable[[], int], progress: Progress = lambda _found, _count: None
    ) -> None:
        self.writer = writer
        self.clock = clock
        self.progress = progress
        self.recognizer = Recognizer()

    def take(self, found: Found, *, rehearsals: bool = False) -> Imported:
        """Import one file. Raises ``ImportRefused`` or ``StoreError``; calling again goes on where it stopped."""
        if not rehearsals and found.kind == "match log" and REHEARSAL in found.path.name:
            return Imported(found, "rehearsal")
        name = content_hash(found)
        begun = self.writer.run(_BEGUN, (name,))
        if begun and begun[0][1] is not None:
            return Imported(found, "known")
        report = Imported(found, "resumed" if begun else "imported")
        if not begun:
            self.writer.change(lambda db: self._begin(db, found, name))
        stored = self.writer.run(_STORED, (begun[0][0], name)) if begun else []
        with _messages(found, report.problems.append) as messages:
            self._store(found, name, messages, stored, report)
        self.writer.change(lambda db: self._end(db, name, report))
        return report

    def _begin(self, db: apsw.Connection, found: Found, name: str) -> None:
        Terms(db).end_dead()
        db.execute(
            "INSERT INTO imports (content_hash, name, kind, first_seq, started_ns) VALUES (?, ?, ?, ?, ?)",
            (name, found.path.name, found.kind, self.writer.next_seq(), self.clock()),
        )

    def _end(self, db: apsw.Connection, name: str, report: Imported) -> None:
        db.executemany(
            "REPLACE INTO import_problems VALUES (?, ?, ?, ?, ?)",
            [(name, each.file, each.line, each.reason, each.text[:2000]) for each in report.problems],
        )
        db.execute(
            "UPDATE imports SET ended_ns = ?, last_seq = ?, events = ?, unmapped = ? WHERE content_hash = ?",
            (self.clock(), self.writer.next_seq() - 1, report.events, len(report.problems), name),
        )
        now = self.clock()
        db.execute(
            "UPDATE pss_sessions SET ended_ns = ? WHERE session_id IN"
            " (SELECT session_id FROM import_sessions WHERE content_hash = ?)",
            (now, name),
        )

    def _store(
        self, found: Found, name: str, messages: Iterator[Sent], stored: list[tuple[Any, ...]], report: Imported
    ) -> None:
        """Store messages behind those that are stored; these are reduced again, with the numbers they have."""
        group = _Group(self, name, [seq for seq, _part in stored])
        for sent in messages:
            group.add(sent)
            report.messages += 1
            if len(group.rows) >= GROUP:
                group.store()
                self.progress(found, report.messages)
        group.settle()
        group.store()
        report.events = group.events
        self.progress(found, report.messages)

    def session_of(self, name: str, court: str, wall_ns: int) -> int:
        """Return the session of a court of a file, begun where there is none."""
        known = dict(self.writer.run(_SESSIONS, (name,)))
        if court in known:
            return int(known[court])

        def begin(db: apsw.Connection) -> int:
            session = int(db.execute("SELECT max(session_id) FROM pss_sessions").get or 0) + 1
            db.execute(
                "INSERT INTO pss_sessions (session_id, epoch, court, port, protocol_version, started_ns)"
                " VALUES (?, ?, ?, 0, ?, ?)",
                (session, IMPORTED_EPOCH, court, self.recognizer.version, wall_ns),
            )
            db.execute("INSERT INTO import_sessions VALUES (?, ?)", (session, name))
            return session

        return self.writer.change(begin)


class _Group:
    """Rows in the making, and the courts' states they led to."""

    def __init__(self, importer: Importer, name: str, stored: list[int]) -> None:
        self.importer = importer
        self.name = name
        self.stored = stored
        self.place = 0
        self.next_seq = importer.writer.next_seq()
        self.states: dict[str, CourtState] = {}
        self.sessions: dict[str, int] = {}
        self.last_ns: dict[str, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.facts: list[Fact] = []
        self.changed: set[str] = set()
        self.events = 0

    def add(self, sent: Sent) -> None:
        """Recognize and reduce one datagram; keep its rows unless they are stored."""
        court = sent.court
        if court not in self.sessions:
            self.sessions[court] = self.importer.session_of(self.name, court, sent.wall_ns)
        mono_ns = self.last_ns[court] = max(sent.wall_ns, self.last_ns.get(court, 0))
        state = self.states.get(court) or CourtState()
        for part, it in enumerate(self.importer.recognizer.recognize(sent.payload)):
            known = self.place < len(self.stored)
            seq = self.stored[self.place] if known else self.next_seq
            self.place += 1
            state, facts = reduce(state, it.message, Arrival(seq, sent.wall_ns, mono_ns))
            self.events += 1
            self.changed.add(court)
            # A fact about stored events may have become certain only now; writing it again changes nothing.
            self.facts += facts
            if known:
                continue
            self.next_seq += 1
            stamps = (state.match_id, state.round, state.clock.time_ms, sent.wall_ns, mono_ns)
            head = (seq, IMPORTED_EPOCH, court, self.sessions[court], *stamps, None, part, None, it.raw)
            kind = (it.stream, it.event_type, it.event_code, it.athlete, it.value, it.fields, it.status)
            self.rows.append((*head, *kind, self.importer.recognizer.version, it.confidence, it.errors, None))
        self.states[court] = state

    def settle(self) -> None:
        """Decide the links that wait for more messages: none will come."""
        for court, state in self.states.items():
            self.states[court], facts = flush(state, None)
            self.facts += facts
            self.changed.add(court)

    def store(self) -> None:
        """Store what has gathered, in one transaction."""
        if self.rows or self.facts or self.changed:
            self.importer.writer.append(self.rows, {court: self.states[court] for court in self.changed}, self.facts)
        self.rows, self.facts, self.changed = [], [], set()


def content_hash(found: Found) -> str:
    """Return the name of a file's content; raises ``ImportRefused`` where it cannot be read."""
    digest = hashlib.sha256(found.kind.encode())
    try:
        for path in (found.path, found.items):
            if path is not None:
                with path.open("rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
                digest.update(b"\0")
    except OSError as reason:
        raise ImportRefused(f"cannot read {found.path}: {reason.strerror or reason}", hint="check the path") from reason
    return digest.hexdigest()


def lines_of(found: Found) -> int:
    """Return about how many messages a file holds: its lines. 0 where it cannot be read, which ``take`` will say."""
    path = found.items if found.kind == "match log" and found.items else found.path
    count = 0
    with suppress(OSError, EOFError, zlib.error), gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while chunk := file.read(1 << 20):
            count += chunk.count(b"\n")
    return count


def _found(path: Path) -> Found | None:
    name = path.name
    if not path.is_file() or name.startswith("."):
        return None
    if name.endswith(LOG):
        items = path.with_name(name.removesuffix(LOG) + ITEMS)
        return Found(path, "match log", items if items.is_file() else None)
    if name.endswith(ITEMS):
        header = path.with_name(name.removesuffix(ITEMS) + LOG)
        return Found(header, "match log", path) if header.is_file() else Found(path, "match log")
    return Found(path, "capture") if name.endswith(_CAPTURES) else None


@contextmanager
def _messages(found: Found, report: Report) -> Iterator[Iterator[Sent]]:
    """Open a file to be imported."""
    if found.kind == "match log":
        yield _of_match_log(found, report)
        return

    def note(error: CaptureError) -> None:
        report(Problem(found.path.name, error.line, error.reason, error.text))

    try:
        with open_capture(found.path, note) as (messages, clock):
            yield _of_capture(found, messages, clock)
    except (CaptureUnreadable, gzip.BadGzipFile, zlib.error, EOFError) as reason:
        raise ImportRefused(f"cannot read {found.path}: {reason}", hint="check the file") from reason


def _of_capture(found: Found, messages: Iterator[Any], clock: Any) -> Iterator[Sent]:
    with closing(messages):  # type: ignore[type-var]
        base_ns: int | None = None
        for at_ms, payload, court in messages:
            if base_ns is None:
                base_ns = _base_ns(clock.started, found.path)
            named = found.court if court == "1" else f"{found.court}:{court}"
            yield Sent(base_ns + at_ms * 1_000_000, payload, named)


def _base_ns(started: datetime | None, path: Path) -> int:
    """Return the wall time of ms 0: the file's own, or, where it has times of day alone, when the file was written."""
    if started is None:
        return int(path.stat().st_mtime_ns)
    known = started if started.tzinfo else started.replace(tzinfo=UTC)
    return round(known.timestamp() * 1000) * 1_000_000


def _of_match_log(found: Found, report: Report) -> Iterator[Sent]:
    header: dict[str, str] = {}
    items, name = b"", found.path.name
    if found.path.name.endswith(LOG):
        header = header_of(found.path.read_bytes(), name, report)
        if found.items is None:
            report(Problem(name, 1, f"there is no {name.removesuffix(LOG)}{ITEMS} beside it", ""))
        else:
            items, name = found.items.read_bytes(), found.items.name
    else:
        report(Problem(name, 1, f"there is no {name.removesuffix(ITEMS)}{LOG} beside it", ""))
        items = found.path.read_bytes()
    for at_ms, payload in messages_of(items, header, name, report):
        yield Sent(at_ms * 1_000_000, payload, found.court)
