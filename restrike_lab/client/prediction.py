"""The chances of the running bouts, and the trained models behind them: ``lab.prediction``.

A model is one small JSON file in ``prediction/`` of the data directory; a new training writes the next one and changes
none. What is predicted comes from the newest, or from the one that was chosen, and is computed here from the state of
a court: the hub has no part in it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.analysis.errors import AnalysisError
from restrike_lab.analysis.prediction import HITS_MS, Chance, Course, Model, Situation, chances

if TYPE_CHECKING:
    import ibis

__all__ = ["Models", "Outlook", "Prediction", "outlook", "quality_rows"]

DIRECTORY = "prediction"
CHOSEN = "chosen"
FILE = re.compile(r"model-(\d{4,})\.json")
NO_MODEL = "No model has been trained on this record."
HOW_TO_TRAIN = "`restrike-lab predict train` makes one when enough bouts are stored."
NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Outlook:
    """What is predicted of a court: the chances of blue, or in words why there are none."""

    court: str
    chance: Chance | None
    reason: str = ""

    @property
    def statement(self) -> str:
        """Say it in one sentence."""
        if self.chance is None:
            return f"Court {self.court}: {self.reason}"
        now, bout = self.chance.round, self.chance.bout
        return f"Court {self.court}: blue wins the round with {now:.0%} and the bout with {bout:.0%}."


class Models:
    """The models of a data directory, as files."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir / DIRECTORY
        self._read: tuple[Path, int, Model] | None = None

    @property
    def current(self) -> Model | None:
        """The model that is used: the chosen one, or the newest; None where there is none.

        Raises ``AnalysisError`` for a file that is no model.
        """
        path = self._path()
        if path is None:
            return None
        changed = path.stat().st_mtime_ns
        if self._read is None or self._read[:2] != (path, changed):
            self._read = (path, changed, Model.from_json(path.read_bytes()))
        return self._read[2]

    def all(self) -> list[Model]:
        """Return every model, oldest first; raises ``AnalysisError`` for a damaged file."""
        return [Model.from_json(path.read_bytes()) for path in self._paths()]

    def train(self, table: Callable[[str], Any], every_s: int = 5) -> Model:
        """Train a model on the tables that ``table`` gives by name, keep it, and use it from now on.

        ``every_s`` is the distance of two situations of a round, in s of the clock. Raises ``AnalysisError`` where the
        data are not enough.
        """
        from restrike_lab.analysis.training import train

        paths = self._paths()
        number = _number(paths[-1]) + 1 if paths else 1
        model = train(table, number, datetime.now(UTC).isoformat(timespec="seconds"), every_s=every_s)
        self._directory.mkdir(parents=True, exist_ok=True)
        _write(self._directory / f"model-{number:04d}.json", model.to_json())
        (self._directory / CHOSEN).unlink(missing_ok=True)
        return model

    def use(self, number: int | None) -> None:
        """Predict with a certain model; None: always with the newest. Raises ``AnalysisError`` for no such model."""
        if number is None:
            (self._directory / CHOSEN).unlink(missing_ok=True)
            return
        numbers = [_number(path) for path in self._paths()]
        if number not in numbers:
            known = ", ".join(map(str, numbers)) or "none"
            raise AnalysisError(f"there is no model {number}", hint=f"Models: {known}.")
        _write(self._directory / CHOSEN, f"{number}\n".encode())

    def _path(self) -> Path | None:
        paths = self._paths()
        try:
            chosen = int((self._directory / CHOSEN).read_text())
        except (OSError, ValueError):
            return paths[-1] if paths else None
        return next((path for path in paths if _number(path) == chosen), paths[-1] if paths else None)

    def _paths(self) -> Sequence[Path]:
        return sorted((path for path in self._directory.glob("model-*.json") if FILE.fullmatch(path.name)), key=_number)


class PredictionLab(Protocol):
    """What prediction needs of a ``Lab``."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def live(self) -> Any: ...
    def table(self, name: str) -> ibis.Table: ...


class Prediction(Models):
    """The models of a lab, and what they say of its courts: ``lab.prediction()``."""

    def __init__(self, lab: PredictionLab) -> None:
        super().__init__(lab.data_dir)
        self._lab = lab

    def __call__(self, court: str | None = None) -> list[Outlook]:
        """Return what is predicted of a court, or of all."""
        courts = self._lab.live.courts
        wanted = [court] if court is not None else sorted(courts)
        return [self.of(name, courts.get(name) or {}) for name in wanted]

    def of(self, court: str, state: Mapping[str, Any]) -> Outlook:
        """Return what is predicted from a state of a court as the live feed tells it."""
        try:
            model = self.current
        except AnalysisError as problem:
            return Outlook(court, None, f"{problem.message}. {problem.hint}")
        if model is None:
            return Outlook(court, None, f"{NO_MODEL} {HOW_TO_TRAIN}")
        return outlook(model, court, state, time.time_ns())

    def train(self, table: Callable[[str], Any] | None = None, every_s: int = 5) -> Model:
        """Train on every decided bout of the lab's record; see ``Models.train``."""
        return super().train(table or self._lab.table, every_s)


def outlook(model: Model, court: str, state: Mapping[str, Any], now_ns: int) -> Outlook:
    """Return what a model says of a court's state; ``now_ns`` is the wall time that hits are recent by."""
    match = state.get("match")
    if not match:
        return Outlook(court, None, "no bout is loaded.")
    if match.get("scoring") == "total":
        return Outlook(court, None, "the score counts all rounds together; the model knows rounds counted one by one.")
    winner = match.get("winner")
    if winner in ("BLUE", "RED"):
        certain = float(winner == "BLUE")
        return Outlook(court, Chance(certain, certain))
    number = max(1, state.get("round") or 1)
    winners = list(state.get("round_winners") or ())
    decided = winners[number - 1] if number <= len(winners) else 0
    if decided in (1, 2):
        return _between(model, court, state, number, decided)
    left_s = _left_s(match, state)
    if left_s is None:
        return Outlook(court, None, "the length of the round is not known.")
    lead = _difference(state.get("score"))
    at = Situation(
        lead=lead,
        left_s=left_s,
        superiority=float({1: 1, 2: -1}.get(state.get("superiority") or 0, 0)),
        gam_jeoms=-_difference(state.get("gam_jeoms")),
        hits=_recent(state, now_ns),
        before=_before(state, number) / max(1, number - 1),
    )
    gone = 1 - left_s * 1000 / match["round_ms"] if match.get("round_ms") else 0.0
    return Outlook(court, chances(model, at, _course(state, number, lead, gone)))


def _between(model: Model, court: str, state: Mapping[str, Any], number: int, decided: int) -> Outlook:
    """Return the outlook after a round that is decided: the next has not begun."""
    course = _course(state, number + 1, 0.0, 0.0)
    if max(course.won) >= course.needed:
        certain = float(course.won[0] >= course.needed)
        return Outlook(court, Chance(float(decided == 1), certain))
    length = (state["match"].get("round_ms") or 120_000) / 1000
    ahead = chances(model, Situation(left_s=length, before=course.lead_per_round), course)
    return Outlook(court, Chance(float(decided == 1), ahead.bout))


def _course(state: Mapping[str, Any], number: int, lead: float, gone: float) -> Course:
    winners = list(state.get("round_winners") or ())[: number - 1]
    fought = max(1.0, number - 1 + min(max(gone, 0.0), 1.0))
    needed = (state["match"].get("rounds") or 3) // 2 + 1
    return Course((winners.count(1), winners.count(2)), needed, (_before(state, number) + lead) / fought)


def _before(state: Mapping[str, Any], number: int) -> float:
    """Return the sum of blue's leads in the rounds before ``number``."""
    return float(sum(blue - red for blue, red in list(state.get("round_points") or ())[: number - 1]))


def _left_s(match: Mapping[str, Any], state: Mapping[str, Any]) -> float | None:
    """Return the seconds left in the round: before its start all of them."""
    time_ms, length = (state.get("clock") or {}).get("time_ms"), match.get("round_ms")
    if match.get("stage") in ("loading", "ready") or time_ms is None:
        return None if length is None else length / 1000
    if match.get("count") == "cntUp":
        return None if length is None else max(0, length - time_ms) / 1000
    return float(time_ms) / 1000


def _difference(pair: Sequence[int] | None) -> float:
    return float(pair[0] - pair[1]) if pair else 0.0


def _recent(state: Mapping[str, Any], now_ns: int) -> float:
    """Return the levels that blue landed lately less those of red."""
    since_ns = now_ns - HITS_MS * NS_PER_MS
    blue, red = (
        sum(hit["level"] for hit in hits if hit["wall_ns"] >= since_ns) for hits in state.get("hits") or ((), ())
    )
    return float(blue - red)


def _number(path: Path) -> int:
    named = FILE.fullmatch(path.name)
    return int(named[1]) if named else 0


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(path)


def quality_rows(model: Model) -> list[dict[str, Any]]:
    """Return how good a model is as rows for people: the whole round first, then minute by minute."""
    return [
        {
            "predicted is": each.of,
            "minute": each.minute or "all",
            "situations": each.situations,
            "favourite given": round(each.predicted, 3),
            "favourite won": round(each.observed, 3),
            "Brier": round(each.brier, 4),
            "score alone": round(each.baseline, 4),
            "skill": round(each.skill, 3),
            "skill from": None if each.skill_low is None else round(each.skill_low, 3),
            "skill to": None if each.skill_high is None else round(each.skill_high, 3),
        }
        for each in model.quality.rows
    ]
