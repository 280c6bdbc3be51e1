"""``lab.definitions``: the streams that people defined, as TOML; seen, checked, tried, put and shared.

``pss`` refuses a wrong text with line and column; one that is put counts from the next event on, without a restart.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client.deciding import Collection
from restrike_lab.client.preview import Preview, preview
from restrike_lab.pss import Definition, Table, dump_definitions, load_definitions
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.streams import VERSIONS
from restrike_lab.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Definitions"]


class Definitions(Collection):
    """``lab.definitions``: the streams that people defined, as TOML."""

    def __call__(self) -> pd.DataFrame:
        """Return one row per definition: ``name``, ``toml``, and ``refused`` with the reason where it fits no more."""
        import pandas as pd

        held = self._lab.command("definitions")
        reasons = {each["name"]: each["reason"] for each in held["refused"]}
        rows = [(name, toml, reasons.get(name)) for name, toml in held["definitions"].items()]
        return pd.DataFrame(rows, columns=["name", "toml", "refused"], dtype="str")

    def rows(self) -> list[dict[str, Any]]:
        """Return the definitions as plain values: ``name``, ``codes``, ``fields``, ``description``, ``toml``.

        ``refused`` is the reason where one fits no more, else None.
        """
        held = self._lab.command("definitions")
        reasons = {each["name"]: each["reason"] for each in held["refused"]}
        known = {each.name: each for each in self.loaded()}
        rows = []
        for name, toml in held["definitions"].items():
            found = known.get(name)
            codes, fields = (list(found.codes), [each.name for each in found.fields]) if found else ([], [])
            about = {"codes": codes, "fields": fields, "description": found.description if found else ""}
            rows.append({"name": name, **about, "toml": toml, "refused": reasons.get(name)})
        return rows

    def texts(self) -> dict[str, str]:
        """Return the TOML text of each definition by the name of its stream."""
        texts: Mapping[str, str] = self._lab.command("definitions")["definitions"]
        return dict(texts)

    def loaded(self) -> tuple[Definition, ...]:
        """Return the definitions; those that fit no more are left out."""
        found: list[Definition] = []
        for name, toml in self.texts().items():
            with contextlib.suppress(RestrikeError):
                tables = [Table.of(version).with_definitions(found) for version in VERSIONS]
                found += load_definitions(toml, name, tables)
        return tuple(found)

    def check(self, toml: str, source: str = "definition") -> tuple[Definition, ...]:
        """Return the definitions of a TOML text as they would be put.

        Raises :class:`DefinitionError` with the line and column of what is wrong; nothing is kept.
        """
        return self._checked(toml, source)[0]

    def preview(self, toml: str) -> Preview:
        """Return what a TOML text would make of the messages that are stored already; nothing is changed.

        Raises :class:`DefinitionError` as ``check`` does.
        """
        definitions, others = self._checked(toml, "definition")
        with contextlib.closing(Reader.open(self._lab.data_dir)) as reader:
            return preview(reader, definitions, others)

    def _checked(self, toml: str, source: str) -> tuple[tuple[Definition, ...], list[Definition]]:
        """Return the definitions of a text, and those that count beside them."""
        names = {each.name for each in load_definitions(toml, source, tables=())}
        others = [each for each in self.loaded() if each.name not in names]
        tables = [Table.of(version).with_definitions(others) for version in VERSIONS]
        return load_definitions(toml, source, tables), others

    def put(self, toml: str | Path, why: str) -> list[str]:
        """Add or change streams, from a TOML text or a file, and return their names; they count from the next event on.

        Raises :class:`DefinitionError` with line and column, or :class:`CommandError`.
        """
        source = "definition"
        if isinstance(toml, Path):
            source, toml = toml.name, toml.read_text("utf-8")
        self.check(toml, source)
        return list(self._decide("definition.put", why, toml=toml)["names"])

    def drop(self, name: str, why: str) -> None:
        """Let a definition count no more; its revisions stay. Raises :class:`CommandError`."""
        self._decide("definition.drop", why, name=name)

    def export(self, path: str | Path) -> Path:
        """Write all definitions into one TOML file, to be shared and put elsewhere, and return its path."""
        path = Path(path)
        path.write_text(dump_definitions(self.loaded()), "utf-8")
        return path
