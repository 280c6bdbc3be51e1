"""The OBS panel on a real page, with a real hub and fake OBS: what it shows, and what a click does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from restrike_lab.client.lab import Lab
from restrike_lab.obs.fake import FakeObs, FakeThread, FakeV4
from tests.browser.bout import load
from tests.browser.conftest import Opener
from tests.browser.notebook import write_notebook
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import Console, HubProcess, VoilaProcess, until
from tests.browser.test_panels import GUIDELINES
from tests.hub.obs_stage import PASSWORD, fake_obs
from tests.obs.peers import free_port

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
SCENES = {"Ring1": ("Overlay", "Mat"), "Replay": ("Mat",), "Idle": ("Black",)}


@pytest.fixture(scope="module")
def panel_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("obs-hub"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def voila(panel_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    place = tmp_path_factory.mktemp("obs-voila")
    notebook = write_notebook(place / "obs.ipynb", "ObsPanel(lab)")
    voila = VoilaProcess(panel_hub.data_dir, place / "voila.log", notebook)
    yield voila
    voila.stop()


@pytest.fixture
def lab(panel_hub: HubProcess) -> Iterator[Lab]:
    with Lab(panel_hub.data_dir, start="never") as lab:
        yield lab
        for name in tuple(lab.obs):
            lab.obs.remove(name)
        until(lambda: not len(lab.obs), "the picture without instances")
        for rule in lab.obs.rules():
            if rule["enabled"]:
                lab.obs.rules.switch(rule["name"], on=False)
        lab.obs.rules.pause(False)


@pytest.fixture
def servers() -> Iterator[tuple[FakeObs, FakeObs]]:
    """Two fake OBS, the second one with nothing but scenes that would like to be markup."""
    pair = fake_obs(), fake_obs(FakeV4)
    pair[0].studio.load(SCENES)
    pair[1].studio.load({payload: (payload, "Mat") for payload in PAYLOADS})
    thread = FakeThread(pair)
    thread.start()
    yield pair
    thread.stop()


@pytest.fixture
def opener(chromium: Browser, voila: VoilaProcess) -> Iterator[Opener]:
    opener = Opener(chromium, voila.url)
    yield opener
    opener.close()


def taken_in(lab: Lab, server: FakeObs, name: str = "ring1", **settings: str) -> None:
    lab.obs.add(name, port=server.port, password=PASSWORD, **settings)
    until(lambda: lab.obs[name].connected, "OBS is connected")


def card(page: Page, name: str = "ring1") -> Locator:
    return page.get_by_role("region", name=f"OBS {name}", exact=True)


def pressed(button: Locator) -> None:
    expect(button).to_have_attribute("aria-pressed", "true")


def test_scenes_recording_replay_and_stream_are_worked_by_clicks(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    taken_in(lab, server, role="recording")
    shown = card(opener(rows=False))
    expect(shown).to_contain_text("connected")
    expect(shown).to_contain_text("OBS 29.0.2, obs-websocket 5.1.0 (v5) · recording")
    for figure in ("0 dropped", "65 GB left", "CPU 6 %", "30 fps"):
        expect(shown).to_contain_text(figure)
    shown.get_by_role("button", name="Replay", exact=True).click()
    pressed(shown.get_by_role("button", name="Replay", exact=True))
    assert server.studio.program == "Replay"
    shown.get_by_role("button", name="Record", exact=True).click()
    pressed(shown.get_by_role("button", name="Stop recording"))
    expect(shown.locator(".rl-obs-time")).to_have_text("0:00:01")
    shown.get_by_role("button", name="Pause", exact=True).click()
    expect(shown.locator(".rl-obs-time")).to_contain_text("(paused)")
    shown.get_by_role("button", name="Resume").click()
    expect(shown.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    shown.get_by_role("button", name="Stop recording").click()
    expect(shown.get_by_role("button", name="Record", exact=True)).to_be_visible()
    shown.get_by_role("button", name="Start replay buffer").click()
    shown.get_by_role("button", name="Save replay").click()
    until(lambda: server.studio.last_replay, "the replay is saved")
    shown.get_by_role("button", name="Stream", exact=True).click()
    pressed(shown.get_by_role("button", name="Streaming"))
    shown.get_by_role("button", name="Streaming").click()
    expect(shown.get_by_role("button", name="Stream", exact=True)).to_be_visible()


def test_a_recording_that_begins_late_is_told_with_its_remedy(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    server.studio.troubles.late_start_seconds = 60.0
    taken_in(lab, server)
    shown = card(opener(rows=False))
    shown.get_by_role("button", name="Start replay buffer").click()
    shown.get_by_role("button", name="Record", exact=True).click()
    expect(shown.get_by_role("status")).to_contain_text("no picture for 1.5 s")
    expect(shown.get_by_role("status")).to_contain_text("key frame interval to 1 s")


def test_items_are_hidden_and_what_others_hide_is_seen(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    taken_in(lab, server)
    shown = card(opener(rows=False))
    shown.get_by_text("all shown").click()
    ring = shown.get_by_role("group", name="Ring1", exact=True)
    ring.get_by_label("Overlay").uncheck()
    expect(shown).to_contain_text("1 hidden")
    assert not server.studio.item("Ring1", "Overlay").visible
    lab.obs["ring1"].show("Ring1", "Overlay")
    expect(ring.get_by_label("Overlay")).to_be_checked()


def test_studio_mode_has_preview_transition_and_take(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    taken_in(lab, server)
    shown = card(opener(rows=False))
    shown.get_by_role("button", name="Studio mode").click()
    shown.get_by_label("Preview").select_option("Idle")
    until(lambda: server.studio.preview == "Idle", "Idle is in the preview")
    shown.get_by_label("Transition").select_option("Fade")
    until(lambda: server.studio.transition == "Fade", "the transition is chosen")
    shown.get_by_role("button", name="Take", exact=True).click()
    pressed(shown.get_by_role("button", name="Idle", exact=True))
    shown.get_by_role("button", name="Studio mode").click()
    expect(shown.get_by_role("button", name="Take", exact=True)).to_be_hidden()


def test_what_went_wrong_is_shown_with_its_way_out_until_something_works(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    taken_in(lab, server)
    shown = card(opener(rows=False))
    server.troubles.statuses["StartRecord"] = (703, "the disk is full")
    shown.get_by_role("button", name="Record", exact=True).click()
    expect(shown.locator(".rl-obs-problem")).to_contain_text("the disk is full")
    shown.get_by_role("button", name="Idle", exact=True).click()
    expect(shown.locator(".rl-obs-problem")).to_be_hidden()
    lab.obs.change("ring1", password="wrong")
    expect(shown.locator(".rl-obs-problem")).to_contain_text(
        "OBS refused the password — Set the password that OBS shows"
    )
    expect(shown).to_have_attribute("data-level", "error")
    lab.obs.change("ring1", password=PASSWORD)
    expect(shown).to_have_attribute("data-level", "good")


def test_an_instance_is_taken_in_tried_changed_switched_off_and_removed_on_the_page(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener
) -> None:
    server = servers[0]
    page = opener(rows=False)
    form = page.locator(".rl-obs-body > .rl-obs-settings")
    form.get_by_label("Name").fill("ring1")
    form.get_by_label("Port").fill(str(free_port()))
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("OBS cannot be reached")
    form.get_by_label("Port").fill(str(server.port))
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("It answers: OBS 29.0.2")
    form.get_by_role("button", name="Take in").click()
    expect(form.get_by_role("status")).to_contain_text("ring1 is taken in.")
    shown = card(page)
    expect(shown).to_contain_text("connected")
    expect(form.get_by_label("Password")).to_have_value("")
    shown.get_by_text("Settings", exact=True).click()
    expect(shown.get_by_label("Port")).to_have_value(str(server.port))
    shown.get_by_label("Role").fill("replays")
    shown.get_by_role("button", name="Save", exact=True).click()
    expect(shown.locator(".rl-obs-version")).to_contain_text("replays")
    expect(shown).to_contain_text("connected")  # the password was kept
    shown.get_by_role("button", name="Switch off").click()
    expect(shown.locator(".rl-obs-state")).to_have_text("switched off")
    shown.get_by_role("button", name="Switch on").click()
    expect(shown.locator(".rl-obs-state")).to_have_text("connected")
    shown.get_by_role("button", name="Remove").click()
    shown.get_by_role("button", name="Really remove?").click()
    expect(shown).to_have_count(0)


def test_rules_are_switched_paused_tried_on_a_stored_bout_and_tell_what_they_did(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener, panel_hub: HubProcess
) -> None:
    taken_in(lab, servers[0])
    page = opener(rows=False)
    page.get_by_label("The bout is ready: its recording begins").check()
    until(lambda: [rule["name"] for rule in lab.obs.rules() if rule["enabled"]], "the rule is on")
    console = Console(panel_hub)
    console.send_stored(*load())
    console.close()
    did = page.locator(".rl-obs-did:not(.rl-obs-would)")
    expect(did).to_contain_text("record.start")
    expect(did.locator("[data-outcome=done]")).to_have_count(2)
    page.get_by_text("What would they have done").click()
    page.get_by_role("button", name="Try the rules").click()
    expect(page.get_by_text("2 actions by the rules that are on; nothing was done.")).to_be_visible()
    expect(page.locator(".rl-obs-would")).to_contain_text("record-ready")
    page.get_by_label("Match").fill("999999")
    page.get_by_role("button", name="Try the rules").click()
    expect(page.get_by_text("there is no match 999999")).to_be_visible()
    page.get_by_role("button", name="Pause all rules").click()
    expect(page.get_by_role("button", name="Automation is paused")).to_be_visible()


def test_names_that_would_like_to_be_markup_are_text_and_work(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener, shot: Shot
) -> None:
    server = servers[1]
    taken_in(lab, server, name=PAYLOADS[1][:60], role=PAYLOADS[0])
    page = opener(rows=False)
    shown = page.locator(".rl-obs-card")
    scenes = shown.locator(".rl-obs-scenes button")
    expect(scenes).to_have_count(len(PAYLOADS))
    assert scenes.all_text_contents() == list(PAYLOADS)
    scenes.nth(3).click()
    pressed(scenes.nth(3))
    assert server.studio.program == PAYLOADS[3]
    shown.get_by_text("all shown").click()
    shown.locator("fieldset").nth(2).get_by_role("checkbox").first.uncheck()
    expect(shown).to_contain_text("1 hidden")
    shown.get_by_role("button", name="Studio mode").click()
    shown.get_by_label("Preview").select_option(PAYLOADS[5])
    shot(page, "obs-hostile")
    assert page.evaluate("window.__broken") is None
    assert page.locator(".rl-obs-card :is(script, img, iframe, svg, object, embed, video, audio, math)").count() == 0


LOOKS: tuple[tuple[int, int, Literal["light", "dark"], str], ...] = (
    (1280, 720, "light", "obs-panel"),
    (1280, 720, "dark", "obs-dark"),
    (768, 1024, "light", "obs-768x1024"),
    (1024, 768, "dark", "obs-1024x768"),
)


def test_it_is_accessible_and_fits_in_every_light_and_on_a_tablet(
    lab: Lab, servers: tuple[FakeObs, FakeObs], opener: Opener, shot: Shot
) -> None:
    servers[1].studio.load(SCENES)
    taken_in(lab, servers[0], role="recording")
    taken_in(lab, servers[1], name="hall", role="replays")
    lab.obs.add("far", host="127.0.0.1", port=free_port(), role="stream")
    lab.obs.rules.switch("record-ready", "replay-challenge")
    lab.obs["hall"].start_replay()
    lab.obs["ring1"].studio_mode = True
    lab.obs["ring1"].start_record()
    page = opener(rows=False)
    expect(card(page)).to_contain_text("Stop recording")
    expect(card(page, "far").locator(".rl-obs-problem")).to_contain_text("cannot be reached")
    expect(card(page).get_by_label("Transition")).to_have_value("Cut")
    shot(page, "obs-panel")
    card(page, "hall").get_by_text("all shown").click()
    card(page, "far").get_by_text("Settings", exact=True).click()
    page.get_by_text("What would they have done").click()
    for width, height, scheme, name in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(".rl-obs")).to_have_attribute("data-theme", scheme)
        card(page, "hall").scroll_into_view_if_needed()
        page.wait_for_timeout(600)  # the page is still moving
        shot(page, f"{name}-open")
        fits(page)
        found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
        found = [each for each in found if each["id"] not in ("page-has-heading-one", "region", "landmark-one-main")]
        assert [(name, each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    lab.obs["ring1"].stop_record()


def fits(page: Page) -> None:
    """Nothing is wider than its place."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = page.evaluate(
        "[...document.querySelectorAll('.rl-obs-body *')].filter(e => e.scrollWidth > e.clientWidth + 1 &&"
        " getComputedStyle(e).overflowX === 'visible' && e.clientWidth).map(e => e.className || e.tagName)"
    )
    assert wide == []
