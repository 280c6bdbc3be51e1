"""The venue's own flags: the pictures in its folder, and what people decided about codes and files.

``scan`` reads the folder, ``take_scan`` writes what it found, ``decide`` adds a revision. All functions that take a
connection work inside the caller's transaction, or on a reader's connection where they only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import apsw
import msgspec

from restrike_lab.bout.countries import COUNTRIES, Country, Found, find_in_name
from restrike_lab.store.decisions import Signature
from restrike_lab.store.errors import StoreError

__all__ = [
    "FOLDER",
    "Picture",
    "Subject",
    "decide",
    "decided",
    "files",
    "folder_state",
    "read_picture",
    "scan",
    "take_scan",
]

FOLDER = "flags"
LARGEST = 1024 * 1024
"""Bytes of a picture that is still sent to every screen."""

MOST_FILES = 2000
LONGEST_TEXT = 200

Subject = Literal["sent", "file"]
State = tuple[tuple[str, int, int], ...]

_DECIDED = """
SELECT text, code FROM flag_mappings m WHERE kind = ? AND code IS NOT NULL AND revision =
    (SELECT max(revision) FROM flag_mappings n WHERE n.kind = m.kind AND n.text = m.text)
"""
_DECIDE = """
INSERT INTO flag_mappings SELECT ?1, ?2, coalesce(max(revision), 0) + 1, ?3, ?4, ?5, ?6
FROM flag_mappings WHERE kind = ?1 AND text = ?2
"""
_FOUND = """
INSERT INTO flags VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
ON CONFLICT (file) DO UPDATE SET code = excluded.code, name = excluded.name, confidence = excluded.confidence,
    reason = excluded.reason, mime = excluded.mime, size = excluded.size, changed_ns = excluded.changed_ns,
    found_ns = CASE WHEN changed_ns = excluded.changed_ns AND gone_ns IS NULL THEN found_ns ELSE excluded.found_ns END,
    gone_ns = NULL
"""
_GONE = "UPDATE flags SET gone_ns = ? WHERE gone_ns IS NULL AND file NOT IN (SELECT value FROM json_each(?))"
_FILES = "SELECT file, code, confidence FROM flags WHERE gone_ns IS NULL AND code IS NOT NULL"


class Picture(NamedTuple):
    """A picture file: its name in the folder, kind, size in bytes, and when it was written (ns since 1970)."""

    file: str
    mime: str
    size: int
    changed_ns: int


def folder_state(folder: Path) -> State:
    """Return what changes when anything in the folder does; empty where there is no folder."""
    try:
        found = [(each.name, each.stat()) for each in folder.iterdir() if each.is_file()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found))[:MOST_FILES]


def scan(folder: Path) -> list[Picture]:
    """Return the pictures of a folder, told by their bytes; what is none, or too large, is left out."""
    pictures = []
    for name, size, changed_ns in folder_state(folder):
        mime = _mime(folder / name) if 0 < size <= LARGEST else None
        if mime is not None and name.encode("utf-8", "replace").decode() == name:
            pictures.append(Picture(name, mime, size, changed_ns))
    return pictures


def read_picture(folder: Path, file: str) -> tuple[str, bytes]:
    """Return kind and bytes of a picture; raises ``StoreError`` for what is no picture of this folder."""
    path = folder / file
    if Path(file).name != file or not path.is_file() or path.stat().st_size > LARGEST or (mime := _mime(path)) is None:
        raise StoreError(f"there is no picture {file!r} in {folder}", hint="Put it there, then scan the folder.")
    return mime, path.read_bytes()


def _mime(path: Path) -> str | None:
    """Return the kind of a picture by its first bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return None
    for mark, mime in ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif")):
        if head.startswith(mark):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/svg+xml" if b"<svg" in head and path.suffix.lower() == ".svg" else None


def take_scan(db: apsw.Connection, pictures: Iterable[Picture], at_ns: int) -> int:
    """Write what a scan found, by what people decided and by the files' names; return how many were recognized."""
    by_hand = decided(db, "file")
    names = []
    recognized = 0
    for picture in pictures:
        found = _recognize(picture.file, by_hand)
        names.append(picture.file)
        recognized += found is not None
        told = (found.country.code, found.country.name, found.confidence, found.reason) if found else _NOTHING
        db.execute(_FOUND, (picture.file, *told, picture.mime, picture.size, picture.changed_ns, at_ns))
    db.execute(_GONE, (at_ns, msgspec.json.encode(names).decode()))
    return recognized


_NOTHING = (None, None, 0.0, "the file's name tells nothing")


def _recognize(file: str, by_hand: Mapping[str, str]) -> Found | None:
    code = by_hand.get(file)
    if code:
        return Found(COUNTRIES.get(code) or Country(code, code, "own"), 1.0, "decided by hand")
    return find_in_name(Path(file).stem)


def decide(db: apsw.Connection, kind: Subject, text: str, code: str | None, signed: Signature) -> None:
    """Keep what people decided about a text or a file; ``code`` None takes back what was decided before.

    Raises ``StoreError`` for a text or code that is none.
    """
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise StoreError("there is nothing to decide about", hint=f"Give a text of 1 to {LONGEST_TEXT} characters.")
    if code is not None and not (code.isalnum() and code == code.upper() and 1 <= len(code) <= 4):
        raise StoreError(f"{code!r} is no code", hint="A code has one to four capital letters or digits, such as CRO.")
    db.execute(_DECIDE, (kind, text, code, signed.at_ns, signed.who, signed.why))


def decided(db: apsw.Connection, kind: Subject) -> dict[str, str]:
    """Return the code that people chose for each text or file."""
    return {str(text): str(code) for text, code in db.execute(_DECIDED, (kind,))}


def files(db: apsw.Connection) -> dict[str, str]:
    """Return the file of each code, the surest where there are several."""
    best: dict[str, tuple[float, str]] = {}
    for file, code, confidence in db.execute(_FILES):
        best[code] = max(best.get(code, (0.0, "")), (confidence, file))
    return {code: file for code, (_, file) in best.items()}
