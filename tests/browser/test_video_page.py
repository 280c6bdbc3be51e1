"""The page with the player in a real browser: a click on an event opens its video at its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from restrike_lab.client.video.clocks import Film
from restrike_lab.client.video.match_video import MatchVideo, Stored
from restrike_lab.obs.video_fit import Lag, VideoFile, fit
from tests.obs.films import film, moment, recorded, require_ffmpeg

PLAYER = "(() => { const v = document.querySelector('video'); return [v.readyState, v.currentTime]; })()"
HOSTILE = "</script><script>document.title='broken'</script>"


def event(seq: int, ms: float, stream: str, description: str, **facts: Any) -> Stored:
    known = {"action": "", "athlete": None, "round": 1, "time": "1:00", "fields": {}, "seq": seq, "stream": stream}
    at = moment(ms)
    return Stored({**known, "description": description, **facts}, at.wall_ns, at.mono_ns, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_ffmpeg()
    folder = tmp_path_factory.mktemp("video page")
    film(str(folder / "bout #1.mkv"), 6.0)
    events = [
        event(1, 500, "clk", "Clock 02:00 start", action="start"),
        event(2, 4_000, "pt", f"Blue: body kick, +2 {HOSTILE}", athlete=1),
        event(3, 4_100, "hl", "Red: hit level 50", athlete=2),
        event(4, 5_000, "win", "Winner: Blue"),
    ]
    seen = recorded(files=(VideoFile(str(folder / "bout #1.mkv"), moment(0), 6_000.0, 6_000.0),), ended=moment(6_000))
    match = {"match_id": 1, "number": "101", "court": "1", "phase": HOSTILE}
    video = MatchVideo(match, {1: "KIM", 2: "LEE"}, events, [Film(seen, fit(seen, Lag(600, 40)))], {}, 0.0)
    video.page(folder / "page.html", lead_ms=2000)
    return folder


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Page]:
    problems: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto((folder / "page.html").as_uri())
    yield page
    context.close()
    assert [each for each in problems if "ERR_FILE_NOT_FOUND" not in each] == []


def await_time(page: Page, low: float, high: float) -> None:
    """Wait until the player has a picture between two positions. The page's policy lets nobody wait inside it."""
    for _ in range(400):
        ready, at = page.evaluate(PLAYER)
        if ready >= 2 and low < at < high:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the player is at {at}, not between {low} and {high}")


def test_a_click_opens_the_player_before_the_event(page: Page) -> None:
    page.get_by_text("body kick").click()
    await_time(page, 1.9, 4.0)
    expect(page.locator("a.event[aria-current]")).to_have_count(1)
    expect(page.locator("#status")).to_have_text("bout #1.mkv")


def test_how_long_before_can_be_chosen_and_keys_go_on(page: Page) -> None:
    page.locator("#lead").select_option("0")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    await_time(page, 3.9, 6.1)
    page.keyboard.press("k")
    await_time(page, 0.4, 3.5)


def test_hits_are_shown_on_demand(page: Page) -> None:
    expect(page.get_by_text("hit level 50")).to_be_hidden()
    page.get_by_label("hit").check()
    expect(page.get_by_text("hit level 50")).to_be_visible()
    page.get_by_label("point").uncheck()
    expect(page.get_by_text("body kick")).to_be_hidden()


def test_hostile_text_is_text(page: Page) -> None:
    expect(page).to_have_title("Match 101: KIM – LEE")
    expect(page.get_by_text(HOSTILE)).to_have_count(2)


def test_a_video_that_is_elsewhere_is_said_and_can_be_chosen(page: Page, folder: Path) -> None:
    moved = folder / "elsewhere"
    moved.mkdir()
    gone = (folder / "bout #1.mkv").rename(moved / "bout #1.mkv")
    try:
        page.get_by_text("body kick").click()
        expect(page.locator("#status")).to_contain_text("does not open here")
        page.locator("#chooser").set_input_files(gone)
        await_time(page, 1.9, 4.0)
    finally:
        gone.rename(folder / "bout #1.mkv")
