"""The sub-commands of ``%restrike``, each with the one sentence that helps.

``Session`` is the lab of one kernel and what the sub-commands do to it. It knows nothing of IPython but a place to put
the lab's name; ``extension`` connects it to the shell. A sub-command returns what the notebook shows and prints
nothing.
"""

from __future__ import annotations

import difflib
import shlex
import threading
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restrike_lab.client.errors import NoHubError
from restrike_lab.client.lab import Lab, Start
from restrike_lab.kernel import access, desk, health, obs, recognition, settings, video
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.notes import Note, UsageProblem
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.capture import read_capture
from restrike_lab.simulate.send import Played, send_udp

__all__ = ["SUBCOMMANDS", "Note", "Session", "Subcommand", "UsageProblem"]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A sub-command: what follows its name, its one sentence, and the method of ``Session`` that does it."""

    usage: str
    help: str
    run: Callable[[Session, str], Any]


class Session:
    """The lab of one kernel, opened by ``start`` and closed by ``stop`` or ``unload``.

    ``names`` is where the notebook's variables live; the lab is put there under the configured name.
    """

    def __init__(self, config: RestrikeLab, names: MutableMapping[str, Any]) -> None:
        self.config = config
        self._names = names
        self._named = ""
        self._replay: Replay | None = None
        self.lab: Lab | None = None

    def run(self, line: str) -> Any:
        """Carry out a line such as ``replay bout.tsv 10``; raises :class:`UsageProblem` for one that is no command."""
        word, *rest = line.split(maxsplit=1) or ["help"]
        command = SUBCOMMANDS.get(word)
        if command is None:
            raise UsageProblem(f"there is no `%restrike {word}`", hint=_nearest(word))
        return command.run(self, rest[0].rstrip() if rest else "")

    def start(self, _: str = "") -> Note:
        """Attach to the hub of the data directory, or host one."""
        if self.lab is not None and not self.lab.live.connected:
            self.close()
        lab = self.lab = self.lab or self._open()
        address = lab.live.address
        where = address.url if address else "?"
        called = f", here as `{self._named}`" if self._named else ""
        if lab.hosting:
            return Note(f"This kernel hosts the hub of {lab.data_dir} at {where}{called}.")
        owner = f" of process {address.pid}" if address and address.pid else ""
        return Note(f"Attached to the hub{owner} at {where}{called}.")

    def stop(self, _: str = "") -> Note:
        """Stop the hub if this kernel hosts it; leave it running otherwise."""
        if self.lab is None:
            return Note("Nothing to stop: this kernel is not attached to a hub.")
        if not self.lab.hosting:
            address = self.lab.live.address
            owner = f"process {address.pid}" if address and address.pid else "another process"
            return Note(f"Left running: the hub belongs to {owner}, not to this kernel. End it where it was started.")
        self.close()
        return Note("Stopped: the hub of this kernel has stored what arrived and given its ports back.")

    def status(self, _: str = "") -> Any:
        """Return where the lab is attached and how it is doing."""
        return self.opened().status()

    def tables(self, argument: str = "") -> Any:
        """Return what a query can ask about: all tables, or the columns of one."""
        known = self.opened().tables()
        if not argument:
            return Note("\n".join(f"{table:<10} {', '.join(columns)}" for table, columns in known.items()))
        if argument not in known:
            raise UsageProblem(f"there is no table {argument!r}", hint=f"Tables: {', '.join(known)}.")
        return Note("\n".join(known[argument]))

    def query(self, sql: str) -> Any:
        """Return the answer to a question in SQL, or put it into a variable with ``-o NAME``."""
        target, sql = _output_name(sql)
        if not sql.strip():
            raise UsageProblem(
                "there is no question", hint="Write SQL behind `%restrike query` or in the cell below it."
            )
        frame = self.opened().sql(sql)
        if not target:
            return frame
        self._names[target] = frame
        return Note(f"{len(frame)} rows in `{target}`.")

    def replay(self, arguments: str) -> Any:
        """Send a capture to this lab's hub as a console would."""
        words = shlex.split(arguments)
        if words == ["stop"]:
            return self._stop_replay()
        background = "-b" in words
        words = [word for word in words if word != "-b"]
        if not 1 <= len(words) <= 2:
            raise UsageProblem("which capture?", hint="%restrike replay FILE [SPEED|max] [-b]")
        replay = Replay(Path(words[0]), _speed(words[1] if len(words) > 1 else "1"), self._ports())
        if not background:
            return Note(replay.send())
        self._stop_replay()
        self._replay = replay
        replay.begin()
        return Note(f"Replaying {words[0]} in the background; `%restrike replay stop` ends it.")

    def unknown(self, argument: str = "") -> Any:
        """Return the patterns of what was not understood, or what one of them probably is."""
        return recognition.unknown(self.opened(), argument)

    def quality(self, argument: str = "") -> Any:
        """Return how complete the record of a match is."""
        return recognition.quality(self.opened(), argument)

    def rules(self, argument: str = "") -> Any:
        """Return the validation rules, or change one."""
        return recognition.rules(self.opened(), argument)

    def recognize(self, argument: str = "") -> Any:
        """Return what recognizing everything stored anew would change, or do it."""
        return recognition.recognize(self.opened(), argument)

    def mark(self, argument: str = "") -> Note:
        """Set the recognition status of an event by hand."""
        return recognition.mark(self.opened(), argument)

    def definitions(self, argument: str = "") -> Any:
        """Return the streams that people defined, or change them."""
        return recognition.definitions(self.opened(), argument)

    def obs(self, argument: str = "") -> Note:
        """Show the OBS instances, or do something with them."""
        return obs.talk(self.opened(), argument)

    def video(self, argument: str = "") -> Any:
        """Show where a match is on video, or make chapters, a page or a clip of it."""
        return video.video(self.opened(), argument)

    def annotate(self, argument: str = "") -> Any:
        """List notes and tags, or put one to an event, a match or this moment."""
        return desk.annotate(self.opened(), argument)

    def flags(self, argument: str = "") -> Any:
        """Show whose a country code is, or say what a code or a file means."""
        return desk.flags(self.opened(), argument)

    def settings(self, argument: str = "") -> Note:
        """Show the settings, or change them."""
        return settings.settings(self.opened(), argument)

    def system(self, argument: str = "") -> Any:
        """Show how machine, hub and database are."""
        return health.system(self.opened(), argument)

    def alerts(self, argument: str = "") -> Any:
        """Show what needs a person, or note that it has been seen."""
        return health.alerts(self.opened(), argument)

    def trace(self, argument: str = "") -> Any:
        """Follow an event to every client."""
        return health.trace(self.opened(), argument)

    def log(self, argument: str = "") -> Any:
        """Show the end of the hub's log, or change what is logged."""
        return health.log(self.opened(), argument)

    def users(self, argument: str = "") -> Any:
        """Show who may sign in, or change it."""
        return access.users(self.opened(), argument)

    def sign_in(self, argument: str = "") -> Note:
        """Act as a user, or as oneself again."""
        return access.sign_in(self.opened(), argument)

    def help(self, argument: str = "") -> Note:
        """Return the list of sub-commands, or the sentence of one."""
        if argument and argument not in SUBCOMMANDS:
            raise UsageProblem(f"there is no `%restrike {argument}`", hint=_nearest(argument))
        shown = {argument: SUBCOMMANDS[argument]} if argument else SUBCOMMANDS
        lines = [(f"%restrike {name} {each.usage}".rstrip(), each.help) for name, each in shown.items()]
        width = max(len(usage) for usage, _ in lines)
        return Note("\n".join(f"{usage:<{width}}  {text}" for usage, text in lines))

    def _open(self) -> Lab:
        config = self.config
        start: Start = "thread" if config.start == "thread" else "never"
        lab = Lab(url=config.url or None, token=config.token or None, start=start, config=config)
        if config.name and config.name not in self._names:
            self._named = config.name
            self._names[self._named] = lab
        return lab

    def opened(self) -> Lab:
        """Return the lab; raises :class:`NoHubError` when it was not started."""
        if self.lab is None:
            raise NoHubError("this kernel is not attached to a hub", hint="Run `%restrike start` first.")
        return self.lab

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        self._stop_replay()
        lab, self.lab = self.lab, None
        if lab is not None:
            if self._named and self._names.get(self._named) == lab:
                del self._names[self._named]
            self._named = ""
            lab.close()

    def _stop_replay(self) -> Note:
        replay, self._replay = self._replay, None
        if replay is None:
            return Note("No replay is running in the background.")
        return Note(replay.end())

    def _ports(self) -> dict[str, int]:
        hub: Mapping[str, Any] = self.opened().command("status")
        return {str(court): int(facts["port"]) for court, facts in hub["courts"].items()}


class Replay:
    """A capture on its way to the hub of this machine, each court to its port, unknown courts to the first."""

    def __init__(self, path: Path, speed: float | None, ports: Mapping[str, int]) -> None:
        self._path = path
        self._speed = speed
        self._messages = read_capture(path).messages
        first = next(iter(ports.values()))
        courts = {message.court for message in self._messages}
        self._routes = {court: ("127.0.0.1", ports.get(court, first)) for court in courts}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play, name="restrike-replay", daemon=True)
        self._played: Played | None = None
        self._problem: RestrikeError | None = None

    def send(self) -> str:
        """Send in the caller's thread and say what was sent."""
        self._play()
        return self.end()

    def begin(self) -> None:
        """Send in a thread."""
        self._thread.start()

    def end(self) -> str:
        """Stop sending if it is not over yet and say what was sent; raises what went wrong."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._problem is not None:
            raise self._problem
        if self._played is None:
            return f"{self._path.name}: nothing was sent."
        played = self._played
        return (
            f"{self._path.name}: {played.sent:,} of {len(self._messages):,} datagrams sent in {played.seconds:.1f} s."
        )

    def _play(self) -> None:
        try:
            self._played = send_udp(self._messages, self._routes, speed=self._speed, stop=self._ending.is_set)
        except RestrikeError as problem:
            self._problem = problem


def _output_name(sql: str) -> tuple[str, str]:
    """Return the variable that ``-o NAME`` names, if any, and the SQL behind it."""
    first, _, rest = sql.partition("\n")
    words = first.split(maxsplit=2)
    if words and words[0] in ("-o", "--out"):
        if len(words) < 2 or not words[1].isidentifier():
            raise UsageProblem("-o needs the name of a variable", hint="%%restrike query -o frame")
        return words[1], "\n".join([*words[2:], rest])
    return "", sql


def _speed(word: str) -> float | None:
    if word == "max":
        return None
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageProblem(f"{word!r} is no speed", hint="Give a number such as 1 or 50, or `max`.")
    return speed


def _nearest(word: str) -> str:
    found = difflib.get_close_matches(word, SUBCOMMANDS, n=1, cutoff=0.4)
    return f"Did you mean `%restrike {found[0]}`?" if found else "`%restrike help` lists what there is."


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "start": Subcommand("", "Attach to the hub of the data directory, or host one in this kernel.", Session.start),
    "stop": Subcommand("", "Stop the hub if this kernel hosts it; any other is left running.", Session.stop),
    "status": Subcommand("", "Show where this kernel is attached and how the hub is doing.", Session.status),
    "query": Subcommand("[-o NAME] SQL", "Ask in SQL; as %%restrike query with the SQL in the cell.", Session.query),
    "tables": Subcommand("[TABLE]", "List what can be queried, or the columns of one table.", Session.tables),
    "replay": Subcommand(
        "FILE [SPEED|max] [-b] | stop",
        "Send a capture to the hub as a console would; -b in the background.",
        Session.replay,
    ),
    "unknown": Subcommand(
        recognition.USAGES["unknown"],
        "Explain what was not understood: what it goes with, what it probably is, a definition.",
        Session.unknown,
    ),
    "quality": Subcommand(
        recognition.USAGES["quality"], "Tell what is missing of a match, by default of the last one.", Session.quality
    ),
    "rules": Subcommand(
        recognition.USAGES["rules"], "List the validation rules, add one, switch one off or on.", Session.rules
    ),
    "definitions": Subcommand(
        recognition.USAGES["definitions"],
        "List streams of your own; put them from a file, or by %%restrike definitions put WHY from the cell.",
        Session.definitions,
    ),
    "recognize": Subcommand(
        recognition.USAGES["recognize"],
        "Show what recognizing everything stored anew would change; apply it, or take a run back.",
        Session.recognize,
    ),
    "mark": Subcommand(recognition.USAGES["mark"], "Set an event's recognition status by hand.", Session.mark),
    "obs": Subcommand(
        obs.OBS_USAGE, "Show the OBS instances, or ask one for a scene or a recording: `obs help`.", Session.obs
    ),
    "video": Subcommand(
        video.USAGE, "Show where a match is on video; make chapters, a page with a player, a clip.", Session.video
    ),
    "annotate": Subcommand(
        desk.ANNOTATE_USAGE, "Put a note, or a tag as #word, to a place; list them.", Session.annotate
    ),
    "flags": Subcommand(
        desk.FLAGS_USAGE, "Show whose a country code is, with its flag; scan own pictures, correct both.", Session.flags
    ),
    "settings": Subcommand(settings.USAGE, "Show the settings, or change them for everybody.", Session.settings),
    "system": Subcommand(
        health.USAGES["system"], "Show how machine, hub and database are; check the database.", Session.system
    ),
    "alerts": Subcommand(
        health.USAGES["alerts"], "Show what needs a person; note that it has been seen.", Session.alerts
    ),
    "trace": Subcommand(
        health.USAGES["trace"], "Follow an event, or the next one, from its datagram to every client.", Session.trace
    ),
    "log": Subcommand(health.USAGES["log"], "Show the end of the hub's log, or change what is logged.", Session.log),
    "users": Subcommand(
        access.USERS_USAGE, "List who may sign in and who changed what; add, change and remove users.", Session.users
    ),
    "sign-in": Subcommand("[NAME]", "Act as a user from now on; without a name, as yourself again.", Session.sign_in),
    "help": Subcommand("[NAME]", "Show this list, or one entry of it.", Session.help),
}
"""Every sub-command by name; the help, the completion and the README table come from here."""
