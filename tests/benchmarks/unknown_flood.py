"""One million distinct hostile unknown lines through recognizer and pattern book: memory, speed, exact counts.

``python -m tests.benchmarks.unknown_flood [RUNS [LINES]]``. The ratio is that of the whole way of a message without
the sockets (recognize, reduce, gather, store in groups of 1,000), in CPU time, between messages of bouts as consoles
repeat them, known messages of which no two are alike, and hostile unknown ones, all in the same run.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import psutil

from restrike_lab.bout import Arrival, CourtState, reduce
from restrike_lab.pss import PatternBook, Recognizer, RuleTally
from restrike_lab.store import Writer
from tests.benchmarks import bench
from tests.benchmarks.sender import bout_messages

LINES = 1_000_000
WAY = 100_000
GROUP = 1000
MB = 1e6


def hostile(count: int, seed: int = 7) -> Iterator[bytes]:
    """Yield lines of which no two are alike: made-up codes, classes and numbers of fields, binary, free text."""
    draw = random.Random(seed)
    for number in range(count):
        match number % 5:
            case 0:
                yield b"zz%d;%d;abc;01:%02d" % (number, number, number % 60)
            case 1:
                yield b"q;%x;%d" % (draw.getrandbits(40), number)
            case 2:
                yield draw.randbytes(20).replace(b"\n", b"").replace(b"\r", b"") + b"%d" % number
            case 3:
                kinds = (b"", b"1", b"2.5", b"01:00", b"#ffffff", b"CRO", b"go", b"two words", b"\xff")
                yield b";".join(
                    [b"%x" % draw.getrandbits(40), *draw.choices(kinds, k=draw.randrange(10)), b"%d" % number]
                )
            case _:
                yield b"hello %d, this is nobody's protocol" % number


def known(count: int) -> Iterator[bytes]:
    """Yield known messages of which no two are alike."""
    for number in range(count):
        match number % 3:
            case 0:
                yield b"s11;%d;s21;%d;s12;0;s22;0;s13;0;s23;0" % (number, number % 77)
            case 1:
                yield b"sc1;%d;sc2;%d" % (number, number % 99)
            case _:
                yield b"wmh;Athlete %d;2-1 PTF" % number


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


def main() -> None:
    bench.headline("unknown flood: memory, counts and speed")
    flood(int(sys.argv[2]) if len(sys.argv) > 2 else LINES)
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


if __name__ == "__main__":
    main()
