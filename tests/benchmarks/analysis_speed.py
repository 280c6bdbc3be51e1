"""How fast ten million events are linked, analysed and opened, and in how much memory.

    python -m tests.benchmarks.analysis_speed [RUNS] [EVENTS] [RECORD]     (default 5 runs over 10,000,000 events)

RECORD is a data directory that ``restrike-lab simulate --to-archive`` made; without it one is made (two minutes).

Each contender answers from the same Parquet files of the archive and does the same job: read what it needs, link, and
hold the table of all hits with all twelve columns. Their sums are compared, so that all answers are one. Every run is a
process of its own, as somebody's notebook is, which has imported everything and answered for a single day before. It is
asked twice: *once* is what a person waits for, *again* the same with the memory that the process got for the first
answer, which spares those most who need most of it. Beside the lab's link stand

- a full scan: seven columns of every event, summed up;
- pandas by the same rule, which takes ``merge_asof`` in both directions, reading the columns it needs;
- the same with the filter on streams given to the reader, which then profits from the archive's layout as the lab does;
- pandas with one ``merge_asof`` forward, an easier question that gets hits behind their points wrong.

Memory is the growth of the peak resident set over that after the single day. CPU seconds stand beside the wall clock,
for busy machines.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.analysis_archive import record
from tests.benchmarks.bench import ROOT, headline, median, say, spread

LINKED = ["hl", "pt", "rdy"]
NUMBERS = ["seq", "match_id", "round", "clock_ms", "arrival_ns", "athlete"]
COLUMNS = [*NUMBERS, "epoch", "court", "value", "mono_ns", "stream"]
SUMMED = ["seq", "match_id", "clock_ms", "athlete", "level", "point_seq", "points", "delay_ms"]


def archived(folder: Path) -> Any:
    import ibis

    connection = ibis.duckdb.connect(threads=2)
    return connection.read_parquet(f"{folder}/archive/*/*.parquet", table_name="events", hive_partitioning=False)


def scan(folder: Path) -> Callable[[], str]:
    events = archived(folder)
    sums = {name: events[name].cast("float64").sum() for name in ("seq", "match_id", "athlete", "value", "mono_ns")}
    query = events.aggregate(n=events.count(), court=events.court.max(), hits=(events.stream == "hl").sum(), **sums)
    return lambda: f"{query.to_pyarrow()['n'][0]} events"


def lab_link(folder: Path) -> Callable[[], Any]:
    from restrike_lab.analysis import link

    hits = link(archived(folder))
    return lambda: hits.to_pyarrow()


def files(folder: Path) -> Any:
    return sorted((folder / "archive").glob("*/*.parquet"))


def pandas_forward(folder: Path) -> Callable[[], Any]:
    """One ``merge_asof``: each hit with the next point within 5 s. Misses hits that come behind their points."""
    import pandas as pd

    def once() -> Any:
        frame = pd.read_parquet(files(folder), columns=COLUMNS, partitioning=None)
        frame = frame[frame["stream"].isin(LINKED)]
        frame = frame.assign(ms=frame["mono_ns"] // 1_000_000).sort_values("ms")
        same = ["court", "match_id", "athlete"]
        hits, points = (frame[frame["stream"] == stream] for stream in ("hl", "pt"))
        points = points[["ms", *same, "seq", "value"]].assign(point_ms=points["ms"])
        return pd.merge_asof(
            hits, points, on="ms", by=same, direction="forward", tolerance=5000, suffixes=("", "_point")
        )

    return once


def pandas_rule(folder: Path, *, pushed: bool = False) -> Callable[[], Any]:
    """The lab's rule with ``merge_asof`` in both directions."""
    import numpy as np
    import pandas as pd

    def once() -> Any:
        filters = [("stream", "in", LINKED)] if pushed else None
        frame = pd.read_parquet(files(folder), columns=COLUMNS, filters=filters, partitioning=None)
        frame = frame[frame["stream"].isin(LINKED) & (frame["value"].notna() | (frame["stream"] == "rdy"))]
        frame = frame.sort_values("seq")
        frame["ms"] = frame["mono_ns"] // 1_000_000
        frame["load"] = frame["match_id"].fillna(-frame["epoch"])
        frame["window"] = (frame["stream"] == "rdy").groupby([frame["court"], frame["load"]]).cumsum()
        same = ["court", "load", "athlete", "window"]
        hits = frame[frame["stream"] == "hl"]
        points = frame.loc[frame["stream"] == "pt", ["seq", "ms", "value", *same]]
        points = points.assign(point_seq=points["seq"]).rename(columns={"ms": "point_ms", "value": "points"})
        after = pd.merge_asof(hits, points, on="seq", by=same, direction="forward")
        before = pd.merge_asof(hits[["seq", "ms", *same]], points, on="seq", by=same, direction="backward")
        wait, lag = after["point_ms"] - after["ms"], before["ms"] - before["point_ms"]
        follows = wait.between(0, 5000)
        candidate = lag.between(0, 150) & ~wait.between(0, 150)
        taken = after.loc[follows & ~candidate, "point_seq"]
        behind = candidate & ~before["point_seq"].isin(taken)
        linked = after[[*NUMBERS, "court"]].assign(level=after["value"], scored=behind | follows)
        sides = {"point_seq": (before["point_seq"], after["point_seq"]), "delay_ms": (-lag, wait)}
        for name, (back, forth) in (sides | {"points": (before["points"], after["points"])}).items():
            linked[name] = np.where(behind, back, np.where(follows, forth, np.nan))
        return linked

    return once


def pandas_pushed(folder: Path) -> Callable[[], Any]:
    return pandas_rule(folder, pushed=True)


def whole(folder: Path) -> Callable[[], str]:
    """The whole analysis through a lab's own query engine, archive and database together."""
    from restrike_lab.analysis import hit_levels, link
    from restrike_lab.client.fill import Record
    from restrike_lab.client.query import Query
    from restrike_lab.store.files import database_path

    query = Query(lambda: Record(database_path(folder)))
    events, points, matches, athletes = (query.expression(name) for name in ("events", "points", "matches", "athletes"))
    return lambda: hit_levels(link(events), points, matches, athletes).statement


CONTENDERS: dict[str, Callable[[Path], Callable[[], Any]]] = {
    "full scan": scan,
    "link": lab_link,
    "pandas": pandas_rule,
    "pandas, filter pushed": pandas_pushed,
    "pandas, forward": pandas_forward,
    "hit_levels": whole,
}
SAME_JOB = ("link", "pandas", "pandas, filter pushed")
LINKING = (*SAME_JOB, "full scan", "pandas, forward")
TURNS = ("once", "again")


def answer_of(found: Any) -> str:
    """Return what can be compared of an answer: rows, links and sums of a table, or the text it is."""
    if isinstance(found, str):
        return found
    frame = found if hasattr(found, "merge") else found.to_pandas()
    if "delay_ms" not in frame:
        return f"{len(frame)} hits, {int(frame['seq_point'].notna().sum())} links"
    sums = [int(frame[name].sum()) for name in SUMMED]
    return f"{len(frame)} hits, {int(frame['scored'].sum())} links, sums {sums}"


def contend(name: str, folder: Path) -> None:
    """Run one contender in this process and print what it took as JSON."""
    if name in LINKING:
        with single_day(folder) as day:
            CONTENDERS[name](day)()
    ask = CONTENDERS[name](folder)
    before = peak_mb()
    taken: dict[str, Any] = {}
    found: Any = None
    for turn in TURNS:
        found = None
        wall, cpu = time.perf_counter(), time.process_time()
        found = ask()
        taken[turn] = time.perf_counter() - wall
        taken[f"cpu {turn}"] = time.process_time() - cpu
    peak = peak_mb()
    sys.stdout.write(json.dumps({**taken, "mb": peak - before, "peak": peak, "answer": answer_of(found)}))


@contextmanager
def single_day(folder: Path) -> Iterator[Path]:
    """Make a record of the first day of another."""
    with tempfile.TemporaryDirectory() as place:
        file = files(folder)[0]
        day = Path(place) / "archive" / file.parent.name
        day.mkdir(parents=True)
        (day / file.name).symlink_to(file.resolve())
        yield Path(place)


def peak_mb() -> float:
    """Return the greatest resident set of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measured(name: str, folder: Path, runs: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.analysis_speed", "--contend", name, str(folder)]
    results = []
    for _ in range(runs):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        results.append(json.loads(done.stdout))
    answers = {each["answer"] for each in results}
    found = {key: median([each[key] for each in results]) for key in results[0] if key != "answer"}
    say(f"   {name:22} once {spread([each['once'] for each in results], 's')}; CPU {found['cpu once']:.2f} s")
    say(f"   {'':22} again {spread([each['again'] for each in results], 's')}; CPU {found['cpu again']:.2f} s")
    say(f"   {'':22} +{found['mb']:.0f} MB (peak {found['peak']:.0f} MB): {min(answers)[:60]}")
    return {**found, "answer": " and ".join(sorted(answers))}


def compared(name: str, results: dict[str, dict[str, Any]]) -> str:
    def times(key: str) -> str:
        return f"{results[name][key] / results['link'][key]:.1f} times"

    return (
        f"   {name} against link: {times('once')} the time once, {times('again')} again; the CPU {times('cpu once')} "
        f"once, {times('cpu again')} again; the memory {times('mb')}"
    )


def main(argv: list[str]) -> None:
    if argv[1:2] == ["--contend"]:
        contend(argv[2], Path(argv[3]))
        return
    runs = int(argv[1]) if len(argv) > 1 else 5
    events = int(argv[2]) if len(argv) > 2 else 10_000_000
    with record(events, argv[3] if len(argv) > 3 else "") as folder:
        headline(f"analysis of {events:,} events from the archive, {runs} processes each")
        results = {name: measured(name, folder, runs) for name in CONTENDERS}
    answers = {results[name]["answer"] for name in SAME_JOB}
    say(f"   the answers of {', '.join(SAME_JOB)} are {'equal' if len(answers) == 1 else f'NOT EQUAL: {answers}'}")
    link, scan = results["link"], results["full scan"]
    ratios = [f"{link[key] / scan[key]:.1f} times {key}" for key in TURNS]
    say(f"   link against a full scan: {', '.join(ratios)} (at most 6)")
    for name in ("pandas", "pandas, filter pushed", "pandas, forward"):
        say(compared(name, results))
    whole = results["hit_levels"]
    say(f"   hit_levels: {whole['once']:.1f} s (at most 15), peak {whole['peak']:.0f} MB (at most 1500)")


if __name__ == "__main__":
    main(sys.argv)
