"""``restrike-lab doctor``: everything that could keep the lab from working on this machine, each with the way out."""

from __future__ import annotations

from collections.abc import Iterator

from restrike_lab.app import checks
from restrike_lab.app.checks import Check
from restrike_lab.app.command import Command
from restrike_lab.app.up import JUPYTER_PORT, Up
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.ownership import read_address

__all__ = ["Doctor"]

WEBSOCKET_PORT = 3001
OBS_PORTS = {4455: "5", 4444: "4"}


class Doctor(Command):
    """Run every check and print a line for each."""

    name = "doctor"
    borrowed = {  # noqa: RUF012
        HubConfig: ("data_dir", "port", "courts", "bind", "ws_host", "ws_port", "receive_buffer"),
        Up: ("jupyter_port",),
    }

    def run(self) -> int:
        """Print the findings; the status is 1 when one of them is a failure."""
        worst = 0
        for check in self.checks(HubConfig(parent=self)):
            print(f"{check.verdict:<5} {check.name + ':':<16} {check.text}", flush=True)
            if check.way_out:
                print(f"{'':<22} -> {check.way_out}", flush=True)
            worst = worst or int(check.verdict == "fail")
        return worst

    def checks(self, config: HubConfig) -> Iterator[Check]:
        """Yield the findings as they come."""
        owner = read_address(config.directory)
        own_pid = owner.pid if owner else None
        yield checks.check_data_dir(config.directory)
        yield checks.check_disk(config.directory)
        yield checks.check_sqlite()
        for court, port in config.ports.items():
            yield from checks.check_udp_port(court, config.bind, port, config.receive_buffer, own_pid)
        ws_port = config.ws_port or WEBSOCKET_PORT
        yield checks.check_tcp_port("WebSocket port", config.ws_host, ws_port, own_pid, "--ws-port")
        jupyter_port = Up(config=self.config).jupyter_port or JUPYTER_PORT
        yield checks.check_tcp_port("Jupyter port", "127.0.0.1", jupyter_port, own_pid, "--jupyter-port")
        yield checks.check_notebooks()
        yield checks.check_browser()
        yield checks.check_clock()
        for obs_port, generation in OBS_PORTS.items():
            yield checks.check_obs(obs_port, generation)
