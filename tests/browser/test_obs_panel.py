"""The OBS panel on a real page, with a real hub and a fake OBS: what it shows, and what a click does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from restrike_lab.client.lab import Lab
from restrike_lab.obs.fake import FakeObs, FakeThread
from tests.browser.conftest import Opener
from tests.browser.stage import HubProcess, VoilaProcess, until
from tests.hub.obs_stage import PASSWORD, fake_obs

pytestmark = pytest.mark.browser

SOURCE = """
import os
import restrike_lab as rl
from restrike_lab.widgets import ObsPanel
lab = rl.Lab(os.environ["RESTRIKE_LAB_DATA_DIR"], start="never")
ObsPanel(lab)
"""
HOSTILE = '<img src=x onerror="window.hacked=1">'


@pytest.fixture
def server() -> Iterator[FakeObs]:
    server = fake_obs()
    server.studio.load({"Ring1": ("Mat",), "Replay": ("Mat",), HOSTILE: ("Mat",)})
    thread = FakeThread([server])
    thread.start()
    yield server
    thread.stop()


@pytest.fixture
def page(chromium: Browser, server: FakeObs, tmp_path: Path) -> Iterator[Page]:
    notebook = tmp_path / "panel.ipynb"
    cell = {
        "cell_type": "code",
        "id": "panel",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": SOURCE,
    }
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook.write_text(json.dumps({"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    data = tmp_path / "data"
    data.mkdir()
    hub = HubProcess(data)
    hub.start()
    voila = None
    try:
        with Lab(data, start="never") as lab:
            lab.obs.add("ring1", port=server.port, password=PASSWORD)
            until(lambda: lab.obs["ring1"].connected, "OBS is connected")
        voila = VoilaProcess(data, tmp_path / "voila.log", notebook)
        opener = Opener(chromium, voila.url)
        yield opener(rows=False)
        opener.close()
    finally:
        if voila is not None:
            voila.stop()
        hub.stop()


def test_the_panel_shows_and_works_an_obs(page: Page, server: FakeObs, shot: Callable[[Page, str], Path]) -> None:
    card = page.get_by_role("region", name="OBS ring1")
    expect(card).to_contain_text("connected")
    scenes = card.get_by_role("group", name="Scenes of ring1").get_by_role("button")
    expect(scenes).to_have_count(3)
    scenes.nth(1).click()
    expect(scenes.nth(1)).to_have_attribute("aria-pressed", "true")
    assert server.studio.program == scenes.nth(1).text_content()
    card.get_by_role("button", name="Record", exact=True).click()
    expect(card.get_by_role("button", name="Stop recording")).to_be_visible()
    card.get_by_role("button", name="Start replay buffer").click()
    card.get_by_role("button", name="Save replay").click()
    page.get_by_label("A point: a chapter mark.").check()
    page.get_by_role("button", name="Pause all rules").click()
    expect(page.get_by_role("button", name="Automation is paused")).to_be_visible()
    expect(page.get_by_label("A point: a chapter mark.")).to_be_checked()
    shot(page, "obs-panel")
    server.troubles.statuses["StopRecord"] = (703, "the disk is full")
    card.get_by_role("button", name="Stop recording").click()
    expect(card.get_by_role("status")).to_contain_text("the disk is full")
    assert page.evaluate("window.hacked") is None
