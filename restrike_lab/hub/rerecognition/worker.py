"""Staging in a process of its own: ``python -m restrike_lab.hub.rerecognition.worker DIRECTORY OWNER``.

For those who have something else to do meanwhile: a notebook that hosts the hub, and the hub itself when a client
without the database asks. The process prints a line of JSON per page and, at the end, what it found; the staging file
stays for the owner, and is left over when the owner ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from restrike_lab.hub.ownership import is_owned
from restrike_lab.hub.rerecognition.difference import Difference
from restrike_lab.hub.rerecognition.stage import Progress, Stage
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.rerecognition import StagingError

__all__ = ["main", "stage_apart"]

MODULE = "restrike_lab.hub.rerecognition.worker"


def stage_apart(data_dir: Path, progress: Progress | None = None) -> tuple[str, Difference]:
    """Stage everything in another process; return the name of the staging file, now the caller's, and what changes.

    Raises ``StagingError`` with the reason where it cannot be done.
    """
    command = [sys.executable, "-m", MODULE, str(data_dir), str(os.getpid())]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            last = _follow(process, progress)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()
        if "name" in last:
            return last["name"], msgspec.convert(last["difference"], Difference)
        said.seek(0)
        reason = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
    problem = last.get("error") or {"message": f"staging ended early: {''.join(reason) or process.returncode}"}
    raise StagingError(problem["message"], hint=problem.get("hint") or "try again", retryable=True)


def _follow(process: subprocess.Popen[str], progress: Progress | None) -> dict[str, Any]:
    """Pass on how far the process is; return the last that it said."""
    last: dict[str, Any] = {}
    for line in process.stdout or ():
        last = json.loads(line)
        if progress is not None and "progress" in last:
            progress(*last["progress"])
    process.wait()
    return last


def main(arguments: list[str]) -> int:
    """Stage, and say how far it is and what was found."""
    data_dir, owner = Path(arguments[0]), int(arguments[1])
    stage: Stage | None = None
    try:
        stage = Stage.begin(data_dir, owner, lambda done, every: say({"progress": [done, every]}))
        difference = stage.catch_up(is_owned(data_dir))
        stage.close()
        say({"name": stage.path.name, "difference": difference.to_dict()})
    except RestrikeError as problem:
        if stage is not None:
            stage.discard()
        say({"error": {"message": problem.message, "hint": problem.hint}})
        return 1
    except BrokenPipeError:  # nobody listens any more
        if stage is not None:
            stage.discard()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def say(what: dict[str, Any]) -> None:
    """Print a line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
