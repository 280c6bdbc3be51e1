"""OBS in the hub: a fleet in a thread of its own, loaded when there is an instance to look after.

Nothing of OBS runs where datagrams walk. The pipeline's thread hands a group over and goes on; what is stored of OBS
(instances, rules, firings) is written between two groups like any other decision.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.commands import Caller, Commands
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.obs_settings import ObsSettings, rules_by
from restrike_lab.pss.errors import RestrikeError

if TYPE_CHECKING:
    from restrike_lab.hub.obs_desk import Desk
    from restrike_lab.hub.running import Running
    from restrike_lab.obs.automation import Rule

__all__ = ["ObsCommands", "ObsHost"]

Args = Mapping[str, Any]


class ObsHost:
    """Hold the desk at which OBS is worked, or nothing as long as there is no instance."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.guard = threading.Lock()
        self.held: Desk | None = None
        running.settings.group(ObsSettings).observe(self.follow_settings)

    def start(self) -> None:
        """Begin if the database knows an instance. Whatever is wrong with OBS, the hub runs without it."""
        try:
            if self.run("SELECT 1 FROM obs_connections LIMIT 1"):
                self.desk()
        except RestrikeError as problem:
            message = f"OBS is left alone: {problem.message}"
            self.running.tell({"source": "obs", "level": "error", "message": message, "hint": problem.hint})

    def stop(self) -> None:
        """End all sessions; idempotent."""
        with self.guard:
            held, self.held = self.held, None
        if held is not None:
            held.stop()

    def desk(self) -> Desk:
        """Return the desk; it is set up when it is asked for first."""
        with self.guard:
            if self.held is None:
                from restrike_lab.hub.obs_desk import Desk
                from restrike_lab.obs.keepers import open_keeper

                running = self.running
                keeper = open_keeper(running.config.directory, running.config.obs_keyring)
                desk = Desk(
                    keeper,
                    self.run,
                    self.keep,
                    self.show,
                    time.time_ns,
                    running.epoch,
                    running.tell,
                    self.shipped,
                    lambda: running.licence.permit("obs.do"),
                )
                desk.start({line.name: line.state for line in running.pipeline.lines})
                self.held = desk
            return self.held

    def shipped(self) -> tuple[Rule, ...]:
        """Return the rules that come with the lab as its settings make them."""
        return rules_by(self.running.settings.group(ObsSettings))

    def follow_settings(self, _change: object) -> None:
        """Work by other settings from now on (the pipeline's thread, which must not wait for the rules' own)."""
        held = self.held
        if held is not None:
            held.change_rules(lambda book: book.load())

    def heard(self, group: Group) -> None:
        """Hand a stored group over (the pipeline's thread)."""
        held = self.held
        if held is not None:
            held.heard(group)

    def run(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Carry out one statement on the pipeline's thread."""
        return self.running.pipeline.call(lambda: self.running.writer.run(sql, params))

    def keep(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement with every row on the pipeline's thread some time, without a wait."""
        self.running.pipeline.ask(lambda: self.write(sql, rows))

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement with every row, in one transaction (the pipeline's thread)."""
        self.running.writer.change(lambda db: db.executemany(sql, rows))

    def show(self, message: Mapping[str, Any]) -> None:
        """Send the picture of all instances to the clients."""
        self.running.fanout.show({"type": "obs", **message})


class ObsCommands:
    """Answer the commands about OBS: reading takes a viewer, acting an operator, settings an admin."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        add = commands.register
        add("obs", self.picture, help="The state of every OBS instance, and of automation.")
        add("obs.do", self.do, "operator", "Ask an instance: `name`, `request`, `args`, `court` for names of files.")
        add("obs.add", self.add, "admin", "Take an instance in: `name`, `host`, `port`, `password`, `role`, `enabled`.")
        add("obs.change", self.change, "admin", "Change an instance: `name` and what is to change.")
        add("obs.enable", self.enable, "operator", "Connect an instance, or leave it alone: `name`, `enabled`.")
        add("obs.remove", self.remove, "admin", "Forget an instance: `name`.")
        add(
            "obs.test", self.test, "operator", "Try to reach an instance: `name`; an admin also others: `host`, `port`."
        )

    @property
    def desk(self) -> Desk:
        """The desk of the running hub."""
        return self.running().obs.desk()

    def picture(self, _args: Args, _caller: Caller) -> object:
        """Return the picture as the clients have it."""
        held = self.running().obs.held
        return {"instances": [], "automation": None} if held is None else held.picture()

    def do(self, args: Args, _caller: Caller) -> Future[Any]:
        """Ask an instance for something."""
        given = args.get("args") or {}
        if not isinstance(given, Mapping):
            raise CommandError("args is not an object", hint='Send {"args": {"scene": "Replay"}}.')
        return self.desk.do(text(args, "name"), text(args, "request"), given, args.get("court"))

    def add(self, args: Args, _caller: Caller) -> Future[Any]:
        """Take an instance in."""
        return self.desk.add(text(args, "name"), settings(args))

    def change(self, args: Args, _caller: Caller) -> Future[Any]:
        """Change an instance."""
        return self.desk.change(text(args, "name"), settings(args))

    def enable(self, args: Args, _caller: Caller) -> Future[Any]:
        """Connect an instance, or leave it alone."""
        return self.desk.change(text(args, "name"), {"enabled": bool(args.get("enabled", True))})

    def remove(self, args: Args, _caller: Caller) -> Future[Any]:
        """Forget an instance."""
        return self.desk.remove(text(args, "name"))

    def test(self, args: Args, caller: Caller) -> Future[Any]:
        """Try to reach an instance: who may not set one up tries those that are kept, as they are."""
        name = args.get("name")
        if caller.role != "admin" and (not isinstance(name, str) or set(args) != {"name"}):
            hint = "Give the name of an instance alone, or sign in as admin."
            raise CommandError("only an admin may try other addresses and settings", hint=hint)
        return self.desk.test(name if isinstance(name, str) else None, settings(args))


SETTINGS: Mapping[str, tuple[type, ...]] = {
    "host": (str,),
    "port": (int,),
    "password": (str, type(None)),
    "role": (str,),
    "enabled": (bool,),
}


def settings(args: Args) -> dict[str, Any]:
    """Return the settings of an instance that are given; raises ``CommandError`` for one that cannot be."""
    given = {name: value for name, value in args.items() if name != "name"}
    for name, value in given.items():
        if name not in SETTINGS:
            raise CommandError(f"an instance has no {name!r}", hint=f"It has name, {', '.join(SETTINGS)}.")
        if not isinstance(value, SETTINGS[name]):
            wanted = " or ".join(each.__name__ for each in SETTINGS[name])
            raise CommandError(f"{name} cannot be this", hint=f"{name} is a {wanted}.")
    return given


def text(args: Args, name: str) -> str:
    """Return an argument that must be a text; raises ``CommandError`` when it is none."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise CommandError(f"{name} is missing", hint=f'Send {{"{name}": "..."}}.')
    return value
