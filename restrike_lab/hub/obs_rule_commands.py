"""Commands about the rules that work OBS: what they are, what they did, and what they would have done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.commands import Caller, Commands, integer, who
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.obs import text
from restrike_lab.hub.restore import recognition_of
from restrike_lab.pss import Recognizer
from restrike_lab.store.reader import Reader
from restrike_lab.store.schema import EVENT_COLUMNS

if TYPE_CHECKING:
    from restrike_lab.hub.obs_desk import Desk
    from restrike_lab.hub.running import Running
    from restrike_lab.obs.rule_book import RuleBook

__all__ = ["ObsRuleCommands"]

Args = Mapping[str, Any]

_FIRINGS = "SELECT * FROM obs_firings WHERE ?1 IS NULL OR match_id = ?1 ORDER BY firing_id DESC LIMIT ?2"
_NEWEST = "SELECT max(match_id) FROM pss_matches"
_OF_MATCH = f"SELECT {', '.join(EVENT_COLUMNS)} FROM pss_events WHERE match_id = ? ORDER BY seq"  # noqa: S608 - names


class ObsRuleCommands:
    """Answer the commands: reading takes a viewer, the rules an operator."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        add = commands.register
        add("obs.rules", self.rules, help="The rules, those that came with the lab first.")
        add("obs.rule.put", self.put, "operator", "Add or change a rule: `rule`, `enabled`.")
        add("obs.rule.switch", self.switch, "operator", "Switch rules on or off: `names`, `enabled`.")
        add("obs.rule.drop", self.drop, "operator", "Forget a rule, or a change of a shipped one: `name`.")
        add("obs.pause", self.pause, "operator", "Pause all rules, or let them go on: `paused`.")
        add("obs.firings", self.firings, help="What rules did, newest first: `match_id`, `limit`.")
        add("obs.rehearse", self.rehearse, help="What rules would have done: `match_id` (the newest), `names`.")

    @property
    def desk(self) -> Desk:
        """The desk of the running hub."""
        return self.running().obs.desk()

    def rules(self, _args: Args, _caller: Caller) -> object:
        """Return the rules."""
        return self.desk.automation.picture()["rules"]

    def put(self, args: Args, _caller: Caller) -> Future[Any]:
        """Add or change a rule."""
        rule = args.get("rule")
        if not isinstance(rule, Mapping):
            raise CommandError("there is no rule to put", hint="Send rule as an object with name, when and do.")
        return self.desk.change_rules(lambda book: book.put(rule, bool(args.get("enabled", False))))

    def switch(self, args: Args, _caller: Caller) -> Future[Any]:
        """Switch rules."""
        names = args.get("names")
        if not isinstance(names, list) or not names:
            raise CommandError("names is missing", hint='Send {"names": ["record-load", ...]}.')
        enabled = bool(args.get("enabled"))
        for name in names:
            self.desk.automation.book.kept(str(name))

        def change(book: RuleBook) -> None:
            for name in names:
                book.switch(str(name), enabled)

        return self.desk.change_rules(change)

    def drop(self, args: Args, _caller: Caller) -> Future[Any]:
        """Forget a rule."""
        name = text(args, "name")
        return self.desk.change_rules(lambda book: book.drop(name))

    def pause(self, args: Args, caller: Caller) -> Future[Any]:
        """Pause all rules, or let them go on."""
        paused = bool(args.get("paused", True))
        return self.desk.change_rules(lambda book: book.pause(paused, who(args, caller)))

    def firings(self, args: Args, _caller: Caller) -> object:
        """Return what rules did."""
        limit = integer(args, "limit", 100, 1, 10_000)
        with closing(Reader.open(self.running().config.directory, self.running().statements, "rules of OBS")) as reader:
            found = reader.query(_FIRINGS, (args.get("match_id"), limit))
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def rehearse(self, args: Args, _caller: Caller) -> object:
        """Return what the rules that work, or those that are named, would have done."""
        from restrike_lab.hub.obs_automation import heard_of, plan

        book = self.desk.automation.book
        names = args.get("names") or [name for name, each in book.rules.items() if each.enabled]
        rules = [book.kept(str(name)).rule for name in names]
        with closing(Reader.open(self.running().config.directory, self.running().statements, "rules of OBS")) as reader:
            match_id = args.get("match_id")
            if match_id is None:
                match_id = reader.query(_NEWEST).rows[0][0] or 0
            rows = reader.query(_OF_MATCH, (integer({"match_id": match_id}, "match_id", 0, 0, 1 << 62),)).rows
        if not rows:
            raise CommandError(f"there is no match {match_id}", hint="The table pss_matches lists them.")
        recognizer = Recognizer(self.running().config.protocol_version)
        return plan(rules, [heard_of(row, recognition_of(row, recognizer)) for row in rows])
