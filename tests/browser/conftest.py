"""A Chromium that reaches nothing but this machine, and the processes that it looks at.

They last for this package and not for the session: while Playwright runs, no other test can run an asyncio loop of its
own in the main thread.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect, sync_playwright

from tests.browser.bout import first_round, load
from tests.browser.stage import REPOSITORY, Console, HubProcess, VoilaProcess

SCREENSHOTS = REPOSITORY / "screenshots"
HERE = {"127.0.0.1", "localhost"}
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]
OPEN_MS = 30_000
EXPECT_MS = 20_000

ROW = ".rl-table .rl-body .rl-row:not([hidden])"


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("hub"), courts=("1", "2"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="package")
def served(hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    voila = VoilaProcess(hub.data_dir, tmp_path_factory.mktemp("voila") / "voila.log")
    yield voila
    voila.stop()


@pytest.fixture
def console(hub: HubProcess) -> Iterator[Console]:
    console = Console(hub)
    yield console
    console.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=EXPECT_MS)  # a limit, not a measure: the machine may have other things to do
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("RESTRIKE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium); RESTRIKE_CHROMIUM names another")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


class Opener:
    """Open the operator's page as often as asked, note what it should not do, and close what was opened.

    ``outside`` lists addresses on other machines that a page asked for (they are blocked), ``problems`` its errors.
    """

    def __init__(self, chromium: Browser, url: str) -> None:
        self.chromium = chromium
        self.url = url
        self.contexts: list[BrowserContext] = []
        self.outside: list[str] = []
        self.problems: list[str] = []

    def __call__(
        self,
        *,
        width: int = 1280,
        height: int = 720,
        scheme: Literal["light", "dark"] = "light",
        url: str = "",
        rows: bool = True,
        script: str = "",
        touch: bool = False,
    ) -> Page:
        """Open a page, by default the operator's, and wait for its first row."""
        screen: Any = {"viewport": {"width": width, "height": height}, "has_touch": touch, "is_mobile": touch}
        context = self.chromium.new_context(color_scheme=scheme, **screen)
        self.contexts.append(context)
        context.route("**/*", self.guard)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(OPEN_MS)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("websocket", lambda socket: self.check(socket.url))
        page.goto(url or self.url, wait_until="commit")
        if rows:
            page.wait_for_selector(ROW)
        return page

    def guard(self, route: Route) -> None:
        if self.check(route.request.url):
            route.continue_()
        else:
            route.abort()

    def check(self, url: str) -> bool:
        here = urlsplit(url).hostname in HERE or urlsplit(url).scheme in {"data", "blob"}
        if not here:
            self.outside.append(url)
        return here

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.outside == [], "a page asked for something on another machine"
        assert self.problems == [], "a page had an error"


@pytest.fixture
def open_page(chromium: Browser, served: VoilaProcess) -> Iterator[Opener]:
    """Return a function that opens the operator's page."""
    opener = Opener(chromium, served.url)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def shared_page(chromium: Browser, hub: HubProcess, served: VoilaProcess) -> Iterator[Page]:
    """Return one page of the operator for all tests of a module, with a bout on it."""
    console = Console(hub)
    console.send_stored(*load(), *first_round())
    console.close()
    opener = Opener(chromium, served.url)
    yield opener()
    opener.close()


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Return a function that keeps a picture of a page in ``screenshots/`` for a person to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> Path:
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
