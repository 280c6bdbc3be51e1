"""What a lab knows of recognition: unknown patterns, rules, definitions, statuses set by hand.

Reading goes to the record, deciding through the hub's commands, each decision with a reason that is kept. Nothing here
judges by itself: ``pss`` refuses wrong rules and definitions, ``analysis.unknown`` finds out what an unknown stream is.
"""

from __future__ import annotations

import contextlib
import getpass
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.client.errors import CommandError, QueryError
from restrike_lab.client.explanation import Explanation
from restrike_lab.client.preview import Preview, preview
from restrike_lab.pss import Definition, Table, dump_definitions, load_definitions
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.shape import read_shape
from restrike_lab.pss.similarity import Group, near_patterns
from restrike_lab.pss.streams import LIVE, VERSIONS
from restrike_lab.pss.user_rules import field_types
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
_RULE_COUNTS = "SELECT rule_id, sum(passed), sum(failed) FROM pss_event_rule_counts GROUP BY rule_id"
_COURTS = """
SELECT court, protocol_version FROM pss_sessions WHERE session_id IN (
    SELECT max(session_id) FROM pss_sessions WHERE epoch = (SELECT max(epoch) FROM pss_sessions) GROUP BY court
) ORDER BY court
"""
_REVISIONS = """
SELECT revision, active, protocol_version, kind, parameters, message, changed_ns, who, why
FROM pss_event_validation_rules WHERE rule_id = ? ORDER BY revision DESC, protocol_version
"""
_FAILURES = """
SELECT r.seq, r.rule_id, r.revision, r.message, e.court, e.stream, e.arrival_ns, e.raw
FROM pss_event_validation_results r JOIN pss_events e ON e.seq = r.seq
WHERE ? IS NULL OR r.rule_id = ? ORDER BY r.seq DESC LIMIT ?
"""


class RecognitionLab(Protocol):
    """What this module needs of a ``Lab``."""

    @property
    def data_dir(self) -> Path: ...
    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def sql(self, query: str) -> pd.DataFrame: ...


def signed_by() -> str:
    """Return the name under which decisions are kept: that of this machine's user, as far as it is known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class _Collection:
    """A part of a lab that shows itself as its DataFrame."""

    def __init__(self, lab: RecognitionLab) -> None:
        self._lab = lab

    def __call__(self) -> pd.DataFrame:
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(self())

    def _repr_html_(self) -> str:
        shown: Any = self()
        return str(shown._repr_html_())

    def _read(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with contextlib.closing(Reader.open(self._lab.data_dir)) as reader:
            return reader.query(sql, params).rows

    def _decide(self, command: str, why: str, **args: Any) -> Any:
        return self._lab.command(command, why=why, who=signed_by(), **args)


class UnknownPatterns(_Collection):
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


class Rules(_Collection):
    """``lab.rules``: the validation rules, predefined ones and the user's own, each in its newest revision."""

    def __call__(self) -> pd.DataFrame:
        """Return one row per rule and protocol version, with how often it ``passed`` and ``failed`` in all sessions."""
        import pandas as pd

        frame = pd.DataFrame(self._lab.command("rules"))
        counts = {rule_id: (passed, failed) for rule_id, passed, failed in self._read(_RULE_COUNTS)}
        for place, name in enumerate(("passed", "failed")):
            frame[name] = pd.array([counts.get(each, (0, 0))[place] for each in frame["rule_id"]], dtype="Int64")
        frame["parameters"] = [json.loads(each) for each in frame["parameters"]]
        frame["active"] = frame["active"].astype("boolean")
        frame["changed"] = pd.to_datetime(frame.pop("changed_ns"), unit="ns", utc=True)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """Return the rules as plain values, one per id: with the ``versions`` it counts for and how often it held.

        ``asks`` tells what it asks in which versions: a predefined rule may have wider limits in one than in another.
        """
        counts = {rule_id: (passed, failed) for rule_id, passed, failed in self._read(_RULE_COUNTS)}
        rows: dict[str, dict[str, Any]] = {}
        for each in self._lab.command("rules"):
            version = each.pop("protocol_version")
            passed, failed = counts.get(each["rule_id"], (0, 0))
            asked = {"parameters": json.loads(each["parameters"]), "message": each["message"], "versions": []}
            own = {**asked, "passed": passed, "failed": failed, "active": False, "versions": [], "asks": []}
            row = rows.setdefault(each["rule_id"], {**each, **own})
            row["active"] = row["active"] or bool(each["active"])
            row["versions"].append(version)
            alike = [one for one in row["asks"] if one["parameters"] == asked["parameters"]]
            row["asks"] += [] if alike else [asked]
            (alike or [asked])[0]["versions"].append(version)
        return list(rows.values())

    def courts(self) -> list[dict[str, str]]:
        """Return the protocol version by which each court is judged now."""
        return [{"court": court, "version": version} for court, version in self._read(_COURTS)]

    def failed_events(self, rule_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """Return the last events that broke a rule, as plain values: ``seq``, ``court``, ``arrival_ns``, ``raw``."""
        rows = self._read(_FAILURES, (rule_id, rule_id, limit))
        return [
            {"seq": seq, "court": court, "arrival_ns": at_ns, "raw": raw.decode("utf-8", "replace"), "message": message}
            for seq, _, _, message, court, _, at_ns, raw in rows
        ]

    def revisions(self, rule_id: str) -> list[dict[str, Any]]:
        """Return what a rule was and is, newest first, as plain values: each revision with who changed it and why."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for revision, active, version, kind, parameters, message, at_ns, who, why in self._read(_REVISIONS, (rule_id,)):
            row = {
                "revision": revision,
                "active": bool(active),
                "kind": kind,
                "parameters": json.loads(parameters),
                "message": message,
                "changed_ns": at_ns,
                "who": who,
                "why": why,
            }
            alike = found.setdefault((revision, active, parameters, message), {**row, "versions": []})
            alike["versions"].append(version)
        return list(found.values())

    def fields(self) -> dict[str, list[str]]:
        """Return the fields that rules can ask about, by stream, the user's own streams among them."""
        table = Table.of().with_definitions(Definitions(self._lab).loaded())
        return {stream.stream: list(field_types(stream)) for stream in table.streams}

    def add(
        self,
        rule_id: str,
        *,
        stream: str,
        kind: str,
        why: str,
        field: str = "",
        message: str = "",
        versions: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> int:
        """Add a rule, or change the one of this id, and return its revision; it counts from the next event on.

        The parameters of the kind (``low`` and ``high`` of a ``range``, ``choices``, ``format``, ``expression``) may be
        given by name, or together as ``parameters``; ``message`` says what holds when the rule holds. Raises
        :class:`CommandError` with the reason for a rule that does not fit.
        """
        rule: dict[str, Any] = {"rule_id": rule_id, "stream": stream, "field": field, "kind": kind, "message": message}
        rule |= {"parameters": {**(parameters or {}), **more}, "versions": list(versions)}
        return int(self._decide("rule.put", why, rule=rule)["revision"])

    def switch(self, rule_id: str, active: bool, why: str) -> None:
        """Switch a rule on or off, from the next event on. Raises :class:`CommandError`."""
        self._decide("rule.switch", why, rule_id=rule_id, active=active)

    def failures(self, rule_id: str | None = None, limit: int = 1000) -> pd.DataFrame:
        """Return the last evaluations that failed, of one rule or of all, with the event each was about."""
        import pandas as pd

        names = ["seq", "rule_id", "revision", "message", "court", "stream", "timestamp", "raw"]
        frame = pd.DataFrame(self._read(_FAILURES, (rule_id, rule_id, limit)), columns=names)
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="ns", utc=True)
        return frame.astype({"seq": "Int64", "revision": "Int64"})


class Definitions(_Collection):
    """``lab.definitions``: the streams that people defined, as TOML."""

    def __call__(self) -> pd.DataFrame:
        """Return one row per definition: ``name``, ``toml``, and ``refused`` with the reason where it fits no more."""
        import pandas as pd

        held = self._lab.command("definitions")
        reasons = {each["name"]: each["reason"] for each in held["refused"]}
        rows = [(name, toml, reasons.get(name)) for name, toml in held["definitions"].items()]
        return pd.DataFrame(rows, columns=["name", "toml", "refused"], dtype="str")

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
