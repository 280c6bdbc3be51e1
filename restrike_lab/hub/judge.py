"""The judge: by which table each court's messages are judged, and how people change that while it runs.

Tables are made of a protocol version and of what people decided (see ``store.decisions``): their own streams, their
own rules, and predefined rules they switched off. A change is checked first, then stored, then every court gets a new
recognizer between two groups of events; nothing is restarted and nothing that was stored is touched.

Everything in here runs on the pipeline's thread, the only one that may use the writer.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import apsw

from restrike_lab.hub.errors import CommandError
from restrike_lab.pss import Definition, Recognizer, Table, UserRule, dump_definitions, load_definitions
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.streams import LIVE, VERSIONS
from restrike_lab.store import decisions
from restrike_lab.store.decisions import Signature
from restrike_lab.store.writer import Writer

__all__ = ["Decided", "Judge", "decided", "tables_of"]


@dataclasses.dataclass(frozen=True, slots=True)
class Decided:
    """What people decided about recognition; ``refused`` are definitions that no longer fit this lab's protocol."""

    definitions: tuple[Definition, ...] = ()
    rules: tuple[UserRule, ...] = ()
    switched_off: frozenset[str] = frozenset()
    refused: tuple[tuple[str, RestrikeError], ...] = ()

    def table(self, version: str) -> Table:
        """Return the table of a protocol version with these decisions in it.

        Raises ``DefinitionError`` or ``RuleError`` where they do not fit.
        """
        table = Table.of(version)
        if self.definitions:
            table = table.with_definitions(self.definitions)
        if self.rules or self.switched_off:
            table = table.with_rules(self.rules, self.switched_off)
        return table


def decided(db: apsw.Connection) -> Decided:
    """Return the decisions that a database holds, leaving out what does not fit any more."""
    definitions: list[Definition] = []
    refused: list[tuple[str, RestrikeError]] = []
    for name, toml in decisions.active_definitions(db).items():
        try:
            tables = [Table.of(version).with_definitions(definitions) for version in VERSIONS]
            definitions += load_definitions(toml, name, tables)
        except RestrikeError as problem:
            refused.append((name, problem))
    rules: list[UserRule] = []
    for rule in decisions.active_user_rules(db):
        try:
            tables_of(Decided(tuple(definitions), (*rules, rule)))
            rules.append(rule)
        except RestrikeError as problem:
            refused.append((rule.rule_id, problem))
    return Decided(tuple(definitions), tuple(rules), decisions.switched_off(db), tuple(refused))


def tables_of(what: Decided) -> dict[str, Table]:
    """Return the table of every version; raises ``DefinitionError`` or ``RuleError`` where one does not fit."""
    return {version: what.table(version) for version in VERSIONS}


class Judge:
    """Hold the tables and change them. ``changed`` is called after every change, to hand out new recognizers."""

    def __init__(self, writer: Writer, clock: Callable[[], int] = time.time_ns) -> None:
        self.writer = writer
        self.clock = clock
        self.changed: Callable[[], None] = lambda: None
        writer.change(lambda db: decisions.note_predefined_rules(db, clock()))
        self.decided = writer.change(decided)
        self.tables = tables_of(self.decided)

    def table(self, version: str = LIVE) -> Table:
        """Return the table of a protocol version as it is now."""
        return self.tables[version]

    def recognizer(self, version: str) -> Recognizer:
        """Return a recognizer under the table of a protocol version as it is now."""
        return Recognizer(table=self.tables[version])

    def put_rule(self, rule: UserRule, who: str, why: str) -> UserRule:
        """Add a user's rule, or change one; refused with the reason where it does not fit."""
        others = tuple(each for each in self.decided.rules if each.rule_id != rule.rule_id)
        tables_of(dataclasses.replace(self.decided, rules=(*others, rule)))
        kept: UserRule = self.decide(lambda db, signature: decisions.put_rule(db, rule, signature), who, why)
        return kept

    def switch_rule(self, rule_id: str, active: bool, who: str, why: str) -> None:
        """Switch a rule on or off."""
        self.decide(lambda db, signature: decisions.switch_rule(db, rule_id, active, signature), who, why)

    def put_definitions(self, toml: str, who: str, why: str) -> list[str]:
        """Add or change the streams of a TOML text and return their names; refused where one does not fit."""
        names = {each.name for each in load_definitions(toml, tables=())}
        others = tuple(each for each in self.decided.definitions if each.name not in names)
        tables = [Table.of(version).with_definitions(others) for version in VERSIONS]
        definitions = load_definitions(toml, tables=tables)
        tables_of(dataclasses.replace(self.decided, definitions=(*others, *definitions)))
        texts = _one_by_one(definitions)
        self.decide(
            lambda db, signature: [decisions.put_definition(db, name, text, signature) for name, text in texts.items()],
            who,
            why,
        )
        return list(texts)

    def drop_definition(self, name: str, who: str, why: str) -> None:
        """Let a definition count no more; refused while a rule asks about its stream."""
        if asking := [rule.rule_id for rule in self.decided.rules if rule.stream == name]:
            raise CommandError(
                f"the stream {name!r} has rules: {', '.join(asking)}", hint="Switch those rules off first."
            )
        self.decide(lambda db, signature: decisions.drop_definition(db, name, signature), who, why)

    def set_status(self, seq: int, status: str, who: str, why: str) -> dict[str, Any]:
        """Set the status of an event by hand."""
        signature = self.signed(who, why)
        return self.writer.change(lambda db: decisions.set_status(db, seq, status, signature))

    def note_pattern(self, pattern_hash: str, changes: Mapping[str, Any]) -> None:
        """Write a note to an unknown pattern."""
        self.writer.change(lambda db: decisions.note_pattern(db, pattern_hash, changes))

    def decide(self, change: Callable[[apsw.Connection, Signature], Any], who: str, why: str) -> Any:
        """Store a decision and judge by it from the next event on."""
        signature = self.signed(who, why)
        result = self.writer.change(lambda db: change(db, signature))
        self.reload()
        return result

    def reload(self) -> None:
        """Read the decisions again and hand out new recognizers."""
        self.decided = self.writer.change(decided)
        self.tables = tables_of(self.decided)
        self.changed()

    def signed(self, who: str, why: str) -> Signature:
        """Return who, why and now; a decision without a reason is refused."""
        if not why.strip():
            raise CommandError("a decision needs a reason", hint='Send {"why": "..."} with it; it is kept.')
        return Signature(who, why.strip(), self.clock())


def _one_by_one(definitions: Iterable[Definition]) -> dict[str, str]:
    return {each.name: dump_definitions([each]) for each in definitions}
