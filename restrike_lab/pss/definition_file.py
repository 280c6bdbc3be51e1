"""A user's own streams as TOML: read with line-exact errors, written so that reading gives the same again.

    [stream.spd]
    description = "Speed of a kick, as the new sensors report it."
    example = "spd1;12.5;head"
    codes = { spd1 = 1, spd2 = 2 }      # or ["spd"] where a code names no athlete; left out: the stream's name
    event_type = "kick_speed"           # left out: the stream's name
    versions = ["2.3-live"]             # left out: all protocol versions

    [[stream.spd.field]]
    name = "speed"
    kind = "decimal"                    # integer decimal time text word country colour result
    low = 0
    high = 40
    unit = "m/s"
    description = "speed at contact"

    [[stream.spd.field]]
    name = "target"
    kind = "word"
    choices = ["body", "head"]
    optional = true

Further settings of a field: ``key``, the word that announces it in the message (``st1`` in ``rst;1;st1;2``), and
``format``, the form of a text (see ``formats``). ``value`` of a stream names the number that is stored as the value of
the event. The limits of a time are in ms.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from restrike_lab.pss.definitions import MAX_WORDS, Definition, Path, Place
from restrike_lab.pss.errors import DefinitionError
from restrike_lab.pss.layout import WireField
from restrike_lab.pss.protocol import MAX_DEFINITIONS, Table
from restrike_lab.pss.streams import VERSIONS
from restrike_lab.pss.toml_places import toml_places
from restrike_lab.pss.wire import KINDS, Wire

__all__ = ["MAX_FILE", "dump_definitions", "load_definitions"]

MAX_FILE = 1 << 20
"""Characters that a file of definitions may have."""

_STREAM = ("description", "example", "codes", "event_type", "versions", "value", "field")
_FIELD = ("name", "kind", "description", "key", "low", "high", "choices", "format", "unit", "optional")
_TYPES: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
_PLACE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


def load_definitions(
    text: str, source: str = "definitions", tables: Sequence[Table] | None = None
) -> tuple[Definition, ...]:
    """Return the definitions of a TOML text.

    ``tables`` are those they have to fit, by default the protocol's own of every version. Raises ``DefinitionError``
    with source, line and column of what is wrong, and the way out.
    """
    if len(text) > MAX_FILE:
        raise DefinitionError(
            f"the text has more than {MAX_FILE} characters", source=source, hint="Put the streams in one by one."
        )
    text = text.replace("\r\n", "\n")
    try:
        content = tomllib.loads(text)
        places = toml_places(text)
    except tomllib.TOMLDecodeError as error:
        _refuse_toml(str(error), text, source)
    except RecursionError:
        raise DefinitionError(
            "the values are nested too deeply", source=source, line=1, column=1, hint="A stream needs three levels."
        ) from None
    reader = _Reader(source, places)
    definitions = reader.streams(content)
    for table in [Table.of(version) for version in VERSIONS] if tables is None else tables:
        table.with_definitions(definitions)
    return definitions


def dump_definitions(definitions: Iterable[Definition]) -> str:
    """Return definitions as a TOML text that ``load_definitions`` reads as equal ones."""
    return "\n".join("\n".join(_lines(definition)) + "\n" for definition in definitions)


def _refuse_toml(problem: str, text: str, source: str) -> NoReturn:
    found = _PLACE.search(problem)
    lines = text.split("\n")
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
    reason = problem[: found.start()] if found else problem
    raise DefinitionError(
        f"this is no valid TOML: {reason[:1].lower()}{reason[1:]}",
        source=source,
        line=line,
        column=column,
        hint="texts stand in quotes, a stream begins with [stream.NAME], a field with [[stream.NAME.field]]",
    )


class _Reader:
    """Turn the content of a TOML text into definitions, naming the place of whatever is wrong."""

    def __init__(self, source: str, places: Mapping[Path, Place]) -> None:
        self.source = source
        self.places = places

    def streams(self, content: Mapping[str, Any]) -> tuple[Definition, ...]:
        self.known((), content, ("stream",))
        streams = self.value((), content, "stream", dict, {})
        if len(streams) > MAX_DEFINITIONS:
            self.refuse(("stream",), f"a file defines at most {MAX_DEFINITIONS} streams")
        for name, stream in streams.items():
            if not isinstance(stream, dict):
                self.refuse(("stream", name), f"{name!r} is no table", "a stream begins with [stream.NAME]")
        return tuple(self.stream(("stream", name), name, stream) for name, stream in streams.items())

    def stream(self, path: Path, name: str, content: Mapping[str, Any]) -> Definition:
        self.known(path, content, _STREAM)
        fields = self.value(path, content, "field", list, [])
        depth = len(path)
        places = {place[depth:]: where for place, where in self.places.items() if place[:depth] == path}
        codes = self.codes(path, content, name)
        for number, code in enumerate(codes):
            if ("codes", number) in places:
                places["codes", code] = places["codes", number]
        return Definition(
            name=name,
            description=self.value(path, content, "description", str),
            example=self.value(path, content, "example", str),
            codes=codes,
            fields=tuple(self.field((*path, "field", number), field) for number, field in enumerate(fields)),
            event_type=self.value(path, content, "event_type", str, ""),
            versions=self.texts(path, content, "versions") if "versions" in content else VERSIONS,
            value=self.value(path, content, "value", str) if "value" in content else None,
            source=self.source,
            places=places,
        )

    def codes(self, path: Path, content: Mapping[str, Any], name: str) -> dict[str, int | None]:
        codes = content.get("codes", [name])
        if isinstance(codes, dict):
            for code, athlete in codes.items():
                if not isinstance(athlete, int) or isinstance(athlete, bool):
                    self.refuse((*path, "codes", code), f"{athlete!r} is no athlete", "0 referee, 1 blue, 2 red")
            return dict(codes)
        listed = self.texts(path, {"codes": codes}, "codes")
        for number, code in enumerate(listed):
            if code in listed[:number]:
                self.refuse((*path, "codes", number), f"the code word {code!r} is named twice")
        return dict.fromkeys(listed)

    def field(self, path: Path, content: Any) -> WireField:
        if not isinstance(content, dict):
            self.refuse(path, "a field is a table", "a field begins with [[stream.NAME.field]]")
        self.known(path, content, _FIELD)
        kind = self.value(path, content, "kind", str)
        if kind not in KINDS:
            self.refuse((*path, "kind"), f"there is no kind {kind!r}", f"kinds: {', '.join(KINDS)}")
        wire = Wire(
            kind=KINDS[kind],
            description=self.value(path, content, "description", str, ""),
            optional=self.value(path, content, "optional", bool, False),
            key=self.value(path, content, "key", str) if "key" in content else None,
            low=self.limit(path, content, "low"),
            high=self.limit(path, content, "high"),
            choices=self.texts(path, content, "choices") if "choices" in content else (),
            unit=self.value(path, content, "unit", str, ""),
            format=self.value(path, content, "format", str, ""),
        )
        return WireField(self.value(path, content, "name", str), wire)

    def limit(self, path: Path, content: Mapping[str, Any], key: str) -> float | None:
        value = content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
            self.refuse((*path, key), f"{key} has to be a number, not {value!r}", "the limits of a time are in ms")
        return value

    def texts(self, path: Path, content: Mapping[str, Any], key: str) -> tuple[str, ...]:
        values: list[Any] = self.value(path, content, key, list)
        if len(values) > MAX_WORDS:
            self.refuse((*path, key), f"{key} has more than {MAX_WORDS} entries")
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.refuse((*path, key, number), f"{key} has to be a list of texts, and {value!r} is none")
        return tuple(values)

    def value(self, path: Path, content: Mapping[str, Any], key: str, wanted: type, *default: Any) -> Any:
        if key not in content:
            if default:
                return default[0]
            self.refuse(path, f"{key} is missing", f'add a line {key} = "..."')
        value = content[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            self.refuse((*path, key), f"{key} has to be {_TYPES[wanted]}, not {_TYPES.get(type(value), 'a date')}")
        return value

    def known(self, path: Path, content: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in content:
            if key not in keys:
                self.refuse((*path, key, "="), f"{key!r} means nothing here", f"known: {', '.join(keys)}")

    def refuse(self, path: Path, reason: str, hint: str = "") -> NoReturn:
        for end in range(len(path), -1, -1):
            if found := self.places.get(path[:end]):
                raise DefinitionError(reason, source=self.source, line=found[0], column=found[1], hint=hint)
        raise DefinitionError(reason, source=self.source, hint=hint)


def _lines(definition: Definition) -> Iterable[str]:
    yield f"[stream.{definition.name}]"
    yield f"description = {_text(definition.description)}"
    yield f"example = {_text(definition.example)}"
    if any(athlete is not None for athlete in definition.codes.values()):
        yield f"codes = {{ {', '.join(f'{_text(code)} = {who}' for code, who in definition.codes.items())} }}"
    elif tuple(definition.codes) != (definition.name,):
        yield f"codes = {_list(definition.codes)}"
    if definition.event_type != definition.name:
        yield f"event_type = {_text(definition.event_type)}"
    if definition.versions != VERSIONS:
        yield f"versions = {_list(definition.versions)}"
    if definition.value is not None:
        yield f"value = {_text(definition.value)}"
    for field in definition.fields:
        yield ""
        yield f"[[stream.{definition.name}.field]]"
        yield from _field_lines(field)


def _field_lines(field: WireField) -> Iterable[str]:
    wire = field.wire
    yield f"name = {_text(field.name)}"
    yield f"kind = {_text(wire.kind.name)}"
    for key in ("description", "key", "format", "unit"):
        if value := getattr(wire, key):
            yield f"{key} = {_text(value)}"
    for key in ("low", "high"):
        if (limit := getattr(wire, key)) is not None:
            yield f"{key} = {limit!r}"
    if wire.choices:
        yield f"choices = {_list(wire.choices)}"
    if wire.optional:
        yield "optional = true"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    # JSON and TOML agree on basic strings but for the one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
