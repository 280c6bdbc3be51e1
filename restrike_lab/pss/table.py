"""The protocol table of the README, generated from the stream classes: ``python -m restrike_lab.pss.table``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable

from restrike_lab.pss.layout import WireField, wire_fields
from restrike_lab.pss.streams import GONE, STREAMS, VERSIONS, Message

__all__ = ["protocol_table"]


def protocol_table(streams: Iterable[type[Message]] = STREAMS) -> str:
    """Return a Markdown table with one row per stream: codes, meaning, fields, versions, grade, example."""
    head = "| codes | meaning | fields | versions | known | example |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(_row(stream) for stream in streams) + "\n"


def _row(stream: type[Message]) -> str:
    codes = " ".join(f"`{code}`" for code in _shown_codes(stream))
    meaning = (inspect.getdoc(stream) or "").split("\n\n")[0].replace("\n", " ")
    fields = "<br>".join(_field(field) for field in wire_fields(stream)) or "none"
    versions = ", ".join(
        f"{version} (gone)" if stream.versions[version] == GONE else version
        for version in VERSIONS
        if version in stream.versions
    )
    return f"| {codes} | {meaning} | {fields} | {versions} | {stream.grade} | `{stream.example}` |"


def _shown_codes(stream: type[Message]) -> list[str]:
    codes = list(stream.codes) or ["Udp Port"]
    return codes if len(codes) <= 4 else [codes[0], codes[1], "..", codes[-1]]


def _field(field: WireField) -> str:
    wire = field.wire
    limits = ""
    if wire.high is not None:
        limits = f" {'' if wire.low is None else wire.low}..{wire.high}"
        if wire.strict is not None:
            limits += f" (2.3: ..{wire.strict})"
    choices = f" {'/'.join(wire.choices)}" if wire.choices else ""
    optional = "?" if wire.optional else ""
    return f"`{field.name}`{optional} {wire.kind.name}{limits}{choices}"


if __name__ == "__main__":
    sys.stdout.write(protocol_table())
