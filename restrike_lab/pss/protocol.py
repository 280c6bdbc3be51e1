"""One protocol version as one immutable table: streams, code words, layouts and rules, with the user's own in it.

``Table.of(version)`` is what the lab knows by itself. ``with_definitions`` adds a user's own streams, ``with_rules``
a user's own rules, ``without`` takes streams away; each gives a new table and leaves the old one as it was, so a table
can be exchanged in the middle of a bout by handing a new one over. A table that cannot be is refused with the reason.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping

from restrike_lab.pss.definitions import Definition
from restrike_lab.pss.errors import ProtocolError, RuleError
from restrike_lab.pss.layout import Grammar, WireField, layout_of, wire_fields
from restrike_lab.pss.rules import Rule, require_version, rules_of
from restrike_lab.pss.streams import LIVE, STREAMS, Message, Unknown
from restrike_lab.pss.user_rules import UserRule, bind, counts_for

__all__ = ["MAX_DEFINITIONS", "MAX_RULES", "Table"]

MAX_DEFINITIONS = 200
MAX_RULES = 2000


class Table(Grammar):
    """Everything that recognition under one protocol version depends on. Never changed once made.

    ``rules`` gives the active rules of each stream, ``fields`` its fields on the wire. ``definitions``, ``user_rules``
    and ``switched_off`` are what the user added and took out.
    """

    def __init__(
        self,
        version: str = LIVE,
        streams: Iterable[type[Message]] = STREAMS,
        definitions: Iterable[Definition] = (),
        user_rules: Iterable[UserRule] = (),
        switched_off: Collection[str] = (),
    ) -> None:
        require_version(version)
        self.version = version
        self.definitions = tuple(each for each in definitions if version in each.versions)
        if len(self.definitions) > MAX_DEFINITIONS:
            raise ProtocolError(
                f"a table takes at most {MAX_DEFINITIONS} definitions of the user", hint="Drop one that is not needed."
            )
        known = _give_way(tuple(streams), self.definitions, version)
        _require_free(self.definitions, known)
        super().__init__((*known, *(each.stream for each in self.definitions)))
        self.fields: Mapping[type[Message], tuple[WireField, ...]] = {
            stream: wire_fields(stream) for stream in (*self.streams, Unknown)
        }
        self.user_rules = tuple(user_rules)
        self.switched_off = frozenset(switched_off)
        self.rules: Mapping[type[Message], tuple[Rule, ...]] = self._rules()

    @classmethod
    def of(cls, version: str = LIVE) -> Table:
        """Return the table of a protocol version as the lab knows it, always the same object.

        Raises ``ProtocolError`` for a version that there is no table of.
        """
        return _known(version)

    def without(self, *names: str) -> Table:
        """Return this table with some streams taken away, predefined ones or the user's, and their rules with them.

        A stream goes by its name (``"sup"``, ``"to"``) or by one of its code words (``"to1"``). Raises
        ``ProtocolError`` for a name that no stream has.
        """
        gone = {self._named(name) for name in names}
        own = {each.stream for each in self.definitions}
        return Table(
            self.version,
            [stream for stream in self.streams if stream not in own | gone],
            [each for each in self.definitions if each.stream not in gone],
            [rule for rule in self.user_rules if rule.stream not in {stream.stream for stream in gone}],
            self.switched_off,
        )

    def with_definitions(self, definitions: Iterable[Definition]) -> Table:
        """Return this table with a user's own streams added, those of them that name this version.

        Raises ``DefinitionError`` where one reuses a known code word or contradicts another definition.
        """
        return Table(
            self.version, self._predefined(), (*self.definitions, *definitions), self.user_rules, self.switched_off
        )

    def with_rules(self, rules: Iterable[UserRule] = (), switched_off: Collection[str] = ()) -> Table:
        """Return this table with a user's own rules added and rules switched off by their ids.

        Ids that the table does not have change nothing, so one list serves the courts of every version. Raises
        ``RuleError`` for a rule that does not fit its stream, or an id that is taken.
        """
        return Table(
            self.version,
            self._predefined(),
            self.definitions,
            (*self.user_rules, *rules),
            self.switched_off | frozenset(switched_off),
        )

    def stream(self, name: str) -> type[Message] | None:
        """Return the stream of a name, ``None`` where there is none."""
        return next((stream for stream in self.streams if stream.stream == name), None)

    def all_rules(self) -> Iterator[Rule]:
        """Yield every active rule, stream by stream."""
        for stream in self.streams:
            yield from self.rules[stream]

    def _named(self, name: str) -> type[Message]:
        found = self.stream(name) or self.codes.get(name, (None, {}))[0]
        if found is None:
            known = ", ".join(sorted(stream.stream for stream in self.streams))
            raise ProtocolError(f"there is no stream {name!r} in this table", hint=f"its streams: {known}")
        return found

    def _predefined(self) -> list[type[Message]]:
        own = {each.stream for each in self.definitions}
        return [stream for stream in self.streams if stream not in own]

    def _rules(self) -> dict[type[Message], tuple[Rule, ...]]:
        rules = {stream: list(rules_of(stream, self.version)) for stream in (*self.streams, Unknown)}
        ids = {rule.rule_id for listed in rules.values() for rule in listed}
        by_name = {stream.stream: stream for stream in self.streams}
        if len(self.user_rules) > MAX_RULES:
            raise RuleError(
                f"a table takes at most {MAX_RULES} rules of the user", hint="Switch one off that is not needed."
            )
        for each in self.user_rules:
            if not counts_for(each, self.version):
                continue
            rule = bind(each, self.streams)
            if rule.rule_id in ids:
                raise RuleError(
                    f"rule {rule.rule_id!r} is refused: there is a rule of this id already",
                    hint="give it another id; to replace a predefined rule, switch that one off",
                    rule_id=rule.rule_id,
                )
            ids.add(rule.rule_id)
            if each.active:
                rules[by_name[each.stream]].append(rule)
        return {
            stream: tuple(rule for rule in listed if rule.rule_id not in self.switched_off)
            for stream, listed in rules.items()
        }


@functools.cache
def _known(version: str) -> Table:
    return Table(version)


def _words(streams: Iterable[type[Message]]) -> dict[str, str]:
    """Return the key words of streams, each with the name of a stream that has it."""
    return {key: stream.stream for stream in streams for key in layout_of(stream).sections if key is not None}


def _give_way(
    streams: tuple[type[Message], ...], definitions: tuple[Definition, ...], version: str
) -> tuple[type[Message], ...]:
    """Leave out the streams that this version does not list where a definition is in their way."""
    names = {each.name for each in definitions}
    codes = {code for each in definitions for code in each.codes}
    words = codes | {key for each in definitions for key in each.key_words()}
    return tuple(
        stream
        for stream in streams
        if version in stream.versions
        or not (stream.stream in names or words & set(stream.codes) or codes & set(_words((stream,))))
    )


def _require_free(definitions: Iterable[Definition], streams: tuple[type[Message], ...]) -> None:
    """Refuse a definition whose name or words another stream of the table has."""
    names = {stream.stream for stream in streams}
    codes = {code: stream.stream for stream in streams for code in stream.codes}
    keys = _words(streams)
    for definition in definitions:
        if definition.name in names:
            definition.refuse((), "there is a stream of this name already", "choose another name")
        for code in definition.codes:
            if code in codes:
                hint = f"{code!r} belongs to the stream {codes[code]!r}; a code word belongs to one stream of a version"
                definition.refuse(("codes", code), f"the code word {code!r} is known already", hint)
            if code in keys:
                hint = f"a message of {keys[code]!r} would be cut in two at {code!r}, or not, depending on its place"
                definition.refuse(("codes", code), f"the code word {code!r} is a key word of another stream", hint)
        for number, field in enumerate(definition.fields):
            if (key := field.wire.key) is not None and key in codes:
                hint = f"{key!r} opens a message of the stream {codes[key]!r}"
                definition.refuse(("field", number, "key"), f"the key word {key!r} is the code of another stream", hint)
        names.add(definition.name)
        codes |= dict.fromkeys(definition.codes, definition.name)
        keys |= dict.fromkeys(definition.key_words(), definition.name)
