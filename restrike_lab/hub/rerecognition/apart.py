"""The census in a process of its own: ``python -m restrike_lab.hub.rerecognition.apart DIRECTORY FILE SINCE UNTIL``.

Judging a million events and counting them takes one core about as long as judging and reducing them takes another.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

from restrike_lab.hub.rerecognition.basis import Basis
from restrike_lab.hub.rerecognition.census import Census
from restrike_lab.hub.rerecognition.collector import few_collections
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.rerecognition import StagingError
from restrike_lab.store.staging import COUNTED

__all__ = ["Apart", "main"]

MODULE = "restrike_lab.hub.rerecognition.apart"
PATIENCE_SECONDS = 3600.0


class Apart:
    """Take the census of the events after ``since`` up to ``until`` while this process does something else.

    Ended with the block, whatever happens.
    """

    def __init__(self, data_dir: Path, path: Path, since: int, until: int) -> None:
        self.path = path
        command = [sys.executable, "-m", MODULE, str(data_dir), str(path), str(since), str(until)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def result(self) -> Path:
        """Wait for the census and return its file; raises ``StagingError`` where it could not be taken."""
        _, said = self._process.communicate(timeout=PATIENCE_SECONDS)
        if self._process.returncode:
            reason = said.strip().splitlines()[-1:] or [f"status {self._process.returncode}"]
            raise StagingError(f"the events could not be counted: {reason[0]}", hint="try again", retryable=True)
        return self.path

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self.path.unlink(missing_ok=True)


def count(data_dir: Path, path: Path, since: int, until: int) -> None:
    """Take the census of some events into a new file."""
    basis = Basis(data_dir, path)
    try:
        census = Census(basis.staging, basis.judging, bool(basis.kept_before))
        for rows in basis.staging.pages(COUNTED, since, until):
            census.page(rows)
        basis.note(until)
        census.save()
    finally:
        basis.close()


def main(arguments: list[str]) -> int:
    """Count, and say on standard error what went wrong."""
    data_dir, path, since, until = arguments
    try:
        with few_collections():
            count(Path(data_dir), Path(path), int(since), int(until))
    except RestrikeError as problem:
        sys.stderr.write(f"{problem.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
