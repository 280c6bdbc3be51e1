"""Ten million events on disk, for the benchmarks of the analysis: simulated bouts, over and over, with new numbers.

A tournament of 200 bouts goes through recognizer and reducer once; its rows are repeated as further days, each with
``seq``, ``match_id`` and times of its own, in one Parquet file a day (zstd), as the archive keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq

from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from tests.analysis.tables import tables

DAY_NS = 86_400 * 10**9


@contextmanager
def archive(events: int) -> Iterator[Path]:
    """Make a folder with about so many events in ``events/*.parquet`` and their ``matches`` and ``athletes``."""
    with TemporaryDirectory(prefix="restrike-bench-") as name:
        folder = Path(name)
        (folder / "events").mkdir()
        options = TournamentOptions(seed=1, bouts=200, courts=("1", "2", "3", "4"))
        day = tables(Tournament(options).stream())
        for table in ("events", "matches", "athletes"):
            pq.write_table(getattr(day, table).to_pyarrow(), folder / f"one-{table}.parquet")
        size = int(day.events.count().execute())
        days = max(1, round(events / size))
        duck = duckdb.connect()
        for number in range(days):
            shift = number * size
            moved = f"match_id + {shift} AS match_id"
            times = ", ".join(f"{each} + {number * DAY_NS} AS {each}" for each in ("arrival_ns", "mono_ns"))
            duck.execute(
                f"COPY (SELECT * REPLACE (seq + {shift} AS seq, {moved}, {times}) FROM '{folder}/one-events.parquet')"
                f" TO '{folder}/events/day-{number:04}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            )
        for table in ("matches", "athletes"):
            duck.execute(
                f"COPY (SELECT * REPLACE (match_id + day * {size} AS match_id) FROM '{folder}/one-{table}.parquet',"
                f" range({days}) days(day)) TO '{folder}/{table}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            )
        for table in ("events", "matches", "athletes"):
            (folder / f"one-{table}.parquet").unlink()
        yield folder
