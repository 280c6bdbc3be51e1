"""What a reader does with the event table: filter, pause, sort, keys, detail, and a scroll over 50,000 rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROW, Opener
from tests.browser.stage import Console, HubProcess, VoilaProcess, until

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
KEPT = 50_000
MOST_ROW_ELEMENTS = 120


@pytest.fixture
def page(shared_page: Page) -> Page:
    """Return the shared page as it is when it has just been opened."""
    page = shared_page
    grid = page.get_by_role("grid")
    while page.locator(".rl-table").get_attribute("data-place") != "following":
        grid.focus()
        page.keyboard.press("Escape")
    if page.locator(".rl-chips").get_by_role("button", name="Clear filters").is_visible():
        page.locator(".rl-chips").get_by_role("button", name="Clear filters").click()
    number = page.get_by_role("columnheader", name="#")
    while number.get_attribute("aria-sort") != "descending":
        number.get_by_role("button").click()
    return page


def texts(page: Page, column: str) -> list[str]:
    return page.locator(f"{ROW} .rl-c-{column}").all_inner_texts()


def numbers(page: Page) -> list[int]:
    """Return the numbers of the events in sight, from the top; they are in the same order in the document."""
    script = "rows => rows.map(r => [Math.round(r.getBoundingClientRect().top), +r.dataset.seq])"
    rows = page.locator(ROW).evaluate_all(script)
    assert rows == sorted(rows)
    return [int(seq) for _, seq in rows]


def scrolled(page: Page) -> float:
    return float(page.evaluate("document.querySelector('.rl-grid').scrollTop"))


def test_seconds_passing_are_hidden_until_asked_for(page: Page) -> None:
    assert not any(re.fullmatch(r"clk;\d\d:\d\d", text) for text in texts(page, "raw"))
    page.locator(".rl-chip[data-code='Ticks']").click()
    page.locator(".rl-table .rl-search").fill("clk;01:58")
    expect(page.locator(f"{ROW} .rl-c-raw").first).to_have_text("clk;01:58")


def test_filters_by_athlete_type_status_and_text(page: Page, console: Console) -> None:
    page.get_by_role("button", name="Red", exact=True).click()
    expect(page.locator(f"{ROW}:not([data-athlete='2'])")).to_have_count(0)
    assert set(texts(page, "athlete")) == {"Red"}
    page.get_by_role("button", name="All", exact=True).click()

    page.locator(".rl-chip[data-code='H']").click(modifiers=["Shift"])
    expect(page.locator(f"{ROW}:not([data-code='H'])")).to_have_count(0)
    assert page.locator(ROW).count() >= 1
    page.get_by_role("button", name="Clear filters").first.click()

    console.send_stored("nonsense;1;2", "wg2;3")
    page.get_by_label("Recognition status").select_option("unknown")
    expect(page.locator(f"{ROW}[data-status='unknown'] .rl-c-raw").first).to_have_text("nonsense;1;2")
    expect(page.locator(f"{ROW}:not([data-status='unknown'])")).to_have_count(0)
    page.get_by_role("button", name="Clear filters").first.click()

    page.locator(".rl-table .rl-search").fill("KIM")
    expect(page.locator(f"{ROW}[data-code='O'] .rl-c-description").first).to_contain_text("KIM")
    page.locator(".rl-table .rl-search").fill("nowhere to be found")
    expect(page.locator(".rl-empty")).to_contain_text("No event passes the filters")
    page.locator(".rl-empty").get_by_role("button").click()
    expect(page.locator(ROW).first).to_be_visible()


def test_chips_count_their_events(page: Page, console: Console) -> None:
    chip = page.locator(".rl-chip[data-code='P'] .rl-chip-count")
    before = int(chip.inner_text())
    console.send_stored("pt1;1", "pt2;1")
    expect(chip).to_have_text(str(before + 2))


def test_pause_keeps_the_readers_place(page: Page, console: Console, shot: Shot) -> None:
    page.get_by_role("button", name="Pause").click()
    before = numbers(page)
    last = console.send_stored(*["hl1;41"] * 12)
    fresh = page.locator(".rl-fresh")
    expect(fresh).to_have_text("↑ 12 new")
    assert numbers(page) == before
    shot(page, "paused")
    fresh.click()
    expect(page.locator(f"{ROW}[data-seq='{last}']")).to_be_visible()
    expect(fresh).to_be_hidden()


def test_scrolling_down_keeps_the_place_and_scrolling_up_follows_again(page: Page, console: Console) -> None:
    page.locator(".rl-grid").evaluate("grid => { grid.scrollTop = 200; }")
    page.wait_for_function("document.querySelector('.rl-table').dataset.place === 'kept'")
    before, top = numbers(page), scrolled(page)
    console.send_stored(*["hl2;33"] * 5)
    expect(page.locator(".rl-fresh")).to_have_text("↑ 5 new")
    assert (numbers(page), scrolled(page)) == (before, top)
    page.locator(".rl-grid").evaluate("grid => { grid.scrollTop = 0; }")
    expect(page.locator(".rl-table")).to_have_attribute("data-place", "following")
    expect(page.locator(f"{ROW} .rl-c-raw").first).to_be_visible()


def test_a_click_on_a_heading_sorts(page: Page) -> None:
    page.get_by_role("button", name="HL:").or_(page.locator(".rl-chip[data-code='HL']")).first.click(
        modifiers=["Shift"]
    )
    heading = page.get_by_role("columnheader", name="Value")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    script = "rows => rows.map(r => [r.getBoundingClientRect().top, r.querySelector('.rl-c-value').innerText])"
    in_order = [int(value) for _, value in sorted(page.locator(ROW).evaluate_all(script))]
    assert in_order == sorted(in_order, reverse=True)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    in_order = [int(value) for _, value in sorted(page.locator(ROW).evaluate_all(script))]
    assert in_order == sorted(in_order)


def test_everything_can_be_done_with_keys(page: Page, console: Console, shot: Shot) -> None:
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("ArrowDown")
    first = grid.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    second = grid.get_attribute("aria-activedescendant")
    assert first
    assert second
    assert first != second
    expect(page.locator(f"#{second}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    detail = page.locator(".rl-detail")
    expect(detail).to_be_visible()
    shot(page, "keyboard-detail")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.keyboard.press("End")
    assert scrolled(page) > 0
    page.keyboard.press("Home")
    assert scrolled(page) == 0
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    page.keyboard.press("Escape")
    expect(page.locator(".rl-table")).to_have_attribute("data-place", "following")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Follow").first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("/")
    expect(page.locator(".rl-table .rl-search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(grid).to_be_focused()


def test_a_picked_row_stays_while_others_come(page: Page, console: Console) -> None:
    page.locator(ROW).nth(2).click()
    expect(page.locator(".rl-detail")).to_be_visible()
    before = numbers(page)
    console.send_stored(*["hl1;9"] * 4)
    expect(page.locator(".rl-fresh")).to_have_text("↑ 4 new")
    assert numbers(page) == before


def test_a_row_opens_with_its_bytes_fields_and_errors(page: Page, console: Console, shot: Shot) -> None:
    seq = console.send_stored(b"pt1;9;\xc4\x87\xff\r\n")
    page.locator(f"{ROW}[data-seq='{seq}']").click()
    detail = page.locator(".rl-detail")
    expect(detail.locator("h3")).to_have_text(f"Event {seq}")
    expect(detail.locator(".rl-hex")).to_contain_text("70 74 31 3b 39 3b c4 87")
    expect(detail.locator(".rl-hex")).to_contain_text("ff 0d 0a")
    expect(detail.locator(".rl-confidence")).to_contain_text("confidence")
    expect(detail.locator(".rl-errors li").first).to_be_visible()
    expect(detail.locator(".rl-facts").first).to_contain_text("points")
    shot(page, "detail")


def test_the_grid_says_where_it_stands_to_a_screen_reader(page: Page) -> None:
    grid = page.get_by_role("grid")
    rows = int(grid.get_attribute("aria-rowcount") or 0)
    counted = page.locator(".rl-counted").inner_text()
    assert f"{rows - 1:,} of" in counted
    assert page.locator(f"{ROW}[role=row]").count() == page.locator(ROW).count()
    assert {cell.get_attribute("role") for cell in page.locator(f"{ROW} .rl-cell").all()[:11]} == {"gridcell"}
    expect(page.get_by_role("columnheader", name="#")).to_have_attribute("aria-sort", "descending")


@pytest.fixture(scope="module")
def long_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubProcess, VoilaProcess]]:
    """A hub with more events than the table keeps, and Voila for it."""
    hub = HubProcess(tmp_path_factory.mktemp("long"))
    hub.start()
    console = Console(hub)
    sent = 0
    while sent < KEPT + 1_500:
        console.send(*(f"hl{number % 2 + 1};{number % 100 + 1}" for number in range(500)))
        sent += 500
        until(lambda enough=sent: hub.stored() >= enough, f"{sent} events are stored")  # type: ignore[misc]
    voila = VoilaProcess(hub.data_dir, tmp_path_factory.mktemp("long-voila") / "voila.log")
    yield hub, voila
    console.close()
    voila.stop()
    hub.stop()


def test_fifty_thousand_rows_scroll_smoothly_on_few_elements(
    long_record: tuple[HubProcess, VoilaProcess], open_page: Opener, shot: Shot
) -> None:
    page = open_page(url=long_record[1].url)
    expect(page.locator(".rl-counted")).to_have_text(f"{KEPT:,} events")
    frames = page.evaluate(
        """async () => {
          const body = document.querySelector(".rl-grid");
          const gaps = [];
          let most = 0;
          let last = performance.now();
          for (let step = 0; step < 120; step += 1) {
            body.scrollTop = (step / 119) * (body.scrollHeight - body.clientHeight);
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll(".rl-body .rl-row").length);
            gaps.push(performance.now() - last);
            last = performance.now();
          }
          gaps.sort((a, b) => a - b);
          return {median: gaps[60], most};
        }"""
    )
    assert frames["most"] <= MOST_ROW_ELEMENTS
    assert frames["median"] < 50
    assert numbers(page)[-1] == long_record[0].stored() - KEPT + 1
    shot(page, "end-of-50000")
    page.locator(".rl-table .rl-search").fill("hl1;77")
    expect(page.locator(".rl-counted")).to_have_text(re.compile(r"^500 of 50,000 events"))
