"""Judging stored messages by the tables as they are now.

A stored slice keeps its row, whatever the tables say of it now: one that holds more than one
message under a new table keeps the first one's recognition, as ``partial``, with an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from restrike_lab.hub.judge import Decided
from restrike_lab.pss import Message, Recognition, Recognizer, Status, Table
from restrike_lab.pss.rules import CONFIDENCE
from restrike_lab.pss.streams import LIVE, VERSIONS

__all__ = ["Judged", "Judging"]

REMEMBERED = 1 << 15
"""Slices whose columns are remembered, per protocol version; a console says some thousand different things a day."""

REMEMBERED_BYTES = 256


class Judged(NamedTuple):
    """What the tables say of a slice: its message, and the columns of ``pss_events`` that follow from the bytes.

    ``columns`` are in the order of ``rerecognition.EVENT_CHANGES``, up to ``validation_errors``.
    """

    message: Message
    columns: tuple[Any, ...]
    recognition: Recognition


Known = dict[bytes, Judged]


class Judging:
    """Judge slices of stored datagrams by session; ``version_of`` tells which protocol version a session had."""

    def __init__(self, held: Decided, version_of: Callable[[int | None], str | None]) -> None:
        self._version_of = version_of
        self.tables: dict[str, Table] = {version: held.table(version) for version in VERSIONS}
        self._recognizers = {version: Recognizer(table=table) for version, table in self.tables.items()}
        self._known: dict[str, Known] = {version: {} for version in VERSIONS}
        self._versions: dict[int | None, str] = {}

    def version(self, session_id: int | None) -> str:
        """Return the protocol version that a session was judged by, the live one where it is not known."""
        held = self._versions.get(session_id)
        if held is None:
            found = self._version_of(session_id)
            held = self._versions[session_id] = found if found in self.tables else LIVE
        return held

    def table(self, session_id: int) -> Table:
        """Return the table of a session."""
        return self.tables[self.version(session_id)]

    def known(self, session_id: int | None) -> Known:
        """Return what is remembered for a session: look there first, then ``judge``."""
        return self._known[self.version(session_id)]

    def judge(self, session_id: int | None, raw: bytes, datagram_size: int | None = None) -> Judged:
        """Judge a slice; ``datagram_size`` is given where its datagram was cut."""
        version = self.version(session_id)
        recognizer = self._recognizers[version]
        if datagram_size is not None:
            return _judged(recognizer.cut(raw)[0], version)
        known = self._known[version]
        judged = known.get(raw)
        if judged is None:
            found = recognizer.recognize(raw)
            judged = _judged(found[0] if len(found) == 1 else _first_of(found), version)
            if len(raw) <= REMEMBERED_BYTES:
                if len(known) >= REMEMBERED:
                    known.clear()
                known[raw] = judged
        return judged


def _judged(it: Recognition, version: str) -> Judged:
    columns = (
        it.stream,
        it.event_type,
        it.event_code,
        it.athlete,
        it.value,
        it.fields,
        it.status,
        version,
        it.confidence,
        it.errors,
    )
    return Judged(it.message, tuple(map(_storable, columns)), it)


def _first_of(found: tuple[Recognition, ...]) -> Recognition:
    """Return the recognition of the first of several messages in a slice that was stored as one."""
    first = found[0]
    others = ", ".join(each.stream for each in found[1:])
    errors = [*msgspec.json.decode(first.errors), f"the stored slice holds {len(found)} messages; not shown: {others}"]
    return msgspec.structs.replace(
        first,
        status=Status.PARTIAL.value,
        confidence=min(first.confidence, CONFIDENCE[Status.PARTIAL]),
        errors=msgspec.json.encode(errors).decode(),
    )


def _storable(value: Any) -> Any:
    """Return what SQLite takes of a value, as the hub stores it: integers of 64 bits and nothing larger."""
    return None if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63 else value
