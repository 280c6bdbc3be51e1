"""What really happened: the ground truth that a simulation writes beside its datagrams, as JSON lines.

The first line describes the tournament (``kind`` "tournament": seed, options, curve, level model); then comes one line
for each load of a match (``kind`` "bout"), fought or not. Times are ms since the beginning of the sequence and are
those of the message that announces the fact. Athletes are 1 (blue) and 2 (red); pairs stand blue first.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from restrike_lab.simulate.athletes import Athlete
from restrike_lab.simulate.packing import compressed

__all__ = [
    "BoutTruth",
    "ChallengeTruth",
    "CorrectionTruth",
    "GamJeomTruth",
    "HitTruth",
    "InjuryTruth",
    "PointTruth",
    "RoundTruth",
    "read_truth",
    "truth_file",
    "truth_line",
]

Status = Literal["loaded", "aborted", "fought"]


@dataclass
class HitTruth:
    """A reported hit; ``point`` is the index of the point it scored in the bout's points, or ``None``."""

    at_ms: int
    round: int
    athlete: int
    level: int
    target: str
    point: int | None = None


@dataclass
class PointTruth:
    """A valid technique; ``hit`` is the index of its hit in the bout's hits, or ``None`` if none was reported."""

    at_ms: int
    round: int
    athlete: int
    points: int
    hit: int | None = None


@dataclass
class GamJeomTruth:
    """A gam-jeom given (``change`` 1) or taken back (-1)."""

    at_ms: int
    round: int
    athlete: int
    change: int = 1


@dataclass
class CorrectionTruth:
    """A score changed by hand, without a ``pt``."""

    at_ms: int
    round: int
    athlete: int
    change: int


@dataclass
class InjuryTruth:
    """Injury time or kye-shi; ``athlete`` 0 is the referee's."""

    at_ms: int
    round: int
    athlete: int
    hidden_ms: int


@dataclass
class ChallengeTruth:
    """A challenge and what became of it: cancelled, rejected, accepted (no result sent), won, lost."""

    at_ms: int
    round: int
    athlete: int
    outcome: str


@dataclass
class RoundTruth:
    """A round; ``how`` says why it ended and who won it for what: see ``director``."""

    round: int
    started_ms: int
    ended_ms: int | None = None
    score: tuple[int, int] = (0, 0)
    gam_jeoms: tuple[int, int] = (0, 0)
    winner: int = 0
    how: str | None = None


@dataclass
class BoutTruth:
    """One load of a match and all that followed until the next load on the same court."""

    bout: int
    court: str
    number: str
    phase: str
    weight_class: str
    division: str
    round_ms: int
    min_body_level: int
    min_head_level: int
    threshold: float
    blue: Athlete
    red: Athlete
    kind: str = "bout"
    status: Status = "loaded"
    loaded_ms: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None
    winner: str | None = None
    decision: str | None = None
    rounds_won: tuple[int, int] = (0, 0)
    rounds: list[RoundTruth] = field(default_factory=list)
    points: list[PointTruth] = field(default_factory=list)
    hits: list[HitTruth] = field(default_factory=list)
    gam_jeoms: list[GamJeomTruth] = field(default_factory=list)
    corrections: list[CorrectionTruth] = field(default_factory=list)
    injuries: list[InjuryTruth] = field(default_factory=list)
    challenges: list[ChallengeTruth] = field(default_factory=list)


def truth_line(truth: BoutTruth | dict[str, Any]) -> str:
    """Return one line of a truth file, without its line end."""
    return msgspec.json.encode(truth).decode("utf-8")


@contextmanager
def truth_file(path: Path, header: dict[str, Any]) -> Iterator[Callable[[BoutTruth], None]]:
    """Write a truth file: its header at once, then each bout that the yielded function is given.

    A name ending in ``.gz`` is compressed; the same records always give the same bytes.
    """
    with path.open("wb") as file, compressed(path, file) as out:

        def write(truth: BoutTruth | dict[str, Any]) -> None:
            out.write(f"{truth_line(truth)}\n".encode())

        write(header)
        yield write


def read_truth(source: Path | Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of a truth file, given by its path or its lines, as dicts; the tournament comes first."""
    if isinstance(source, Path):
        with (
            gzip.open(source, "rt", encoding="utf-8")
            if source.suffix == ".gz"
            else source.open(encoding="utf-8") as lines
        ):
            yield from read_truth(lines)
        return
    for line in source:
        if line.strip():
            yield msgspec.json.decode(line)
