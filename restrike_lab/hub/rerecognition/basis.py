"""What a re-recognition stands on: the stored events, and the tables by which they are judged now."""

from __future__ import annotations

from pathlib import Path

from restrike_lab import __version__
from restrike_lab.hub.judge import decided
from restrike_lab.hub.rerecognition.judging import Judging
from restrike_lab.store.files import database_path
from restrike_lab.store.rerecognition import StagingError, set_by_hand, standing
from restrike_lab.store.staging import Staged, Staging, one_moment

__all__ = ["Basis"]


class Basis:
    """A staging file with the database beside it, and the decisions that hold as this is made.

    ``by_hand`` are events whose status a person set, ``refused`` what does not fit this lab's protocol any more.
    ``kept_before`` is the first event that is there without a gap, where older ones have left the database: they, and
    what followed from them, stay as they are. Raises ``StoreError`` where there is no database, or one that has to be
    brought up to date first.
    """

    def __init__(self, data_dir: Path, path: Path) -> None:
        self.data_dir = data_dir
        with one_moment(database_path(data_dir)) as db:
            held, self.by_hand, self.standing = decided(db), set_by_hand(db), standing(db)
        self.refused = tuple(f"{name}: {problem.message}" for name, problem in held.refused)
        self.staging = Staging(path, database_path(data_dir))
        self.kept_before = self.staging.kept_before()
        self.judging = Judging(held, self.staging.version_of)

    def require_current(self) -> None:
        """Raise ``StagingError`` where decisions have been made since."""
        if self.staging.standing() != self.standing:
            raise _out_of_date()

    def note(self, until_seq: int) -> None:
        """Write down up to which event everything is staged, and under which decisions."""
        self.staging.note(Staged(until_seq, self.standing, __version__, self.kept_before))

    def accept(self, staged: Staged) -> int:
        """Return up to which event everything is staged; raises where that was done under other decisions."""
        if staged[1:] != (self.standing, __version__, self.kept_before):
            raise _out_of_date()
        return staged.until_seq

    def close(self) -> None:
        """Let go of the files."""
        self.staging.close()


def _out_of_date() -> StagingError:
    return StagingError(
        "rules, definitions or statuses have changed since this was staged",
        hint="stage it again: what changes may be something else now",
        retryable=True,
    )
