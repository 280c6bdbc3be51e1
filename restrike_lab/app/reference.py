"""The reference tables of the README, generated from the code: ``python -m restrike_lab.app.reference``.

A test compares the README with what this module makes, so a new command, option or WebSocket message cannot stay
undocumented.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from traitlets.config import Configurable
from traitlets.utils.importstring import import_item

from restrike_lab.app.command import Command, Setting
from restrike_lab.app.commands import COMMANDS
from restrike_lab.client.lab_settings import shown
from restrike_lab.client.obs_help import WORDS
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.settings import Settings
from restrike_lab.hub.settings_registry import GROUPS
from restrike_lab.pss.table import protocol_table
from restrike_lab.store.schema import MIGRATIONS

__all__ = ["command_table", "fill", "setting_tables", "stored_table", "table_table", "tables"]


def command_classes() -> list[type[Command]]:
    """Return the classes of all sub-commands."""
    return [import_item(entry.path) for entry in COMMANDS.values()]


def command_table() -> str:
    """Return a Markdown table with one row per sub-command: how it is called and what it does."""
    rows = (f"| `{in_cell(cls().usage())}` | {COMMANDS[str(cls.name)].summary} |" for cls in command_classes())
    return "| command | what it does |\n|---|---|\n" + "\n".join(rows) + "\n"


def setting_tables() -> str:
    """Return one Markdown table per class with settings: option, environment variable, default, meaning."""
    owners: dict[type[Configurable], dict[str, Setting]] = {}
    users: dict[type[Configurable], dict[str, list[str]]] = {}
    for cls in command_classes():
        for setting in cls.settings():
            owner = declared_in(setting)
            owners.setdefault(owner, {})[setting.name] = setting
            users.setdefault(owner, {}).setdefault(str(cls.name), []).append(setting.option)
    parts = []
    for owner, settings in owners.items():
        head = f"`c.{owner.__name__}` in the config file, for {used_by(users[owner], len(settings))}\n\n"
        head += "| option | environment | default | meaning |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(map(row, settings.values())) + "\n")
    return "\n".join(parts)


def used_by(users: dict[str, list[str]], count: int) -> str:
    """Return which commands take the settings of a class, and which of them if not all."""
    whole = [f"`{command}`" for command, options in users.items() if len(options) == count]
    partly = [
        f"`{command}` (only {', '.join(f'`--{option}`' for option in options)})"
        for command, options in users.items()
        if len(options) < count
    ]
    return ", ".join(whole + partly)


def declared_in(setting: Setting) -> type[Configurable]:
    """Return the class that declares the setting, which may be a parent of the one that offers it."""
    return next(cls for cls in reversed(setting.owner.mro()) if setting.name in vars(cls))


def row(setting: Setting) -> str:
    """Return the Markdown row of one setting."""
    option = f"`--{setting.option}`" + (f" `--no-{setting.option}`" if setting.is_flag else "")
    default = setting.shown_default.split(",")[0].removeprefix("default ").replace("no default", "")
    return f"| {option} | `{setting.variable}` | {default} | {in_cell(setting.help)} |"


def stored_table() -> str:
    """Return a Markdown table of the settings that the database keeps."""
    rows = (
        f"| `{each.key}` | {shown(each.default)} | {each.role}{', restart' if each.restart else ''} "
        f"| {in_cell(each.help)} |"
        for _key, each in sorted(Settings(HubConfig(), GROUPS, {}).declared.items())
    )
    return "| setting | default | changed by | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def table_table() -> str:
    """Return one Markdown row per table or view of the database, in the words that stand above it in the schema.

    One that has no words of its own shares those of the table before it.
    """
    rows: list[tuple[list[str], str]] = []
    for words, name in re.findall(r"((?:^-- .*\n)*)^CREATE (?:TABLE|VIEW) (\w+)", "\n".join(MIGRATIONS), re.MULTILINE):
        text = " ".join(line.removeprefix("-- ") for line in words.splitlines())
        if text or not rows:
            rows.append(([name], text))
        else:
            rows[-1][0].append(name)
    lines = (f"| {' '.join(f'`{name}`' for name in names)} | {in_cell(text)} |" for names, text in rows)
    return "| table | what it holds |\n|---|---|\n" + "\n".join(lines) + "\n"


def obs_table() -> str:
    """Return one Markdown row per word of ``restrike-lab obs`` and ``%restrike obs``."""
    rows = (f"| `{in_cell(f'{name} {word.usage}'.strip())}` | {in_cell(word.help)} |" for name, word in WORDS.items())
    return "| words | what they do |\n|---|---|\n" + "\n".join(rows) + "\n"


def tables() -> dict[str, str]:
    """Return every generated part of the README by the name in its markers."""
    return {
        "commands": command_table(),
        "settings": setting_tables(),
        "stored": stored_table(),
        "tables": table_table(),
        "obs": obs_table(),
        "protocol": protocol_table(),
    }


def in_cell(text: str) -> str:
    """Return a text as it may stand in a Markdown table, where a bar would end the cell even inside of code."""
    return text.replace("|", r"\|")


def fill(text: str) -> str:
    """Return the README's text with every part between ``<!-- NAME -->`` and ``<!-- /NAME -->`` made anew."""
    for name, table in tables().items():
        marked = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = marked.sub(lambda found, table=table: f"{found[1]}{table}{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    readme = Path(sys.argv[1] if len(sys.argv) > 1 else "README.md")
    readme.write_text(fill(readme.read_text("utf-8")), "utf-8")
