"""The sub-commands about the hub's health: ``system``, ``alerts``, ``trace`` and ``log``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from restrike_lab.kernel.notes import Note, UsageProblem

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["USAGES", "alerts", "log", "system", "trace"]

USAGES: Mapping[str, str] = {
    "system": "[check | statements]",
    "alerts": "[all | seen [NUMBER ...]]",
    "trace": "[SEQ]",
    "log": "[LEVEL] | level LEVEL [SUBSYSTEM]",
}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def system(lab: Lab, argument: str) -> Any:
    """Show the figures, read the database through, or show slow statements."""
    match argument.split():
        case []:
            return lab.system
        case ["check"]:
            found = lab.system.check()
            words = "; ".join(found["findings"][:3])
            return Note(f"Sound; read in {found['seconds']:.1f} s." if found["ok"] else f"DAMAGED: {words}")
        case ["statements"]:
            import pandas as pd

            return pd.DataFrame(lab.system.statements()["slow"], columns=["ms", "source", "sql", "suggestion"])
    raise _misused("system")


def alerts(lab: Lab, argument: str) -> Any:
    """Show what needs a person, or everything that is kept; note that it has been seen."""
    match argument.split():
        case []:
            return lab.system.alerts()
        case ["all"]:
            return lab.system.alerts(kept=True, limit=1000)
        case ["seen", *numbers] if all(number.isdigit() for number in numbers):
            seen = lab.system.acknowledge(*map(int, numbers))
            return Note(f"Seen: {seen} {'notice' if seen == 1 else 'notices'}.")
    raise _misused("alerts")


def trace(lab: Lab, argument: str) -> Any:
    """Follow an event to every client, or the next one that comes."""
    if argument and not argument.isdigit():
        raise _misused("trace")
    return lab.trace(int(argument) if argument else None)


def log(lab: Lab, argument: str) -> Any:
    """Show the end of the hub's log, or change what is logged."""
    match argument.split():
        case ["level", level, *subsystem] if level.upper() in LEVELS and len(subsystem) < 2:
            lab.system.log_level("".join(subsystem), level.upper())
            return Note(f"{'.'.join(subsystem) or 'Everything'} is logged from {level.upper()} on, until the hub ends.")
        case [] | [_]:
            level = argument.upper() or "INFO"
            if level in LEVELS:
                lines = lab.system.logs(level)
                told = (f"{each['timestamp']} {each['level']:<8} {each['logger']}: {each['event']}" for each in lines)
                return Note("\n".join(told) or "Nothing was logged.")
    raise _misused("log")


def _misused(command: str) -> UsageProblem:
    return UsageProblem(f"that is no use of `%restrike {command}`", hint=f"%restrike {command} {USAGES[command]}")
