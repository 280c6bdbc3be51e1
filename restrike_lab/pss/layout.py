"""The order of a stream's fields on the wire, derived once from its class, and the grammar that a set of streams makes.

A message is a code word and then *sections*: runs of fields, each but the first announced by a key word (``wg2`` in
``wg1;0;wg2;0``). Where a stream's code is itself such a key (``wg1``, ``sc1``, ``s11``) there is no leading section.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from restrike_lab.pss.streams import STREAMS, Message, PortNotice, Unknown
from restrike_lab.pss.wire import Wire

__all__ = ["PROTOCOL", "Grammar", "Layout", "WireField", "layout_of", "wire_fields"]


@dataclass(frozen=True, slots=True)
class WireField:
    """Name a field of a stream class together with what the class says of it."""

    name: str
    wire: Wire


@dataclass(frozen=True, slots=True)
class Layout:
    """Give the sections of a stream, in wire order; the key ``None`` is the run right behind the code."""

    sections: Mapping[str | None, tuple[WireField, ...]]
    code_is_key: bool

    def __iter__(self) -> Iterator[WireField]:
        for fields in self.sections.values():
            yield from fields


def wire_fields(stream: type[Message]) -> tuple[WireField, ...]:
    """Return the fields of a stream that stand on the wire, in order."""
    return _FIELDS[stream] if stream in _FIELDS else _fields(stream)


def layout_of(stream: type[Message]) -> Layout:
    """Return the layout of a stream; those of the protocol are derived once, a user's own on demand."""
    return _LAYOUTS[stream] if stream in _LAYOUTS else _layout(stream)


class Grammar:
    """What the parser has to know: the code words of a set of streams and the layout of each. Never changed.

    ``codes`` gives for every code word the class it opens and the attributes that the code itself sets; ``notices``
    tells whether the console's free text about its port is a stream of its own.
    """

    def __init__(self, streams: Iterable[type[Message]]) -> None:
        self.streams = tuple(streams)
        self.codes: Mapping[str, tuple[type[Message], Mapping[str, Any]]] = {
            code: (stream, preset) for stream in self.streams for code, preset in stream.codes.items()
        }
        self.layouts: Mapping[type[Message], Layout] = {stream: layout_of(stream) for stream in self.streams}
        self.notices = PortNotice in self.streams


def _fields(stream: type[Message]) -> tuple[WireField, ...]:
    fields = dataclasses.fields(stream)
    return tuple(WireField(field.name, field.metadata["wire"]) for field in fields if "wire" in field.metadata)


def _layout(stream: type[Message]) -> Layout:
    sections: dict[str | None, tuple[WireField, ...]] = {}
    for field in _fields(stream):
        sections[field.wire.key] = (*sections.get(field.wire.key, ()), field)
    code_is_key = any(code in sections for code in stream.codes)
    if not code_is_key:
        sections = {None: sections.pop(None, ()), **sections}
    return Layout(sections, code_is_key)


_FIELDS = {stream: _fields(stream) for stream in (*STREAMS, Unknown)}
_LAYOUTS = {stream: _layout(stream) for stream in (*STREAMS, Unknown)}

PROTOCOL = Grammar(STREAMS)
"""The grammar of all streams of the protocol, whatever the version."""
