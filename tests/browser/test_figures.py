"""Every figure is drawn by a real browser that has no network, with plotly's own code and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from restrike_lab.client import figures
from tests.client.test_figures import DRAWN, hostile, large

pytestmark = pytest.mark.browser

DRAW = """async text => {
  const figure = JSON.parse(text), place = document.createElement("div");
  document.body.append(place);
  await Plotly.newPlot(place, figure.data, figure.layout);
  return place.querySelectorAll("path").length;
}"""


def test_all_figures_are_drawn_offline(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "roc.html").write_text(figures.page(large().all["roc"]), "utf-8")
    context = chromium.new_context(offline=True)
    try:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((tmp_path / "roc.html").as_uri())
        page.locator(".js-plotly-plot path.js-line").first.wait_for()
        for found in (large(), hostile()):
            for name in DRAWN:
                assert page.evaluate(DRAW, found.all[name].to_json()) > 3, name
        assert page.locator("img").count() == 0
        assert not problems
    finally:
        context.close()
