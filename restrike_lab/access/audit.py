"""The record of who changed what, when and from where. It is only ever added to.

Arguments are kept as they were given, except secrets, which never reach the database, and long texts, which are cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

__all__ = ["Entry", "details_of", "entries", "record"]

SECRETS = ("password", "passphrase", "secret", "token", "session", "private_key", "api_key")
LONGEST_TEXT = 500
LONGEST_DETAILS = 4_000
HIDDEN = "•••"


class Entry(NamedTuple):
    """One line of the record: ``result`` is ``done`` or the reason why not, ``details`` a JSON object."""

    at_ns: int
    who: str
    role: str
    remote: str
    action: str
    details: str
    result: str


def record(db: apsw.Connection, entries: Sequence[Entry]) -> None:
    """Add lines to the record, inside the caller's transaction."""
    db.executemany(
        "INSERT INTO audit_log (at_ns, who, role, remote, action, details, result) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [tuple(entry) for entry in entries],
    )


def entries(
    db: apsw.Connection, limit: int = 100, who: str | None = None, action: str | None = None
) -> list[dict[str, Any]]:
    """Return lines of the record, newest first."""
    found = db.execute(
        "SELECT audit_id, at_ns, who, role, remote, action, details, result FROM audit_log "
        "WHERE (?1 IS NULL OR who = ?1) AND (?2 IS NULL OR action = ?2) ORDER BY audit_id DESC LIMIT ?3",
        (who, action, limit),
    )
    names = ("audit_id", *Entry._fields)
    return [dict(zip(names, row, strict=True)) for row in found]


def details_of(args: Mapping[str, Any]) -> str:
    """Return the arguments of a command as they are kept: JSON, without secrets, not too long."""
    text = msgspec.json.encode(without_secrets(args), enc_hook=str).decode("utf-8", "replace")
    if len(text) <= LONGEST_DETAILS:
        return text
    return msgspec.json.encode({"cut": text[:LONGEST_DETAILS]}).decode()


def without_secrets(value: Any, name: str = "") -> Any:
    """Return a value in which everything whose name speaks of a secret is hidden, however deep it lies."""
    if name and any(word in name.lower() for word in SECRETS) and not isinstance(value, bool):
        return HIDDEN if value not in (None, "") else value
    if isinstance(value, Mapping):
        return {str(key): without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(each) for each in value]
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode()
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"
    return value
