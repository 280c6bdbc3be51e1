"""The same notebook on one Jupyter server, as ``restrike-lab up`` starts it: the Voila page and JupyterLab."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from restrike_lab.app.jupyter import JupyterServer
from tests.browser.bout import first_round, load
from tests.browser.conftest import ROW, Opener
from tests.browser.stage import NOTEBOOK, Console, HubProcess, free_port, until

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
OPEN_MS = 45_000


@pytest.fixture(scope="module")
def server(hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    folder = tmp_path_factory.mktemp("jupyter")
    (folder / "notebooks").mkdir()
    shutil.copy(NOTEBOOK, folder / "notebooks" / NOTEBOOK.name)
    places = {name: str(folder / name.lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    environment = {**places, "RESTRIKE_LAB_DATA_DIR": str(hub.data_dir)}
    server = JupyterServer(free_port(), folder / "notebooks", folder / "jupyter.log", environment)
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def bout(hub: HubProcess) -> None:
    console = Console(hub)
    console.send_stored(*load(), *first_round())
    console.close()


def kernels(server: JupyterServer, page: Page) -> list[object]:
    """Return the kernels that the server has."""
    address = server.address("api/kernels")
    return list(page.request.get(address).json())


def test_voila_inside_the_server_shows_the_screen_and_gives_its_kernel_back(
    bout: None, server: JupyterServer, open_page: Opener
) -> None:
    page = open_page(url=server.address("voila/render/operator.ipynb"))
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    assert len(kernels(server, page)) == 1
    page.goto("about:blank")
    until(lambda: not kernels(server, page), "the kernel of the closed page is gone")


def test_the_screen_stays_shut_without_the_token(server: JupyterServer, open_page: Opener) -> None:
    page = open_page(url=server.address("voila/render/operator.ipynb").split("?")[0], rows=False)
    page.wait_for_load_state()
    assert "/login" in page.url
    assert page.locator(".rl").count() == 0


def test_the_notebook_runs_in_jupyterlab(bout: None, server: JupyterServer, open_page: Opener, shot: Shot) -> None:
    page = open_page(url=server.address("lab/tree/operator.ipynb"), rows=False)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=OPEN_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(".rl-table").scroll_into_view_if_needed(timeout=OPEN_MS)
    page.wait_for_selector(ROW, timeout=OPEN_MS)
    expect(page.locator(".rl-side.rl-blue .rl-score")).to_have_text("6")
    shot(page, "jupyterlab")

    cells, seen = page.locator(".jp-Notebook .jp-CodeCell").count(), page.locator(ROW).count()
    page.get_by_role("grid", name="Events").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".rl-detail")).to_be_visible()
    page.keyboard.press("a")  # would insert a cell if the notebook heard it
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells
    assert page.locator(ROW).count() == seen

    page.locator(".rl-unknown .rl-panel-toggle").click()
    page.keyboard.press("b")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells
    page.locator(".rl-quality .rl-panel-toggle").click()
    expect(page.locator(".rl-quality .rl-verdict strong")).to_have_text(re.compile("missing"))
    page.locator(".rl-quality").scroll_into_view_if_needed()
    shot(page, "quality-jupyterlab")
