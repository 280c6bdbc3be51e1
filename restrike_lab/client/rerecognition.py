"""Recognizing everything stored anew, from Python: see what would change, apply it, take it back.

Where the database lies beside the lab, the work is done by a process of its own and the hub only applies the result;
of a hub on another machine both are asked for. So neither the notebook nor the hub stands still meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from restrike_lab.client.recognition import signed_by
from restrike_lab.hub.rerecognition.difference import Difference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Asked", "Progress", "accept", "recognize", "runs", "undo"]

STAGING_S, DECIDING_S = 3600.0, 600.0

Progress = Callable[[int, int], None]
"""Is told how many events are done, and of how many."""


class Asked(Protocol):
    """What this module needs of a ``Lab``."""

    @property
    def data_dir(self) -> Path: ...
    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...


class Accepting(Protocol):
    """What accepting a definition needs of a ``Lab``."""

    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def recognize(self, dry_run: bool = ..., *, why: str = ..., who: str = ...) -> Difference: ...


def recognize(
    lab: Asked, *, dry_run: bool, elsewhere: bool, why: str, who: str = "", progress: Progress | None = None
) -> Difference:
    """Recognize everything stored by the tables as they are now, and apply it unless ``dry_run``.

    Raises ``StagingError`` or ``CommandError`` with the reason where it cannot be done; nothing has changed then.
    """
    if elsewhere:
        answer = lab.command("recognition.stage", STAGING_S)
        name, difference = answer["name"], msgspec.convert(answer["difference"], Difference)
    else:
        from restrike_lab.hub.rerecognition.worker import stage_apart

        name, difference = stage_apart(lab.data_dir, progress)
    try:
        if dry_run or difference.is_empty:
            return difference
        run = lab.command("recognition.apply", DECIDING_S, name=name, why=why, who=who or signed_by())
        return difference if run is None else difference.applied(run["run_id"], run["events"])
    finally:
        if elsewhere:
            lab.command("recognition.discard", name=name)
        else:
            with contextlib.suppress(OSError):
                (lab.data_dir / name).unlink(missing_ok=True)


def undo(lab: Asked, run_id: int, *, why: str, who: str = "") -> int:
    """Take a run back and return the run that did so; raises ``CommandError`` with the reason where that cannot be."""
    run = lab.command("recognition.undo", DECIDING_S, run_id=run_id, why=why, who=who or signed_by())
    return int(run["run_id"])


def runs(lab: Asked) -> pd.DataFrame:
    """Return one row per run, newest first: when, who, why, how many events, and which run it took back or was."""
    import pandas as pd

    names = ["run_id", "who", "why", "until_seq", "events", "rows", "undoes", "undone_by", "applied_ns"]
    frame = pd.DataFrame(lab.command("recognition.runs"), columns=names)
    frame["applied"] = pd.to_datetime(frame.pop("applied_ns"), unit="ns", utc=True).astype("datetime64[ns, UTC]")
    numbers = ("run_id", "until_seq", "events", "rows", "undoes", "undone_by")
    return frame.astype({"who": "str", "why": "str", **dict.fromkeys(numbers, "Int64")})


def accept(lab: Accepting, toml: str, why: str, who: str = "") -> Difference:
    """Put a definition and recognize the past by it, too; return what changed.

    The definition counts from the next event on even where the past could not be recognized anew: that can be done
    again. Raises ``CommandError`` or ``StagingError`` with the reason.
    """
    lab.command("definition.put", DECIDING_S, toml=toml, why=why, who=who or signed_by())
    return lab.recognize(dry_run=False, why=why, who=who)
