"""What is watched: every figure by name, with its unit and what it means.

The panel, ``/metrics`` and the settings take names, units and words from here.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FIGURES", "Figure", "shown"]


class Figure(NamedTuple):
    """One figure: ``unit`` is %, MB, MB/s, kB/s, ms, /s or empty for a plain number."""

    unit: str
    label: str
    help: str


FIGURES: dict[str, Figure] = {
    "cpu_percent": Figure("%", "Processors", "All processors of this machine, busy."),
    "memory_percent": Figure("%", "Memory", "Memory of this machine that is not available."),
    "disk_free_mb": Figure("MB", "Disk left", "Free on the disk of the data directory."),
    "disk_write_mb_s": Figure("MB/s", "Disk writes", "Written to all disks of this machine."),
    "disk_read_mb_s": Figure("MB/s", "Disk reads", "Read from all disks of this machine."),
    "net_in_kb_s": Figure("kB/s", "Network in", "Received on all interfaces."),
    "net_out_kb_s": Figure("kB/s", "Network out", "Sent on all interfaces."),
    "hub_cpu_percent": Figure("%", "Hub's processor", "Of one processor, by the hub's process."),
    "hub_memory_mb": Figure("MB", "Hub's memory", "Resident memory of the hub's process."),
    "hub_threads": Figure("", "Hub's threads", "Threads of the hub's process."),
    "hub_files": Figure("", "Hub's files", "Open files and sockets of the hub's process."),
    "files_percent": Figure("%", "Files of its limit", "Open files of the number that the system allows."),
    "obs_cpu_percent": Figure("%", "OBS's processor", "Of one processor, by OBS on this machine."),
    "obs_memory_mb": Figure("MB", "OBS's memory", "Resident memory of OBS on this machine."),
    "received_s": Figure("/s", "Received", "Datagrams received from consoles."),
    "dropped_s": Figure("/s", "Dropped", "Datagrams that the system dropped because the receive buffer was full."),
    "rejected_s": Figure("/s", "Refused", "Datagrams of senders that are not allowed."),
    "stored_s": Figure("/s", "Stored", "Events committed to the database."),
    "waiting": Figure("", "Waiting", "Datagrams received and not yet stored."),
    "queue_percent": Figure("%", "Room taken", "Of the room for datagrams that wait to be stored."),
    "clients": Figure("", "Clients", "Pages and programs that are connected."),
    "behind": Figure("", "Clients behind", "Clients too slow to follow; they get a snapshot."),
    "stored_p95_ms": Figure("ms", "Until stored", "From arrival to storage, 95 % of the groups of the last minute."),
    "told_p95_ms": Figure("ms", "Until told", "From arrival to the clients' sockets, 95 % of those groups."),
    "database_mb": Figure("MB", "Database", "Size of the database file."),
    "wal_mb": Figure("MB", "Database log", "Size of the database's write-ahead log."),
    "statements_s": Figure("/s", "Statements", "Statements that read the database."),
    "slow_statements": Figure("", "Slow statements", "Statements that took too long since the hub began."),
}


def shown(name: str, value: float) -> str:
    """Return a figure as people read it: "87 %", "1.2 GB", "430 ms"."""
    unit = FIGURES[name].unit
    if unit == "MB":
        return f"{value / 1000:.1f} GB" if value >= 1000 else f"{value:.0f} MB"
    if unit == "kB/s" and value >= 1000:
        return f"{value / 1000:,.1f} MB/s"
    if unit == "ms" and value >= 1000:
        return f"{value / 1000:.1f} s"
    number = f"{value:.1f}" if 0 < abs(value) < 10 and value != int(value) else f"{value:,.0f}"
    return f"{number} {unit}".strip() if unit != "/s" else f"{number}/s"
