"""Commands about recognition: rules, definitions, statuses, notes, protocol versions, and the quality of the data.

Reading takes a viewer. What concerns one event, pattern or court takes an operator, what all are judged by an admin:
rules and the streams that people defined. Decisions run on the pipeline's thread, between two groups of events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import apsw

from restrike_lab.hub.commands import Caller, Commands, integer, who
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.judge import Judge
from restrike_lab.pss.streams import VERSIONS
from restrike_lab.pss.user_rules import UserRule
from restrike_lab.store import decisions
from restrike_lab.store.writer import Writer

__all__ = ["Deciding", "RecognitionCommands", "text"]

Args = Mapping[str, Any]
T = TypeVar("T")
RULE_FIELDS = ("rule_id", "stream", "field", "kind", "parameters", "message", "versions", "active")


class Caretaker(Protocol):
    """The one thread that may use the database for writing."""

    def call(self, work: Callable[[], T]) -> T: ...


class Deciding(Protocol):
    """What decisions need of a running hub, or of whoever stands in for one (see ``alone``)."""

    @property
    def judge(self) -> Judge: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def pipeline(self) -> Caretaker: ...
    def change_version(self, court: str, version: str, who: str, why: str) -> int: ...
    def tell_of_changes(self, events: Sequence[Mapping[str, Any]] | None) -> None: ...


class RecognitionCommands:
    """Answer the commands; ``running`` gives the running hub."""

    def __init__(self, commands: Commands, running: Callable[[], Deciding]) -> None:
        self.running = running
        add = commands.register
        add("rules", self.rules, help="Every validation rule in its newest revision.")
        add("rule.put", self.put_rule, "admin", "Add or change a rule of your own: `rule`, `why`.")
        add("rule.switch", self.switch_rule, "admin", "Switch a rule on or off: `rule_id`, `active`, `why`.")
        add("definitions", self.definitions, help="The streams that people defined, as TOML by name.")
        add("definition.put", self.put_definition, "admin", "Add or change streams: `toml`, `why`.")
        add("definition.drop", self.drop_definition, "admin", "Let a definition count no more: `name`, `why`.")
        add("event.set_status", self.set_status, "operator", "Set an event's status by hand: `seq`, `status`, `why`.")
        add("pattern.note", self.note_pattern, "operator", "Note on an unknown pattern: `pattern_hash`, `notes`.")
        add("protocol.set", self.set_protocol, "operator", "Judge a court by another version: `court`, `version`.")

    def rules(self, _args: Args, _caller: Caller) -> object:
        """Return the rules as objects."""
        return [each._asdict() for each in self.on_database(decisions.rules)]

    def put_rule(self, args: Args, caller: Caller) -> object:
        """Add or change a user's rule and return it as it was kept."""
        given = args.get("rule")
        if not isinstance(given, Mapping):
            raise CommandError("there is no rule to put", hint=f"Send rule as an object with {', '.join(RULE_FIELDS)}.")
        if unknown := sorted(set(given) - {*RULE_FIELDS, "revision"}):
            raise CommandError(f"a rule has no {unknown[0]!r}", hint=f"It has {', '.join(RULE_FIELDS)}.")
        try:
            rule = UserRule(**{**given, "versions": tuple(given.get("versions", ()))})
        except TypeError as problem:
            raise CommandError(f"the rule is incomplete: {problem}", hint="rule_id, stream, field, kind.") from problem
        kept = self.decide(lambda: self.running().judge.put_rule(rule, self.who(args, caller), self.why(args)))
        return {"rule_id": kept.rule_id, "revision": kept.revision}

    def switch_rule(self, args: Args, caller: Caller) -> object:
        """Switch a rule."""
        rule_id, active = text(args, "rule_id"), bool(args.get("active"))
        self.decide(lambda: self.running().judge.switch_rule(rule_id, active, self.who(args, caller), self.why(args)))
        return {"rule_id": rule_id, "active": active}

    def definitions(self, _args: Args, _caller: Caller) -> object:
        """Return the definitions that count, and those that no longer fit with the reason."""
        judge = self.running().judge
        refused = [{"name": name, "reason": problem.message} for name, problem in judge.decided.refused]
        return {"definitions": self.on_database(decisions.active_definitions), "refused": refused}

    def put_definition(self, args: Args, caller: Caller) -> object:
        """Add or change streams and return their names."""
        toml = text(args, "toml")
        return {
            "names": self.decide(
                lambda: self.running().judge.put_definitions(toml, self.who(args, caller), self.why(args))
            )
        }

    def drop_definition(self, args: Args, caller: Caller) -> object:
        """Let a definition count no more."""
        name = text(args, "name")
        self.decide(lambda: self.running().judge.drop_definition(name, self.who(args, caller), self.why(args)))
        return {"name": name}

    def set_status(self, args: Args, caller: Caller) -> object:
        """Set a status by hand and return what it was and is."""
        seq, status = integer(args, "seq", 0, 1, 1 << 62), text(args, "status")
        running = self.running()
        done = self.decide(lambda: running.judge.set_status(seq, status, self.who(args, caller), self.why(args)))
        after = done["after"]
        changed = {"seq": seq, "status": after["recognition_status"], "confidence": after["parser_confidence"]}
        running.tell_of_changes([changed])
        return done

    def note_pattern(self, args: Args, _caller: Caller) -> object:
        """Write a note to a pattern."""
        pattern_hash = text(args, "pattern_hash")
        changes = {name: value for name, value in args.items() if name not in ("pattern_hash", "who", "why")}
        self.decide(lambda: self.running().judge.note_pattern(pattern_hash, changes))
        return {"pattern_hash": pattern_hash}

    def set_protocol(self, args: Args, caller: Caller) -> object:
        """Judge a court by another version from the next event on, and return the session that begins with it."""
        court, version = text(args, "court"), text(args, "version")
        if version not in VERSIONS:
            raise CommandError(f"there is no protocol version {version!r}", hint=f"Versions: {', '.join(VERSIONS)}.")
        signed = (self.who(args, caller), self.why(args))
        return {"session_id": self.decide(lambda: self.running().change_version(court, version, *signed))}

    def decide(self, work: Callable[[], Any]) -> Any:
        """Run a decision on the pipeline's thread."""
        return self.running().pipeline.call(work)

    def on_database(self, work: Callable[[apsw.Connection], Any]) -> Any:
        """Read on the pipeline's thread."""
        return self.decide(lambda: self.running().writer.change(work))

    @staticmethod
    def who(args: Args, caller: Caller) -> str:
        """Return who decides: the person who has signed in, else the name that was given."""
        return who(args, caller)

    @staticmethod
    def why(args: Args) -> str:
        """Return the reason, empty where none was given."""
        why = args.get("why")
        return why if isinstance(why, str) else ""


def text(args: Args, name: str) -> str:
    """Return an argument that must be a text; raises ``CommandError`` when it is none."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise CommandError(f"{name} is missing", hint=f'Send {{"{name}": "..."}}.')
    return value
