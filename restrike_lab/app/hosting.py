"""What ``serve``, ``up`` and ``demo`` share: a supervised hub for as long as the command runs, and a clean end."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from traitlets.config.loader import DeferredConfig

from restrike_lab.app.command import PREFIX, Command
from restrike_lab.app.status import ask_hub
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.errors import OwnedElsewhere
from restrike_lab.hub.supervise import Supervisor
from restrike_lab.pss.errors import RestrikeError

__all__ = ["environment_of", "heard_ports", "heard_where", "hub_config", "say", "stop_signals", "supervised_hub"]

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
STANDBY = "--standby"


def say(message: str) -> None:
    """Tell the person at the terminal something, on standard error so that standard output stays clean."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Yield an event that is set by Ctrl-C and by every polite way of ending a process."""
    stop = threading.Event()
    present = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        present.remove(signal.SIGHUP)  # nohup
    former = {number: signal.signal(number, lambda _number, _frame: stop.set()) for number in present}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def supervised_hub(config: HubConfig, share: bool = False) -> Iterator[Supervisor]:
    """Run the hub in a process of its own, started again when it dies, ended cleanly with the block.

    Where another hub owns the data directory: with ``share`` stand by and replace it when it ends, else raise
    ``OwnedElsewhere``.
    """
    options = ["--log-level", logging.getLevelName(logging.getLogger().getEffectiveLevel())]
    supervisor = Supervisor(config, tell_restart, options)
    log = logging.getLogger(Supervisor.__module__)
    log.disabled = True  # what the hub says when it cannot start comes back as the error
    try:
        supervisor.start()
    except OwnedElsewhere as neighbour:
        if not share:
            raise
        say(f"Using what is there: {neighbour}.")
        supervisor = Supervisor(config, tell_restart, [*options, STANDBY])
        supervisor.launch()
        supervisor.thread.start()
    finally:
        log.disabled = False
    # A notebook may take over before a new process is up; that process then waits for its turn.
    supervisor.options = [*options, STANDBY]
    try:
        yield supervisor
    finally:
        supervisor.stop()


def heard_ports(config: HubConfig) -> dict[str, int]:
    """Return on which UDP port each court is heard by the running hub, which may be another than is configured here."""
    try:
        return {name: court["port"] for name, court in ask_hub(config.directory)["courts"].items()}
    except RestrikeError:  # it has just died and is being started again
        return dict(config.ports)


def heard_where(config: HubConfig) -> str:
    """Return in words where the running hub hears each court."""
    return ", ".join(f"court {name} on UDP {port}" for name, port in heard_ports(config).items())


def hub_config(command: Command) -> HubConfig:
    """Return the settings of the hub that a command is about to run, each with what gave it.

    Of ``settings`` every key counts by itself: one on the command line leaves another of the config file as it is.
    """
    config = HubConfig(parent=command)
    trait = HubConfig.class_traits()["settings"]
    keyed: dict[str, Any] = {}
    for source, part in command.parts:
        for name, value in part["HubConfig"].items() if "HubConfig" in part else ():
            config.given[name] = source
            if name == "settings":
                given = value.get_value(trait) if isinstance(value, DeferredConfig) else value
                keyed |= given
                config.given.update(dict.fromkeys(given, source))
    if keyed:
        config.settings = keyed
    return config


def environment_of(config: HubConfig) -> dict[str, str]:
    """Return the environment variables that say to a notebook what this hub is set to.

    A notebook whose hub dies may host the next one, and must then listen where the console sends. The hub's token is
    left out: the kernels of pages that anybody may look at have the same environment.
    """
    values = {**config.as_given(), "data_dir": str(config.directory)}
    values.pop("token", None)
    return {PREFIX + name.upper(): spelled(value) for name, value in values.items() if value not in (None, "", [], {})}


def spelled(value: object) -> str:
    """Return a setting as it stands in an environment variable."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={part}" for name, part in value.items())
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def tell_restart(count: int, status: int) -> None:
    """Say that the hub died and lives again."""
    say(f"The hub ended (status {status}) and was started again (restart {count}); the gap is on record.")
