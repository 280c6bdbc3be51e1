"""The panel about recognition: rules, protocol versions, the past recognized anew, and statuses set by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from restrike_lab.pss import load_definitions
from tests.browser.bout import first_round, load
from tests.browser.conftest import ROW, Opener
from tests.browser.notebook import write_notebook
from tests.browser.stage import Console, HubProcess, VoilaProcess
from tests.browser.test_panels import DECIDED_MS, GUIDELINES, opened

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
Open = Callable[..., Page]

THRUST = """\
[stream.thrust]
description = "A push"
example = "thr1;40"
codes = { thr1 = 1, thr2 = 2 }

[[stream.thrust.field]]
name = "force"
kind = "integer"
"""


@pytest.fixture(scope="module")
def judged_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("judged"), courts=("1", "2"))
    hub.start()
    console = Console(hub)
    console.send_stored(*load(), *first_round(), "hl1;130", "hl2;0", "rnd;7", "hl1;20", "hl2;25")
    console.close()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def judged_voila(judged_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    folder = tmp_path_factory.mktemp("judged-voila")
    notebook = write_notebook(folder / "page.ipynb", "EventTable(lab)", "panels(Recognition(lab))")
    voila = VoilaProcess(judged_hub.data_dir, folder / "voila.log", notebook)
    yield voila
    voila.stop()


@pytest.fixture
def open_judged(open_page: Opener, judged_voila: VoilaProcess) -> Open:
    return lambda **options: open_page(url=judged_voila.url, **options)


def fill(panel: Locator, **fields: str) -> None:
    """Fill the form for a rule."""
    labels = {"name": "Name of the rule", "says": "What holds when it holds", "why": "Why?"}
    form = panel.locator(".rl-rule-form")
    for name, value in fields.items():
        if name in ("stream", "field", "kind"):
            form.get_by_role("combobox", name=name.title(), exact=True).select_option(value)
        else:
            form.get_by_label(labels.get(name, name)).fill(value)


def rule(panel: Locator, text: str) -> Locator:
    """Return the rule in the list that is named so."""
    panel.get_by_label("Find a rule").fill(text)
    found = panel.locator(".rl-rule", has_text=text)
    expect(found).to_have_count(1)
    return found


def test_a_wrong_rule_is_refused_with_the_reason_and_a_right_one_counts_from_the_next_event_on(
    judged_hub: HubProcess, open_judged: Open, shot: Shot
) -> None:
    page = open_judged()
    panel = opened(page, "recognition")
    panel.get_by_text("A rule of your own").click()
    fill(panel, name="strong-hits", stream="hl", field="level", kind="range", low="40", high="30", why="noise")
    panel.get_by_role("button", name="Add rule").click()
    said = panel.locator(".rl-rule-form [role=status]")
    expect(said).to_have_text(re.compile("no value can be 40 or more and 30 or less"))
    shot(page, "recognition-refused")
    fill(panel, low="30", high="100", says="the hit is a strong one", why="weak hits are noise here")
    panel.get_by_role("button", name="Add rule").click()
    expect(said).to_have_text("strong-hits, revision 1, counts from the next event on.")

    console = Console(judged_hub)
    seq = console.send_stored("hl1;12")
    status = page.locator(f"{ROW}[data-seq='{seq}'] .rl-c-status")
    expect(status).to_have_text("partial")
    found = rule(panel, "strong")
    expect(found.locator(".rl-rule-failed")).to_have_text("1")
    found.click()
    expect(panel.locator(".rl-rule-full .rl-samples code")).to_have_text("hl1;12")
    shot(page, "recognition-own-rule")

    panel.get_by_label("Reason for switching").fill("they are not")
    panel.get_by_role("button", name="Switch off").click()
    expect(found).to_contain_text("off")
    expect(panel.locator(".rl-revisions li")).to_contain_text(["they are not", "weak hits are noise here"])
    seq = console.send_stored("hl1;13")
    expect(page.locator(f"{ROW}[data-seq='{seq}'] .rl-c-status")).to_have_text("recognized")

    panel.get_by_role("button", name="Change …").click()
    fill(panel, low="20", why="20 is enough")
    panel.get_by_role("button", name="Add rule").click()
    expect(said).to_have_text(re.compile("strong-hits, revision 3"))
    expect(panel.locator(".rl-revisions li").first).to_contain_text("low = 20")
    panel.get_by_label("Reason for switching").fill("the test is over")
    panel.get_by_role("button", name="Switch off").click()
    expect(found).to_contain_text("off")
    console.close()


def test_the_past_is_tried_recognized_anew_and_taken_back(open_judged: Open, shot: Shot) -> None:
    page = open_judged()
    panel = opened(page, "recognition")
    weak = page.locator(ROW, has_text="hl1;130").locator(".rl-c-status")
    expect(weak).to_have_text("partial")
    rule(panel, "level is 1..100").click()
    panel.get_by_label("Reason for switching").fill("the sensor goes on to 200")
    panel.get_by_label("Reason for switching").press("Enter")
    expect(panel.get_by_role("button", name="Switch on")).to_be_visible()

    panel.get_by_role("button", name="What would change?").click()
    expect(panel.locator(".rl-tried strong")).to_contain_text("would change", timeout=DECIDED_MS)
    expect(panel.locator(".rl-tried pre")).to_contain_text("status partial -> recognized")
    expect(weak).to_have_text("partial")
    apply = panel.get_by_role("button", name="Apply")
    expect(apply).to_be_disabled()
    panel.get_by_label("Reason for recognizing anew").fill("the rule was wrong")
    shot(page, "recognition-tried")
    apply.click()
    expect(panel.locator(".rl-tried")).to_contain_text("changed", timeout=DECIDED_MS)
    expect(panel.locator(".rl-runs li").first).to_contain_text("the rule was wrong")
    expect(weak).to_have_text("recognized")

    panel.get_by_role("button", name="Undo run 1").click()
    panel.get_by_label("Reason for taking a run back").fill("it was right")
    shot(page, "recognition-runs")
    panel.get_by_role("button", name="Take run 1 back").click()
    expect(panel.locator(".rl-tried")).to_contain_text("Run 1 was taken back", timeout=DECIDED_MS)
    expect(panel.locator(".rl-runs li")).to_contain_text(["took run 1 back. it was right", "taken back by run 2"])
    expect(weak).to_have_text("partial")
    panel.get_by_label("Reason for switching").fill("it was right")
    panel.get_by_role("button", name="Switch on").click()
    expect(panel.get_by_role("button", name="Switch off")).to_be_visible()


def test_a_court_is_judged_by_another_version_from_the_next_event_on(judged_hub: HubProcess, open_judged: Open) -> None:
    page = open_judged()
    panel = opened(page, "recognition")
    console = Console(judged_hub, "2")
    first = console.send_stored("sup;1")
    status = ".rl-c-status"
    expect(page.locator(f"{ROW}[data-seq='{first}'] {status}")).to_have_text("recognized")
    panel.get_by_label("Protocol version of court 2").select_option("2.3")
    panel.get_by_label("Reason for judging court 2 by another version").fill("an old console")
    panel.get_by_label("Reason for judging court 2 by another version").press("Enter")
    expect(panel.get_by_text("Court 2 is judged by 2.3 from the next event on.")).to_be_visible()
    second = console.send_stored("sup;1")
    expect(page.locator(f"{ROW}[data-seq='{second}'] {status}")).to_have_text("unknown")
    expect(page.locator(f"{ROW}[data-seq='{first}'] {status}")).to_have_text("recognized")
    console.close()


def test_a_stream_comes_in_from_a_file_is_shared_as_one_and_dropped(
    judged_hub: HubProcess, open_judged: Open, shot: Shot, tmp_path: Path
) -> None:
    page = open_judged()
    panel = opened(page, "recognition")
    file = tmp_path / "thrust.toml"
    file.write_text(THRUST.replace('"integer"', '"integre"'))
    panel.get_by_label("TOML file with streams").set_input_files(file)
    expect(panel.get_by_text("thrust.toml:8:8: there is no kind 'integre'")).to_be_visible()
    file.write_text(THRUST)
    panel.get_by_label("TOML file with streams").set_input_files(file)
    expect(panel.get_by_text("thrust.toml is well formed: 1 stream, thrust.")).to_be_visible()
    panel.get_by_label("Reason for taking the file in").fill("the maker sent it")
    panel.get_by_role("button", name="Take in", exact=True).click()
    own = panel.locator(".rl-own-streams li")
    expect(own).to_contain_text("thrust thr1, thr2")
    console = Console(judged_hub)
    seq = console.send_stored("thr1;40")
    console.close()
    expect(page.locator(f"{ROW}[data-seq='{seq}'] .rl-c-status")).to_have_text("recognized")
    with page.expect_download() as saved:
        panel.get_by_role("button", name="Save as a file").click()
    assert [each.name for each in load_definitions(saved.value.path().read_text())] == ["thrust"]
    own.locator("summary").click()
    shot(page, "recognition-streams")
    panel.get_by_role("button", name="Drop thrust", exact=True).click()
    panel.get_by_label("Reason for dropping the stream").fill("it was a test")
    panel.get_by_label("Reason for dropping the stream").press("Enter")
    expect(panel.get_by_text("thrust counts no more")).to_be_visible()
    expect(own).to_contain_text("None.")


def test_a_status_set_by_hand_shows_on_every_page_with_who_and_why(
    judged_hub: HubProcess, open_judged: Open, shot: Shot
) -> None:
    page, other = open_judged(), open_judged()
    console = Console(judged_hub)
    seq = console.send_stored("hl2;77")
    console.close()
    row = f"{ROW}[data-seq='{seq}']"
    page.locator(row).click()
    detail = page.locator(".rl-detail")
    button = detail.get_by_role("button", name="Set status")
    expect(button).to_be_disabled()
    detail.get_by_label("Status by hand").select_option("partial")
    detail.get_by_label("Reason for the status").fill("a <b>bag</b> was kicked")
    detail.get_by_label("Reason for the status").press("Enter")
    expect(detail.locator(".rl-judged")).to_have_text("Set; what it was is kept.")
    expect(detail).to_contain_text("Red: KIM Tae-hun (KOR)")
    expect(detail.locator(".rl-changes li")).to_contain_text("status: recognized → partial")
    expect(detail.locator(".rl-changes li")).to_contain_text("a <b>bag</b> was kicked")
    for each in (page, other):
        expect(each.locator(f"{row} .rl-c-status")).to_have_text("partial")
    detail.locator(".rl-judge").scroll_into_view_if_needed()
    shot(page, "detail-status-by-hand")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_worked_by_keyboard_and_keeps_to_the_accessibility_guidelines(
    open_judged: Open, shot: Shot, scheme: Literal["light", "dark"]
) -> None:
    page = open_judged(scheme=scheme)
    toggle = page.locator(".rl-recognition .rl-panel-toggle")
    toggle.focus()
    page.keyboard.press("Enter")
    panel = page.locator(".rl-recognition")
    listbox = page.get_by_role("listbox", name="Rules")
    listbox.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = panel.locator(".rl-rule[aria-selected='true']")
    expect(chosen).to_have_count(1)
    assert listbox.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    panel.locator(".rl-rule-new summary").focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Add rule")).to_be_visible()
    panel.get_by_role("button", name="What would change?").focus()
    page.keyboard.press("Enter")
    expect(panel.locator(".rl-tried strong")).to_be_visible(timeout=DECIDED_MS)
    page.wait_for_timeout(600)  # the page is still moving
    found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
    found = [each for each in found if each["id"] not in ("page-has-heading-one", "region", "landmark-one-main")]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    shot(page, f"recognition-{scheme}")


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (1920, 1080)])
def test_it_fits_the_width(open_judged: Open, shot: Shot, width: int, height: int) -> None:
    page = open_judged(width=width, height=height)
    panel = opened(page, "recognition")
    panel.locator(".rl-rule").first.click()
    panel.get_by_text("A rule of your own").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_timeout(600)  # the page is still moving
    shot(page, f"recognition-{width}x{height}")
