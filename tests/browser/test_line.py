"""When something is gone (the hub, the kernel, the page) the others notice, say so, and recover."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.bout import first_round, load
from tests.browser.conftest import ROW, Opener
from tests.browser.stage import NOTEBOOK, Console, HubProcess, VoilaProcess, until

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
OPEN_MS = 30_000
IMPATIENT_S = 9.0  # a page says that it is alive every 5 s


@pytest.fixture(scope="module")
def own_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub that tests may kill; each leaves it running."""
    hub = HubProcess(tmp_path_factory.mktemp("own"))
    hub.start()
    console = Console(hub)
    console.send_stored(*load(), *first_round())
    console.close()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def voila(own_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    """Voila, whose kernels lose patience with a silent page sooner than they do in earnest."""
    folder = tmp_path_factory.mktemp("own-voila")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    source = f"from restrike_lab.widgets import presence\npresence.LIMIT_S = {IMPATIENT_S}"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, folder / "operator.ipynb")
    voila = VoilaProcess(own_hub.data_dir, folder / "voila.log", folder / "operator.ipynb")
    yield voila
    voila.stop()


@pytest.fixture
def own_console(own_hub: HubProcess) -> Iterator[Console]:
    console = Console(own_hub)
    yield console
    console.close()


def test_a_killed_hub_is_missed_and_its_return_is_told(
    own_hub: HubProcess, voila: VoilaProcess, own_console: Console, open_page: Opener, shot: Shot
) -> None:
    page = open_page(url=voila.url)
    banner = page.locator(".rl-board .rl-banner")
    expect(banner).to_be_hidden()
    own_hub.kill()
    expect(banner).to_have_text(re.compile(r"The hub has been away for \d+ s"))
    expect(page.locator(".rl-table .rl-banner")).to_be_hidden()
    box = page.locator(".rl-table").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720
    shot(page, "hub-away")
    own_hub.start()
    expect(banner).to_have_text(re.compile(r"The hub is back after \d+ s"), timeout=OPEN_MS)
    shot(page, "hub-back")
    seq = own_console.send_stored("pt2;3")
    expect(page.locator(f"{ROW}[data-seq='{seq}']")).to_be_visible()
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    banner.get_by_role("button", name="Dismiss").click()
    expect(banner).to_be_hidden()


def test_a_killed_kernel_shows_as_stale_and_a_reload_helps(
    voila: VoilaProcess, own_console: Console, open_page: Opener, shot: Shot
) -> None:
    page = open_page(url=voila.url)
    voila.kernel(page).process.send_signal(signal.SIGKILL)
    banner = page.locator(".rl-board .rl-banner")
    expect(banner).to_have_text(re.compile(r"Stale for \d+ s: the kernel is silent"), timeout=OPEN_MS)
    expect(page.locator(".rl-board .rl-pill")).to_have_text(re.compile(r"Stale for \d+ s"))
    shot(page, "stale")
    seq = own_console.send_stored("pt2;1")
    assert page.locator(f"{ROW}[data-seq='{seq}']").count() == 0
    banner.get_by_role("button", name="Reload page").click()
    expect(page.locator(f"{ROW}[data-seq='{seq}']")).to_be_visible(timeout=OPEN_MS)
    expect(banner).to_be_hidden()


def test_a_closed_page_takes_its_kernel_with_it(voila: VoilaProcess, open_page: Opener) -> None:
    page = open_page(url=voila.url)
    kernel = voila.kernel(page)
    page.goto("about:blank")
    until(lambda: not kernel.alive() and not kernel.known(), "the kernel ended for good")


def test_a_kernel_whose_page_vanished_ends_itself_for_good(voila: VoilaProcess, open_page: Opener) -> None:
    """The page falls silent here as it does when a network fails: no heartbeat, no good-bye."""
    page = open_page(url=voila.url, script="navigator.sendBeacon = () => true;")
    kernel = voila.kernel(page)
    page.evaluate("WebSocket.prototype.send = () => {};")
    until(lambda: not kernel.alive() and not kernel.known(), "the kernel ended by itself and for good")


def test_a_page_that_is_looked_at_keeps_its_kernel(voila: VoilaProcess, open_page: Opener) -> None:
    page = open_page(url=voila.url)
    kernel = voila.kernel(page)
    page.wait_for_timeout((IMPATIENT_S + 3) * 1000)
    assert kernel.alive()
    expect(page.locator(".rl-board .rl-pill")).to_have_text("Live")


def test_without_a_hub_the_page_says_what_to_do_and_opens_by_itself_when_there_is_one(
    own_hub: HubProcess, voila: VoilaProcess, open_page: Opener, shot: Shot
) -> None:
    own_hub.stop()
    page = open_page(url=voila.url, rows=False)
    problem = page.locator(".rl-problem")
    expect(problem).to_be_visible(timeout=OPEN_MS)
    expect(problem).to_contain_text("restrike-lab up")
    shot(page, "no-hub")
    own_hub.start()
    page.wait_for_selector(ROW, timeout=OPEN_MS)
