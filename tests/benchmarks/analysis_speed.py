"""How fast ten million events are linked and analysed, and in how much memory.

    python -m tests.benchmarks.analysis_speed [RUNS] [EVENTS]     (default 5 runs over 10,000,000 events)

Each contender is a process of its own that answers from the same Parquet files on disk, as an analyst's does: a full
scan of the columns that linking needs; the lab's link (all columns of every hit); pandas by the same rule, which takes
two ``merge_asof``; and pandas with one ``merge_asof`` forward, an easier question that gets hits behind their points
wrong. Memory is the growth of the peak resident set over that after import. CPU seconds stand beside the wall clock,
for busy machines. The answers (number of links) stand behind each line.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.analysis_archive import archive
from tests.benchmarks.bench import ROOT, headline, median, say, spread

COLUMNS = ["seq", "court", "match_id", "athlete", "value", "mono_ns", "stream"]
SAME = ["court", "match_id", "athlete"]


def lab_tables(folder: Path) -> tuple[Any, Any, Any, Any]:
    import ibis

    connection = ibis.duckdb.connect(threads=2)
    events = connection.read_parquet(f"{folder}/events/*.parquet", table_name="events")
    points = events.filter((events.stream == "pt") & events.value.notnull())
    points = points.select("seq", "match_id", "athlete", points=events.value)
    read = (connection.read_parquet(f"{folder}/{name}.parquet", table_name=name) for name in ("matches", "athletes"))
    return events, points, *read


def scan(folder: Path) -> Callable[[], str]:
    events = lab_tables(folder)[0]
    sums = {name: events[name].cast("float64").sum() for name in ("seq", "match_id", "athlete", "value", "mono_ns")}
    query = events.aggregate(n=events.count(), court=events.court.max(), hits=(events.stream == "hl").sum(), **sums)
    return lambda: str(query.to_pyarrow()["n"][0])


def lab_link(folder: Path) -> Callable[[], str]:
    from restrike_lab.analysis import link

    hits = link(lab_tables(folder)[0])
    query = hits.aggregate(
        n=hits.scored.sum(), delay=hits.delay_ms.sum(), level=hits.level.sum(), owner=hits.point_seq.sum()
    )
    return lambda: str(query.to_pyarrow()["n"][0])


def read(folder: Path) -> Any:
    import pandas as pd

    frame = pd.read_parquet(folder / "events", columns=COLUMNS)
    frame = frame[frame["stream"].isin(["hl", "pt", "rdy"])]
    return frame.assign(ms=frame["mono_ns"] // 1_000_000).sort_values("seq")


def pandas_forward(folder: Path) -> Callable[[], str]:
    """One ``merge_asof``: each hit with the next point within 5 s. Misses hits that come behind their points."""
    import pandas as pd

    def once() -> str:
        frame = read(folder).sort_values("ms")
        hits, points = (frame[frame["stream"] == stream] for stream in ("hl", "pt"))
        linked = pd.merge_asof(
            hits,
            points[["ms", *SAME, "seq"]],
            on="ms",
            by=SAME,
            direction="forward",
            tolerance=5000,
            suffixes=("", "_p"),
        )
        return str(int(linked["seq_p"].notna().sum()))

    return once


def pandas_rule(folder: Path) -> Callable[[], str]:
    """The lab's rule with ``merge_asof`` in both directions."""
    import pandas as pd

    def once() -> str:
        frame = read(folder)
        frame["window"] = (frame["stream"] == "rdy").groupby([frame["court"], frame["match_id"]]).cumsum()
        same = [*SAME, "window"]
        hits = frame[frame["stream"] == "hl"]
        points = frame.loc[frame["stream"] == "pt", ["seq", "ms", *same]]
        points = points.assign(point_seq=points["seq"], point_ms=points["ms"]).drop(columns="ms")
        after = pd.merge_asof(hits, points, on="seq", by=same, direction="forward")
        before = pd.merge_asof(hits, points, on="seq", by=same, direction="backward")
        wait, lag = after["point_ms"] - after["ms"], before["ms"] - before["point_ms"]
        follows = wait.between(0, 5000)
        candidate = lag.between(0, 150) & ~wait.between(0, 150)
        taken = after.loc[follows & ~candidate, "point_seq"]
        behind = candidate & ~before["point_seq"].isin(taken)
        return str(int((behind | follows).sum()))

    return once


def whole(folder: Path) -> Callable[[], str]:
    from restrike_lab.analysis import hit_levels, link

    events, points, matches, athletes = lab_tables(folder)
    return lambda: hit_levels(link(events), points, matches, athletes).statement


CONTENDERS: dict[str, Callable[[Path], Callable[[], str]]] = {
    "full scan": scan,
    "link": lab_link,
    "pandas, same rule": pandas_rule,
    "pandas, forward": pandas_forward,
    "hit_levels": whole,
}


def contend(name: str, folder: Path, runs: int) -> None:
    """Run one contender in this process and print what it took as JSON."""
    once = CONTENDERS[name](folder)
    before = peak_mb()
    walls, cpus, answer = [], [], ""
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = once()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    taken = {"walls": walls, "cpus": cpus, "mb": peak_mb() - before, "peak": peak_mb(), "answer": answer}
    sys.stdout.write(json.dumps(taken))


def peak_mb() -> float:
    """Return the greatest resident set of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def measured(name: str, folder: Path, runs: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.analysis_speed", "--contend", name, str(folder), str(runs)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    say(
        f"   {name:18} {spread(result['walls'], 's')}; CPU {median(result['cpus']):.2f} s; +{result['mb']:.0f} MB "
        f"(peak {result['peak']:.0f} MB): {result['answer']}"
    )
    return result


def compared(name: str, results: dict[str, dict[str, Any]]) -> str:
    def times(of: Callable[[dict[str, Any]], float]) -> str:
        return f"{of(results[name]) / of(results['link']):.1f} times"

    wall, cpu = times(lambda each: median(each["walls"])), times(lambda each: median(each["cpus"]))
    return f"   {name} against link: {wall} the time, {cpu} the CPU, {times(lambda each: each['mb'])} the memory"


def main(argv: list[str]) -> None:
    if argv[1:2] == ["--contend"]:
        contend(argv[2], Path(argv[3]), int(argv[4]))
        return
    runs = int(argv[1]) if len(argv) > 1 else 5
    events = int(argv[2]) if len(argv) > 2 else 10_000_000
    with archive(events) as folder:
        headline(f"analysis of {events:,} events from Parquet, {runs} runs each")
        results = {name: measured(name, folder, runs) for name in CONTENDERS}
    wall = {name: median(result["walls"]) for name, result in results.items()}
    say(f"   link against a full scan: {wall['link'] / wall['full scan']:.1f} times (at most 6)")
    for name in ("pandas, same rule", "pandas, forward"):
        say(compared(name, results))
    peak = results["hit_levels"]["peak"]
    say(f"   hit_levels: {wall['hit_levels']:.1f} s (at most 15), peak {peak:.0f} MB (at most 1500)")


if __name__ == "__main__":
    main(sys.argv)
