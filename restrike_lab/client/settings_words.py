"""What people type about settings, on the command line and behind ``%restrike settings``: one grammar for both."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from restrike_lab.client.errors import CommandError, SettingError
from restrike_lab.client.lab_settings import LabSettings, clipped, shown, table

__all__ = ["USAGE", "obey"]

USAGE = (
    "[list [TEXT] | get KEY | set KEY VALUE | reset KEY... | undo CHANGE | undo-all CHANGE | history [KEY] | "
    "export [FILE] | import FILE] [because REASON]"
)


def obey(settings: LabSettings, words: Sequence[str]) -> str:
    """Do what the words say and return what there is to tell; raises ``RestrikeError`` where it is not done."""
    said, why = parted(words)
    match said:
        case [] | ["list"]:
            return repr(settings)
        case ["list", text]:
            return listed(settings, text) or f"No setting has {text!r} in its name or its help."
        case ["get", key]:
            return described(settings.describe(key))
        case ["set", key, *value] if value:
            return "\n".join(settings.set_text(key, " ".join(value), why))
        case ["reset", *keys] if keys:
            return "\n".join(settings.reset(*keys, why=why))
        case ["undo" | "undo-all" as word, number] if number.isdigit():
            return "\n".join(settings.undo(int(number), why, together=word == "undo-all"))
        case ["history"]:
            return "\n".join(map(line, settings.history())) or "No setting was ever changed."
        case ["history", key]:
            return "\n".join(map(line, settings.history(key))) or f"{key} was never changed."
        case ["export"]:
            return settings.export().rstrip("\n")
        case ["export", path]:
            settings.export(path)
            return f"Written to {path}."
        case ["import", path]:
            return taken_in(settings, path, why)
    raise CommandError(f"what does {' '.join(words)!r} mean?", hint=f"settings {USAGE}")


def parted(words: Sequence[str]) -> tuple[list[str], str]:
    """Return the words before ``because``, and the reason behind it."""
    said = list(words)
    if "because" not in said:
        return said, ""
    at = said.index("because")
    return said[:at], " ".join(said[at + 1 :])


def taken_in(settings: LabSettings, path: str, why: str) -> str:
    """Take a file over; ``-`` is the standard input."""
    try:
        done = settings.load_text(sys.stdin.read(), why) if path == "-" else settings.load(path, why)
        return "\n".join(done)
    except OSError as problem:
        raise SettingError(f"{path} cannot be read: {problem.strerror}", hint="Give the path of a TOML file.") from None
    except UnicodeDecodeError:
        raise SettingError(f"{path} is not a text in UTF-8", hint="`settings export` writes one.") from None


def listed(settings: LabSettings, text: str) -> str:
    """Return the settings in whose key or help a text stands."""
    wanted = text.casefold()
    found = [each for each in settings._all() if wanted in each["key"] or wanted in each["help"].casefold()]
    return table(found) if found else ""


def described(setting: dict[str, Any]) -> str:
    """Return everything about one setting."""
    lines = [f"{setting['key']} = {shown(setting['value'])}", setting["help"], f"It is {setting['wanted']}."]
    lines.append(f"Default: {shown(setting['default'])}. May be changed by: {setting['role']}.")
    lines.append(table([setting]).partition("  ")[2].strip())
    if setting["restart"]:
        lines.append("A change takes effect when the hub starts next.")
    return "\n".join(lines)


def line(change: dict[str, Any]) -> str:
    """Return one change as a line: number, local time, who, what, why."""
    at = datetime.fromtimestamp(change["changed_ns"] / 1e9).strftime("%Y-%m-%d %H:%M:%S")
    old, new = (clipped(shown(change[name])) if name in change else "default" for name in ("old", "new"))
    undoes = f" (undoes {change['undoes']})" if change["undoes"] else ""
    why = f": {change['why']}" if change["why"] else ""
    return f"{change['change_id']:>5}  {at}  {change['who']}  {change['key']}  {old} -> {new}{undoes}{why}"
