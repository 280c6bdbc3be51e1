"""``restrike-lab archive``: write the Parquet archive, check it, and on request take old events out of the database."""

from __future__ import annotations

import sys
from datetime import date

from traitlets import Bool, List, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import Ownership

__all__ = ["ArchiveCommand"]


class ArchiveCommand(Command):
    """Archive what is finished; a hub may run meanwhile, but not while events are taken out."""

    name = "archive"
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    rebuild = List(Unicode(), help="Day (YYYY-MM-DD, UTC) to write anew from the database.").tag(config=True)
    delete_before = Unicode(
        "",
        help="Take archived events of days before this one (YYYY-MM-DD, UTC) out of the database, after comparing each "
        "with its file; needs `--yes`.",
    ).tag(config=True)
    yes = Bool(False, help="Confirm what `--delete-before` does.").tag(config=True)

    def run(self) -> int:
        """Archive, then delete if that was asked for."""
        from restrike_lab.store.archive import read_archive
        from restrike_lab.store.archiving import archive

        directory = HubConfig(parent=self).directory
        before = day_of(self.delete_before) if self.delete_before else None
        if before and not self.yes:
            raise UsageError(
                f"--delete-before {before} would take events out of the database",
                hint="add --yes to confirm; the archive keeps them",
            )
        done = archive(directory, rebuild=[day_of(text) for text in self.rebuild])
        for path in done.set_aside:
            print(f"set aside: {path}", file=sys.stderr)
        held = read_archive(directory)
        for path in held.foreign:
            print(f"not read, of another hub: {path}", file=sys.stderr)
        print(f"{done.new_rows} events archived; {held.rows} events in {len(held.files)} files")
        if before:
            self.delete(before)
        return 0

    def delete(self, before: date) -> None:
        """Take events out of the database, which nobody else may write to meanwhile."""
        from restrike_lab.store.retention import delete_archived

        directory = HubConfig(parent=self).directory
        ownership = Ownership(directory)
        ownership.acquire()
        try:
            removed = delete_archived(directory, before)
        finally:
            ownership.release()
        freed = (removed.before_bytes - removed.after_bytes) / 1e6
        print(f"{removed.rows} archived events of {len(removed.days)} days left the database; {freed:.1f} MB freed")


def day_of(text: str) -> date:
    """Return a day; raises ``UsageError``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", hint="write it as 2026-03-31") from None
