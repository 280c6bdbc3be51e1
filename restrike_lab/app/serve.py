"""``restrike-lab serve``: the hub alone, in the foreground."""

from __future__ import annotations

from collections.abc import Mapping

from restrike_lab.app.command import Command
from restrike_lab.app.hosting import say, stop_signals, supervised_hub
from restrike_lab.hub.config import HubConfig

__all__ = ["Serve", "listening"]

LOOK_SECONDS = 0.2


class Serve(Command):
    """Run the supervised hub until told to stop."""

    name = "serve"
    borrowed = {HubConfig: None}  # noqa: RUF012

    def run(self) -> int:
        """Serve until Ctrl-C, SIGTERM or a client's ``stop``; all of them end well."""
        config = HubConfig(parent=self)
        with stop_signals() as stop, supervised_hub(config) as hub:
            address = hub.address
            say(
                f"Listening: {listening(config.ports)}; clients: {address.url if address else 'starting'}; "
                f"data: {config.directory}. Ctrl-C stops."
            )
            while not stop.wait(LOOK_SECONDS) and not hub.ended.is_set():
                pass
        return 0


def listening(ports: Mapping[str, int]) -> str:
    """Return what is heard where, in words."""
    return ", ".join(f"court {name} on UDP {port}" for name, port in ports.items())
