"""Names and messages come off the wire, and whoever sends them may not like us: they are shown as text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bout import load
from tests.browser.conftest import ROW, Opener
from tests.browser.payloads import PAYLOADS
from tests.browser.stage import Console

pytestmark = pytest.mark.browser

WATCH = """
  window.__broken = undefined;
  window.__made = [];
  new MutationObserver(changes => {
    for (const change of changes) for (const node of change.addedNodes) {
      if (!(node instanceof Element) || !node.closest(".rl")) continue;
      for (const each of [node, ...node.querySelectorAll("*")]) {
        const strange = "script,img:not(.rl-flag),iframe,object,embed,video,audio,style,template,math,marquee,"
          + "details:not([class^=rl-]),a:not([class^=rl-]),body,svg:not([class^=rl-], [aria-hidden=true]),"
          + "form:not([class^=rl-]),base,meta,link";
        if (each.matches(strange)) window.__made.push(each.outerHTML);
      }
    }
  }).observe(document, {childList: true, subtree: true});
"""


def unharmed(page: Page) -> None:
    assert page.evaluate("window.__broken") is None
    assert page.evaluate("window.__made") == []


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


def test_names_countries_phases_and_numbers_are_shown_as_text(open_page: Opener, console: Console) -> None:
    console.send_stored(*load())
    page = open_page(script=WATCH)
    for payload in PAYLOADS:
        console.send(*load(number=payload, blue=payload, red=payload, phase=payload, countries=(payload, payload)))
        expect(page.locator(".rl-side.rl-blue .rl-name")).to_have_text(payload, use_inner_text=True)
        expect(page.locator(".rl-side.rl-red .rl-country")).to_have_text(payload, use_inner_text=True)
        expect(page.locator(".rl-match span").first).to_have_text(f"Match {payload}", use_inner_text=True)
    console.send("win;BLUE", f"wmh;{PAYLOADS[1]};2-0 PTF")
    expect(page.locator(".rl-strip")).to_contain_text("wins")
    unharmed(page)


def test_unknown_messages_and_their_detail_are_shown_as_text(open_page: Opener, console: Console) -> None:
    console.send_stored(*load())
    page = open_page(script=WATCH)
    for payload in PAYLOADS:
        seq = console.send_stored(payload)
        row = page.locator(f"{ROW}[data-seq='{seq}']")
        expect(row.locator(".rl-c-raw")).to_have_text(payload, use_inner_text=True)
        row.click()
        expect(page.locator(".rl-detail .rl-rawline")).to_have_text(payload, use_inner_text=True)
        expect(page.locator(".rl-detail .rl-none")).to_have_count(0)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    unharmed(page)


def test_a_page_that_opens_on_hostile_history_is_unharmed(open_page: Opener, console: Console) -> None:
    last = PAYLOADS[0]
    console.send_stored(*PAYLOADS, *load(blue=last, red=PAYLOADS[1]))
    page = open_page(script=WATCH)
    expect(page.locator(".rl-side.rl-blue .rl-name")).to_have_text(last, use_inner_text=True)
    page.locator(".rl-table .rl-search").fill("__broken")
    expect(page.locator(ROW).first).to_be_visible()
    unharmed(page)


def test_a_filter_that_looks_like_markup_is_a_filter(open_page: Opener, console: Console) -> None:
    console.send_stored(*load())
    page = open_page(script=WATCH)
    page.locator(".rl-table .rl-search").fill(PAYLOADS[1])
    expect(page.locator(".rl-counted")).to_contain_text("of")
    unharmed(page)
