"""Everything about a hub that can be set, as traits: each is a flag, an environment variable and a config line.

A trait with a category is a stored setting, too (see ``hub.settings``): what nobody gave by flag, variable or file is
taken from the database. ``given`` therefore knows of every trait that was set, and by what.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from restrike_lab.hub.access_config import AccessConfig
from restrike_lab.pss import VERSIONS
from restrike_lab.pss.streams import LIVE

__all__ = ["COMMAND_LINE", "CONFIG_FILE", "ENVIRONMENT", "PROGRAM", "SOURCES", "HubConfig", "pieces"]

FIRST_COURT = "1"

CONFIG_FILE, ENVIRONMENT, COMMAND_LINE, PROGRAM = "config file", "environment", "command line", "program"
SOURCES = (CONFIG_FILE, ENVIRONMENT, COMMAND_LINE, PROGRAM)
"""By what a value may be given, the weakest first; stored values and defaults come after all of them."""


class HubConfig(AccessConfig, Configurable):
    """Settings of a hub."""

    data_dir = Unicode("./restrike-data", help="Directory of the database; one hub per directory.").tag(config=True)
    port = Int(
        6000, min=0, max=65_535, help="UDP port of the console when no courts are named; 0 lets the system choose."
    ).tag(config=True, category="network", restart=True)
    courts = Dict(
        value_trait=Int(),
        key_trait=Unicode(),
        help="UDP port of each court by name, such as {'1': 6000, '2': 6001}. Empty: court '1' on `port`.",
    ).tag(config=True, category="network", restart=True)
    bind = Unicode("0.0.0.0", help="Address on which consoles are heard; 0.0.0.0 is every one of this machine.").tag(
        config=True, category="network", restart=True
    )
    ws_host = Unicode("127.0.0.1", help="Address on which clients are served; 127.0.0.1 is this machine alone.").tag(
        config=True, category="network", restart=True
    )
    ws_port = Int(
        None,
        allow_none=True,
        min=0,
        max=65_535,
        help="TCP port for clients. Unset: 3001, or the next free one; `hub.json` in the data directory tells which.",
    ).tag(config=True, category="network", restart=True)
    token = Unicode(
        "",
        help="Secret that clients must know. Empty: a new one at each start, kept by a hub that replaces a dead one.",
    ).tag(config=True)
    origins = List(
        Unicode(), help="Web pages that may connect beside those of this machine, such as https://lab.example."
    ).tag(config=True, category="network")
    allow = List(
        Unicode(), help="Networks whose datagrams are heard, such as 192.168.1.0/24. Empty: all. Others are counted."
    ).tag(config=True, category="network")
    receive_buffer = Int(
        64 << 20,
        min=4096,
        max=2 << 30,
        help="Receive buffer to ask for per court, in bytes; 64 MiB holds about 160,000 messages.",
    ).tag(config=True, category="network", restart=True)
    queue_datagrams = Int(
        2_000_000, min=1, max=100_000_000, help="Datagrams that may wait in memory before the kernel must keep them."
    ).tag(config=True, category="recording")
    queue_bytes = Int(
        512 << 20, min=1 << 20, max=1 << 40, help="Bytes that may wait in memory before the kernel must keep them."
    ).tag(config=True, category="recording")
    group_size = Int(5_000, min=1, max=100_000, help="Datagrams that are stored in one transaction at most.").tag(
        config=True, category="recording"
    )
    protocol_version = Enum(
        VERSIONS, LIVE, help=f"Protocol table by which messages are judged: {', '.join(VERSIONS)}."
    ).tag(config=True, category="recording", role="operator")
    protocol_versions = Dict(
        value_trait=Enum(VERSIONS),
        key_trait=Unicode(),
        help="Protocol table of courts that differ, by name, such as {'2': 'older'}.",
    ).tag(config=True, category="recording", role="operator")
    archive = Bool(True, help="Bring the Parquet archive up to date after a match, in a process of its own.").tag(
        config=True, category="recording"
    )
    obs_keyring = Bool(False, help="Give passwords of OBS to the keyring of the system, not to the key file.").tag(
        config=True, category="obs", role="admin", restart=True
    )
    keep_days = Int(
        0,
        min=0,
        max=36_500,
        help="Days that events stay in the database once they are archived, looked at once a day; 0: for good. What "
        "is older is answered from the archive.",
    ).tag(config=True, category="recording")
    portable_receive = Bool(False, help="Use the portable receive path even where a faster one exists.").tag(
        config=True, category="recording", restart=True
    )

    settings = Dict(
        key_trait=Unicode(),
        help="Any other setting by its key, such as screen.theme=dark; `restrike-lab settings` lists them all.",
    ).tag(config=True)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in self.class_trait_names(config=True):
            self.given.setdefault(name, PROGRAM)

    @property
    def given(self) -> dict[str, str]:
        """By what each trait was given that was: one of ``SOURCES`` by name; of ``settings``, by the setting's key."""
        held: dict[str, str] = self.__dict__.setdefault("_given", {})
        return held

    def stand_in(self, name: str, value: Any) -> None:
        """Set a trait that nobody gave, to a stored value; it stays not given."""
        super().__setattr__(name, value)

    def as_given(self) -> dict[str, Any]:
        """Return the values of the traits that were given: all that makes another hub like this one."""
        return {name: getattr(self, name) for name in HubConfig.class_trait_names(config=True) if name in self.given}

    @property
    def stood_in(self) -> list[str]:
        """The keys of stored settings that count here and were read at the start."""
        traits = HubConfig.class_traits(config=True, restart=True)
        return [
            f"{trait.metadata['category']}.{name}"
            for name, trait in traits.items()
            if name not in self.given and getattr(self, name) != trait.default()
        ]

    @property
    def directory(self) -> Path:
        """The data directory as an absolute path."""
        return Path(self.data_dir).expanduser().absolute()

    @property
    def ports(self) -> Mapping[str, int]:
        """UDP port by court name."""
        return dict(self.courts) or {FIRST_COURT: self.port}

    def version_of(self, court: str) -> str:
        """Return the protocol version of a court."""
        return str(self.protocol_versions.get(court, self.protocol_version))

    @validate("courts")
    def _check_courts(self, proposal: Any) -> Any:
        ports = [port for port in proposal["value"].values() if port]
        if len(set(ports)) != len(ports):
            raise TraitError("two courts cannot share a port: nothing in a message says which court it is from")
        for name, port in proposal["value"].items():
            if not name or not 0 <= port <= 65_535:
                raise TraitError(f"court {name!r} needs a name and a port of 0 to 65535, not {port}")
        return proposal["value"]

    @validate("bind", "ws_host")
    def _check_host(self, proposal: Any) -> Any:
        host = proposal["value"].strip()
        if not re.fullmatch(r"[0-9A-Za-z.:%_-]{0,253}", host):
            raise TraitError(f"{host!r} is no address of this machine")
        return host

    @validate("allow")
    def _check_allow(self, proposal: Any) -> Any:
        for network in proposal["value"]:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as problem:
                raise TraitError(f"{network!r} is no network such as 192.168.1.0/24") from problem
        return proposal["value"]


def pieces(text: str) -> list[str]:
    """Return the parts of a list, or of NAME=VALUE pairs, with commas between; a value may hold commas itself."""
    parts: list[str] = []
    for part in text.split(","):
        if parts and "=" in parts[0] and "=" not in part:
            parts[-1] += f",{part}"
        else:
            parts.append(part)
    return parts
