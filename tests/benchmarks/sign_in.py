"""A thousand tries to sign in: how many got an answer, how long it took, and what it did to everybody else.

    python -m tests.benchmarks.sign_in

Four connections guess as fast as they are answered, half of them a name that exists and half one that does not, while
another connection pings. Then each name is tried alone from addresses of its own, so that every password is really
looked at: the two spreads should be the same.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

from restrike_lab.client.lab import Lab
from tests.hub.helpers import running_hub
from tests.hub.test_access import PASSWORD, Screen

TRIES, GUESSERS, LOOKED_AT = 1_000, 4, 60


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as place, running_hub(Path(place)) as hub:
        with Lab(place, start="never") as lab:
            lab.users.add("mina", "admin", PASSWORD)
        memory = psutil.Process().memory_info().rss
        times: list[float] = []
        said: Counter[str] = Counter()

        def guess(number: int) -> None:
            screen = Screen(hub, remote=f"10.0.0.{number}")
            for each in range(TRIES // GUESSERS):
                begun = time.perf_counter()
                answer = screen.refused("sign_in", name=("mina", "nobody")[number % 2], password=f"guess {each}")
                times.append(1000 * (time.perf_counter() - begun))
                said["too early" if answer.startswith("too many") else answer] += 1
            screen.close()

        threads = [threading.Thread(target=guess, args=(number,)) for number in range(GUESSERS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        pings = []
        bystander = Screen(hub)
        while any(thread.is_alive() for thread in threads):
            at = time.perf_counter()
            bystander.done("ping")
            pings.append(1000 * (time.perf_counter() - at))
        for thread in threads:
            thread.join()
        print(f"{TRIES} tries by {GUESSERS} connections at once: {sum(said.values())} answers", end=" ")
        print(f"in {time.perf_counter() - begun:.1f} s: {dict(said)}")
        print(f"  an answer: {spread(times)}")
        print(f"  a ping of somebody else meanwhile: {spread(pings)}")
        print(f"  memory grew by {(psutil.Process().memory_info().rss - memory) / 1e6:.0f} MB")
        for name in ("mina", "nobody"):
            looked = []
            for number in range(LOOKED_AT):
                hub.running.access.backoff.forgive(name)
                screen = Screen(hub, remote=f"10.{len(name)}.1.{number}")
                at = time.perf_counter()
                assert screen.refused("sign_in", name=name, password=f"guess {number}").startswith("the name or")
                looked.append(1000 * (time.perf_counter() - at))
                screen.close()
            print(f"  a wrong password of {'a user' if name == 'mina' else 'nobody':<7} looked at: {spread(looked)}")
        bystander.close()


def spread(times: list[float]) -> str:
    """Return the spread of times in ms."""
    ordered = sorted(times)
    at = {f"{share} %": ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] for share in (5, 50, 95, 99)}
    shown = ", ".join(f"{name} {value:.1f}" for name, value in at.items())
    return f"{shown}, most {ordered[-1]:.1f}, mean {statistics.fmean(ordered):.1f} ms (n={len(ordered)})"


if __name__ == "__main__":
    main()
