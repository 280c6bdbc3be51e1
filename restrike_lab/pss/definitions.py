"""A user's own streams: what a definition says, and the message class that it becomes.

A definition is data. It is checked when it is made, and becomes a class of the same make as those in ``streams``, so
that parser, encoder, rules, protocol table and SQL views treat both alike. ``definition_file`` reads and writes them
as TOML; ``protocol.Table.with_definitions`` asks whether they fit what a protocol version already has.

Matching stays linear in the length of a message whatever is defined: fields are placed in one walk from left to
right, every kind reads its text in one pass, and forms are of the linear subset of ``formats``.
"""

from __future__ import annotations

import dataclasses
import functools
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from restrike_lab.pss.errors import DefinitionError, RuleError
from restrike_lab.pss.formats import read_form
from restrike_lab.pss.layout import Grammar, WireField, layout_of
from restrike_lab.pss.parser import parse
from restrike_lab.pss.rules import derive, failures
from restrike_lab.pss.streams import VERSIONS, Message
from restrike_lab.pss.wire import KINDS, Wire

__all__ = [
    "CODE_WORD",
    "MAX_CODES",
    "MAX_FIELDS",
    "TAKEN_FIELDS",
    "TAKEN_NAMES",
    "Definition",
    "Path",
    "Place",
]

CODE_WORD = re.compile(r"[0-9]{0,3}[A-Za-z][A-Za-z0-9_.-]{0,31}")
"""What a code word or key word may be: at most three digits, a letter, then letters, digits, ``_``, ``.``, ``-``."""

MAX_FIELDS = 256
MAX_CODES = 32
MAX_WORDS = 2000

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
TAKEN_NAMES = frozenset(
    (
        *("events", "matches", "rounds", "athletes", "hits", "points", "links", "unknown", "findings", "gaps"),
        *("sessions", "epochs", "settings"),
    )
)
TAKEN_FIELDS = frozenset(name for name in dir(Message) if not name.startswith("_"))
_NUMBERS = ("integer", "decimal", "time")


@dataclass(frozen=True)
class Definition:
    """Define one stream: its code words with the athlete each stands for, its fields in wire order, an example.

    ``codes`` maps a code to 0 referee, 1 blue, 2 red, or to ``None`` where it names nobody. ``value`` names the whole
    number or time that is stored as the event's value. ``source`` and ``places`` tell where the definition was read.

    Raises ``DefinitionError`` with the reason when made of what does not hold together.
    """

    name: str
    description: str
    example: str
    codes: Mapping[str, int | None]
    fields: tuple[WireField, ...] = ()
    event_type: str = ""
    versions: tuple[str, ...] = VERSIONS
    value: str | None = None
    source: str = dataclasses.field(default="", compare=False)
    places: Mapping[Path, Place] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "event_type", self.event_type or self.name)
        self._check_names()
        self._check_codes()
        if len(self.fields) > MAX_FIELDS:
            self.refuse(("field", MAX_FIELDS), f"a stream has at most {MAX_FIELDS} fields")
        for number, field in enumerate(self.fields):
            self._check_field(number, field)
        self._check_sections()
        self._check_value()
        self._check_example()

    @functools.cached_property
    def stream(self) -> type[Message]:
        """Return the message class of this definition."""
        presets = {code: {} if athlete is None else {"athlete": athlete} for code, athlete in self.codes.items()}
        namespace = {
            "__doc__": self.description,
            "__module__": __name__,
            "stream": self.name,
            "event_type": self.event_type,
            "codes": presets,
            "versions": dict.fromkeys(self.versions, "listed"),
            "grade": "own",
            "example": self.example,
            "value_field": self.value,
        }
        fields: list[Any] = [("athlete", int)] if any(presets.values()) else []
        fields += [
            (field.name, Any, dataclasses.field(default=None, metadata={"wire": field.wire})) for field in self.fields
        ]
        title = "".join(part.capitalize() for part in self.name.split("_"))
        return dataclasses.make_dataclass(
            title, fields, bases=(Message,), namespace=namespace, frozen=True, kw_only=True, slots=True
        )

    def refuse(self, path: Path, reason: str, hint: str = "") -> NoReturn:
        """Raise ``DefinitionError`` for what stands at a path of this definition, or nearest above it."""
        line, column = 0, 0
        for end in range(len(path), -1, -1):
            if found := self.places.get(path[:end]):
                line, column = found
                break
        reason = f"stream {self.name!r}: {reason}"
        raise DefinitionError(reason, source=self.source, line=line, column=column, hint=hint)

    def _check_names(self) -> None:
        if not _NAME.fullmatch(self.name):
            hint = "a name is 1 to 32 lower-case letters, digits or '_', with a letter first"
            self.refuse((), "the name of a stream becomes the name of its SQL view, and this one cannot", hint)
        if self.name in TAKEN_NAMES:
            self.refuse((), f"the lab has a view {self.name!r} of its own", "choose another name")
        if not _NAME.fullmatch(self.event_type):
            hint = "1 to 32 lower-case letters, digits or '_', with a letter first"
            self.refuse(("event_type",), f"{self.event_type!r} is no name for a type of events", hint)
        if not self.description.strip():
            self.refuse(("description",), "the description is empty", "say in one sentence what the stream means")
        for number, version in enumerate(self.versions):
            if version not in VERSIONS:
                hint = f"versions: {', '.join(VERSIONS)}"
                self.refuse(("versions", number), f"there is no protocol version {version!r}", hint)
        if not self.versions:
            self.refuse(("versions",), "no protocol version is named", "leave versions out for all of them")

    def _check_codes(self) -> None:
        if not 0 < len(self.codes) <= MAX_CODES:
            self.refuse(("codes",), f"a stream has 1 to {MAX_CODES} code words")
        for code, athlete in self.codes.items():
            if not CODE_WORD.fullmatch(code):
                hint = "up to three digits, a letter, then up to 31 letters, digits, '_', '.' or '-'"
                self.refuse(("codes", code), f"{code!r} is no code word", hint)
            if athlete not in (None, 0, 1, 2):
                self.refuse(("codes", code), f"{athlete!r} is no athlete", "0 is the referee, 1 blue, 2 red")
        if len({athlete is None for athlete in self.codes.values()}) > 1:
            self.refuse(("codes",), "either every code word stands for an athlete or none does")

    def _check_field(self, number: int, field: WireField) -> None:
        path: Path = ("field", number)
        name, wire = field.name, field.wire
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            hint = "1 to 32 lower-case letters, digits or '_', with a letter first, and no word of Python"
            self.refuse((*path, "name"), f"{name!r} is no name for a field", hint)
        if name in TAKEN_FIELDS:
            self.refuse((*path, "name"), f"every message has a {name!r} of its own", "choose another name")
        if name in [other.name for other in self.fields[:number]]:
            self.refuse((*path, "name"), f"two fields are called {name!r}")
        names_athlete = any(athlete is not None for athlete in self.codes.values())
        if name == "athlete" and (wire.kind is not KINDS["integer"] or names_athlete):
            self.refuse((*path, "name"), "athlete is a whole number, 0 to 2, and comes once: from a field or the code")
        if wire.key is not None and not CODE_WORD.fullmatch(wire.key):
            hint = "up to three digits, a letter, then up to 31 letters, digits, '_', '.' or '-'"
            self.refuse((*path, "key"), f"{wire.key!r} is no key word", hint)
        self._check_limits(path, wire)

    def _check_limits(self, path: Path, wire: Wire) -> None:
        numeric = wire.kind.name in _NUMBERS
        for limit in ("low", "high"):
            if getattr(wire, limit) is not None and not numeric:
                hint = "a text has a format, or choices"
                self.refuse((*path, limit), f"a {wire.kind.name} has no range", hint)
        if wire.low is not None and wire.high is not None and not wire.low <= wire.high:
            self.refuse((*path, "high"), f"no value can be {wire.low} or more and {wire.high} or less")
        if wire.choices and numeric:
            self.refuse(
                (*path, "choices"), f"choices are words, and a {wire.kind.name} is none", "give it low and high"
            )
        if len(wire.choices) > MAX_WORDS:
            self.refuse((*path, "choices"), f"there are more than {MAX_WORDS} choices")
        if wire.format and numeric:
            self.refuse((*path, "format"), f"a {wire.kind.name} has no format", "give it low and high")
        if wire.format:
            try:
                read_form(wire.format)
            except RuleError as error:
                self.refuse((*path, "format"), error.message, error.hint)

    def _check_sections(self) -> None:
        keys = [field.wire.key for field in self.fields]
        for number, key in enumerate(keys):
            if number and key != keys[number - 1] and key in keys[:number]:
                what = "the fields before the first key word" if key is None else f"the fields behind {key!r}"
                self.refuse(("field", number), f"{what} do not stand together", "put them next to each other")
        if set(keys) & set(self.codes):
            if any(key not in self.codes for key in keys) or any(code not in keys for code in self.codes):
                hint = "name exactly the key words as codes, as wg1 and wg2 in wg1;0;wg2;0"
                self.refuse(("codes",), "where a code word is a key word too, all of them are", hint)
            if any(athlete is not None for athlete in self.codes.values()):
                self.refuse(("codes",), "a code word that is a key word too names no athlete")

    def _check_value(self) -> None:
        if self.value is None:
            return
        kinds = {field.name: field.wire.kind.name for field in self.fields}
        if kinds.get(self.value) not in ("integer", "time"):
            self.refuse(("value",), f"{self.value!r} is no whole number or time of this stream", "name such a field")

    def _check_example(self) -> None:
        path: Path = ("example",)
        if not self.example.strip():
            self.refuse(path, "the example is empty", "give one message as the console sends it")
        try:
            datagram = self.example.encode("utf-8")
        except UnicodeEncodeError:
            self.refuse(path, "the example is no valid text")
        messages = parse(datagram, Grammar((self.stream,)))
        if len(messages) != 1 or not isinstance(messages[0], self.stream):
            hint = f"a message begins with {' or '.join(self.codes)}"
            self.refuse(path, f"the example {self.example!r} does not parse as this stream", hint)
        message = messages[0]
        if message.extra:
            self.refuse(path, f"the example has fields that are not defined: {';'.join(message.extra)!r}")
        for rule in failures(message, tuple(derive(self.stream))):
            self.refuse(path, f"the example {self.example!r} breaks the definition: not so that {rule.text}")

    def key_words(self) -> frozenset[str]:
        """Return the words that announce a section inside a message of this stream."""
        return frozenset(key for key in layout_of(self.stream).sections if key is not None)
