"""The hub as a process of its own: ``python -m restrike_lab.hub``.

It runs until SIGTERM, SIGINT, a client's ``stop`` or, when asked to, the end of its standard input, which is how a
supervisor on any platform ends it cleanly and how it notices that the supervisor is no more. ``--standby`` waits for
the present owner of the data directory to end and then takes over, with everything loaded already.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, TextIO

from traitlets import TraitError

from restrike_lab.hub.config import COMMAND_LINE, HubConfig
from restrike_lab.hub.errors import HubError, OwnedElsewhere
from restrike_lab.hub.hub import Hub
from restrike_lab.pss.errors import RestrikeError

__all__ = ["READY", "SETTINGS_VARIABLE", "main"]

WAITING = "waiting"
READY = "ready"
"""First word of the one line on standard output that says the hub is listening."""

SETTINGS_VARIABLE = "RESTRIKE_LAB_HUB_SETTINGS"
"""Environment variable with settings as a JSON object, for what must not stand in a process list."""

EXIT_OWNED, EXIT_FAILED, EXIT_UNHEALTHY = 3, 1, 70
STANDBY_SECONDS = 0.5
HEALTH_SECONDS = 0.5


def parser() -> argparse.ArgumentParser:
    """Return the command line of the hub process."""
    options = argparse.ArgumentParser(prog="python -m restrike_lab.hub", description="Run a hub until told to stop.")
    options.add_argument("--data-dir", help="directory of the database (default ./restrike-data)")
    options.add_argument("--port", type=int, help="UDP port of the console (default 6000)")
    options.add_argument("--court", action="append", default=[], metavar="NAME=PORT", help="a court; repeatable")
    options.add_argument("--bind", help="address on which consoles are heard (default all)")
    options.add_argument("--ws-host", help="address on which clients are served (default 127.0.0.1)")
    options.add_argument("--ws-port", type=int, help="TCP port for clients (default 3001 or the next free one)")
    options.add_argument("--allow", action="append", metavar="NETWORK", help="hear this network only; repeatable")
    options.add_argument("--receive-buffer", type=int, help="receive buffer per court in bytes")
    options.add_argument("--protocol-version", help="protocol table by which messages are judged")
    options.add_argument("--standby", action="store_true", help="wait for the owner to end, then take over")
    options.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input ends")
    options.add_argument("--log-level", default="WARNING", help="DEBUG, INFO, WARNING (default) or ERROR")
    return options


def configured(arguments: argparse.Namespace, settings: str | None) -> HubConfig:
    """Return the configuration: the settings variable, and over it what the command line says.

    Raises ``HubError`` for a setting that makes no sense.
    """
    values: dict[str, Any] = json.loads(settings) if settings else {}
    given: dict[str, str] = values.pop("given", {})
    for name in ("data_dir", "port", "bind", "ws_host", "ws_port", "allow", "receive_buffer", "protocol_version"):
        if (value := getattr(arguments, name)) is not None:
            values[name] = value
            given[name] = COMMAND_LINE
    try:
        if arguments.court:
            values["courts"] = {
                name: int(port) for name, _, port in (court.rpartition("=") for court in arguments.court)
            }
            given["courts"] = COMMAND_LINE
        config = HubConfig(**values)
        config.given.update(given)
        return config
    except (ValueError, TraitError) as problem:
        raise HubError(f"the settings cannot be used: {problem}", hint="See --help.") from problem


def main(argv: Sequence[str] | None = None, out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Run a hub until told to stop; return the exit status."""
    arguments = parser().parse_args(argv)
    said = logging.StreamHandler(err)  # with a level of its own: the log in the data directory may hold more
    said.setLevel(arguments.log_level.upper())
    logging.basicConfig(handlers=[said], level=said.level, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda _number, _frame: stop.set())
    if arguments.stop_with_stdin:
        threading.Thread(target=stop_with_stdin, args=(stop,), name="restrike-stdin", daemon=True).start()
    try:
        hub = Hub(configured(arguments, os.environ.pop(SETTINGS_VARIABLE, None)), "process", stop.set)
        if arguments.standby:
            out.write(f"{WAITING} for the owner of {hub.config.directory} to end\n")
            out.flush()
        if not begin(hub, stop, arguments.standby):
            return 0
        out.write(ready_line(hub))
        out.flush()
        tune_collector()
        while not stop.wait(HEALTH_SECONDS) and hub.healthy:
            pass
        healthy = hub.healthy
        hub.stop()
    except RestrikeError as problem:
        err.write(f"error: {problem.message}\n")
        if problem.hint:
            err.write(f"hint: {problem.hint}\n")
        return EXIT_OWNED if isinstance(problem, OwnedElsewhere) else EXIT_FAILED
    return 0 if healthy else EXIT_UNHEALTHY


def begin(hub: Hub, stop: threading.Event, standby: bool) -> bool:
    """Start the hub, as a standby as soon as it may; False when told to stop before that."""
    while not stop.is_set():
        try:
            hub.start(STANDBY_SECONDS if standby else 0.0)
        except OwnedElsewhere:
            if not standby:
                raise
        else:
            return True
    return False


def ready_line(hub: Hub) -> str:
    """Return the line that tells a person and a supervisor that the hub listens."""
    status = hub.status()
    courts = ", ".join(f"{name}={court['port']}" for name, court in status["courts"].items())
    return f"{READY} {status['url']} (process {status['pid']}, term {status['epoch']}, courts {courts})\n"


def tune_collector() -> None:
    """Keep the garbage collector off what lives for ever, and let it look at thousands of rows at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def stop_with_stdin(stop: threading.Event) -> None:
    """Wait for the end of standard input."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    stop.set()
