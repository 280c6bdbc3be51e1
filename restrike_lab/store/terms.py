"""Terms of hubs over a data directory, their sessions per court, and the gaps between.

A *term* (epoch) is one hub's ownership of the directory. Its number grows by one with every hub that takes over, so
that a client can tell whether it still talks to the same one.
"""

from __future__ import annotations

from typing import NamedTuple

import apsw

__all__ = ["Terms"]


class _Epoch(NamedTuple):
    epoch: int
    mode: str
    pid: int
    started_ns: int


class _Session(NamedTuple):
    session_id: int
    epoch: int
    court: str
    port: int
    protocol_version: str
    started_ns: int


class Terms:
    """Write terms, sessions and gaps, inside the caller's transaction."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._epoch: _Epoch | None = None
        self._sessions: list[_Session] = []

    def begin_epoch(self, mode: str, pid: int, now_ns: int) -> int:
        """Begin a term after the last one, and record the gap between them."""
        last = self._db.execute("SELECT epoch, ended_ns, clean FROM hub_epochs ORDER BY epoch DESC LIMIT 1").fetchone()
        floor = self._db.execute("SELECT max(epoch_floor) FROM set_aside").get or 0
        epoch = max(last[0] if last else 0, floor) + 1
        if last:
            ended_ns = last[1] if last[1] is not None else self._found_dead(last[0])
            if now_ns > ended_ns:
                reason = "no hub was running" if last[2] else "the hub died"
                self._insert_gap(epoch, ended_ns, now_ns, reason, None)
        self._epoch = _Epoch(epoch, mode, pid, now_ns)
        self._sessions = []
        self._insert_epoch(self._epoch)
        return epoch

    def end_dead(self) -> None:
        """Close the books of a hub that died, while the last event is still its own; one that ended is left alone."""
        last = self._db.execute("SELECT epoch, ended_ns FROM hub_epochs ORDER BY epoch DESC LIMIT 1").fetchone()
        if last and last[1] is None:
            self._found_dead(last[0])

    def begin_session(self, court: str, port: int, protocol_version: str, now_ns: int) -> int:
        """Begin a session of the running term."""
        epoch = self._running().epoch
        session_id = int(self._db.execute("SELECT max(session_id) FROM pss_sessions").get or 0) + 1
        session = _Session(session_id, epoch, court, port, protocol_version, now_ns)
        self._insert_session(session)
        self._sessions.append(session)
        return session_id

    def record_gap(self, from_ns: int, to_ns: int, reason: str, court: str | None) -> None:
        """Record a gap in the running term."""
        self._insert_gap(self._running().epoch, from_ns, to_ns, reason, court)

    def end_epoch(self, clean: bool, now_ns: int) -> None:
        """End the running term and its sessions."""
        epoch = self._running().epoch
        self._db.execute("UPDATE hub_epochs SET ended_ns = ?, clean = ? WHERE epoch = ?", (now_ns, int(clean), epoch))
        self._db.execute("UPDATE pss_sessions SET ended_ns = ? WHERE epoch = ? AND ended_ns IS NULL", (now_ns, epoch))

    def carry_over(self, db: apsw.Connection) -> None:
        """Go on in another database, with the running term and its sessions."""
        self._db = db
        if self._epoch is not None:
            self._insert_epoch(self._epoch)
        for session in self._sessions:
            self._insert_session(session)

    def _running(self) -> _Epoch:
        if self._epoch is None:
            raise ValueError("no term was begun: call begin_epoch first")
        return self._epoch

    def _found_dead(self, epoch: int) -> int:
        """Close the books of a term that did not: its last sign of life is its last event."""
        started_ns = self._db.execute("SELECT started_ns FROM hub_epochs WHERE epoch = ?", (epoch,)).get
        last = self._db.execute("SELECT epoch, arrival_ns FROM pss_events ORDER BY seq DESC LIMIT 1").fetchone()
        ended_ns = max(started_ns, last[1]) if last and last[0] == epoch else started_ns
        self._db.execute("UPDATE hub_epochs SET ended_ns = ?, clean = 0 WHERE epoch = ?", (ended_ns, epoch))
        self._db.execute("UPDATE pss_sessions SET ended_ns = ? WHERE epoch = ? AND ended_ns IS NULL", (ended_ns, epoch))
        return int(ended_ns)

    def _insert_epoch(self, epoch: _Epoch) -> None:
        self._db.execute("INSERT INTO hub_epochs (epoch, mode, pid, started_ns) VALUES (?, ?, ?, ?)", epoch)

    def _insert_session(self, session: _Session) -> None:
        self._db.execute(
            "INSERT INTO pss_sessions (session_id, epoch, court, port, protocol_version, started_ns)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            session,
        )

    def _insert_gap(self, epoch: int, from_ns: int, to_ns: int, reason: str, court: str | None) -> None:
        self._db.execute(
            "INSERT INTO gaps (epoch, court, from_ns, to_ns, reason) VALUES (?, ?, ?, ?, ?)",
            (epoch, court, from_ns, to_ns, reason),
        )
