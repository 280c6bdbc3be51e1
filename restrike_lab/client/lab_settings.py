"""``lab.settings``: every setting of the lab, read and changed by name.

::

    lab.settings.screen.theme                         # what counts now
    lab.settings.screen.theme = "dark"                # stored by the hub, live on every screen
    lab.settings["network.allow"] = ["10.0.0.0/8"]
    lab.settings.set("screen.theme", "dark", why="evening session")
    lab.settings.undo(17)
    lab.settings                                      # a table with where each value comes from

What is read is what the hub told last; a change waits until the hub has stored it, and is refused with the reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from restrike_lab.client.errors import SettingError
from restrike_lab.client.recognition import signed_by

__all__ = ["Asking", "Category", "LabSettings", "said_of"]


class Asking(Protocol):
    """What sends a command to the hub, by name and arguments, and returns its result; ``Lab.command`` is one."""

    def __call__(self, name: str, /, **args: Any) -> Any: ...


class LabSettings:
    """The settings by key. ``known()`` is what the hub told last: ``values`` by key."""

    def __init__(self, ask: Asking, known: Callable[[], Mapping[str, Any]]) -> None:
        self._ask = ask
        self._known = known

    # -- reading -----------------------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """Every value that counts now, by key."""
        return dict(self._known().get("values") or {})

    def __getitem__(self, key: str) -> Any:
        """Return what a setting is; raises :class:`SettingError` where there is none of this name."""
        values = self.values
        if key not in values:
            raise SettingError(f"there is no setting {key!r}", hint="`lab.settings` lists them.")
        return values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.values))

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __getattr__(self, category: str) -> Category:
        if category.startswith("_") or not any(key.startswith(f"{category}.") for key in self.values):
            raise AttributeError(f"there are no settings of {category!r}")
        return Category(self, category)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(key.partition(".")[0] for key in self.values)})

    def describe(self, key: str) -> dict[str, Any]:
        """Return everything about a setting: value, ``source``, default, range, help, role, who changed it."""
        found = next((each for each in self._all() if each["key"] == key), None)
        if found is None:
            raise SettingError(f"there is no setting {key!r}", hint="`lab.settings` lists them.")
        return found

    def history(self, key: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Return the changes of one setting or of all, newest first."""
        found: list[dict[str, Any]] = self._ask("settings.history", key=key, limit=limit)
        return found

    # -- changing ----------------------------------------------------------------------------------------------------

    def __setitem__(self, key: str, value: Any) -> None:
        for line in self.set(key, value)[1:]:
            warnings.warn(line, stacklevel=2)

    def set(self, key: str, value: Any, why: str = "") -> list[str]:
        """Change a setting and return what there is to know of it, such as that it waits for a restart.

        Raises :class:`CommandError` with the reason where it is refused.
        """
        return self._change("settings.set", values={key: value}, why=why)

    def set_text(self, key: str, text: str, why: str = "") -> list[str]:
        """Change a setting to what a text such as ``10.0.0.0/8,192.168.1.0/24`` or ``on`` means."""
        return self._change("settings.set", texts={key: text}, why=why)

    def update(self, values: Mapping[str, Any], why: str = "") -> list[str]:
        """Change several settings, all or none."""
        return self._change("settings.set", values=dict(values), why=why)

    def reset(self, *keys: str, why: str = "") -> list[str]:
        """Let settings fall back to their default."""
        return self._change("settings.reset", keys=list(keys), why=why)

    def undo(self, change_id: int, why: str = "", *, together: bool = False) -> list[str]:
        """Give a setting the value it had before a change; ``together``: also all that changed along with it."""
        return self._change("settings.undo", change_id=change_id, together=together, why=why)

    def export(self, path: str | Path | None = None) -> str:
        """Return the settings as a TOML text, and write it to a file where one is named."""
        text: str = self._ask("settings.export")["toml"]
        if path is not None:
            Path(path).expanduser().write_text(text, encoding="utf-8")
        return text

    def load(self, path: str | Path, why: str = "") -> list[str]:
        """Take over what a TOML file says, all of it or nothing.

        Raises :class:`CommandError` with line and column of what is wrong, or ``OSError``.
        """
        return self.load_text(Path(path).expanduser().read_text(encoding="utf-8"), why)

    def load_text(self, toml: str, why: str = "") -> list[str]:
        """Take over what a TOML text says, all of it or nothing."""
        return self._change("settings.import", toml=toml, why=why)

    def _change(self, command: str, **args: Any) -> list[str]:
        return said_of(self._ask(command, who=signed_by(), **args))

    def _all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("settings")["settings"]
        return found

    def __repr__(self) -> str:
        return table(self._all())


class Category:
    """The settings of one category as attributes."""

    def __init__(self, settings: LabSettings, name: str) -> None:
        self.__dict__.update(_settings=settings, _name=name)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._settings[f"{self._name}.{name}"]
        except SettingError as problem:
            raise AttributeError(problem.message) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._settings[f"{self._name}.{name}"] = value

    def __dir__(self) -> list[str]:
        return [key.partition(".")[2] for key in self._settings if key.startswith(f"{self._name}.")]

    def __repr__(self) -> str:
        return table([each for each in self._settings._all() if each["category"] == self._name])


def said_of(done: Mapping[str, Any]) -> list[str]:
    """Return one line for each change, and for what is to be known of it."""
    lines = [f"{each['key']} = {shown(each['new']) if 'new' in each else 'default'}" for each in done["changes"]]
    lines += [f"{key} takes effect when the hub starts next." for key in done["restart"]]
    lines += [f"{key} is stored, but {override_words(by)}" for key, by in done["overridden"].items()]
    return lines or ["Nothing changed: it was so already."]


def override_words(by: str) -> str:
    """Return why a stored value does not count."""
    giver = {"program": "the program that started the hub"}.get(by, f"the {by}")
    return f"{giver} says otherwise and goes first."


def shown(value: Any) -> str:
    """Return a value as people write it on a command line."""
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case dict():
            return ",".join(f"{name}={shown(each)}" for name, each in value.items()) or "(empty)"
        case list():
            return ",".join(map(shown, value)) or "(empty)"
    return str(value) or "(empty)"


def table(settings: list[dict[str, Any]]) -> str:
    """Return settings as lines: key, value, where it comes from."""
    wide = max((len(each["key"]) for each in settings), default=0)
    values = [clipped(shown(each["value"])) for each in settings]
    broad = max(map(len, values), default=0)
    lines = []
    for each, value in zip(settings, values, strict=True):
        where = each["source"] + (f" by {each['who']}" if each["source"] == "stored" else "")
        if "next" in each:
            where += f"; {shown(each['next'])} from the next start on"
        elif each["stored"] and each["source"] != "stored":
            where += f"; stored: {shown(each['stored_value'])}"
        if "problem" in each:
            where += f"; the stored value is left out: {each['problem']}"
        lines.append(f"{each['key']:<{wide}}  {value:<{broad}}  {where}".rstrip())
    return "\n".join(lines)


def clipped(text: str, most: int = 48) -> str:
    """Return a text that is not longer than a table can hold."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
