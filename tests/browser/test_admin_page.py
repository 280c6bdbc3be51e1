"""The administration page: what a visitor is told, and users made, changed, locked out and removed by clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from restrike_lab.client.lab import Lab
from tests.browser.conftest import Opener
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import REPOSITORY, HubProcess, VoilaProcess
from tests.browser.test_panels import GUIDELINES

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
Open = Callable[[], Page]
PASSWORD = "dollyo-chagi-1985"


@pytest.fixture(scope="module")
def admin_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("admin"))
    hub.start()
    with Lab(hub.data_dir, start="never") as lab:
        lab.users.add("Ana", "admin", PASSWORD)
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def admin_voila(admin_hub: HubProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaProcess]:
    log = tmp_path_factory.mktemp("admin-voila") / "voila.log"
    voila = VoilaProcess(admin_hub.data_dir, log, REPOSITORY / "notebooks" / "admin.ipynb")
    yield voila
    voila.stop()


@pytest.fixture
def open_admin(open_page: Opener, admin_voila: VoilaProcess) -> Open:
    def open_one() -> Page:
        page = open_page(url=admin_voila.url, rows=False)
        page.wait_for_selector(".rl-setting")
        page.wait_for_selector(".rl-user")
        return page

    return open_one


def user(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem", name=name, exact=True)


def add(page: Page, name: str) -> None:
    form = page.get_by_role("form", name="New user")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_label("The same again").fill(PASSWORD)
    form.get_by_role("button", name="Add").click()


def test_users_are_made_changed_locked_out_and_removed(open_admin: Open, admin_hub: HubProcess) -> None:
    page = open_admin()
    add(page, "Marko")
    expect(page.get_by_text("Marko may sign in.")).to_be_visible()
    user(page, "Marko").get_by_label("Role of Marko").select_option("viewer")
    expect(page.locator(".rl-audit")).to_contain_text("users.role")
    user(page, "Marko").get_by_role("button", name="Lock out").click()
    expect(user(page, "Marko")).to_contain_text("may not sign in")
    with Lab(admin_hub.data_dir, start="never") as lab:
        marko = next(each for each in lab.users.rows() if each["name"] == "Marko")
        assert (marko["role"], bool(marko["enabled"])) == ("viewer", False)
    user(page, "Marko").get_by_role("button", name="Remove …").click()
    user(page, "Marko").get_by_role("button", name="Remove Marko").click()
    expect(user(page, "Marko")).to_have_count(0)


def test_what_is_refused_is_told_where_it_was_asked(open_admin: Open) -> None:
    page = open_admin()
    form = page.get_by_role("form", name="New user")
    form.get_by_label("Name").fill("Iva")
    form.get_by_label("Password").fill("a")
    form.get_by_label("The same again").fill("b")
    form.get_by_role("button", name="Add").click()
    expect(form).to_contain_text("not the same")
    form.get_by_label("The same again").fill("a")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("status")).to_have_attribute("data-level", "error")
    expect(form.get_by_label("Password")).to_have_value("")


def test_names_that_would_like_to_be_markup_are_shown_as_text(open_admin: Open, admin_hub: HubProcess) -> None:
    names = [payload for payload in PAYLOADS if payload.isprintable() and len(payload) <= 64][:4]
    with Lab(admin_hub.data_dir, start="never") as lab:
        for name in names:
            lab.users.add(name, "viewer", PASSWORD)
    page = open_admin()
    for name in names:
        expect(page.locator(".rl-user b", has_text=name).first).to_be_visible()
    assert page.evaluate("window.__broken") is None
    with Lab(admin_hub.data_dir, start="never") as lab:
        for name in names:
            lab.users.remove(name)


def test_the_page_holds_the_guidelines(open_admin: Open, shot: Shot) -> None:
    page = open_admin()
    page.locator(".rl-system").wait_for()
    found = Axe().run(page, options={"runOnly": GUIDELINES}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    shot(page, "admin")
    page.locator(".rl-users").scroll_into_view_if_needed()
    shot(page, "admin-users")
