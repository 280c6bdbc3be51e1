"""``restrike-lab replay`` and ``restrike-lab simulate``: datagrams over UDP, from a capture or made up."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from traitlets import Float, Int, List, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.simulate.capture import CaptureError, iter_capture, read_capture
from restrike_lab.simulate.send import Address, parse_address, send_udp
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth, truth_line

__all__ = ["Replay", "Simulate"]


class Player(Command):
    """What both have in common: how fast, and where to."""

    speed = Unicode("1", help="How many times as fast as it happened, or `max` for no waiting.").tag(config=True)
    to = List(
        Unicode(),
        ["127.0.0.1:6000"],
        help="Where to send: HOST:PORT for everything, or COURT=HOST:PORT for each court.",
    ).tag(config=True)

    def factor(self) -> float | None:
        """Return the speed as a number, None for no waiting."""
        if self.speed == "max":
            return None
        try:
            factor = float(self.speed)
        except ValueError:
            factor = 0.0
        if not 0 < factor < float("inf"):
            raise UsageError(f"--speed takes a number above 0 or `max`, not {self.speed!r}", hint="try --speed 10")
        return factor

    def routes(self) -> Address | Mapping[str, Address]:
        """Return the one address, or that of each court."""
        named = [entry for entry in self.to if "=" in entry]
        if not named and len(self.to) == 1:
            return parse_address(self.to[0])
        if len(named) < len(self.to):
            raise UsageError("--to is given several times", hint="name the court of each: --to A=127.0.0.1:6000")
        return {court: parse_address(address) for court, _, address in (entry.partition("=") for entry in named)}

    def send(self, messages: Iterable[Timed], longest_pause: float | None = None) -> None:
        """Send and say how much went out, on standard error."""
        played = send_udp(messages, self.routes(), speed=self.factor(), longest_pause=longest_pause)
        report = f"sent {played.sent} datagrams ({played.size} bytes) to {', '.join(self.to)} in {played.seconds:.1f} s"
        print(report, file=sys.stderr)


class Replay(Player):
    """Play a capture."""

    name = "replay"
    arguments = "FILE"
    most_arguments = 1

    longest_pause = Float(
        None, allow_none=True, help="Cut longer pauses of the capture to this many of its seconds. Unset: keep them."
    ).tag(config=True)

    def run(self) -> int:
        """Send every message; lines that are none are named, and make the status 1."""
        source = self.argument("the capture FILE")
        errors: list[CaptureError] = []
        if source == "-":
            messages: Iterable[Timed] = iter_capture(sys.stdin.buffer, errors.append)
        else:
            capture = read_capture(Path(source))
            messages, errors = capture.messages, capture.errors
        self.send(messages, self.longest_pause)
        for error in errors:
            print(f"error: line {error.line}: {error.reason}: {error.text[:80]}", file=sys.stderr)
        return int(bool(errors))


class Simulate(Player):
    """Play a made-up tournament."""

    name = "simulate"

    seed = Int(1, help="The same seed gives the same bytes.").tag(config=True)
    bouts = Int(20, help="How many bouts are fought to their end.").tag(config=True)
    court_count = Int(1, help="How many courts; `--to` names the port of the first, the others follow it.").tag(
        config=True
    )
    truth = Unicode("", help="File for what really happened, as JSON lines; `-` is standard output.").tag(config=True)
    to_archive = Unicode(
        "",
        help="Empty data directory to write a record of several tournaments into, mostly archive, instead of sending.",
    ).tag(config=True)
    events = Int(10_000_000, help="How many events `--to-archive` makes at least.").tag(config=True)

    def run(self) -> int:
        """Send the bouts and write their truth as it becomes known."""
        if self.to_archive:
            return self.make_record(Path(self.to_archive).expanduser())
        courts = tuple(str(number) for number in range(1, self.court_count + 1))
        try:
            tournament = Tournament(TournamentOptions(seed=self.seed, bouts=self.bouts, courts=courts))
        except ValueError as error:
            raise UsageError(str(error)) from error
        with ExitStack() as stack:
            file: TextIO | None = sys.stdout if self.truth == "-" else None
            if self.truth not in {"", "-"}:
                file = stack.enter_context(Path(self.truth).open("w", encoding="utf-8"))
            write_truth(tournament.header(), file)
            self.send(tournament.stream(lambda truth: write_truth(truth, file)))
        return 0

    def make_record(self, directory: Path) -> int:
        """Write a record and say what it holds."""
        from restrike_lab.client.simulated import simulate_record
        from restrike_lab.hub.ownership import Ownership

        if self.truth == "-":
            raise UsageError("the truth of a record needs a file", hint="give --truth FILE.jsonl.gz")
        live = sys.stderr.isatty()

        def show(days: int, events: int) -> None:
            if live:
                print(f"\r{days} days, {events:,} of {self.events:,} events ", end="", file=sys.stderr, flush=True)

        ownership = Ownership(directory)
        ownership.acquire()
        try:
            truth = Path(self.truth).expanduser() if self.truth else None
            made = simulate_record(directory, events=self.events, seed=self.seed, truth=truth, progress=show)
        finally:
            ownership.release()
        if live:
            print("\r\x1b[K", end="", file=sys.stderr)
        print(f"{made.events} events of {made.loads} loads on {made.days} days; {made.archived} of them in the archive")
        return 0

    def routes(self) -> Address | Mapping[str, Address]:
        """Return the one address, or for several courts the ports from it on."""
        routes = super().routes()
        if self.court_count == 1 or not isinstance(routes, tuple):
            return routes
        host, first = routes
        return {str(number + 1): (host, first + number) for number in range(self.court_count)}


def write_truth(truth: BoutTruth | dict[str, Any], file: TextIO | None) -> None:
    """Write one record of the truth where somebody wants it."""
    if file:
        print(truth_line(truth), file=file, flush=True)
