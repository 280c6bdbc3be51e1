"""Everything about a hub that can be set, as traits: each is a flag, an environment variable and a config line."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from restrike_lab.pss import VERSIONS
from restrike_lab.pss.streams import LIVE

__all__ = ["HubConfig"]

FIRST_COURT = "1"


class HubConfig(Configurable):
    """Settings of a hub."""

    data_dir = Unicode("./restrike-data", help="Directory of the database; one hub per directory.").tag(config=True)
    port = Int(6000, help="UDP port of the console when no courts are named; 0 lets the system choose.").tag(
        config=True
    )
    courts = Dict(
        value_trait=Int(),
        key_trait=Unicode(),
        help="UDP port of each court by name, such as {'1': 6000, '2': 6001}. Empty: court '1' on `port`.",
    ).tag(config=True)
    bind = Unicode("0.0.0.0", help="Address on which consoles are heard; 0.0.0.0 is every one of this machine.").tag(
        config=True
    )
    ws_host = Unicode("127.0.0.1", help="Address on which clients are served; 127.0.0.1 is this machine alone.").tag(
        config=True
    )
    ws_port = Int(
        None,
        allow_none=True,
        help="TCP port for clients. Unset: 3001, or the next free one; `hub.json` in the data directory tells which.",
    ).tag(config=True)
    token = Unicode(
        "",
        help="Secret that clients must know. Empty: a new one at each start, kept by a hub that replaces a dead one.",
    ).tag(config=True)
    origins = List(
        Unicode(), help="Web pages that may connect beside those of this machine, such as https://lab.example."
    ).tag(config=True)
    allow = List(
        Unicode(), help="Networks whose datagrams are heard, such as 192.168.1.0/24. Empty: all. Others are counted."
    ).tag(config=True)
    receive_buffer = Int(
        64 << 20, help="Receive buffer to ask for per court, in bytes; 64 MiB holds about 160,000 messages."
    ).tag(config=True)
    queue_datagrams = Int(2_000_000, help="Datagrams that may wait in memory before the kernel must keep them.").tag(
        config=True
    )
    queue_bytes = Int(512 << 20, help="Bytes that may wait in memory before the kernel must keep them.").tag(
        config=True
    )
    group_size = Int(5_000, help="Datagrams that are stored in one transaction at most.").tag(config=True)
    protocol_version = Unicode(LIVE, help=f"Protocol table by which messages are judged: {', '.join(VERSIONS)}.").tag(
        config=True
    )
    protocol_versions = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="Protocol table of courts that differ, by name, such as {'2': 'older'}.",
    ).tag(config=True)
    archive = Bool(True, help="Bring the Parquet archive up to date after a match, in a process of its own.").tag(
        config=True
    )
    portable_receive = Bool(False, help="Use the portable receive path even where a faster one exists.").tag(
        config=True
    )

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

    @validate("protocol_versions")
    def _check_versions(self, proposal: Any) -> Any:
        for court, version in proposal["value"].items():
            if version not in VERSIONS:
                raise TraitError(f"no protocol table {version!r} for court {court}; there are {', '.join(VERSIONS)}")
        return proposal["value"]

    @validate("courts")
    def _check_courts(self, proposal: Any) -> Any:
        ports = [port for port in proposal["value"].values() if port]
        if len(set(ports)) != len(ports):
            raise TraitError("two courts cannot share a port: nothing in a message says which court it is from")
        for name, port in proposal["value"].items():
            if not name or not 0 <= port <= 65_535:
                raise TraitError(f"court {name!r} needs a name and a port of 0 to 65535, not {port}")
        return proposal["value"]

    @validate("port", "ws_port")
    def _check_port(self, proposal: Any) -> Any:
        if proposal["value"] is not None and not 0 <= proposal["value"] <= 65_535:
            raise TraitError(f"a port is 0 to 65535, not {proposal['value']}")
        return proposal["value"]

    @validate("allow")
    def _check_allow(self, proposal: Any) -> Any:
        for network in proposal["value"]:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as problem:
                raise TraitError(f"{network!r} is no network such as 192.168.1.0/24") from problem
        return proposal["value"]

    @validate("protocol_version")
    def _check_version(self, proposal: Any) -> Any:
        if proposal["value"] not in VERSIONS:
            raise TraitError(f"no protocol table {proposal['value']!r}; there are {', '.join(VERSIONS)}")
        return proposal["value"]
