"""The captures in ``data/``: what they are made of, and how to make them again.

``python -m restrike_lab.simulate.samples FOLDER`` writes all of them; the same version gives the same bytes (in the
compressed ones: the same content). A test holds the files to this.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from restrike_lab.simulate.capture import write_capture
from restrike_lab.simulate.model import LevelModel
from restrike_lab.simulate.oddities import oddities
from restrike_lab.simulate.plan import Frequencies
from restrike_lab.simulate.script import scripted_session
from restrike_lab.simulate.tournament import Tournament, TournamentOptions
from restrike_lab.simulate.truth import BoutTruth, truth_file

__all__ = ["SAMPLES", "STARTED", "totals", "write_sample_tournament", "write_samples"]

STARTED = datetime(2025, 3, 1, 23, 50)
"""Local time at which every sample begins; the scripted one crosses midnight."""

SAMPLES: Mapping[str, TournamentOptions] = {
    "tournament-small": TournamentOptions(seed=1, bouts=4),
    "tournament-medium": TournamentOptions(
        seed=2, bouts=24, courts=("A", "B"), sender="late-hit", levels=LevelModel(fatigue=0.08)
    ),
    "tournament-large": TournamentOptions(
        seed=3, bouts=120, courts=("1", "2", "3", "4"), frequencies=Frequencies(hits_per_minute=6.0)
    ),
}
"""Three tournaments of different size: plain; with fatigue and hits reported behind their points; with more hits."""

_NOTE = "synthetic: simulated by restrike_lab, no real console, athlete or bout"


def write_samples(folder: Path) -> list[Path]:
    """Write every sample into a folder and return their paths."""
    written = _write_script(folder) + _write_oddities(folder)
    for name, options in SAMPLES.items():
        written += write_sample_tournament(folder, name, options)
    return written


def write_sample_tournament(folder: Path, name: str, options: TournamentOptions) -> list[Path]:
    """Write a tournament as a compressed capture and its truth; return both paths."""
    capture, truth = folder / f"{name}.tsv.gz", folder / f"{name}.truth.jsonl.gz"
    tournament = Tournament(options)
    with truth_file(truth, tournament.header()) as write:
        write_capture(capture, tournament.stream(write), started=STARTED, comments=[_NOTE])
    return [capture, truth]


def totals(truths: Iterable[BoutTruth]) -> dict[str, Any]:
    """Count what a person would count in a session."""
    truths = list(truths)
    fought = [truth for truth in truths if truth.status == "fought"]
    return {
        "loads": len(truths),
        "fought": len(fought),
        "aborted": sum(truth.status == "aborted" for truth in truths),
        "rounds": sum(len(truth.rounds) for truth in truths),
        "points": sum(len(truth.points) for truth in truths),
        "points_by_value": dict(sorted(Counter(str(one.points) for truth in truths for one in truth.points).items())),
        "hits": sum(len(truth.hits) for truth in truths),
        "hits_that_scored": sum(hit.point is not None for truth in truths for hit in truth.hits),
        "gam_jeoms": sum(one.change > 0 for truth in truths for one in truth.gam_jeoms),
        "winners": [truth.winner for truth in fought],
        "decisions": [truth.decision for truth in fought],
    }


def _write_script(folder: Path) -> list[Path]:
    messages, truths = scripted_session()
    capture, truth = folder / "bout-sample.tsv", folder / "bout-sample.truth.json"
    write_capture(capture, messages, started=STARTED, comments=[_NOTE])
    record = {
        "synthetic": True,
        "datagrams": len(messages),
        "totals": totals(truths),
        "bouts": [dataclasses.asdict(one) for one in truths],
    }
    truth.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
    return [capture, truth]


def _write_oddities(folder: Path) -> list[Path]:
    cases = oddities()
    capture, truth = folder / "oddities.tsv", folder / "oddities.truth.json"
    write_capture(capture, [case.timed for case in cases], started=STARTED, comments=[_NOTE])
    record = {"synthetic": True, "datagrams": len(cases), "cases": [case.described() for case in cases]}
    truth.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
    return [capture, truth]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m restrike_lab.simulate.samples FOLDER")
    write_samples(Path(sys.argv[1]))
