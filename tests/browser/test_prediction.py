"""The panel of chances on a real page: told in words and numbers, without a model and with one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.analysis.test_prediction import MODEL
from tests.browser.bout import first_round, load
from tests.browser.conftest import Opener
from tests.browser.notebook import write_notebook
from tests.browser.stage import Console, HubProcess, VoilaProcess
from tests.browser.test_panels import GUIDELINES

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]


@pytest.fixture(scope="module")
def chance_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("chance-hub"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def voila(chance_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    place = tmp_path_factory.mktemp("chance-voila")
    notebook = write_notebook(place / "chances.ipynb", "WinProbability(lab)")
    voila = VoilaProcess(chance_hub.data_dir, place / "voila.log", notebook)
    yield voila
    voila.stop()


@pytest.fixture
def opener(chromium: Browser, voila: VoilaProcess) -> Iterator[Opener]:
    opener = Opener(chromium, voila.url)
    yield opener
    opener.close()


@pytest.fixture
def bout(chance_hub: HubProcess) -> Iterator[Console]:
    console = Console(chance_hub)
    yield console
    console.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chances_are_told_once_there_is_a_model(
    opener: Opener, bout: Console, shot: Shot, scheme: Literal["light", "dark"]
) -> None:
    file = bout.hub.data_dir / "prediction" / "model-0001.json"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    bout.send_stored(*load())
    page = opener(rows=False, scheme=scheme)
    panel = page.locator(".rl-chances")
    expect(panel.locator(".rl-none").first).to_contain_text("No model has been trained")

    file.write_bytes(MODEL.to_json())
    bout.send_stored(*first_round())
    bars = panel.locator(".rl-chance-bar")
    expect(bars).to_have_count(2)
    expect(bars.first).to_be_visible()
    expect(bars.first).to_have_attribute("aria-label", re.compile(r"^Round 1: Marko HORVAT \(blue\) \d+ per cent"))
    expect(panel.locator(".rl-chance-blue").first).to_have_text(re.compile(r"^(5[1-9]|[6-9]\d) %$"))
    blue, red = (int(panel.locator(f".rl-chance-{side}").first.inner_text().split()[0]) for side in ("blue", "red"))
    assert blue + red == 100
    expect(panel.locator(".rl-chance-quality")).to_contain_text("6% below")
    found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
    found = [each for each in found if each["id"] not in ("page-has-heading-one", "region", "landmark-one-main")]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    shot(page, f"chances-{scheme}")
