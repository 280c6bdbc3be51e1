"""Advanced mode on a real page: first start, sign-in, wrong password, time-out, a password changed elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from restrike_lab.client.lab import Lab
from restrike_lab.hub.access_commands import setup_code
from restrike_lab.hub.ownership import read_address
from tests.browser.conftest import Opener
from tests.browser.notebook import write_notebook
from tests.browser.stage import HubProcess, VoilaProcess
from tests.browser.test_panels import GUIDELINES

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
HOSTILE = "<img src=x onerror=alert(1)>"
Shot = Callable[[Page, str], Path]


class Scene:
    """A hub, a page server with a notebook of a few panels, and a way to open pages."""

    def __init__(self, chromium: Browser, folder: Path, **settings: object) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.hub = HubProcess(self.data, **{"screen_role": "auto", **settings})
        self.hub.start()
        notebook = write_notebook(folder / "page.ipynb", "SignIn(lab)", "ObsPanel(lab)")
        self.voila = VoilaProcess(self.data, folder / "voila.log", notebook)
        self.open = Opener(chromium, self.voila.url)

    def page(self) -> Page:
        page = self.open(rows=False)
        expect(page.locator(".rl-access-who")).not_to_be_empty()
        return page

    def code(self) -> str:
        address = read_address(self.data)
        assert address is not None
        return setup_code(address.token)

    def add_users(self) -> None:
        with Lab(self.data, start="never") as lab:
            lab.users.add("Mina", "admin", PASSWORD)
            for name in ("Ola", "Pia"):
                lab.users.add(name, "operator", PASSWORD)

    def stop(self) -> None:
        self.open.close()
        self.voila.stop()
        self.hub.stop()


@pytest.fixture
def fresh(chromium: Browser, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(chromium, tmp_path)
    yield scene
    scene.stop()


@pytest.fixture(scope="module")
def peopled(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(chromium, tmp_path_factory.mktemp("peopled"))
    scene.add_users()
    yield scene
    scene.stop()


@pytest.fixture
def scene(peopled: Scene) -> Iterator[Scene]:
    """Return a scene with users, and close its pages afterwards."""
    yield peopled
    peopled.open.close()
    peopled.open.contexts.clear()


@pytest.fixture
def hasty(chromium: Browser, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(chromium, tmp_path, session_idle_s=6)
    scene.add_users()
    yield scene
    scene.stop()


def who(page: Page) -> Locator:
    return page.locator(".rl-access-who")


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("button", name="Advanced mode").click()
    dialog = page.get_by_role("dialog", name="Advanced mode")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_at_the_first_start_a_screen_says_that_everybody_is_operator_and_an_administrator_is_set(
    fresh: Scene, shot: Shot
) -> None:
    page = fresh.page()
    expect(who(page)).to_have_text("No administrator is set: everybody who opens this screen acts as operator")
    shot(page, "access-first-start")
    page.get_by_role("button", name="Set an administrator").click()
    dialog = page.get_by_role("dialog", name="Set the first administrator")
    dialog.get_by_label("Set-up code").fill("AAAA-BBBB-CCCC")
    dialog.get_by_label("Name").fill(HOSTILE)
    dialog.get_by_label("Password (8").fill(PASSWORD)
    dialog.get_by_label("The same again").fill(PASSWORD + "x")
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("The two passwords differ.")
    dialog.get_by_label("The same again").fill(PASSWORD)
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("the set-up code is wrong")
    shot(page, "access-wrong-code")
    dialog.get_by_label("Set-up code").fill(fresh.code())
    dialog.get_by_role("button", name="Set", exact=True).click()
    expect(who(page)).to_have_text(f"{HOSTILE} is in charge here (administrator)")
    expect(page.locator(".rl-access-time")).to_contain_text("left")
    shot(page, "access-administrator")
    other = fresh.page()
    expect(who(other)).to_have_text("Looking only: to do something, sign in")
    expect(other.locator(".rl-access-others")).to_have_text(f"Signed in: {HOSTILE} (administrator)")


def test_signing_in_gives_the_page_its_buttons_back_and_signing_out_takes_them(scene: Scene, shot: Shot) -> None:
    page = scene.page()
    expect(who(page)).to_have_text("Looking only: to do something, sign in")
    obs = page.locator(".rl-obs")
    obs.get_by_label("Name").fill("ring1")
    obs.get_by_role("button", name="Take in").click()
    expect(obs).to_contain_text("'obs.add' needs an administrator: sign in")
    shot(page, "access-looking-only")
    sign_in(page, "ola", "not the password")
    dialog = page.get_by_role("dialog", name="Advanced mode")
    expect(dialog.get_by_role("alert")).to_contain_text("the name or the password is wrong")
    expect(dialog.get_by_label("Password")).to_be_focused()
    expect(dialog.get_by_label("Password")).to_have_value("")
    shot(page, "access-wrong-password")
    for _ in range(4):
        dialog.get_by_label("Password").fill("again not")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).not_to_be_empty()
        expect(dialog).not_to_have_attribute("aria-busy", "true")
    expect(dialog.get_by_role("button", name=re.compile(r"Wait \d+ s"))).to_be_disabled()
    shot(page, "access-wait")
    send = dialog.get_by_role("button", name="Sign in")
    expect(send).to_be_enabled(timeout=15_000)
    dialog.get_by_label("Password").fill(PASSWORD)
    send.click()
    expect(who(page)).to_have_text("Ola is in charge here (operator)")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.reload()  # another kernel, the same person
    expect(who(page)).to_have_text("Ola is in charge here (operator)")
    other = scene.page()  # another tab is another session
    expect(who(other)).to_have_text("Looking only: to do something, sign in")
    expect(other.locator(".rl-access-others")).to_have_text("Signed in: Ola (operator)")
    page.get_by_role("button", name="Sign out").click()
    expect(who(page)).to_have_text("Looking only: to do something, sign in")
    expect(other.locator(".rl-access-others")).to_be_empty()
    page.reload()
    expect(who(page)).to_have_text("Looking only: to do something, sign in")


def test_when_nobody_does_anything_the_page_says_so_before_and_after(hasty: Scene, shot: Shot) -> None:
    page = hasty.page()
    sign_in(page, "ola")
    expect(page.locator(".rl-access-time")).to_contain_text("click to stay")
    shot(page, "access-soon-signed-out")
    expect(page.locator(".rl-access-notice")).to_have_text("You were signed out: nobody did anything here for a while.")
    expect(who(page)).to_have_text("Looking only: to do something, sign in")
    shot(page, "access-timed-out")
    page.reload()
    expect(who(page)).to_have_text("Looking only: to do something, sign in")


def test_a_password_changed_on_one_screen_ends_the_session_on_another(scene: Scene, shot: Shot) -> None:
    here, there = scene.page(), scene.page()
    for page in (here, there):
        sign_in(page, "Pia")
        expect(who(page)).to_have_text("Pia is in charge here (operator)")
    here.get_by_role("button", name="Password").click()
    dialog = here.get_by_role("dialog", name="Change your password")
    dialog.get_by_label("Present password").fill(PASSWORD)
    dialog.get_by_label("New password").fill("a new one altogether")
    dialog.get_by_label("The same again").fill("a new one altogether")
    dialog.get_by_role("button", name="Change").click()
    expect(there.locator(".rl-access-notice")).to_have_text("You were signed out: the password was changed.")
    expect(who(there)).to_have_text("Looking only: to do something, sign in")
    expect(who(here)).to_have_text("Pia is in charge here (operator)")
    shot(there, "access-revoked")
    sign_in(there, "Pia", "a new one altogether")
    expect(who(there)).to_have_text("Pia is in charge here (operator)")


def test_a_session_outlives_the_hub(scene: Scene) -> None:
    page = scene.page()
    sign_in(page, "Mina")
    expect(who(page)).to_have_text("Mina is in charge here (administrator)")
    scene.hub.kill()
    expect(page.locator(".rl-banner").first).to_contain_text("away")
    scene.hub.start()
    expect(page.locator(".rl-banner").first).to_contain_text("back")
    expect(who(page)).to_have_text("Mina is in charge here (administrator)")
    page.reload()
    expect(who(page)).to_have_text("Mina is in charge here (administrator)")


def test_the_dialog_is_worked_with_keys_alone(scene: Scene) -> None:
    page = scene.page()
    page.get_by_role("button", name="Advanced mode").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Advanced mode")).to_be_focused()
    page.keyboard.press("Enter")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, context="dialog", options={"runOnly": GUIDELINES}).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    page.keyboard.type("Ola")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(who(page)).to_have_text("Ola is in charge here (operator)")
