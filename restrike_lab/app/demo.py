"""``restrike-lab demo``: ``up`` with a simulated console, so that a newcomer sees a bout within seconds.

The bouts are real UDP traffic at real pace, only that nobody has to sit through the pauses between them.
"""

from __future__ import annotations

import itertools
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from traitlets import Bool, Int

from restrike_lab.app.hosting import heard_ports, say
from restrike_lab.app.up import Up
from restrike_lab.hub.config import HubConfig
from restrike_lab.simulate.send import send_udp
from restrike_lab.simulate.tournament import Tournament, TournamentOptions

__all__ = ["Demo"]

LONGEST_PAUSE = 1.5
BOUTS_PER_COURT = 50


class Demo(Up):
    """Run everything with consoles that fight simulated bouts without end."""

    name = "demo"

    obs = Bool(False, help="Show OBS, too: the one that runs here, or two pretended ones.").tag(config=True)
    seed = Int(1, help="The same seed shows the same bouts.").tag(config=True)

    def data_directory(self) -> AbstractContextManager[str]:
        """Return a directory that is removed at the end, unless one is named."""
        if "data_dir" in self.config.HubConfig:
            return nullcontext("")
        return tempfile.TemporaryDirectory(prefix="restrike-lab-demo-", ignore_cleanup_errors=True)

    def hub_config(self, data_dir: str) -> HubConfig:
        """Return the hub's settings: heard on this machine only, on a port that is free where none is named."""
        config = super().hub_config(data_dir)
        given = self.config.HubConfig
        if "bind" not in given:
            config.bind = "127.0.0.1"
        if ("port" not in given or not config.port) and "courts" not in given:
            config.port = free_udp_port(config.port)  # a port of its own also for a hub that is started again
        return config

    @contextmanager
    def beside(self, config: HubConfig) -> Iterator[None]:
        """Fight bouts on every court for as long as the block lasts, with OBS beside them if it is asked for."""
        with ExitStack() as beside:
            if self.obs:
                from restrike_lab.app.demo_obs import demo_obs

                beside.enter_context(demo_obs(config.directory, say))
            beside.enter_context(self.fights(config))
            yield

    @contextmanager
    def fights(self, config: HubConfig) -> Iterator[None]:
        """Run the consoles for as long as the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self.fight, args=(config, stop), name="simulated console", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def fight(self, config: HubConfig, stop: threading.Event) -> None:
        """Send tournament after tournament until told to stop."""
        host = "127.0.0.1" if config.bind == "0.0.0.0" else config.bind
        routes = {court: (host, port) for court, port in heard_ports(config).items()}
        for seed in itertools.count(self.seed):
            options = TournamentOptions(seed=seed, bouts=BOUTS_PER_COURT * len(routes), courts=tuple(routes))
            send_udp(Tournament(options).stream(), routes, longest_pause=LONGEST_PAUSE, stop=stop.is_set)
            if stop.is_set():
                return


def free_udp_port(wanted: int) -> int:
    """Return the wanted UDP port, or one that the system chooses where it is taken."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
