"""Files of datagrams: one a line, time first, then the message, columns divided by tabs.

Two forms are read. A *foreign* capture has ``time<TAB>message[<TAB>anything]``; its message column is taken byte for
byte. The lab's *own* form says so in its first line, writes the message with ``escape_raw`` so that any bytes fit, and
has the court as third column; its line ``# started TIME`` gives the time of ms 0, which else is the first message.
Other lines that begin with ``#`` are comments.

Times are ISO 8601 (``2025-07-20 19:16:28.952``, ``T``, offsets and ``Z`` too) or ``HH:MM:SS.mmm``, where a clock that
jumps back by more than half a day has crossed midnight; small steps back are held, so that a sequence never runs
backwards. Names ending in ``.gz`` are compressed.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.escape import escape_raw, unescape_raw
from restrike_lab.simulate.packing import compressed
from restrike_lab.simulate.timed import Timed

__all__ = [
    "FORMAT_LINE",
    "Capture",
    "CaptureError",
    "CaptureUnreadable",
    "capture_lines",
    "iter_capture",
    "open_capture",
    "read_capture",
    "write_capture",
]

FORMAT_LINE = "# restrike-lab capture 1: time<TAB>escaped message<TAB>court"
"""First line of the lab's own form; what stands behind the colon is for people."""

_OWN = b"# restrike-lab capture 1"
_STARTED = b"# started "
_TIME_OF_DAY = re.compile(r"([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])(?:[.,]([0-9]{1,9}))?")
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class CaptureError:
    """Report a line that could not be read; ``text`` is the line itself, so that nothing is lost."""

    line: int
    reason: str
    text: str


class CaptureUnreadable(RestrikeError):
    """Report a capture file that cannot be read at all."""

    category = "capture"


@dataclass(frozen=True)
class Capture:
    """Hold a capture in memory: its messages, the lines that could not be read."""

    messages: list[Timed]
    errors: list[CaptureError]
    started: datetime | None = None
    """Time of ms 0, where the file has dates."""


@dataclass
class _Clock:
    """Turn the times of a file into ms since its beginning, by default its first message; never backwards."""

    first: int | None = None
    last: int = 0
    days: int = 0
    started: datetime | None = field(default=None)

    def begin(self, text: str) -> None:
        """Take a date as ms 0, before the first message; a text that is none changes nothing."""
        with suppress(ValueError):
            self.first = self._date(text)

    def read(self, text: str) -> int:
        """Return ms since the beginning; raises ``ValueError`` if ``text`` is no time."""
        found = _TIME_OF_DAY.fullmatch(text)
        at = self._time_of_day(*found.groups()) if found else self._date(text)
        if self.first is None:
            self.first = at
        self.last = max(self.last, at - self.first)
        return self.last

    def _time_of_day(self, hours: str, minutes: str, seconds: str, fraction: str | None) -> int:
        if int(hours) > 23:
            raise ValueError("hours above 23")
        milliseconds = int((fraction or "0").ljust(3, "0")[:3])
        at = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + milliseconds
        before = (self.first or 0) + self.last - self.days * _DAY_MS
        if self.first is not None and before - at > _DAY_MS // 2:
            self.days += 1
        return at + self.days * _DAY_MS

    def _date(self, text: str) -> int:
        moment = datetime.fromisoformat(text.replace(",", "."))
        if self.started is None:
            self.started = moment
        # A local time has no offset; taken as UTC its differences are right except across a change of summer time.
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (known - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def read_capture(path: Path) -> Capture:
    """Read a capture file whole.

    Raises ``CaptureUnreadable`` if the file cannot be opened or unpacked; lines that cannot be read are reported in
    ``errors`` and the rest is read.
    """
    errors: list[CaptureError] = []
    clock = _Clock()
    with _opened(path) as lines:
        messages = list(iter_capture(lines, errors.append, clock=clock))
    return Capture(messages, errors, clock.started)


@contextmanager
def open_capture(path: Path, on_error: Callable[[CaptureError], None]) -> Iterator[tuple[Iterator[Timed], _Clock]]:
    """Open a capture to be read message by message, for files of any size.

    Gives the messages, and an object whose ``started`` is the time of ms 0 once the first was read (``None`` where the
    file has no dates). Raises ``CaptureUnreadable``, also while reading.
    """
    clock = _Clock()
    with _opened(path) as lines:
        yield iter_capture(lines, on_error, clock=clock), clock


def iter_capture(
    lines: Iterable[bytes], on_error: Callable[[CaptureError], None], *, clock: _Clock | None = None
) -> Iterator[Timed]:
    """Yield the messages of the lines of a capture as they come, in bounded memory."""
    clock = clock or _Clock()
    own = False
    for number, line in enumerate(lines, 1):
        content = line.rstrip(b"\r\n")
        if number == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
            own = content.startswith(_OWN)
        if own and content.startswith(_STARTED):
            clock.begin(content.removeprefix(_STARTED).decode("utf-8", "replace"))
        if not content or content.startswith(b"#"):
            continue
        try:
            yield _message(content, clock, own=own)
        except ValueError as reason:
            on_error(CaptureError(number, str(reason), content.decode("utf-8", "backslashreplace")))


def capture_lines(messages: Iterable[Timed], *, started: datetime, comments: Iterable[str] = ()) -> Iterator[str]:
    """Yield the lines of a capture in the lab's own form; ``started`` is the time of ms 0."""
    yield f"{FORMAT_LINE}\n"
    yield f"# started {_written(started)}\n"
    for comment in comments:
        yield f"# {comment}\n"
    for at_ms, payload, court in messages:
        yield f"{_written(started + timedelta(milliseconds=at_ms))}\t{escape_raw(payload)}\t{court}\n"


def write_capture(path: Path, messages: Iterable[Timed], *, started: datetime, comments: Iterable[str] = ()) -> int:
    """Write a capture in the lab's own form and return the number of messages.

    The bytes of the file follow from the messages alone; a name ending in ``.gz`` is compressed.
    """
    count = 0

    def counted() -> Iterator[Timed]:
        nonlocal count
        for message in messages:
            count += 1
            yield message

    with path.open("wb") as file, compressed(path, file) as out:
        for line in capture_lines(counted(), started=started, comments=comments):
            out.write(line.encode("utf-8"))
    return count


def _written(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")


def _message(content: bytes, clock: _Clock, *, own: bool) -> Timed:
    columns = content.split(b"\t")
    if len(columns) < 2:
        raise ValueError("no tab between time and message")
    try:
        at_ms = clock.read(columns[0].decode("ascii").strip())
    except ValueError:
        raise ValueError("the first column is no time (ISO 8601 or HH:MM:SS)") from None
    if not own:
        return Timed(at_ms, columns[1])
    payload = unescape_raw(columns[1].decode("utf-8"))
    return Timed(at_ms, payload, columns[2].decode("utf-8") if len(columns) > 2 else "1")


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[bytes]]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            yield lines
    except (OSError, EOFError, zlib.error) as reason:
        raise CaptureUnreadable(
            f"cannot read the capture {path}: {reason}",
            hint="give the path of a text file with a time, a tab and a message in each line",
            path=str(path),
        ) from reason
