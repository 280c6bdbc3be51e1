"""What a lab knows of recognition: unknown patterns here, rules, definitions and statuses beside it.

Reading goes to the record, deciding through the hub's commands, each decision with a reason that is kept. Nothing here
judges by itself: ``pss`` refuses wrong rules and definitions, ``analysis.unknown`` finds out what an unknown stream is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from restrike_lab.client.deciding import Collection, RecognitionLab, signed_by
from restrike_lab.client.definitions import Definitions
from restrike_lab.client.errors import CommandError, QueryError
from restrike_lab.client.explanation import Explanation
from restrike_lab.client.rules import Rules
from restrike_lab.pss import Table
from restrike_lab.pss.shape import read_shape
from restrike_lab.pss.similarity import Group, near_patterns
from restrike_lab.pss.streams import LIVE, VERSIONS
from restrike_lab.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

    from restrike_lab.analysis.unknown import Study

__all__ = ["Definitions", "RecognitionLab", "Rules", "UnknownPatterns", "signed_by"]

LEAST_PREFIX = 4

_PATTERNS = "SELECT * FROM pss_unknown_events WHERE occurrence_count > 0 ORDER BY occurrence_count DESC, shape"
_FRAME = """
SELECT pattern_hash, shape, occurrence_count, make_timestamptz(first_seen // 1000) AS first_seen,
    make_timestamptz(last_seen // 1000) AS last_seen, courts, sessions, samples, suggested_event_type,
    suggestion_score, notes, whole <> 0 AS whole
FROM unknown WHERE occurrence_count > 0 ORDER BY occurrence_count DESC, shape
"""
_VERSION = """
SELECT protocol_version FROM pss_events WHERE recognition_status = 'unknown' ORDER BY seq DESC LIMIT 1
"""


class UnknownPatterns(Collection):
    """``lab.unknown``: the patterns of what was not understood.

    ``lab.unknown()`` is the list; a single pattern is named by its hash, the first digits of it, its shape, or the code
    word that its messages begin with.
    """

    def __call__(self) -> pd.DataFrame:
        """Return one row per pattern, the most frequent first."""
        return self._lab.sql(_FRAME)

    def rows(self) -> list[dict[str, Any]]:
        """Return the patterns as plain values: as the table, with ``samples``, ``courts`` and ``sessions`` read."""
        with contextlib.closing(Reader.open(self._lab.data_dir)) as reader:
            table = reader.query(_PATTERNS)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for row in rows:
            row |= {name: json.loads(row[name]) for name in ("samples", "courts", "sessions")}
            row |= {"whole": bool(row["whole"]), "code": read_shape(row["shape"]).code}
        return rows

    def explain(self, which: str) -> Explanation:
        """Return everything that can be found out about a pattern and the stream that it is of.

        The suggested type is kept with the pattern. Raises :class:`QueryError` where there is no such pattern.
        """
        rows = self.rows()
        row = _named(rows, which)
        group = next(
            (each for each in near_patterns(each["shape"] for each in rows) if row["shape"] in each.shapes), None
        )
        study = None if row["code"] is None else self._study(row["code"], _family(row["code"], group))
        explained = Explanation(row, study, group)
        self._keep_suggestion(explained)
        return explained

    def propose(self, which: str) -> str:
        """Return a proposed definition of the stream that a pattern is of, as TOML to be mended and put.

        Raises :class:`QueryError` with the reason where there can be none.
        """
        explained = self.explain(which)
        if not explained.toml:
            raise QueryError(
                f"no definition can be proposed for {explained.pattern['shape']}: {explained.problem}",
                hint="Write one by hand and put it with `lab.definitions.put`.",
            )
        return explained.toml

    def note(self, which: str, notes: str) -> None:
        """Keep a note with a pattern; it replaces the one before. Raises :class:`CommandError`."""
        self._lab.command("pattern.note", pattern_hash=_named(self.rows(), which)["pattern_hash"], notes=notes)

    def _study(self, code: str, family: set[str]) -> Study:
        """Return the study of a code together with those of its family, of it alone where they are no one stream."""
        from restrike_lab.analysis.unknown import read_heard, study

        prefix = code[:-1] if family else code
        with contextlib.closing(Reader.open(self._lab.data_dir)) as reader:
            heard = read_heard(reader, prefix)
        table = self._table()
        found = study(heard, {code, *family}, table)
        return found if found.definition is not None or not family else study(heard, {code}, table)

    def _table(self) -> Table:
        """Return the table that did not know the messages, with what people have defined since."""
        found = self._read(_VERSION)
        version = found[0][0] if found and found[0][0] in VERSIONS else LIVE
        return Table.of(version).with_definitions(Definitions(self._lab).loaded())

    def _keep_suggestion(self, explained: Explanation) -> None:
        found, row = explained.suggestion, explained.pattern
        if found is None or (row["suggested_event_type"], row["suggestion_score"]) == (found.event_type, found.score):
            return
        row |= {"suggested_event_type": found.event_type, "suggestion_score": found.score}
        with contextlib.suppress(CommandError):  # who may not decide may read all the same
            self._lab.command(
                "pattern.note",
                pattern_hash=row["pattern_hash"],
                suggested_event_type=found.event_type,
                suggestion_score=found.score,
            )


def _family(code: str, group: Group | None) -> set[str]:
    """Return the codes that differ from a code only in a last digit 0, 1 or 2, as those that name an athlete do."""
    others = {read_shape(shape).code for shape in group.shapes} if group else set()
    numbered = {each for each in others if each and each[-1] in "012" and each[:-1] == code[:-1] and each != code}
    return numbered if code[-1] in "012" else set()


def _named(rows: Sequence[dict[str, Any]], which: str) -> dict[str, Any]:
    """Return the pattern that is meant, the most frequent one where several have the code word."""
    for name in ("pattern_hash", "shape", "code"):
        if found := next((row for row in rows if row[name] == which), None):
            return found
    begun = [row for row in rows if row["pattern_hash"].startswith(which)] if len(which) >= LEAST_PREFIX else []
    if len(begun) == 1:
        return begun[0]
    raise QueryError(
        f"there is no unknown pattern {which!r}",
        hint="`lab.unknown()` lists them; name one by its hash, its shape or its code word.",
    )
