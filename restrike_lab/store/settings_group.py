"""How a setting is declared: once, as a trait, next to the code that reads it.

A room that has something to set writes a ``SettingsGroup``: a class whose traits are the settings of one category. From
the declaration follow type, default, range, help, form field, check, export line and who may change it::

    class RingSettings(SettingsGroup):
        \"\"\"What the screens at the ring show.\"\"\"

        category = "ring"
        hit_seconds = Float(10.0, min=1.0, max=120.0, help="Seconds that a hit stays.").tag(role="operator")

``tag(role=...)`` names the least role that may change it (admin where none is named), ``tag(restart=True)`` says that
it takes effect at the next start of the hub. ``Declared`` is what the rest of the lab knows about one setting. The hub
holds one instance of every group; whoever reads it keeps that instance and reads its attribute, or observes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from traitlets import Bool, Dict, Enum, Float, HasTraits, Int, List, TraitError, TraitType

from restrike_lab.pss.errors import RestrikeError

__all__ = ["Declared", "SettingError", "SettingsGroup", "declared_by", "own_words"]

LONGEST_VALUE = 20_000
"""Characters that the JSON of a value may have: a setting is no place for a file."""

TRUE, FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


class SettingError(RestrikeError):
    """Refuse a setting that there is not, or a value that it cannot have."""

    category = "settings"


class SettingsGroup(HasTraits):
    """Settings of one category; the docstring of a subclass says in one sentence what they are about."""

    category: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: its key ``category.name``, its trait, who may change it, and whether it needs a restart."""

    category: str
    name: str
    owner: type[HasTraits]
    trait: TraitType[Any, Any]

    @property
    def key(self) -> str:
        """The name by which people call it."""
        return f"{self.category}.{self.name}"

    @property
    def role(self) -> str:
        """The least role that may change it."""
        return str(self.trait.metadata.get("role") or "admin")

    @property
    def restart(self) -> bool:
        """Whether a change takes effect at the next start of the hub only."""
        return bool(self.trait.metadata.get("restart"))

    @property
    def help(self) -> str:
        """What it is for."""
        return " ".join(str(self.trait.help or "").split())

    @property
    def default(self) -> Any:
        """The value where nobody says otherwise."""
        return msgspec.to_builtins(self.trait.default())

    @property
    def kind(self) -> str:
        """The sort of value: bool, int, float, choice, list, dict or text."""
        kinds = ((Bool, "bool"), (Int, "int"), (Float, "float"), (Enum, "choice"), (Dict, "dict"), (List, "list"))
        return next((word for sort, word in kinds if isinstance(self.trait, sort)), "text")

    @property
    def choices(self) -> list[Any]:
        """The values there are to choose from; empty where it is not a choice. Of lists and dicts: those of a part."""
        part = {"list": "_trait", "dict": "_value_trait"}.get(self.kind)
        trait = getattr(self.trait, part, None) if part else self.trait
        return list(trait.values or ()) if isinstance(trait, Enum) else []

    @property
    def names(self) -> list[str]:
        """The names that a dict may have, where only some may be; empty: any."""
        trait = getattr(self.trait, "_key_trait", None)
        return [str(name) for name in trait.values or ()] if isinstance(trait, Enum) else []

    @property
    def low(self) -> float | None:
        """The least number."""
        return _finite(getattr(self.trait, "min", None))

    @property
    def high(self) -> float | None:
        """The largest number."""
        return _finite(getattr(self.trait, "max", None))

    @property
    def nullable(self) -> bool:
        """Whether it may be unset."""
        return bool(self.trait.allow_none)

    @property
    def part(self) -> str:
        """The sort of value in a list or a dict: int, float, choice or text."""
        inner = getattr(self.trait, {"list": "_trait", "dict": "_value_trait"}.get(self.kind, ""), None)
        kinds = ((Int, "int"), (Float, "float"), (Enum, "choice"))
        return next((word for sort, word in kinds if isinstance(inner, sort)), "text")

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        words = {"bool": "on or off", "int": "a whole number", "float": "a number", "text": "a text"}
        match self.kind:
            case "int" | "float":
                text = words[self.kind] + self._range()
            case "choice":
                text = f"one of {', '.join(map(str, self.choices))}"
            case "list" | "dict":
                text = "a list of" if self.kind == "list" else "names, each with"
                if self.names:
                    text = f"any of the names {', '.join(self.names)}, each with"
                if self.kind == "list" and self.choices:
                    text = f"any of {', '.join(map(str, self.choices))}"
                else:
                    text += f" one of {', '.join(map(str, self.choices))}" if self.choices else f" {self.part}"
            case _:
                text = words[self.kind]
        return f"{text}, or nothing" if self.nullable else text

    def _range(self) -> str:
        match self.low, self.high:
            case None, None:
                return ""
            case float() | int() as low, None:
                return f" of {_number(low)} or more"
            case None, float() | int() as high:
                return f" of {_number(high)} or less"
        return f" of {_number(self.low or 0)} to {_number(self.high or 0)}"

    def parse(self, text: str) -> Any:
        """Return the value that a text on a command line means; raises ``SettingError``.

        A list is its parts with commas between them, a dict ``name=value`` with commas between; JSON does, too.
        """
        try:
            return self._parsed(text.strip())
        except ValueError:
            raise self.refused(text) from None

    def _parsed(self, text: str) -> Any:
        if self.nullable and text.lower() in ("", "none", "null"):
            return None
        match self.kind:
            case "bool":
                if (word := text.lower()) not in TRUE + FALSE:
                    raise ValueError(text)
                return word in TRUE
            case "choice":
                return next((choice for choice in self.choices if str(choice) == text), text)
            case "list":
                if text.startswith("["):
                    return json.loads(text)
                return [self._part(each.strip()) for each in text.split(",") if each.strip()]
            case "dict":
                if text.startswith("{"):
                    return json.loads(text)
                pairs = [each.partition("=") for each in text.split(",") if each.strip()]
                if any(not between for _name, between, _value in pairs):
                    raise ValueError(text)
                return {name.strip(): self._part(value.strip()) for name, _, value in pairs}
        return {"int": int, "float": float}.get(self.kind, str)(text)

    def _part(self, text: str) -> Any:
        return {"int": int, "float": float}.get(self.part, str)(text)

    def refused(self, value: Any, reason: str = "") -> SettingError:
        """Return the error that refuses a value."""
        shown = value if isinstance(value, str) else json.dumps(value, default=str)
        message = f"{self.key} cannot be {shown[:200]!r}" if isinstance(value, str) else f"{self.key} cannot be {shown}"
        hint = f"It is {self.wanted}."
        return SettingError(f"{message[:400]}: {reason}" if reason else message, hint=hint, key=self.key)

    def checked(self, value: Any) -> Any:
        """Return a value as it is kept, if the declaration allows it by itself; raises ``SettingError``."""
        if not self._is_plain(value):
            raise self.refused(value)
        scratch = self.owner()
        try:
            setattr(scratch, self.name, value)
        except TraitError as problem:
            raise self.refused(value, own_words(problem)) from None
        kept = msgspec.to_builtins(getattr(scratch, self.name))
        if len(json.dumps(kept)) > LONGEST_VALUE:
            raise SettingError(
                f"{self.key} is too long", hint=f"At most {LONGEST_VALUE:,} characters as JSON.", key=self.key
            )
        return kept

    def _is_plain(self, value: Any) -> bool:
        """Tell whether a value is of the declared kind, without the conversions that traitlets makes."""
        if value is None:
            return self.nullable
        match self.kind:
            case "bool":
                return isinstance(value, bool)
            case "int":
                return isinstance(value, int) and not isinstance(value, bool)
            case "float":
                return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            case "list":
                return isinstance(value, list | tuple)
            case "dict":
                return isinstance(value, Mapping)
        return True

    def shown(self) -> Mapping[str, Any]:
        """Return the declaration as plain values, for screens and lists."""
        return {
            "key": self.key,
            "category": self.category,
            "name": self.name,
            "kind": self.kind,
            "part": self.part if self.kind in ("list", "dict") else None,
            "default": self.default,
            "choices": self.choices,
            "names": self.names,
            "low": self.low,
            "high": self.high,
            "nullable": self.nullable,
            "wanted": self.wanted,
            "help": self.help,
            "role": self.role,
            "restart": self.restart,
        }


def declared_by(owner: type[HasTraits]) -> Iterator[Declared]:
    """Yield the settings that a class declares: all traits of a group, of other classes those with a category."""
    common = str(getattr(owner, "category", ""))
    for name, trait in sorted(owner.class_traits().items()):
        category = str(trait.metadata.get("category") or common)
        if category:
            yield Declared(category, name, owner, trait)


def _finite(number: float | None) -> float | None:
    return None if number is None or math.isinf(number) else number


def _number(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


def own_words(problem: TraitError) -> str:
    """Return the reason where one of ours gave it; traitlets' own speaks of classes and instances."""
    text = str(problem)
    return "" if " trait " in text else text
