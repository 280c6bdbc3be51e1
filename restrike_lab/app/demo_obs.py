"""OBS for the demo: the one that runs on this machine, or pretended ones of both protocols where none does.

What is changed for the demo (instances, rules that are switched on) is as it was when the demo ends.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from restrike_lab.client.attach import Attachment
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.obs import ObsFleet
from restrike_lab.client.obs_words import PASSWORD_VARIABLE
from restrike_lab.obs.fake import FakeObs, FakeThread, FakeV4, FakeV5, Studio
from restrike_lab.pss.errors import RestrikeError

__all__ = ["RECORDING_RULES", "REPLAY_RULES", "demo_obs", "real_obs_port"]

OBS_PORTS = (4455, 4444)
ANSWER_SECONDS = 20.0
RECORDING_RULES = ("record-load", "record-ready", "record-winner")
REPLAY_RULES = ("replay-challenge", "scene-challenge", "scene-accepted", "scene-rejected", "scene-closed")
"""What OBS does by itself in the demo: one records the bouts, the other shows the replays."""

SCENES = {
    "Ring": ("Score overlay", "Camera over the mat", "Camera at the corner"),
    "Replay": ("Replay player", "Camera over the mat"),
    "Break": ("Sponsors", "Music"),
    "Winner": ("Name of the winner", "Camera at the corner"),
}


@contextmanager
def demo_obs(directory: Path, say: Callable[[str], None], ports: Sequence[int] = OBS_PORTS) -> Iterator[None]:
    """Have OBS on the screen for as long as the block lasts; a demo without it goes on, with a word why."""
    with ExitStack() as undo:
        try:
            fleet = undo.enter_context(_fleet_of(directory))
            port = real_obs_port(ports)
            if port is None:
                _take_in_pretended(fleet, undo, say)
            else:
                _take_in_real(fleet, port, undo, say)
        except RestrikeError as problem:
            say(f"The demo goes on without OBS: {problem}. {problem.hint}".rstrip())
        yield


def real_obs_port(ports: Sequence[int] = OBS_PORTS) -> int | None:
    """Return the port of this machine on which an OBS may listen, ``None`` where none answers."""
    for port in ports:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return port
    return None


@contextmanager
def _fleet_of(directory: Path) -> Iterator[ObsFleet]:
    feed = LiveFeed(Attachment(directory).locate)
    feed.start()
    try:
        feed.wait(lambda feed: feed.connected, ANSWER_SECONDS)
        yield ObsFleet(feed)
    finally:
        feed.close()


def _take_in_real(fleet: ObsFleet, port: int, undo: ExitStack, say: Callable[[str], None]) -> None:
    """Take the OBS of this machine in, and let no rule work it: it is somebody's."""
    _take_in(fleet, "obs", port, os.environ.get(PASSWORD_VARIABLE) or None, "this machine", undo)
    say(f"OBS: one answers on port {port} and is on the screen; {PASSWORD_VARIABLE} gives its password.")


def _take_in_pretended(fleet: ObsFleet, undo: ExitStack, say: Callable[[str], None]) -> None:
    """Pretend an OBS of each protocol, and let the rules that came with the lab work them."""
    password = secrets.token_urlsafe(9)
    servers: tuple[FakeObs, FakeObs] = (
        FakeV5(Studio(SCENES, folder="/pretended"), password=password, version="5.5.2"),
        FakeV4(Studio(SCENES, folder="/pretended"), password=password),
    )
    host = FakeThread(servers)
    undo.callback(host.stop)
    film_port, wall_port = host.start()
    film = _take_in(fleet, "film", film_port, password, "pretended: records", undo)
    wall = _take_in(fleet, "wall", wall_port, password, "pretended: replays", undo)
    for names, instance in ((RECORDING_RULES, film), (REPLAY_RULES, wall)):
        _let_work(fleet, names, instance, undo)
    fleet.until_connected(wall, ANSWER_SECONDS)
    fleet[wall].start_replay()
    say("OBS: none runs here. Two pretended ones are on the screen: one records the bouts, one shows the replays.")


def _let_work(fleet: ObsFleet, names: Sequence[str], instance: str, undo: ExitStack) -> None:
    """Have rules work one instance, all but those that somebody has changed or switched on."""
    for rule in fleet.rules():
        if rule["name"] in names and rule["shipped"] and not rule["enabled"]:
            fleet.rules.put(fleet.rules.rule(rule["name"]) | {"instance": instance}, on=True)
            undo.callback(_quietly, partial(fleet.rules.drop, rule["name"]))


def _take_in(fleet: ObsFleet, name: str, port: int, password: str | None, role: str, undo: ExitStack) -> str:
    """Take an instance in under its name, or under one like it where that is taken; return the name."""
    free = next(each for each in (name, *(f"{name} {number}" for number in range(2, 1000))) if each not in fleet)
    fleet.add(free, port=port, password=password, role=role)
    undo.callback(_quietly, partial(fleet.remove, free))
    return free


def _quietly(work: Callable[[], object]) -> None:
    """Undo something where that is still possible: the hub may have ended before."""
    with suppress(RestrikeError):
        work()
