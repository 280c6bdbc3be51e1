"""One million distinct hostile unknown lines: memory, speed against that of bouts, exact counts.

``python -m tests.benchmarks.unknown_flood [RUNS [LINES]]``. First through recognizer and pattern book alone; then the
way of a message without the sockets (recognize, reduce, gather, store in groups of 1,000) in CPU time; then through a
whole hub, over its socket into its database, as fast as it stores without losing any. The ratios are between messages
of bouts as consoles repeat them, known messages of which no two are alike, and hostile unknown ones, in the same run.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import psutil

from restrike_lab.bout import Arrival, CourtState, reduce
from restrike_lab.pss import PatternBook, Recognizer, RuleTally
from restrike_lab.store import Writer
from restrike_lab.store.reader import Reader
from tests.benchmarks import bench
from tests.benchmarks.hostile import hostile, known
from tests.benchmarks.sender import BATCH, Sender, bout_messages

LINES = 1_000_000
WAY = 100_000
GROUP = 1000
MB = 1e6
NORMAL = 300_000
"""Messages of a kind that a whole hub takes for the comparison."""

UNDER_WAY = 40_000
"""Messages that may be on their way into a hub; more wait at the sender, so that none is lost."""

COUNTING_SECONDS = 120.0


def gather(datagrams: Iterable[bytes], recognizer: Recognizer, book: PatternBook) -> None:
    """Recognize datagrams and gather those that are unknown."""
    for number, datagram in enumerate(datagrams):
        for each in recognizer.recognize(datagram):
            if each.shape:
                book.add(each.shape, each.raw, number, "1", 1, number)


def whole_way(datagrams: Sequence[bytes]) -> float:
    """Return CPU microseconds per datagram of the way from recognition to the disk."""
    recognizer, book, state, seq = Recognizer(), PatternBook(), CourtState(), 0
    tally = RuleTally(recognizer.table)
    with tempfile.TemporaryDirectory(prefix="restrike-bench-") as name:
        writer = Writer.open(Path(name))
        begun = time.process_time()
        for start in range(0, len(datagrams), GROUP):
            rows, group = [], []
            for datagram in datagrams[start : start + GROUP]:
                recognitions = recognizer.recognize(datagram)
                group += recognitions
                for part, it in enumerate(recognitions):
                    seq += 1
                    state, _ = reduce(state, it.message, Arrival(seq, seq, seq))
                    if it.shape:
                        book.add(it.shape, it.raw, seq, "1", 1, seq)
                    stamps = (state.match_id, state.round, state.clock_ms, seq, seq, "127.0.0.1:5000", part, None)
                    said = (it.raw, it.stream, it.event_type, it.event_code, it.athlete, it.value, it.fields, it.status)
                    rows.append((seq, 1, "1", 1, *stamps, *said, "2.3-live", it.confidence, it.errors, 0.01))
            tally.add(group)
            writer.append(rows, {"1": state})
        book.take_changes()
        spent = time.process_time() - begun
        writer.close()
    return spent / len(datagrams) * 1e6


def flood(lines: int) -> None:
    """Print memory and counts of the whole flood."""
    process = psutil.Process()
    recognizer, book = Recognizer(), PatternBook()
    gather(hostile(1000, seed=1), recognizer, PatternBook())
    base = process.memory_info().rss
    highest, begun = base, time.process_time()
    stream = hostile(lines)
    while chunk := list(islice(stream, 50_000)):
        gather(chunk, recognizer, book)
        highest = max(highest, process.memory_info().rss)
    spent = time.process_time() - begun
    counted = sum(pattern.count for pattern in book)
    samples = max(len(pattern.samples) for pattern in book)
    bench.say(f" {lines:,} distinct hostile lines: {spent / lines * 1e6:.1f} us each with making them")
    bench.say(f"   memory over the base  {(highest - base) / MB:.0f} MB")
    bench.say(f"   patterns {len(book)}, at most {samples} samples each, counted {counted:,} of {book.total:,}")
    if counted != book.total or (highest - base) / MB > 100:
        raise SystemExit("the counts are wrong, or the memory is over its bound")


class Taken(NamedTuple):
    """What a hub took: messages stored a second, CPU microseconds for storing and for counting each, MB over base."""

    rate: float
    storing: float
    counting: float
    memory: float


def through_hub(payloads: Sequence[bytes], unknown: bool) -> Taken:
    """Send messages into a hub as fast as it stores them; check that all came, and all that is unknown is counted."""
    count = len(payloads)
    with bench.hub() as hub, closing(Reader.open(hub.data_dir)) as reader:
        sender = Sender(hub.ports()[0], list(payloads))
        base, cpu, begun = hub.rss(), hub.cpu(), time.perf_counter()
        highest, stored, sent = base, 0, 0
        while stored < count:
            if sent < count and sent - stored < UNDER_WAY:
                sender.send(min(BATCH, count - sent))
                sent = min(sent + BATCH, count)
                continue
            time.sleep(0.005)
            stored = reader.last_seq()
            highest = max(highest, hub.rss())
        seconds, stored_cpu = time.perf_counter() - begun, hub.cpu()
        wait_counted(reader, count)
        counted_cpu, highest = hub.cpu(), max(highest, hub.rss())
        if (received := hub.status()["courts"]["1"]["received"]) != count:
            raise SystemExit(f"{count - received} messages were lost")
        if unknown:
            check_patterns(reader, count)
    each = 1e6 / count
    return Taken(count / seconds, (stored_cpu - cpu) * each, (counted_cpu - stored_cpu) * each, (highest - base))


def wait_counted(reader: Reader, count: int) -> None:
    """Wait until the hub has counted everything that it stored."""
    limit = time.monotonic() + COUNTING_SECONDS
    while reader.query("SELECT seq FROM accounting").rows[0][0] < count:
        if time.monotonic() > limit:
            raise SystemExit("the hub did not count what it stored")
        time.sleep(0.1)


def check_patterns(reader: Reader, count: int) -> None:
    """Check that every message is in exactly one pattern, and that samples are bounded; say how many there are."""
    rows = reader.query("SELECT occurrence_count, samples FROM pss_unknown_events").rows
    counted = sum(number for number, _ in rows)
    samples = max(len(json.loads(each)) for _, each in rows)
    bench.say(f"   kept: {len(rows)} patterns, at most {samples} samples each, counted {counted:,} of {count:,}")
    if counted != count:
        raise SystemExit("the counts are wrong")


def whole_hub(lines: int) -> None:
    """Print how a whole hub takes each kind; storing goes first, and what it stored it counts when it has time."""
    bench.say(f" through a whole hub, {lines:,} hostile lines against {NORMAL:,} of the others:")
    taken = {
        "bouts": through_hub(list(islice(cycle(bout_messages()), NORMAL)), unknown=False),
        "known, distinct": through_hub(list(known(NORMAL)), unknown=False),
        "hostile, distinct": through_hub(list(hostile(lines)), unknown=True),
    }
    normal = taken["bouts"]
    for kind, it in taken.items():
        rate, speed = it.rate / normal.rate, normal.storing / it.storing
        bench.say(f"   {kind:18s} {it.rate:7,.0f} stored a second, {rate:.2f} of bouts")
        bench.say(
            f"   {'':18s} CPU {it.storing:.1f} us each, {speed:.2f} of the speed; counted later: {it.counting:.1f} us"
        )
        bench.say(f"   {'':18s} memory {it.memory:.0f} MB over the base")
    if taken["hostile, distinct"].memory > 100:
        raise SystemExit("the memory is over its bound")


def main() -> None:
    bench.headline("unknown flood: memory, counts and speed")
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    flood(lines)
    traffic = {
        "bouts": list(islice(cycle(bout_messages()), WAY)),
        "known, distinct": list(known(WAY)),
        "hostile, distinct": list(hostile(WAY)),
    }
    spent: dict[str, list[float]] = {kind: [] for kind in traffic}
    for _ in range(bench.runs(sys.argv)):
        for kind, datagrams in traffic.items():
            spent[kind].append(whole_way(datagrams))
    for kind, values in spent.items():
        ratio = bench.median(spent["bouts"]) / bench.median(values)
        bench.say(f"   {kind:18s} {bench.spread(values, 'us each', 1)}; {ratio:.2f} of the speed of bouts")
    whole_hub(lines)


if __name__ == "__main__":
    main()
