"""The hub watches itself: figures of every second, limits, notices for people, traces, timings, health.

    machine, books, database ──1/s──▶ Watch ──▶ History (trends) ──▶ clients, /metrics
                                        └─────▶ Sentinel (limits) ──▶ NoticeBook ──▶ clients, database

Nothing of it runs where datagrams walk, but for a few clock readings per group of events (``stages``).
"""

from __future__ import annotations
