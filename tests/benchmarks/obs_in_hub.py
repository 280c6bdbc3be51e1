"""What OBS costs a hub, and how fast a hub works it: ``python -m tests.benchmarks.obs_in_hub [PAIRS]``.

Three questions, each to a hub in a process of its own. How much of a core does the whole hub take at rest with twenty
instances? How long is it from a datagram to OBS's own event of the scene that a rule puts on (with the real OBS, where
there is one)? And does an OBS that is frozen make datagrams wait: the time from the kernel's stamp until a client has
the stored event, in turns with an OBS that is well and one that is stopped (SIGSTOP); rules keep asking it for scenes.

That last one is made hard to excuse: the database lies in memory where that can be had, so that no disk hides what OBS
costs; the OBS is a fake, since a real one that is stopped sets a processor free; turns follow one another as ABBA, and
the half of them counts in which other programs disturbed least, since they only ever add.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from restrike_lab.obs import Client, Instance
from restrike_lab.obs.events import SceneChanged
from tests.benchmarks import bench
from tests.benchmarks.obs_round_trip import INSTANCES, serve_fakes, spawned
from tests.obs.peers import free_port
from tests.peers.real_obs import PASSWORD, RealObs

PAIRS = 12
MEMORY = Path("/dev/shm")
"""A file system in memory, on Linux."""

BLOCK_SECONDS = 3.0
RATE = 200
CHANGES = 60
REST_SECONDS = 10.0
TARGET_CORE = 0.05
TARGET_CHANGE_MS = 60.0
TARGET_RATIO = 1.1

RULES = (
    {"name": "one", "when": {"stream": "pt", "athlete": 1}, "do": [{"request": "scene", "args": {"scene": "Replay"}}]},
    {"name": "two", "when": {"stream": "pt", "athlete": 2}, "do": [{"request": "scene", "args": {"scene": "Ring1"}}]},
)


def take_in(hub: bench.HubUnderTest, ports: list[int], password: str | None, rules: bool) -> None:
    """Have a hub connect to every OBS, and work them by two rules."""
    for number, port in enumerate(ports, 1):
        hub.command("obs.add", name=f"obs{number}", port=port, password=password)
    for rule in RULES if rules else ():
        hub.command("obs.rule.put", rule=rule, enabled=True)
    limit = time.monotonic() + 30
    while not all(each["connected"] for each in hub.command("obs")["instances"]):
        if time.monotonic() > limit:
            raise SystemExit("the hub does not reach every OBS")
        time.sleep(0.1)


@contextmanager
def fakes() -> Iterator[tuple[int, list[int]]]:
    """Run fake OBS in a process of their own; give it with their ports."""
    process, ports = spawned(serve_fakes)
    assert isinstance(ports, list)
    assert process.pid is not None
    try:
        yield process.pid, ports
    finally:
        process.kill()
        process.join()


@contextmanager
def real_obs() -> Iterator[int | None]:
    """Run the real OBS and give its port, none where there is no OBS."""
    if not (shutil.which("obs") and shutil.which("Xvfb")):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="restrike-bench-") as name:
        real = RealObs(Path(name), free_port(), fps=30)
        try:
            real.start()
            yield real.port
        finally:
            real.close()


# -- at rest -----------------------------------------------------------------------------------------------------------


def at_rest() -> bool:
    """Measure a hub at rest, first without OBS, then with twenty."""
    used: list[float] = []
    with fakes() as (_pid, ports):
        for wanted in ([], ports):
            with bench.hub() as hub:
                take_in(hub, wanted, None, rules=False)
                time.sleep(2)
                before, begun = hub.cpu(), time.perf_counter()
                time.sleep(REST_SECONDS)
                used.append((hub.cpu() - before) / (time.perf_counter() - begun))
    alone, full = used
    bench.say(f"   whole hub at rest: {alone:.1%} of a core without OBS, {full:.1%} with {INSTANCES} (target 5 %)")
    return full < TARGET_CORE


# -- a scene by a rule -------------------------------------------------------------------------------------------------


async def changes(port: int, udp: int, password: str | None) -> list[float]:
    """Return the ms from each datagram to OBS's event of the scene that it causes."""
    client = Client(Instance("watcher", port=port, password=password))
    heard: asyncio.Queue[int] = asyncio.Queue()
    client.subscribe(lambda event: heard.put_nowait(event.at.mono_ns) if isinstance(event, SceneChanged) else None)
    client.start()
    await client.until_connected(20)
    await client.set_scene("Ring1")
    await asyncio.sleep(0.5)
    chance, taken = random.Random(4), list[float]()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", udp))
        for athlete in itertools.islice(itertools.cycle((1, 2)), CHANGES):
            while not heard.empty():
                heard.get_nowait()
            begun = time.monotonic_ns()
            sender.send(b"pt%d;1" % athlete)
            taken.append((await asyncio.wait_for(heard.get(), 10) - begun) / 1e6)
            await asyncio.sleep(0.1 + chance.random() / 15)  # anywhere between two frames
    await client.stop()
    return taken


def scene_change() -> bool:
    """Measure scene changes by a rule."""
    with real_obs() as port, bench.hub() as hub:
        if port is None:
            bench.say("   datagram to scene event: not measured, there is no OBS here")
            return True
        take_in(hub, [port], PASSWORD, rules=True)
        taken = sorted(asyncio.run(changes(port, hub.ports()[0], PASSWORD)))
    middle, late = statistics.median(taken), taken[len(taken) * 95 // 100]
    bench.say(
        f"   datagram to scene event of real OBS: p50 {middle:.1f} ms (target 60), p95 {late:.1f}, n={len(taken)}"
    )
    return middle <= TARGET_CHANGE_MS


# -- a frozen one ------------------------------------------------------------------------------------------------------


def delays_in_turns(
    hub: bench.HubUnderTest, pairs: int, freeze: Callable[[bool], None]
) -> tuple[list[list[float]], list[list[float]]]:
    """Return the ms from arrival to the stored event at a client, turn by turn, with OBS well and with OBS frozen."""
    well: list[list[float]] = []
    frozen: list[list[float]] = []
    decoder = msgspec.json.Decoder()
    now: list[float] = []
    stop = threading.Event()

    def read() -> None:
        with hub.connect() as connection:
            while not stop.is_set():
                try:
                    message = connection.recv(timeout=0.2)
                except TimeoutError:
                    continue
                at = time.time_ns()
                if message[9:18] == "pss_event":
                    now.append((at - decoder.decode(message)["data"]["arrival_ns"]) / 1e6)

    reader = threading.Thread(target=read)
    reader.start()
    with bench.sender(hub.ports()[0], int(RATE * (BLOCK_SECONDS * 2 * pairs + 4)), RATE, "bouts") as fire:
        sending = threading.Thread(target=fire)
        sending.start()
        time.sleep(2)
        for turn in range(2 * pairs):
            # ABBA: what gets slower or faster with time falls on both
            is_frozen = turn % 4 in (1, 2)
            freeze(is_frozen)
            time.sleep(0.5)
            now.clear()
            time.sleep(BLOCK_SECONDS - 0.5)
            (frozen if is_frozen else well).append(list(now))
        freeze(False)
        stop.set()
        reader.join()
        sending.join()
    return well, frozen


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[int(len(values) * part)]


def frozen_obs(pairs: int) -> bool:
    """Measure what a frozen OBS does to datagrams."""
    memory = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="restrike-bench-", dir=memory) as name,
        fakes() as (pid, ports),
        bench.hub(directory=Path(name)) as hub,
    ):
        take_in(hub, ports[:1], None, rules=True)
        well, frozen = delays_in_turns(
            hub, pairs, lambda stop: os.kill(pid, signal.SIGSTOP if stop else signal.SIGCONT)
        )
    bench.say(f"   arrival to stored and told, {2 * pairs} turns of {BLOCK_SECONDS:g} s at {RATE} messages/s:")
    late: list[float] = []
    for name, turns in (("well", well), ("frozen", frozen)):
        every, quiet = pooled(turns), pooled(quieter(turns))
        late.append(percentile(quiet, 0.99))
        of_all = f"p50 {percentile(every, 0.5):.2f} ms, p99 {percentile(every, 0.99):.2f} ms, n={len(every)}"
        bench.say(f"     {name:7} {of_all}; quieter half of the turns: p99 {late[-1]:.2f} ms, n={len(quiet)}")
    ratio = late[1] / late[0]
    bench.say(f"     p99 frozen / well in the quieter half: {ratio:.2f} (target {TARGET_RATIO})")
    return ratio <= TARGET_RATIO


def pooled(turns: list[list[float]]) -> list[float]:
    return [delay for turn in turns for delay in turn]


def quieter(turns: list[list[float]]) -> list[list[float]]:
    """Return the half of the turns that was disturbed least: what other programs do only ever adds."""
    return sorted(turns, key=lambda turn: percentile(turn, 0.99))[: (len(turns) + 1) // 2]


def main() -> int:
    """Measure, say it and return 1 where a target was missed."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    bench.headline("OBS in the hub: at rest, scenes by rules, and a frozen one")
    held = [at_rest(), scene_change(), frozen_obs(pairs)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
