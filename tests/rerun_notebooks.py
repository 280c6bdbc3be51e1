"""Run notebooks anew and store what they show, after a change of what they show: ``python -m tests.rerun_notebooks``.

Figures get a picture beside their data, for readers who see the file where no JavaScript runs. Chromium draws it.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from plotly.offline import get_plotlyjs

FOLDER = Path(__file__).parent.parent / "notebooks"
FIGURE = "application/vnd.plotly.v1+json"
WIDTH, HEIGHT = 940, 460
COLOURS = 48
DRAW = """async text => {
  const figure = JSON.parse(text);
  document.body.replaceChildren(document.createElement("div"));
  await Plotly.newPlot(document.body.firstChild, figure.data, figure.layout, {staticPlot: true});
}"""


def rerun(path: Path, page: Page) -> None:
    """Run one notebook in its folder and write it back, without the times of its cells."""
    notebook = nbformat.reads(path.read_text(), as_version=4)  # type: ignore[no-untyped-call]
    kept = dict(notebook.metadata["language_info"])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    notebook.metadata["language_info"] = kept
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if FIGURE in output.get("data", {}):
                output["data"]["image/png"] = picture(page, output["data"][FIGURE])
    path.write_text(nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]


def picture(page: Page, figure: dict[str, Any]) -> str:
    """Return a PNG of a plotly figure in base64, of few colours so that the file stays small."""
    page.evaluate(DRAW, json.dumps(figure))
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": figure["layout"].get("height", HEIGHT)})
    small = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def main() -> None:
    names = sys.argv[1:]
    if not names or not all((FOLDER / f"{name}.ipynb").is_file() for name in names):
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.ipynb")))
        raise SystemExit(f"which? python -m tests.rerun_notebooks NAME ..., any of {known}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": 1500})
        page.set_content("<body style='margin:0'></body>")
        page.add_script_tag(content=get_plotlyjs())
        for name in names:
            rerun(FOLDER / f"{name}.ipynb", page)
            print(f"{name}: run and stored")
        chromium.close()


if __name__ == "__main__":
    main()
