"""The panel of chances: one message for what changed, and the model's quality beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from restrike_lab.analysis.prediction import Chance
from restrike_lab.client.prediction import Outlook
from restrike_lab.widgets import WinProbability
from restrike_lab.widgets.live import watch_of
from tests.analysis.test_prediction import MODEL
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, FakeLab
from tests.widgets.test_quality import until

Page = Callable[[Any, dict[str, Any]], None]
MATCH = {"match": {"blue": {"short": "HORVAT"}, "red": {"short": None}}, "round": 2}


class FakePrediction:
    """Chances as a test sets them."""

    current = MODEL
    found = Outlook("1", Chance(0.6, 0.7))

    def of(self, court: str, state: Any) -> Outlook:
        return self.found


class PredictionLab(FakeLab):
    """A lab that predicts."""

    def __init__(self) -> None:
        super().__init__()
        self.prediction = FakePrediction()


@pytest.fixture
def lab() -> Iterator[PredictionLab]:
    lab = PredictionLab()
    lab.live.courts = {"1": MATCH}
    yield lab
    watch_of(lab).close()


@pytest.fixture
def panel(lab: PredictionLab, line: Line, page: Page) -> Iterator[WinProbability]:
    panel = WinProbability(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("chances"))
    yield panel
    panel.close()


def test_a_page_gets_chances_names_and_quality(panel: WinProbability, line: Line) -> None:
    (sent,) = line.of("chances")
    (court,) = sent["courts"]
    assert court == {"court": "1", "names": ["HORVAT", "Red"], "round": 2, "chances": [0.6, 0.7], "reason": ""}
    assert sent["model"]["statement"] == MODEL.statement
    assert sent["model"]["quality"]


def test_only_what_changed_is_sent(panel: WinProbability, lab: PredictionLab, line: Line) -> None:
    lab.live.deliver(FakeBatch(courts={"1": MATCH}))
    lab.prediction.found = Outlook("1", None, "no bout is loaded.")
    lab.live.deliver(FakeBatch(courts={"1": MATCH}))
    until(lambda: len(line.of("chances")) == 2)
    assert line.of("chances")[1]["courts"][0]["chances"] is None
    assert line.of("chances")[1]["courts"][0]["reason"] == "no bout is loaded."
