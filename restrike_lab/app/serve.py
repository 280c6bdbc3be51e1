"""``restrike-lab serve``: the hub alone, in the foreground."""

from __future__ import annotations

from restrike_lab.app.command import Command
from restrike_lab.app.hosting import heard_where, hub_config, say, stop_signals, supervised_hub
from restrike_lab.hub.config import HubConfig

__all__ = ["LOOK_SECONDS", "Serve"]

LOOK_SECONDS = 0.2


class Serve(Command):
    """Run the supervised hub until told to stop."""

    name = "serve"
    borrowed = {HubConfig: None}  # noqa: RUF012

    def run(self) -> int:
        """Serve until Ctrl-C, SIGTERM or a client's ``stop``; all of them end well."""
        config = hub_config(self)
        with stop_signals() as stop, supervised_hub(config) as hub:
            address = hub.address
            say(
                f"Listening: {heard_where(config)}; clients: {address.url if address else 'starting'}; "
                f"data: {config.directory}. Ctrl-C stops."
            )
            while not stop.wait(LOOK_SECONDS) and not hub.ended.is_set():
                pass
        return 0
