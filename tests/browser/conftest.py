"""A Chromium that reaches nothing but this machine, and the processes that it looks at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

from tests.browser.stage import REPOSITORY, Console, HubProcess, VoilaProcess

SCREENSHOTS = REPOSITORY / "screenshots"
HERE = {"127.0.0.1", "localhost", ""}
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]
OPEN_MS = 30_000

ROW = ".rl-table .rl-body .rl-row:not([hidden])"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("hub"), courts=("1", "2"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="session")
def served(hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    voila = VoilaProcess(hub.data_dir, tmp_path_factory.mktemp("voila") / "voila.log")
    yield voila
    voila.stop()


@pytest.fixture
def console(hub: HubProcess) -> Iterator[Console]:
    console = Console(hub)
    yield console
    console.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("RESTRIKE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium); RESTRIKE_CHROMIUM names another")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def outside() -> list[str]:
    """Return the addresses on other machines that a page has asked for."""
    return []


@pytest.fixture
def problems() -> list[str]:
    """Return what pages complained about: uncaught errors and errors on the console."""
    return []


@pytest.fixture
def open_page(chromium: Browser, served: VoilaProcess, outside: list[str], problems: list[str]) -> Iterator[Open]:
    """Return a function that opens the operator's page. A request to another machine is blocked and fails the test."""
    contexts: list[BrowserContext] = []

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in HERE:
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def opened(
        *,
        width: int = 1280,
        height: int = 720,
        scheme: str = "light",
        url: str = "",
        rows: bool = True,
        script: str = "",
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        context.route("**/*", guard)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(OPEN_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("websocket", lambda socket: check_socket(socket.url))
        page.goto(url or served.url, wait_until="commit")
        if rows:
            page.wait_for_selector(ROW)
        return page

    def check_socket(url: str) -> None:
        if urlsplit(url).hostname not in HERE:
            outside.append(url)

    yield opened
    for context in contexts:
        context.close()
    assert outside == [], "the page asked for something on another machine"
    assert problems == [], "the page had an error"


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Return a function that keeps a picture of a page in ``screenshots/`` for a person to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> Path:
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
