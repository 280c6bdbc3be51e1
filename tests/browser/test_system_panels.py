"""The panels about the hub itself on a real page: figures, log, notices; live, by keyboard, in every light, hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from restrike_lab.client.lab import Lab
from tests.browser.conftest import Opener
from tests.browser.notebook import write_notebook
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import Console, HubProcess, VoilaProcess
from tests.browser.test_hostile_text import WATCH, unharmed

pytestmark = pytest.mark.browser

HOSTILE_HUB = """
Feed, ask = type(lab.live), type(lab.live).command
texts = ("key", "source", "message", "hint", "over_message", "acknowledged_by")
times = {"first_ns": 1, "last_ns": 2, "over_ns": 3, "acknowledged_ns": None}
base = {"level": "error", "court": "1", "count": 2, "lasting": False, **times}
notices = [{**base, "notice_id": at, **dict.fromkeys(texts, p)} for at, p in enumerate(PAYLOADS)]
when = {"timestamp": "2026-01-01T00:00:00+00:00", "level": "error"}
lines = [{"number": at, **when, "logger": p, "event": p, "exception": p} for at, p in enumerate(PAYLOADS)]
slow = [{"sql": p, "ms": 1.0, "at_ns": 1, "source": p, "plan": [p], "suggestion": p} for p in PAYLOADS]

def command(self, name, args=None, timeout=10.0):
    if name == "logs":
        return {"lines": lines, "levels": {}, "lost": 0, "file": PAYLOADS[0]}
    if name == "statements":
        return {"slow": slow, "slow_ms": 100.0}
    if name == "database.check":
        return {"ok": False, "findings": list(PAYLOADS)}
    answer = ask(self, name, args, timeout)
    if name == "system":
        answer["processes"] = [{"role": "obs", "name": p, "pid": 1, "memory_mb": 1.0, "threads": 1} for p in PAYLOADS]
    return answer

Feed.command = command
Feed.notices = property(lambda self: {"open": len(notices), "worst": "error", "list": notices})
"""
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@dataclass
class Place:
    hub: HubProcess
    lab: Lab
    opener: Opener

    def open(self, scheme: Literal["light", "dark"] = "light", width: int = 1280, height: int = 1260) -> Page:
        return self.opener(rows=False, scheme=scheme, width=width, height=height)


@pytest.fixture
def place(chromium: Browser, tmp_path: Path) -> Iterator[Place]:
    data = tmp_path / "data"
    data.mkdir()
    hub = HubProcess(data)
    hub.start()
    voila = VoilaProcess(
        data, tmp_path / "voila.log", write_notebook(tmp_path / "p.ipynb", "Alerts(lab)", "SystemPanel(lab)")
    )
    opener = Opener(chromium, voila.url)
    try:
        with Lab(data, start="never") as lab:
            lab.settings.watch.warning = {"cpu_percent": 1000.0, "stored_p95_ms": 1e9, "memory_percent": 1000.0}
            lab.settings.watch.critical = {"cpu_percent": 1000.0, "stored_p95_ms": 1e9, "memory_percent": 1000.0}
            lab.settings.watch.hold_seconds = 0.0  # a test does not wait for a limit to be passed for a minute
            yield Place(hub, lab, opener)
        opener.close()
    finally:
        voila.stop()
        hub.stop()


def raise_limit(lab: Lab, limit: float) -> None:
    lab.settings.watch.warning = {**lab.settings.watch.warning, "hub_memory_mb": limit}


def test_figures_and_log_are_live(place: Place, shot: Callable[[Page, str], Path]) -> None:
    page = place.open()
    system = page.get_by_role("region", name="System", exact=True)
    expect(system.get_by_role("list", name="The hub")).to_contain_text("Hub's memory")
    console = Console(place.hub)
    console.send_stored(*[f"clk;01:{second:02}" for second in range(59, 0, -1)])
    console.close()
    expect(system.get_by_role("log")).to_contain_text("the hub began its term 1")
    expect(system.get_by_role("region", name="Steps, database")).to_contain_text("Storing")
    system.get_by_role("button", name="Read it through now").click()
    expect(system.get_by_role("region", name="Steps, database")).to_contain_text("Sound; read in")
    system.get_by_role("button", name="Show slow statements").click()
    expect(system.get_by_role("region", name="Steps, database")).to_contain_text("None took 100 ms")
    place.lab.system.log_level("hub", "DEBUG")
    system.get_by_label("Log lines from this level on").select_option("ERROR")
    expect(system.get_by_role("log")).not_to_contain_text("the hub began")
    page.wait_for_timeout(3_000)  # for the lines in the picture alone
    shot(page, "system-panel")


def test_a_limit_and_its_notice_are_on_every_screen_within_a_second(
    place: Place, shot: Callable[[Page, str], Path]
) -> None:
    first, second = place.open(), place.open("dark")
    for page in (first, second):
        expect(page.get_by_role("region", name="Alerts", exact=True).first).to_contain_text("nothing needs you")
    raise_limit(place.lab, 1.0)
    for page in (first, second):
        expect(page.locator(".rl-notice")).to_contain_text("the hub uses")
        expect(page.locator(".rl-tile[data-level='warning']")).to_contain_text("Hub's memory")
    shot(first, "alerts-light")
    shot(second, "alerts-dark")
    button = first.get_by_role("button", name="Seen: the hub uses")
    button.focus()
    first.keyboard.press("Enter")
    expect(second.locator(".rl-notice")).to_have_count(0)
    second.get_by_label("Show what has been seen").check()
    expect(second.locator(".rl-notice")).to_contain_text("Seen by")
    raise_limit(place.lab, 1e6)
    expect(second.locator(".rl-notice")).to_contain_text("Over: back within its limits")


def test_hostile_text_is_shown_as_text(chromium: Browser, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    hub = HubProcess(data)
    hub.start()
    cell = f"PAYLOADS = {list(PAYLOADS)!r}\n{HOSTILE_HUB}"
    voila = VoilaProcess(
        data, tmp_path / "voila.log", write_notebook(tmp_path / "p.ipynb", cell, "Alerts(lab)", "SystemPanel(lab)")
    )
    opener = Opener(chromium, voila.url)
    try:
        page = opener(rows=False, script=WATCH, height=1260)
        expect(page.locator(".rl-notice")).to_have_count(len(PAYLOADS))
        page.get_by_label("Show what has been seen").check()
        for place in (".rl-notice-text", ".rl-notice-hint", ".rl-notice-after", ".rl-log-lines li > span"):
            for payload, shown in zip(PAYLOADS, page.locator(place).all_text_contents(), strict=False):
                assert payload.strip() in shown
        page.get_by_role("button", name="Show slow statements").click()
        expect(page.locator(".rl-statements code")).to_have_count(len(PAYLOADS))
        expect(page.locator(".rl-processes li")).to_have_count(len(PAYLOADS))
        page.get_by_role("button", name="Read it through now").click()
        expect(page.locator(".rl-checked")).to_contain_text(PAYLOADS[0])
        unharmed(page)
        opener.close()
    finally:
        voila.stop()
        hub.stop()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 768)])
def test_there_is_no_accessibility_violation(
    place: Place, scheme: Literal["light", "dark"], width: int, shot: Callable[[Page, str], Path]
) -> None:
    raise_limit(place.lab, 1.0)
    page = place.open(scheme, width)
    expect(page.locator(".rl-notice")).to_contain_text("the hub uses")
    expect(page.locator(".rl-fact").first).to_be_visible()
    shot(page, f"system-{scheme}-{width}")
    found = Axe().run(page, options=WCAG_AA)
    assert found.violations_count == 0, found.generate_report()
