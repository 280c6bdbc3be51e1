"""A definition proposed for an unknown stream from its messages, which it is checked to parse, every one of them.

The proposal is a beginning that a person mends: fields are placed and typed, key words such as ``st1`` are recognised,
ranges are widened beyond what was seen, what is missing in some messages is optional. What the fields mean it cannot
know, so they are numbered.
"""

from __future__ import annotations

import itertools
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from restrike_lab.pss.checks import clean_text
from restrike_lab.pss.definitions import CODE_WORD, TAKEN_FIELDS, TAKEN_NAMES, Definition
from restrike_lab.pss.errors import DefinitionError
from restrike_lab.pss.layout import WireField
from restrike_lab.pss.parser import parse
from restrike_lab.pss.profile import tokens_of
from restrike_lab.pss.protocol import Table
from restrike_lab.pss.shape import class_of
from restrike_lab.pss.wire import CODE, COLOUR, COUNTRY, DECIMAL, INTEGER, TEXT, TIME, Kind, Wire

__all__ = ["propose", "understands"]

_NUMBERED = re.compile(r"([a-z]{1,8})[0-9]{1,2}")
_SHORT_WORD = re.compile(r"[a-z]{2,4}")
_ATHLETE_CODE = re.compile(r"(.*[^0-9])([012])")

_FEW_WORDS = 8
"""So many different words are taken for all there are, if each was seen five times on average."""

_OFTEN = 5


@dataclass(slots=True)
class _Section:
    """The fields behind one key word: for each place, how often each text was seen there."""

    key: str | None
    columns: list[Counter[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What a proposal is made of: how often each message was seen, its codes, its key words, whether to type fields."""

    texts: Counter[str]
    codes: Mapping[str, int | None]
    keys: frozenset[str]
    typed: bool

    @property
    def code_is_key(self) -> bool:
        """Tell whether the code words announce a section like the key words do, as in ``wg1;0;wg2;0``."""
        stems = {_stem(code) for code in self.codes}
        return (
            bool(self.keys)
            and all(_NUMBERED.fullmatch(code) for code in self.codes)
            and {_stem(key) for key in self.keys} == stems
        )


def propose(
    messages: Iterable[str], table: Table | None = None, *, event_type: str = "", description: str = ""
) -> Definition:
    """Return a definition that parses every one of these messages, texts of one code without terminators.

    It fits ``table``, by default that of the live protocol, and counts for its version. Codes that differ in a last
    digit 0, 1 or 2 alone are taken for one stream whose code names the athlete. Raises ``DefinitionError`` where there
    is none: no code word, several different ones, more fields than a stream has, no readable example.
    """
    table = Table.of() if table is None else table
    texts = Counter(messages)
    codes = _codes(list(dict.fromkeys(tokens_of(text)[0].rstrip() for text in texts)))
    reason = "none of the ways tried parses all messages"
    for keys in dict.fromkeys([_key_words(texts), frozenset[str]()]):
        for typed in (True, False):
            try:
                definition = _definition(_Attempt(texts, codes, keys, typed), table, event_type, description)
                if understands(definition, texts, table):
                    return definition
            except DefinitionError as error:
                reason = error.reason
    raise DefinitionError(f"no definition can be proposed: {reason}", hint="write one by hand")


def understands(definition: Definition, messages: Iterable[str], table: Table | None = None) -> bool:
    """Tell whether every one of these messages parses as one whole message of a definition added to a table.

    A text cut in the middle of a letter is understood as well. Raises ``DefinitionError`` where it does not fit.
    """
    grammar = (Table.of() if table is None else table).with_definitions([definition])
    rules = [rule for rule in grammar.rules[definition.stream] if rule.holds is not clean_text]
    for text in messages:
        parsed = parse(text.encode("utf-8", "surrogateescape"), grammar)
        message = parsed[0]
        if len(parsed) != 1 or not isinstance(message, definition.stream) or message.extra or message.unread:
            return False
        if not all(rule.holds(message) for rule in rules):
            return False
    return True


def _definition(attempt: _Attempt, table: Table, event_type: str, description: str) -> Definition:
    texts = attempt.texts
    fields = [wire for section in _sections(attempt) for wire in _fields(section, texts.total(), attempt.typed)]
    readable = [text for text, _ in texts.most_common() if text.isprintable()]
    if not readable:
        raise DefinitionError("none of the messages is readable text", hint="Write the definition by hand.")
    codes = attempt.codes
    if attempt.code_is_key:
        codes = dict.fromkeys(sorted({*attempt.codes, *attempt.keys}))
    numbers = [each for each in fields if each.wire.key is None and each.wire.kind in (INTEGER, TIME)]
    return Definition(
        name=_stream_name(list(attempt.codes), table),
        description=description or f"Proposed from {texts.total()} messages; mend names and meanings.",
        example=max(readable[:20], key=lambda text: len(tokens_of(text))),
        codes=codes,
        fields=tuple(fields),
        event_type=event_type,
        versions=(table.version,),
        value=numbers[0].name if len(numbers) == 1 else None,
    )


def _codes(codes: Sequence[str]) -> dict[str, int | None]:
    """Return the code words with the athlete that each stands for."""
    if not codes:
        raise DefinitionError("there is no message to propose a definition from", hint="Choose a pattern that came.")
    for code in codes:
        if not CODE_WORD.fullmatch(code):
            hint = "only a stream that begins with a code word can be defined"
            raise DefinitionError(f"a message that begins with {code[:40]!r} has no code word", hint=hint)
    numbered = [found for found in map(_ATHLETE_CODE.fullmatch, codes) if found]
    if len(numbered) == len(codes) and len({found[1] for found in numbered}) == 1:
        return {found[0]: int(found[2]) for found in sorted(numbered, key=lambda found: found[2])}
    if len(codes) > 1:
        hint = "propose a definition for each"
        raise DefinitionError(f"the messages have several code words: {', '.join(codes[:5])}", hint=hint)
    return {codes[0]: None}


def _key_words(texts: Counter[str]) -> frozenset[str]:
    """Return the words that announce fields: in each message at most once, and always with something behind them."""
    seen: Counter[str] = Counter()
    refused: set[str] = set()
    for text, times in texts.items():
        code, *tokens = tokens_of(text)
        refused |= {code.rstrip(), *tokens[-1:]}
        for word, count in Counter(tokens).items():
            seen[word] += times
            if count > 1:
                refused.add(word)
    usual = {word for word, times in seen.items() if 2 * times >= texts.total()} - refused
    numbered = {word for word in usual if _NUMBERED.fullmatch(word)}
    stems = Counter(map(_stem, {*numbered, *(tokens_of(text)[0].rstrip() for text in texts)}))
    numbered = {word for word in numbered if stems[_stem(word)] > 1 or seen[word] >= _OFTEN}
    if not numbered:
        return frozenset()
    return frozenset(numbered | {word for word in usual if _SHORT_WORD.fullmatch(word) and seen[word] == texts.total()})


def _sections(attempt: _Attempt) -> Iterable[_Section]:
    sections: dict[str | None, _Section] = {}
    for text, times in attempt.texts.items():
        code, *tokens = tokens_of(text)
        key = code.rstrip() if attempt.code_is_key else None
        section, place = sections.setdefault(key, _Section(key)), 0
        for token in tokens:
            if token in attempt.keys:
                section, place = sections.setdefault(token, _Section(token)), 0
                continue
            if place == len(section.columns):
                section.columns.append(Counter())
            section.columns[place][token] += times
            place += 1
    return sections.values()


def _fields(section: _Section, messages: int, typed: bool) -> Iterable[WireField]:
    for place, texts in enumerate(section.columns, 1):
        kind = _kind(texts) if typed else TEXT
        low, high = _range(kind, texts)
        lacking = messages - texts.total()
        yield WireField(
            _field_name(section, place, kind),
            Wire(
                kind=kind,
                description=_seen(texts, messages, lacking),
                optional=bool(lacking or texts[""]),
                key=section.key,
                low=low,
                high=high,
                choices=_choices(kind, texts),
                unit="ms" if kind is TIME else "",
            ),
        )


def _kind(texts: Counter[str]) -> Kind:
    classes = {class_of(text) for text in texts} - {"empty"}
    for allowed, kind in (
        ({"int"}, INTEGER),
        ({"int", "decimal"}, DECIMAL),
        ({"int", "time"}, TIME),
        ({"colour"}, COLOUR),
        ({"country"}, COUNTRY),
        ({"country", "word"}, CODE),
    ):
        if classes and classes <= allowed and all(_reads(kind, text) for text in texts if text):
            return kind
    return TEXT


def _reads(kind: Kind, text: str) -> bool:
    try:
        kind.read(text)
    except ValueError:
        return False
    return True


def _range(kind: Kind, texts: Counter[str]) -> tuple[int | None, int | None]:
    """Return limits beyond what was seen: nought or below, and 9, 99, 999 .. at least twice the highest."""
    if kind not in (INTEGER, DECIMAL):
        return None, None
    values = [kind.read(text) for text in texts if text]
    low = 0 if min(values) >= 0 else -_beyond(-min(values))
    return low, _beyond(max(*values, 0))


def _beyond(value: float) -> int:
    bound = 9
    while bound < 2 * value and bound < 999_999_999:
        bound = bound * 10 + 9
    return bound


def _choices(kind: Kind, texts: Counter[str]) -> tuple[str, ...]:
    words = sorted(text for text in texts if text)
    few = kind is CODE and len(words) <= _FEW_WORDS and texts.total() >= _OFTEN * len(words)
    return tuple(words) if few else ()


def _seen(texts: Counter[str], messages: int, lacking: int) -> str:
    shown = ", ".join(text or "(empty)" for text, _ in texts.most_common(5) if not text or text.isprintable())
    more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
    missing = f"; missing in {lacking} of {messages}" if lacking else ""
    return f"seen: {shown}{more}{missing}"


def _field_name(section: _Section, place: int, kind: Kind) -> str:
    if len(section.columns) > 1 or (kind not in (INTEGER, TIME, CODE) and not section.key):
        return f"{_as_name(section.key) if section.key else 'field'}_{place}"
    if not section.key:
        return {INTEGER: "value", TIME: "time_ms", CODE: "word"}[kind]
    name = _as_name(section.key)
    return f"{name}_1" if name in TAKEN_FIELDS or name == "athlete" or keyword.iskeyword(name) else name


def _stream_name(codes: Sequence[str], table: Table) -> str:
    name = _as_name(codes[0] if len(codes) == 1 else codes[0][:-1])
    names = itertools.chain([name], (f"{name[:28]}_{number}" for number in itertools.count(2)))
    return next(each for each in names if each not in TAKEN_NAMES and table.stream(each) is None)


def _as_name(word: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
    return (name if name[:1].isalpha() else f"x{name}")[:28]


def _stem(word: str) -> str:
    return word.rstrip("0123456789")
