"""The entry point: find the sub-command, run it, and end with one clear line instead of a traceback.

Exit status: 0 the job is done, 1 it is not, 2 the command was called wrongly, 130 interrupted; ``status`` adds 3 for
"no hub runs here".
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Sequence

from traitlets import TraitError
from traitlets.config.loader import ArgumentError
from traitlets.utils.importstring import import_item

from restrike_lab.app.command import Command, UsageError, nearest
from restrike_lab.app.commands import COMMANDS
from restrike_lab.pss.errors import RestrikeError

__all__ = ["RestrikeLab", "main"]

WRONG_USE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


class RestrikeLab(Command):
    """The command without a sub-command: it knows the others and says so."""

    name = "restrike-lab"
    subcommands = {name: (entry.path, entry.summary) for name, entry in COMMANDS.items()}  # noqa: RUF012 - a trait's default

    def usage(self) -> str:
        """Return the one line that shows how the command is called."""
        return "restrike-lab COMMAND [options]"

    def emit_subcommands_help(self) -> Generator[str, None, None]:
        """List the sub-commands, one line each."""
        width = max(map(len, COMMANDS))
        yield from (f"  {name:<{width}}  {entry.summary}" for name, entry in COMMANDS.items())
        yield ""

    def emit_options_help(self) -> Generator[str, None, None]:
        """Leave the options to the sub-commands."""
        yield from ()

    def emit_help_epilogue(self, classes: bool) -> Generator[str, None, None]:
        """Say how to go on."""
        yield "`restrike-lab COMMAND --help` explains one of them, `restrike-lab doctor` checks this machine."


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``restrike-lab`` with these arguments (default: the process's own) and return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has left, as `| head` does. Keep the interpreter from complaining when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (UsageError, TraitError, ArgumentError) as error:
        report(error, getattr(error, "hint", "") or "--help lists the options and their values")
        return WRONG_USE
    except RestrikeError as error:
        report(error, error.hint)
        return 1
    except OSError as error:
        report(error, "check the path, its permissions and the free space")
        return 1


def run(arguments: list[str]) -> int:
    """Run the sub-command that the first argument names."""
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    if arguments[:1] in (["--version"], ["-V"]):
        print(RestrikeLab.version)
        return 0
    first = arguments[0] if arguments else "--help"
    if first.startswith("-"):
        return start(RestrikeLab(), arguments or ["--help"])
    if first not in COMMANDS:
        raise UsageError(
            f"there is no command {first!r}", hint=nearest(first, list(COMMANDS)) or f"commands: {', '.join(COMMANDS)}"
        )
    return start(import_item(COMMANDS[first].path)(), arguments[1:])


def start(command: Command, arguments: list[str]) -> int:
    """Configure the command and run it; asking for help ends it early with status 0."""
    try:
        command.initialize(arguments)
        return command.run()
    except SystemExit as ending:
        return int(ending.code or 0)


def report(error: Exception, hint: str) -> None:
    """Print what is wrong and the way out, one line each, on standard error."""
    message = re.sub(r"The '(\w+)' trait of an? \w+ instance expected", r"\1 takes", " ".join(str(error).split()))
    print(f"error: {message}" + (f"\nhint: {hint}" if hint else ""), file=sys.stderr)
