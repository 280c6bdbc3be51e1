"""Settings as a TOML file: written with what each is for, read with the line and column of whatever is wrong.

A setting that stands at its default is written as a comment: a line to switch on. Reading a file changes what it names
and nothing else.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from textwrap import wrap
from typing import Any

from restrike_lab.pss.definitions import Place
from restrike_lab.pss.toml_places import toml_places
from restrike_lab.store.settings_group import Declared, SettingError

__all__ = ["dump_settings", "load_settings"]

_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dump_settings(declared: Iterable[Declared], stored: Mapping[str, Any], categories: Mapping[str, str]) -> str:
    """Return a file with every setting; those that are not ``stored`` are comments."""
    lines = ["# Settings of a restrike_lab. `restrike-lab settings import FILE` reads it."]
    category = ""
    for each in sorted(declared, key=lambda each: each.key):
        if each.category != category:
            category = each.category
            lines += ["", *_comment(categories.get(category, "")), f"[{category}]"]
        lines += _comment(f"{each.help} {each.wanted[:1].upper()}{each.wanted[1:]}.")
        held = each.key in stored
        value = stored[each.key] if held else each.default
        lines.append(f"{'' if held else '# '}{each.name} = {_value(value)}")
    return "\n".join(lines) + "\n"


def load_settings(text: str, of: Callable[[str], Declared], source: str = "") -> dict[str, Any]:
    """Return the values of a file by key, each as it is kept.

    ``of`` finds a declaration or raises ``SettingError``. Raises ``SettingError`` that tells line and column.
    """
    try:
        content = tomllib.loads(text)
        places = toml_places(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, source) from None
    except RecursionError:
        raise _wrong((1, 1), "the values are nested too deeply", "", source) from None
    values: dict[str, Any] = {}
    for category, table in content.items():
        if not isinstance(table, dict):
            place = places.get((category, "="), (1, 1))
            raise _wrong(place, f"{category!r} stands outside of every table", "Write it below its [category].", source)
        for name, value in table.items():
            path = (category, name)
            place = places.get((*path, "="), places.get(path, (1, 1)))
            try:
                each = of(f"{category}.{name}")
                place = places.get(path, place)
                spelled = isinstance(value, str) and each.kind not in ("text", "choice")
                values[each.key] = each.checked(each.parse(value) if spelled else value)
            except SettingError as problem:
                raise _wrong(place, problem.message, problem.hint, source) from None
    return values


def _wrong(place: Place, message: str, hint: str, source: str) -> SettingError:
    line, column = place
    where = f"{source}, line" if source else "line"
    return SettingError(f"{where} {line}, column {column}: {message}", hint=hint, line=line, column=column)


def _not_toml(problem: str, text: str, source: str) -> SettingError:
    found = _PLACE.search(problem)
    lines = text.split("\n")
    place = (int(found[1]), int(found[2])) if found else (len(lines), len(lines[-1]) + 1)
    message = _PLACE.sub("", problem).removesuffix(" (at end of document)")
    return _wrong(place, f"this is not TOML: {message}", "Text stands in quotation marks.", source)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, 116, break_on_hyphens=False)]


def _value(value: Any) -> str:
    match value:
        case None:
            return '"none"'
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case dict():
            pairs = (f"{key if _BARE.fullmatch(key) else _quoted(key)} = {_value(each)}" for key, each in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case list():
            return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
