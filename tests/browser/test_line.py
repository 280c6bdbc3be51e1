"""When something is gone (the hub, the kernel, the page) the others notice, say so, and recover."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.bout import first_round, load
from tests.browser.conftest import ROW, Open
from tests.browser.stage import Console, HubProcess, VoilaProcess, until

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
OPEN_MS = 30_000


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HubProcess, VoilaProcess, Console]]:
    """A hub and Voila that a test may kill."""
    hub = HubProcess(tmp_path_factory.mktemp("own"))
    hub.start()
    voila = VoilaProcess(hub.data_dir, tmp_path_factory.mktemp("own-voila") / "voila.log")
    console = Console(hub)
    console.send_stored(*load(), *first_round())
    yield hub, voila, console
    console.close()
    voila.stop()
    hub.stop()


def test_a_killed_hub_is_missed_and_its_return_is_told(
    own: tuple[HubProcess, VoilaProcess, Console], open_page: Open, shot: Shot
) -> None:
    hub, voila, console = own
    page = open_page(url=voila.url)
    banner = page.locator(".rl-board .rl-banner")
    expect(banner).to_be_hidden()
    hub.kill()
    expect(banner).to_be_visible()
    expect(banner).to_have_text(re.compile(r"The hub has been away for \d+ s"))
    expect(page.locator(".rl-table .rl-banner")).to_be_hidden()
    shot(page, "hub-away")
    hub.start()
    expect(banner).to_have_text(re.compile(r"The hub is back after \d+ s"), timeout=OPEN_MS)
    shot(page, "hub-back")
    seq = console.send_stored("pt2;3")
    expect(page.locator(f"{ROW}[data-seq='{seq}']")).to_be_visible()
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    banner.get_by_role("button", name="Dismiss").click()
    expect(banner).to_be_hidden()


def test_a_killed_kernel_shows_as_stale_and_a_reload_helps(
    own: tuple[HubProcess, VoilaProcess, Console], open_page: Open, shot: Shot
) -> None:
    _, voila, console = own
    page = open_page(url=voila.url)
    kernel = until(voila.kernels, "the page's kernel runs")[-1]
    kernel.send_signal(signal.SIGKILL)
    banner = page.locator(".rl-board .rl-banner")
    expect(banner).to_have_text(re.compile(r"Stale for \d+ s: the kernel is silent"), timeout=OPEN_MS)
    expect(page.locator(".rl-board .rl-pill")).to_have_text(re.compile(r"Stale for \d+ s"))
    shot(page, "stale")
    seq = console.send_stored("pt2;1")
    assert page.locator(f"{ROW}[data-seq='{seq}']").count() == 0
    banner.get_by_role("button", name="Reload page").click()
    expect(page.locator(f"{ROW}[data-seq='{seq}']")).to_be_visible(timeout=OPEN_MS)
    expect(banner).to_be_hidden()


def test_a_closed_page_takes_its_kernel_with_it(own: tuple[HubProcess, VoilaProcess, Console], open_page: Open) -> None:
    _, voila, _ = own
    page = open_page(url=voila.url)
    kernel = until(voila.kernels, "the page's kernel runs")[-1]
    page.goto("about:blank")
    until(lambda: not kernel.is_running(), "the kernel ended")
    assert voila.kernels() == []


def test_a_kernel_whose_page_vanished_ends_itself_and_is_not_started_again(
    own: tuple[HubProcess, VoilaProcess, Console], open_page: Open
) -> None:
    """The page is frozen here, as by a network that fails: no good-bye, no heartbeat."""
    _, voila, _ = own
    page = open_page(url=voila.url, script="navigator.sendBeacon = () => true;")
    kernel = until(voila.kernels, "the page's kernel runs")[-1]
    page.evaluate("WebSocket.prototype.send = () => {};")
    until(lambda: not alive(kernel), "the kernel ended by itself", limit=60)
    assert voila.kernels() == []
    page.goto("about:blank")


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_without_a_hub_the_page_says_what_to_do_and_opens_by_itself_when_there_is_one(
    own: tuple[HubProcess, VoilaProcess, Console], open_page: Open, shot: Shot
) -> None:
    hub, voila, _ = own
    hub.stop()
    page = open_page(url=voila.url, rows=False)
    problem = page.locator(".rl-problem")
    expect(problem).to_contain_text("restrike-lab up", timeout=OPEN_MS)
    shot(page, "no-hub")
    hub.start()
    page.wait_for_selector(ROW, timeout=OPEN_MS)
