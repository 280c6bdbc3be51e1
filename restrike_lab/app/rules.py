"""``restrike-lab rules``: the validation rules, predefined and one's own, from a shell; with or without a hub."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from traitlets import Bool, Int, List, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.app.desk import desk
from restrike_lab.app.query import text_table
from restrike_lab.client import rule_words
from restrike_lab.client.recognition import Rules
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.frames import iso_time
from restrike_lab.pss.user_rules import USER_KINDS

__all__ = ["RulesCommand"]

DECIDING = ("add", "on", "off")


class RulesCommand(Command):
    """List the rules, show one with its revisions, add, switch, and show what they refused."""

    name = "rules"
    arguments = "[list | show ID | failures [ID] | add ID STREAM[.FIELD] KIND [NAME=VALUE ...] | on ID | off ID]"
    most_arguments = 40
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    why = Unicode("", help="Reason that is kept with the rule; `add`, `on` and `off` need one.").tag(config=True)
    message = Unicode("", help="What holds when the added rule holds; made from its parameters unless given.").tag(
        config=True
    )
    versions = List(Unicode(), help="Protocol version that the added rule counts for. None: every one.").tag(
        config=True
    )
    limit = Int(100, min=1, help="Failures that are shown, the last ones.").tag(config=True)
    json = Bool(False, help="Print JSON.").tag(config=True)

    def run(self) -> int:
        """Do what the words say."""
        word, *words = self.extra_args or ["list"]
        act = self.acts().get(word)
        if act is None:
            raise UsageError(f"there is nothing called {word!r} here", hint=f"usage: {self.usage()}")
        with desk(HubConfig(parent=self).directory, deciding=word in DECIDING) as held:
            act(Rules(held), words)
        return 0

    def acts(self) -> Mapping[str, Callable[[Rules, Sequence[str]], None]]:
        """Return what each word does."""
        return {
            "list": self.list,
            "show": self.show,
            "failures": self.failures,
            "add": self.add,
            "on": lambda rules, words: self.switch(rules, words, True),
            "off": lambda rules, words: self.switch(rules, words, False),
        }

    def list(self, rules: Rules, words: Sequence[str]) -> None:
        """Print every rule, the user's own first."""
        self.expect(words, 0)
        names = ("rule", "asks", "versions", "active", "held", "broken", "revision", "message")
        rows = [
            (
                *(row["rule_id"], asks(row), versions(row)),
                *(row[name] for name in ("active", "passed", "failed", "revision", "message")),
            )
            for row in rules.rows()
        ]
        self.write(names, rows, rules.rows)

    def show(self, rules: Rules, words: Sequence[str]) -> None:
        """Print what a rule was and is, newest first."""
        rule_id = self.expect(words, 1)[0]
        found = rules.revisions(rule_id)
        if not found:
            raise UsageError(f"there is no rule {rule_id!r}", hint="`restrike-lab rules` lists them")
        names = ("revision", "active", "versions", "kind", "parameters", "message", "when", "who", "why")
        rows = [
            (
                *(each["revision"], each["active"], versions(each), each["kind"], plain(each["parameters"])),
                *(each["message"], iso_time(each["changed_ns"]), each["who"], each["why"]),
            )
            for each in found
        ]
        self.write(names, rows, lambda: found)

    def failures(self, rules: Rules, words: Sequence[str]) -> None:
        """Print the last events that broke a rule, or any."""
        rule_id = words[0] if len(words) == 1 else None
        self.expect(words, 0 if rule_id is None else 1)
        found = rules.failed_events(rule_id, self.limit)
        names = ("seq", "when", "court", "rule", "message", "raw")
        rows = [
            (each["seq"], iso_time(each["arrival_ns"]), each["court"], each["rule_id"], each["message"], each["raw"])
            for each in found
        ]
        self.write(names, rows, lambda: found)

    def add(self, rules: Rules, words: Sequence[str]) -> None:
        """Add a rule, or change one of the user's own."""
        if len(words) < 3:
            raise UsageError("the rule is incomplete", hint=f"usage: {self.usage()}; kinds: {', '.join(USER_KINDS)}")
        rule_id, place, kind, *rest = words
        parameters, surplus = rule_words.parameters(rest)
        if surplus:
            raise UsageError(f"what is {surplus[0]!r} for?", hint="parameters are NAME=VALUE, the reason is --why")
        stream, field = rule_words.place(place)
        revision = rules.add(
            rule_id,
            stream=stream,
            field=field,
            kind=kind,
            message=self.message,
            versions=self.versions,
            parameters=parameters,
            why=self.why,
        )
        self.tell(f"{rule_id}, revision {revision}, counts from the next event on.", rule_id=rule_id, revision=revision)

    def switch(self, rules: Rules, words: Sequence[str], active: bool) -> None:
        """Switch a rule."""
        rule_id = self.expect(words, 1)[0]
        rules.switch(rule_id, active, self.why)
        said = f"{rule_id} is {'on' if active else 'off'} from the next event on."
        self.tell(said, rule_id=rule_id, active=active)

    def expect(self, words: Sequence[str], count: int) -> Sequence[str]:
        """Return the words if there are so many."""
        if len(words) != count:
            raise UsageError("too few or too many words", hint=f"usage: {self.usage()}")
        return words

    def write(self, names: Sequence[str], rows: Iterable[tuple[Any, ...]], whole: Callable[[], Any]) -> None:
        """Print rows as a table, or everything as JSON."""
        if self.json:
            print(json.dumps(whole()))
        else:
            sys.stdout.writelines(f"{line}\n" for line in text_table([*names], [*rows]))

    def tell(self, said: str, **facts: Any) -> None:
        """Print what was done."""
        print(json.dumps(facts) if self.json else said)


def asks(row: Mapping[str, Any]) -> str:
    """Return what a rule asks of which field."""
    where = f"{row['stream']}.{row['field']}" if row["field"] else row["stream"]
    every = " / ".join(filter(None, (plain(each["parameters"]) for each in row["asks"])))
    return f"{where} {row['kind']} {every}".rstrip()


def versions(row: Mapping[str, Any]) -> str:
    """Return the protocol versions of a rule."""
    return "every" if "*" in row["versions"] else ", ".join(row["versions"])


def plain(parameters: Mapping[str, Any]) -> str:
    """Return parameters as they can be typed."""
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in parameters.items()
    )
