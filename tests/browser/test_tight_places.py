"""Long names, high scores and many rounds stay inside their places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bout import load
from tests.browser.conftest import Opener
from tests.browser.stage import Console

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
LONG = "Maximiliana-Alexandra VON UND ZU HOHENSTEIN-GUTTENBERG"

OVERFLOWING = """
() => [...document.querySelectorAll(".rl-centre, .rl-centre *, .rl-score, .rl-marks, .rl-mark, .rl-board-head")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
  .map(e => e.className + ": " + e.textContent)
"""
CLIPPED = """
() => {
  const board = document.querySelector(".rl-arena").getBoundingClientRect();
  const outside = r => r.left < board.left - 1 || r.right > board.right + 1 || r.bottom > board.bottom + 1;
  return [...document.querySelectorAll(".rl-arena *")]
    .filter(e => e.getBoundingClientRect().width && outside(e.getBoundingClientRect()))
    .map(e => e.className);
}
"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (768, 1024), (1920, 1080)])
def test_the_longest_bout_fits(console: Console, open_page: Opener, shot: Shot, width: int, height: int) -> None:
    messages = [each.replace("Seniors;3;", "Seniors;5;") for each in load(blue=LONG, red=LONG, phase="Round of 128")]
    points = "".join(f"s1{number};{20 + number};s2{number};{30 + number};" for number in range(1, 6))
    winners = "wrd;rd1;1;rd2;2;rd3;1;rd4;2;rd5;0"
    hits = [f"hl{athlete};{level}" for level in range(91, 101) for athlete in (1, 2)]
    console.send_stored(*messages, "rnd;5", "clk;02:00;start", points, winners, "sc1;125;sc2;34", "wg1;4;wg2;5", *hits)
    page = open_page(width=width, height=height)
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("125")
    expect(page.locator(".rl-round-cell")).to_have_count(5)
    shot(page, f"tight-{width}x{height}")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(CLIPPED) == []
