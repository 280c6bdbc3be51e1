"""``lab.flags``: whose a country code is, its picture, and what this venue decided about both.

Everything comes from the hub, so that a screen on another machine shows the same flags. What was asked once is kept
until the hub tells that something changed.
"""

from __future__ import annotations

import base64
import html
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.client.intake import Batch
from restrike_lab.client.recognition import signed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["CREDIT", "Flag", "FlagCache", "Flags", "FlagsLab"]

CREDIT = "Flags: OpenMoji (openmoji.org), CC BY-SA 4.0."
HISTORY = """
SELECT kind, text, revision, code, who, why, make_timestamptz(changed_ns // 1000) AS changed
FROM flag_mappings ORDER BY kind, text, revision
"""
COLUMNS = ("code", "name", "kind", "iso2", "iso3", "picture")


class _Feed(Protocol):
    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]: ...
    def command(self, name: str, args: dict[str, Any] | None = ..., timeout: float = ...) -> Any: ...


class FlagsLab(Protocol):
    """What this module needs of a ``Lab``."""

    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def sql(self, query: str) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Flag:
    """What is known of a code that was sent; shows itself as its picture in a notebook.

    ``code`` and ``name`` are None for a stranger, ``data`` is empty where there is no picture. ``confidence`` (0..1)
    and ``reason`` tell how it was found, ``origin`` whose picture it is: ``openmoji``, or ``own:`` and a file's name.
    """

    sent: str
    code: str | None = None
    name: str | None = None
    kind: str | None = None
    confidence: float = 0.0
    reason: str = "no table knows it"
    mime: str = ""
    data: bytes = field(default=b"", repr=False)
    origin: str = ""

    @property
    def uri(self) -> str:
        """Return the picture as a ``data:`` address, which an image shows and nothing runs; empty without one."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}" if self.data else ""

    def _repr_html_(self) -> str:
        title = html.escape(f"{self.name or self.sent} ({self.reason})")
        letters = html.escape(self.code or self.sent)
        image = f'<img src="{self.uri}" alt="" style="height:24px;vertical-align:middle"> ' if self.data else ""
        return f'<span title="{title}">{image}{letters}</span>'


class FlagCache:
    """The flags that were asked for, until the hub tells of a change; it holds a feed and no lab."""

    def __init__(self, feed: _Feed) -> None:
        self._feed = feed
        self._known: dict[str, Flag] = {}
        self._guard = threading.Lock()
        feed.subscribe(self._heard)

    def __getitem__(self, sent: str) -> Flag:
        """Return the flag for a code; raises :class:`CommandError`."""
        with self._guard:
            known = self._known.get(sent)
        if known is None:
            known = _flag(self._feed.command("flag", {"sent": sent})) if sent.strip() else Flag(sent)
            with self._guard:
                self._known[sent] = known
        return known

    def forget(self) -> None:
        """Ask the hub again for every flag."""
        with self._guard:
            self._known.clear()

    def _heard(self, batch: Batch) -> None:
        if batch.snapshot or any(frame.get("type") == "flags" for frame in batch.desk):
            self.forget()


class Flags:
    """``lab.flags["CRO"]`` is the flag of a code, ``lab.flags()`` the table of all that are known."""

    def __init__(self, lab: FlagsLab, known: FlagCache) -> None:
        self._lab = lab
        self._known = known

    def __call__(self) -> pd.DataFrame:
        """Return every code with its name, kind, ISO codes, and the picture that it has."""
        import pandas as pd

        return pd.DataFrame(self._lab.command("flags")["flags"], columns=list(COLUMNS)).astype("string")

    def __getitem__(self, sent: str) -> Flag:
        """Return the flag for a code, or a name, as a console sends it. Raises :class:`CommandError`."""
        return self._known[sent]

    def scan(self) -> dict[str, int]:
        """Look at the folder ``flags`` of the data directory again; return how many pictures it has."""
        return dict(self._lab.command("flags.scan"))

    def map(self, sent: str, code: str | None, why: str = "") -> None:
        """Say that what consoles send as ``sent`` means ``code``; None takes that back. Raises :class:`CommandError`.

        A code that no table knows becomes one of this venue's own: give it a picture in the folder.
        """
        self._decide("flags.map", why, sent=sent, code=code or "")

    def assign(self, file: str, code: str | None, why: str = "") -> None:
        """Say whose flag a file of the folder shows; None goes by its name again. Raises :class:`CommandError`."""
        self._decide("flags.assign", why, file=file, code=code or "")

    def files(self) -> pd.DataFrame:
        """Return the pictures of the folder, whose they were taken for, how surely and why."""
        self._lab.command("flags")  # looks at the folder
        return self._lab.sql("SELECT * FROM flags ORDER BY file")

    def history(self) -> pd.DataFrame:
        """Return every decision about a code or a file, with who, when and why."""
        return self._lab.sql(HISTORY)

    def _decide(self, command: str, why: str, **args: Any) -> None:
        self._lab.command(command, why=why, who=signed_by(), **args)
        self._known.forget()

    def __repr__(self) -> str:
        return "<Flags: lab.flags['CRO'] shows one, lab.flags() lists all>"


def _flag(told: dict[str, Any]) -> Flag:
    if told.get("code") is None:
        return Flag(str(told["sent"]))
    return Flag(
        told["sent"],
        told["code"],
        told["name"],
        told["kind"],
        float(told["confidence"]),
        told["reason"],
        told.get("mime", ""),
        base64.b64decode(told.get("data", "")),
        told.get("origin", ""),
    )
