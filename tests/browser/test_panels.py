"""The panels below the event table: data quality and unknown events, folded, open, in every light and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.bout import load
from tests.browser.conftest import ROW, Opener
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import Console, HubProcess, VoilaProcess
from tests.browser.test_hostile_text import WATCH, unharmed

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]

FOUGHT = (
    *("clk;02:00;start", "clk;01:59", "clk;01:58", "hl1;57", "sc1;2;sc2;0"),
    *("s11;2;s21;0;s12;0;s22;0;s13;0;s23;0", "pt1;2", "clk;01:57"),
)
LOST_POINT = ("sc1;5;sc2;0", "s11;5;s21;0;s12;0;s22;0;s13;0;s23;0")
KICKS = [f"spd{1 + number % 2};{9 + number / 4:.1f};{'head' if number % 3 else 'body'}" for number in range(40)]
FOUND = "Head point of blue at 1:57 of round 1: message missing"
DECIDED_MS = 60_000  # a process of its own recognizes what is stored
GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def panel_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("panels"), courts=("1", "2"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def panel_voila(panel_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    voila = VoilaProcess(panel_hub.data_dir, tmp_path_factory.mktemp("panels-voila") / "voila.log")
    yield voila
    voila.stop()


@pytest.fixture
def console(panel_hub: HubProcess) -> Iterator[Console]:
    """A console in the middle of a bout of which nothing was lost so far."""
    console = Console(panel_hub)
    console.send_stored(*load(), *FOUGHT)
    yield console
    console.close()


@pytest.fixture
def open_panels(open_page: Opener, panel_voila: VoilaProcess) -> Callable[..., Page]:
    return lambda **options: open_page(url=panel_voila.url, **options)


def opened(page: Page, name: str) -> Locator:
    """Open a panel by its head and return it."""
    panel = page.locator(f".rl-{name}")
    panel.locator(".rl-panel-toggle").click()
    expect(panel.locator(".rl-panel-body")).to_be_visible()
    return panel


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (768, 1024), (1024, 768), (1920, 1080)])
def test_folded_they_stand_on_the_first_screen_and_push_nothing_out_of_it(
    console: Console, open_panels: Callable[..., Page], shot: Shot, width: int, height: int
) -> None:
    page = open_panels(width=width, height=height)
    expect(page.locator(".rl-panel-summary").first).to_have_text(re.compile(r"\S"))
    table, board = box(page.locator(".rl-table")), box(page.locator(".rl-board"))
    assert board["y"] >= 0
    assert page.locator(ROW).count() >= 5
    for name in ("quality", "unknown"):
        head = box(page.locator(f".rl-{name}"))
        assert table["y"] + table["height"] <= head["y"]
        assert head["y"] + head["height"] <= height
        assert head["x"] + head["width"] <= width
    assert page.evaluate("document.querySelector('#rendered_cells').scrollHeight <= window.innerHeight")
    shot(page, f"panels-folded-{width}x{height}")


def test_nothing_missing_is_told_plainly_and_a_lost_point_as_soon_as_it_is_known(
    console: Console, open_panels: Callable[..., Page], shot: Shot
) -> None:
    page = open_panels()
    summary = page.locator(".rl-quality .rl-panel-summary")
    expect(summary).to_have_text(re.compile("Nothing missing"))
    panel = opened(page, "quality")
    verdict = panel.locator(".rl-verdict")
    expect(verdict).to_have_attribute("data-level", "good")
    expect(verdict).to_contain_text("Nothing is missing")
    page.wait_for_timeout(600)  # the page is still moving
    shot(page, "quality-nothing-missing")
    console.send_stored(*LOST_POINT)
    expect(verdict).to_have_attribute("data-level", "error")
    expect(verdict).to_contain_text("1 message missing")
    expect(summary).to_have_attribute("data-level", "error")
    finding = panel.locator(".rl-finding")
    expect(finding.locator(".rl-finding-text")).to_have_text(FOUND, ignore_case=True)
    expect(finding.locator(".rl-finding-place")).to_have_text("R1 1:57")
    expect(finding.locator(".rl-finding-why")).to_contain_text(re.compile(r"\d+ % sure: the score rose"))
    expect(panel.locator(".rl-checks li").first).to_contain_text("2 of 2")
    shot(page, "quality-lost-point")


def test_evidence_opens_and_leads_to_the_event_table(
    console: Console, open_panels: Callable[..., Page], shot: Shot
) -> None:
    seq = console.send_stored(*LOST_POINT, "clk;01:56", "clk;01:54")
    page = open_panels()
    panel = opened(page, "quality")
    tick = panel.locator(".rl-finding", has_text="Second of the clock").last
    tick.locator(".rl-link").click()
    evidence = tick.locator(".rl-evidence-row")
    expect(evidence).to_have_text([re.compile("clk;01:56"), re.compile("clk;01:54")])
    evidence.last.click()
    row = page.locator(f"{ROW}[data-seq='{seq}']")
    expect(row).to_be_in_viewport()
    expect(row).to_have_attribute("aria-selected", "true")
    expect(page.locator(".rl-detail h3")).to_have_text(f"Event {seq}")
    shot(page, "quality-evidence-in-table")


def test_another_match_and_another_court_can_be_looked_at(
    console: Console, panel_hub: HubProcess, open_panels: Callable[..., Page]
) -> None:
    second = Console(panel_hub, "2")
    second.send_stored(*load(number="202", blue="Ana BABIĆ", red="Ela KAYA"), "clk;02:00;start", "clk;01:57")
    second.close()
    page = open_panels()
    panel = opened(page, "quality")
    choice = panel.get_by_label("Match", exact=True)
    choice.select_option("court:2")
    expect(panel.locator(".rl-finding").first).to_contain_text("clock")
    earlier = choice.locator("optgroup[label='Newest first'] option", has_text="Match 101").last
    choice.select_option(earlier.get_attribute("value"))
    expect(panel.locator(".rl-verdict")).to_have_attribute("data-level", re.compile("good|error|info"))
    expect(panel.locator(".rl-panel-summary")).to_contain_text("court 2")


def test_an_unknown_stream_is_found_explained_tried_accepted_and_undone(
    console: Console, open_panels: Callable[..., Page], shot: Shot
) -> None:
    page = open_panels()
    panel = opened(page, "unknown")
    console.send_stored(*KICKS)
    pattern = panel.locator(".rl-pattern", has_text="spd1")
    expect(pattern.locator(".rl-pattern-count")).to_have_text("20")
    pattern.click()
    about = panel.locator(".rl-about")
    expect(about.locator(".rl-samples code").first).to_have_text("spd1;9.0;body")
    expect(about.locator(".rl-fields tbody tr")).to_have_count(2)
    expect(about).to_contain_text("differ in their number alone")
    editor = panel.get_by_label("Definition in TOML")
    expect(editor).to_have_value(re.compile(r'codes = \{ "spd1" = 1, "spd2" = 2 \}'))
    message = panel.locator(".rl-editor-message")
    expect(message).to_have_text("Well formed: spd")
    accept = panel.get_by_role("button", name="Accept", exact=True)
    expect(accept).to_be_hidden()
    page.wait_for_timeout(600)  # the page is still moving
    shot(page, "unknown-explained")

    proposed = editor.input_value()
    editor.fill(proposed.replace('kind = "word"', 'kind = "wort"'))
    expect(message).to_have_text(re.compile(r"^Line 17, column \d+: there is no kind 'wort'"))
    expect(panel.locator(".rl-editor-numbers .is-wrong")).to_have_text("17")
    expect(panel.get_by_role("button", name="Try on what is stored")).to_be_disabled()
    shot(page, "unknown-wrong-line")

    panel.get_by_role("button", name="Proposal again").click()
    panel.get_by_role("button", name="Try on what is stored").click()
    expect(panel.locator(".rl-tried strong")).to_have_text(
        "40 of 40 stored messages would change: 40 unknown → recognized."
    )
    expect(accept).to_be_disabled()
    panel.get_by_label("Reason for accepting").fill("the maker told us")
    shot(page, "unknown-tried")
    accept.click()
    expect(panel.locator(".rl-accepted")).to_contain_text(
        "Accepted: spd. 40 stored messages changed", timeout=DECIDED_MS
    )
    expect(panel.locator(".rl-pattern", has_text="spd1")).to_have_count(0)
    shot(page, "unknown-accepted")
    panel.get_by_role("button", name="Undo", exact=True).click()
    expect(panel.locator(".rl-accepted")).to_contain_text("Undone", timeout=DECIDED_MS)
    expect(panel.locator(".rl-pattern", has_text="spd1")).to_have_count(1)


def test_a_note_stays_with_the_pattern(console: Console, open_panels: Callable[..., Page]) -> None:
    console.send_stored("nte;1;2")
    page = open_panels()
    panel = opened(page, "unknown")
    panel.locator(".rl-pattern", has_text="nte").click()
    panel.get_by_label("Note on this pattern").fill("seen once, ask the <b>maker</b>")
    panel.get_by_role("button", name="Keep note").click()
    expect(panel.locator(".rl-note-tools")).to_contain_text("Kept.")
    page.reload(wait_until="commit")
    panel = opened(page, "unknown")
    panel.locator(".rl-pattern", has_text="nte").click()
    expect(panel.get_by_label("Note on this pattern")).to_have_value("seen once, ask the <b>maker</b>")


def test_both_can_be_worked_by_keyboard_alone(console: Console, open_panels: Callable[..., Page]) -> None:
    console.send_stored(*LOST_POINT, "kbd;1", "kbd;2")
    page = open_panels()
    toggle = page.locator(".rl-quality .rl-panel-toggle")
    toggle.focus()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    link = page.locator(".rl-quality .rl-finding .rl-link").first
    link.focus()
    page.keyboard.press("Space")
    expect(link).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".rl-quality .rl-evidence-row").first).to_be_visible()
    toggle.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rl-quality .rl-panel-body")).to_be_hidden()

    page.locator(".rl-unknown .rl-panel-toggle").focus()
    page.keyboard.press("Enter")
    listbox = page.get_by_role("listbox", name="Unknown patterns")
    listbox.focus()
    page.keyboard.press("End")
    chosen = page.locator(".rl-pattern[aria-selected='true']")
    expect(chosen).to_have_count(1)
    assert listbox.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(page.locator(".rl-about .rl-samples li").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["quality", "unknown"])
def test_nothing_goes_against_the_accessibility_guidelines(
    console: Console, open_panels: Callable[..., Page], shot: Shot, name: str, scheme: Literal["light", "dark"]
) -> None:
    console.send_stored(*LOST_POINT, "clk;01:55", *KICKS[:6])
    page = open_panels(scheme=scheme)
    panel = opened(page, name)
    if name == "quality":
        panel.locator(".rl-finding .rl-link").first.click()
        expect(panel.locator(".rl-evidence-row").first).to_be_visible()
        panel.locator(".rl-folding summary").last.click()
    else:
        panel.locator(".rl-pattern", has_text="spd1").click()
        expect(panel.locator(".rl-editor-message")).to_have_attribute("data-level", "good")
        panel.get_by_role("button", name="Try on what is stored").click()
        expect(panel.locator(".rl-tried strong")).to_be_visible()
    page.wait_for_timeout(600)  # the page is still moving
    found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    shot(page, f"{name}-{scheme}")


@pytest.mark.parametrize("name", ["quality", "unknown"])
@pytest.mark.parametrize(("width", "height"), [(768, 1024), (1280, 720)])
def test_open_they_fit_the_width(
    console: Console, open_panels: Callable[..., Page], shot: Shot, name: str, width: int, height: int
) -> None:
    console.send_stored(*LOST_POINT, "clk;01:55", *KICKS[:6], f"wide;{'W' * 300};{'x ' * 200}")
    page = open_panels(width=width, height=height)
    panel = opened(page, name)
    if name == "quality":
        expect(panel.locator(".rl-finding").first).to_be_visible()
    else:
        panel.locator(".rl-pattern", has_text="wide").click()
        expect(panel.locator(".rl-samples li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overflowing = """panel => [...panel.querySelectorAll('*')]
        .filter(e => e.getBoundingClientRect().width && !e.closest('.rl-sr, textarea, pre, option')
            && e.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1)
        .map(e => e.className)"""
    assert panel.evaluate(overflowing) == []
    page.wait_for_timeout(600)  # the page is still moving
    shot(page, f"{name}-{width}x{height}")


def test_samples_names_and_notes_are_shown_as_text(panel_hub: HubProcess, open_panels: Callable[..., Page]) -> None:
    console = Console(panel_hub)
    console.send_stored(*load(blue=PAYLOADS[0], red=PAYLOADS[1]), *FOUGHT, *LOST_POINT, *PAYLOADS)
    console.send_stored(*(f"evl;{payload};{number}" for number, payload in enumerate(PAYLOADS)))
    page = open_panels(script=WATCH.replace("details,", ""))  # the panels have some of their own
    quality = opened(page, "quality")
    expect(quality.locator(".rl-finding").first).to_be_visible()
    for link in quality.locator(".rl-finding .rl-link").all():
        link.click()
    expect(quality.locator(".rl-evidence-row").first).to_be_visible()
    expect(quality.locator("select option", has_text="script").first).to_be_attached()
    quality.locator(".rl-panel-toggle").click()
    panel = opened(page, "unknown")
    for pattern in panel.locator(".rl-pattern").all()[:12]:
        pattern.click()
        expect(panel.locator(".rl-samples code").first).to_be_visible()
    panel.locator(".rl-pattern", has_text="evl").first.click()
    expect(panel.locator(".rl-samples code").first).to_have_text(
        re.compile(re.escape(PAYLOADS[0])), use_inner_text=True
    )
    panel.get_by_role("button", name="Try on what is stored").click()
    expect(panel.locator(".rl-examples code").first).to_contain_text("evl;")
    unharmed(page)
    console.close()


def test_the_panels_notice_a_hub_that_is_away(
    console: Console, panel_hub: HubProcess, open_panels: Callable[..., Page]
) -> None:
    page = open_panels()
    panel = opened(page, "quality")
    expect(panel.locator(".rl-verdict")).to_contain_text("Nothing is missing")
    panel_hub.kill()
    expect(panel.locator(".rl-pill")).to_have_text(re.compile("Hub away"))
    panel_hub.start()
    expect(panel.locator(".rl-finding", has_text="nobody listened")).to_be_visible()
    expect(panel.locator(".rl-verdict")).to_contain_text("Nobody listened for a while")
