"""The operator's page as Voila serves it: the bout and its messages, in every light and on every screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.bout import first_round, load
from tests.browser.conftest import ROW, Opener
from tests.browser.stage import Console, HubProcess

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]


@pytest.fixture
def bout(console: Console) -> int:
    """Have a first round fought; return the number of its last event."""
    return console.send_stored(*load(), *first_round())


def test_the_board_shows_the_bout(bout: int, open_page: Opener, shot: Shot) -> None:
    page = open_page()
    blue, red = page.locator(".rl-side.rl-blue"), page.locator(".rl-side.rl-red")
    expect(blue.locator(".rl-name")).to_have_text("Marko HORVAT")
    expect(red.locator(".rl-name")).to_have_text("KIM Tae-hun")
    expect(blue.locator(".rl-country")).to_have_text("CRO")
    expect(blue.locator(".rl-score")).to_have_text("6")
    expect(red.locator(".rl-score")).to_have_text("1")
    expect(red.locator(".rl-gamjeoms")).to_have_attribute("aria-label", "Gam-jeoms: 1")
    expect(blue.locator(".rl-sup")).to_be_visible()
    expect(blue.locator(".rl-hits")).to_have_attribute("aria-label", re.compile("Last hit level 34"))
    expect(page.locator(".rl-clock")).to_have_text("1:44")
    expect(page.locator(".rl-clock-label")).to_have_text("Running")
    expect(page.locator(".rl-round")).to_have_text("Round 1 of 3")
    expect(page.locator(".rl-match")).to_contain_text("Match 101")
    expect(page.locator(".rl-match")).to_contain_text("M -68kg")
    shot(page, "light-1280x720")


def test_the_page_has_a_title_and_no_sideways_scroll(bout: int, open_page: Opener) -> None:
    page = open_page()
    expect(page).to_have_title(re.compile("Restrike"))
    width = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('#rendered_cells').scrollWidth]"
    )
    assert max(width) <= 1280


@pytest.mark.parametrize(
    ("width", "height", "scheme", "name"),
    [
        (1280, 720, "dark", "dark-1280x720"),
        (1024, 768, "light", "tablet-1024x768"),
        (768, 1024, "dark", "tablet-768x1024"),
        (1920, 1080, "light", "hall-1920x1080"),
    ],
)
def test_the_page_fits_the_screen(
    bout: int, open_page: Opener, shot: Shot, width: int, height: int, scheme: Literal["light", "dark"], name: str
) -> None:
    page = open_page(width=width, height=height, scheme=scheme)
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    box = page.locator(".rl-table").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.querySelector('#rendered_cells').scrollWidth") <= width
    assert page.locator(ROW).count() >= 5
    expect(page.locator(".rl-table")).to_have_attribute("data-theme", scheme)
    shot(page, name)


def test_the_colours_can_be_switched_and_stay_so(bout: int, open_page: Opener) -> None:
    page = open_page(scheme="light")
    page.get_by_role("button", name="Use dark colours").click()
    expect(page.locator(".rl-board")).to_have_attribute("data-theme", "dark")
    page.reload(wait_until="commit")
    page.wait_for_selector(ROW)
    expect(page.locator(".rl-table")).to_have_attribute("data-theme", "dark")


def test_a_new_message_appears_on_top(bout: int, open_page: Opener, console: Console) -> None:
    page = open_page()
    seq = console.send_stored("pt2;2")
    row = page.locator(f"{ROW}[data-seq='{seq}']")
    expect(row).to_be_visible()
    expect(row).to_have_attribute("aria-rowindex", "2")
    expect(row.locator(".rl-c-code")).to_have_text("K")
    expect(row.locator(".rl-c-athlete")).to_have_text("Red")


def test_a_reload_in_mid_bout_shows_everything_again(bout: int, open_page: Opener) -> None:
    page = open_page()
    before = page.locator(f"{ROW} .rl-c-raw").all_inner_texts()
    page.reload(wait_until="commit")
    page.wait_for_selector(ROW)
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    expect(page.locator(f"{ROW} .rl-c-raw")).to_have_text(before)


def test_the_score_is_read_out(bout: int, open_page: Opener, console: Console) -> None:
    page = open_page()
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    console.send("sc1;6;sc2;3", "pt2;2")
    said = page.locator(".rl-board [role=status]")
    expect(said).to_have_attribute("aria-live", "polite")
    expect(said).to_have_text(re.compile("Blue 6, red 3"))


def test_injury_challenge_break_and_winner_are_told(bout: int, open_page: Opener, console: Console, shot: Shot) -> None:
    page = open_page()
    strip = page.locator(".rl-strip")
    console.send("ij0;01:00;show", "ij0;00:55", "clk;01:30;stop")
    expect(strip).to_have_text(re.compile(r"Injury time 0:55"))
    expect(page.locator(".rl-clock-label")).to_have_text("Stopped")
    shot(page, "injury")
    console.send("ij0;00:50;hide", "ch2;")
    expect(strip).to_have_text(re.compile(r"Red challenge"))
    shot(page, "challenge")
    console.send("ch2;1;1", "ch2;-1", "clk;0:00;stopEnd", "wrd;rd1;1;rd2;0;rd3;0", "brk;00:59")
    expect(page.locator(".rl-clock-label")).to_have_text("Break")
    expect(page.locator(".rl-clock")).to_have_text("0:59")
    expect(page.locator(".rl-side.rl-blue .rl-rounds")).to_have_attribute("aria-label", "Rounds won: 1")
    shot(page, "break")
    console.send("win;BLUE", "wmh;Marko HORVAT;2-0 PTF")
    expect(strip).to_have_text(re.compile(r"Marko HORVAT wins.*2–0.*PTF, final score"))
    expect(page.locator(".rl-side.rl-blue .rl-winner")).to_be_visible()
    shot(page, "winner")


def test_several_courts_can_be_chosen(bout: int, open_page: Opener, hub: HubProcess, shot: Shot) -> None:
    second = Console(hub, "2")
    second.send_stored(*load(number="202", blue="Ana BABIĆ", red="Ela KAYA", countries=("SRB", "TUR")))
    page = open_page()
    page.locator(".rl-board select.rl-court").select_option("2")
    expect(page.locator(".rl-side.rl-blue .rl-name")).to_have_text("Ana BABIĆ")
    expect(page.locator(".rl-match")).to_contain_text("Match 202")
    shot(page, "second-court")
    second.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_goes_against_the_accessibility_guidelines(
    bout: int, open_page: Opener, scheme: Literal["light", "dark"]
) -> None:
    page = open_page(scheme=scheme)
    page.locator(".rl-grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".rl-detail .rl-facts").first).to_be_visible()
    levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": levels}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
