"""The settings panel on real pages: found, changed, refused, taken back, seen on a second screen, kept as a file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from restrike_lab.client.lab import Lab
from tests.browser.conftest import Opener
from tests.browser.notebook import write_notebook
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import HubProcess, VoilaProcess
from tests.browser.test_panels import GUIDELINES

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
Open = Callable[..., Page]
BUSY_MS = 4_000
"""What a second is allowed to be on a machine that runs several browsers at once."""


@pytest.fixture(scope="module")
def set_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("settings"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def set_voila(set_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    folder = tmp_path_factory.mktemp("settings-voila")
    notebook = write_notebook(folder / "page.ipynb", "SettingsPanel(lab)")
    voila = VoilaProcess(set_hub.data_dir, folder / "voila.log", notebook)
    yield voila
    voila.stop()


@pytest.fixture
def lab(set_hub: HubProcess) -> Iterator[Lab]:
    with Lab(set_hub.data_dir, start="never") as lab:
        yield lab
        lab.settings.reset(*lab.settings)


@pytest.fixture
def open_settings(open_page: Opener, set_voila: VoilaProcess) -> Open:
    def open_one(**options: object) -> Page:
        page = open_page(url=set_voila.url, rows=False, **options)  # type: ignore[arg-type]
        page.wait_for_selector(".rl-setting")
        return page

    return open_one


def setting(page: Page, key: str) -> Locator:
    """Choose the category of a setting and return its row."""
    page.locator(f"[data-category={key.split('.')[0]}]").click()
    return page.locator(f'[data-key="{key}"]')


def test_a_change_is_stored_and_seen_on_a_second_screen(lab: Lab, open_settings: Open) -> None:
    first, second = open_settings(), open_settings()
    row, other = setting(first, "recording.group_size"), setting(second, "recording.group_size")
    row.get_by_role("spinbutton").fill("250")
    row.get_by_label("Reason").fill("a rehearsal")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".rl-set-said")).to_have_text("Stored.")
    expect(other.get_by_role("spinbutton")).to_have_value("250", timeout=BUSY_MS)
    expect(second.locator(".rl-set-history li").first).to_contain_text("a rehearsal")
    assert lab.settings.history("recording.group_size")[0]["why"] == "a rehearsal"


def test_the_theme_of_every_screen_changes_at_once(lab: Lab, open_settings: Open) -> None:
    page = open_settings()
    expect(page.locator(".rl-settings")).to_have_attribute("data-theme", "light")
    lab.settings.screen.theme = "dark"
    expect(page.locator(".rl-settings")).to_have_attribute("data-theme", "dark", timeout=BUSY_MS)
    expect(page.locator("body")).to_have_css("background-color", "rgb(11, 15, 23)")
    lab.settings.reset("screen.theme")
    expect(page.locator("body")).to_have_css("background-color", "rgb(238, 241, 246)")


def test_a_refusal_tells_the_reason_and_leaves_what_was_typed(open_settings: Open, shot: Shot) -> None:
    page = open_settings()
    row = setting(page, "network.allow")
    row.get_by_role("textbox").first.fill("10.0.0.0/8\neverybody")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".rl-set-said")).to_contain_text("'everybody' is no network")
    shot(page, "settings-refused")
    row.get_by_role("button", name="Discard").click()
    expect(row.get_by_role("textbox").first).to_have_value("")


def test_what_needs_a_restart_says_so(lab: Lab, open_settings: Open) -> None:
    page = open_settings()
    row = setting(page, "network.receive_buffer")
    row.get_by_role("spinbutton").fill("131072")
    row.get_by_role("spinbutton").press("Enter")
    expect(row.locator(".rl-set-said")).to_contain_text("when the hub starts next")
    expect(row.locator(".rl-set-source")).to_contain_text("from the next start of the hub: 131072")


def test_a_change_is_taken_back_by_a_click(lab: Lab, open_settings: Open) -> None:
    lab.settings.set("recording.group_size", 99, why="by mistake")
    page = open_settings()
    row = setting(page, "recording.group_size")
    expect(row.get_by_role("spinbutton")).to_have_value("99")
    page.get_by_role("button", name="Undo change").first.click()
    expect(row.get_by_role("spinbutton")).to_have_value("5000")
    expect(row.locator(".rl-set-source")).to_have_text("Default")


def test_what_another_changes_meanwhile_does_not_take_away_what_is_typed(lab: Lab, open_settings: Open) -> None:
    page = open_settings()
    row = setting(page, "recording.group_size")
    row.get_by_role("spinbutton").fill("300")
    lab.settings.recording.group_size = 77
    expect(row.locator(".rl-set-said")).to_contain_text("Changed meanwhile to 77")
    expect(row.get_by_role("spinbutton")).to_have_value("300")


def test_every_kind_of_field_gives_its_kind_of_value(lab: Lab, open_settings: Open) -> None:
    page = open_settings()
    cases: list[tuple[str, Callable[[Locator], object], object]] = [
        ("recording.archive", lambda row: row.get_by_role("checkbox").uncheck(), False),
        ("recording.protocol_version", lambda row: row.get_by_role("combobox").select_option("2.3"), "2.3"),
        ("screen.muted", lambda row: row.get_by_label("plain").check(), ["plain", "tick"]),
        ("screen.hit_seconds", lambda row: row.get_by_role("spinbutton").fill("7.5"), 7.5),
        ("network.courts", lambda row: row.get_by_role("textbox").first.fill("A = 7001\nB = 7002"), None),
        ("watch.warning", lambda row: row.get_by_label("cpu_percent").fill("81"), {"cpu_percent": 81.0}),
        ("obs.replay_scene", lambda row: row.get_by_role("textbox").first.fill("Zeitlupe"), "Zeitlupe"),
    ]
    for key, change, value in cases:
        row = setting(page, key)
        change(row)
        row.get_by_role("button", name="Save").click()
        expect(row.locator(".rl-set-said")).to_contain_text("Stored")
        stored = lab.settings.describe(key)
        assert stored["stored_value"] == ({"A": 7001, "B": 7002} if value is None else value), key


def test_a_setting_is_found_by_a_word_of_its_help(open_settings: Open) -> None:
    page = open_settings()
    page.get_by_label("Find a setting").fill("transaction")
    expect(page.locator(".rl-setting:visible")).to_have_count(1)
    expect(page.locator(".rl-setting")).to_have_attribute("data-key", "recording.group_size")
    page.get_by_label("Find a setting").fill("no such thing")
    expect(page.get_by_text("No setting has this")).to_be_visible()


def test_settings_go_out_and_in_as_a_file(lab: Lab, open_settings: Open, tmp_path: Path) -> None:
    lab.settings.recording.group_size = 123
    page = open_settings()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    text = Path(download.value.path()).read_text()
    assert tomllib.loads(text)["recording"] == {"group_size": 123}
    file = tmp_path / "mine.toml"
    file.write_text(text.replace("group_size = 123", "group_size = 321"))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".rl-set-would")).to_contain_text("recording.group_size → 321")
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_text("1 setting is taken over.")).to_be_visible()
    assert lab.settings.describe("recording.group_size")["stored_value"] == 321
    file.write_text("[screen]\ntheme = 'pink'\n")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".rl-set-desk .rl-set-said")).to_contain_text("mine.toml, line 2, column 9")


def test_text_that_would_like_to_be_markup_is_shown_as_text(lab: Lab, open_settings: Open, shot: Shot) -> None:
    for payload in PAYLOADS:
        lab.settings.set("licence.venue", payload, why=payload)
    page = open_settings()
    row = setting(page, "licence.venue")
    expect(row.get_by_role("textbox").first).to_have_value(PAYLOADS[-1])
    expect(page.locator(".rl-set-history")).to_contain_text(PAYLOADS[-2])
    shot(page, "settings-hostile")
    assert page.evaluate("window.__broken") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (768, 1024)])
def test_it_holds_the_guidelines_and_fits(
    lab: Lab, open_settings: Open, shot: Shot, scheme: Literal["light", "dark"], width: int, height: int
) -> None:
    lab.settings.set("recording.group_size", 250, why="a rehearsal")
    page = open_settings(scheme=scheme, width=width, height=height)
    setting(page, "recording.group_size").get_by_role("spinbutton").fill("0")
    found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"settings-{scheme}-{width}")


def test_all_of_it_is_done_by_keyboard(lab: Lab, open_settings: Open) -> None:
    page = open_settings()
    page.get_by_label("Find a setting").focus()
    page.keyboard.type("group_size")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "number":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("88")
    page.keyboard.press("Enter")
    expect(page.locator(".rl-setting:visible .rl-set-said")).to_have_text("Stored.")
    assert lab.settings.recording.group_size == 88
