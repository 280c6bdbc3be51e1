"""A record made by hand: rows as the writer stores them, without a hub."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import apsw

from restrike_lab.pss import Recognizer
from restrike_lab.store.schema import EVENT_COLUMNS, migrate

FIRST_NS = 1_753_000_000_000_000_000


class Made:
    """Write rows into a database of its own, one commit per call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = apsw.Connection(str(path))
        self.db.pragma("journal_mode", "wal")
        migrate(self.db)
        self.seq = 0
        self._recognizer = Recognizer()

    def add(self, messages: Iterable[bytes], court: str = "1", match_id: int | None = None, round: int = 1) -> None:
        rows = []
        for raw in messages:
            self.seq += 1
            found = self._recognizer.recognize(raw)[0]
            values = {
                **dict.fromkeys(EVENT_COLUMNS),
                **{"seq": self.seq, "epoch": 1, "court": court, "session_id": 1, "match_id": match_id, "round": round},
                **{"clock_ms": 60_000, "arrival_ns": FIRST_NS + self.seq * 1_000_000, "mono_ns": self.seq * 1_000_000},
                **{"sender": "127.0.0.1:5000", "part": 0, "raw": raw, "stream": found.stream},
                **{"event_type": found.event_type, "event_code": found.event_code, "athlete": found.athlete},
                **{"value": found.value, "fields": found.fields, "recognition_status": found.status},
                **{"protocol_version": "2.3-live", "parser_confidence": found.confidence},
                **{"validation_errors": found.errors, "processing_time_ms": 0.01},
            }
            rows.append(tuple(values[name] for name in EVENT_COLUMNS))
        with self.db:
            self.db.executemany(f"INSERT INTO pss_events VALUES ({','.join('?' * len(EVENT_COLUMNS))})", rows)

    def load(self, match_id: int, court: str = "1", stage: str = "fighting") -> None:
        with self.db:
            self.db.execute(
                "INSERT OR REPLACE INTO pss_matches "
                "(match_id, court, loaded_ns, loaded_by, stage, fought, rounds_blue, rounds_red) "
                "VALUES (?, ?, ?, 'pre', ?, 1, 0, 0)",
                (match_id, court, FIRST_NS + match_id, stage),
            )

    def link(self, hit_seq: int, point_seq: int, level: int, points: int, match_id: int | None = None) -> None:
        with self.db:
            self.db.execute(
                "INSERT OR REPLACE INTO pss_hit_links VALUES (?, ?, ?, 1, 1, ?, ?, 40)",
                (hit_seq, point_seq, match_id, level, points),
            )

    def unlink(self, hit_seq: int) -> None:
        self.db.execute("DELETE FROM pss_hit_links WHERE hit_seq = ?", (hit_seq,))
