"""The browser's half is put together rightly, and needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from restrike_lab.widgets import EventTable, Scoreboard
from restrike_lab.widgets.assets import module, source, stylesheet
from restrike_lab.widgets.rows import COLUMNS
from restrike_lab.widgets.voila import TEMPLATE, jupyter_path

STATIC = Path(str(files("restrike_lab.widgets"))) / "static"
TEMPLATE_DIR = jupyter_path() / "voila" / "templates" / TEMPLATE
ENTRIES = (
    "alerts.js",
    "event_table.js",
    "help.js",
    "hit_levels.js",
    "live_data.js",
    "notes.js",
    "obs_panel.js",
    "prediction.js",
    "quality.js",
    "recognition.js",
    "scoreboard.js",
    "settings_panel.js",
    "sign_in.js",
    "system_panel.js",
    "unknown.js",
    "users_panel.js",
)
SHIPPED = [*sorted(STATIC.iterdir()), *sorted(path for path in TEMPLATE_DIR.rglob("*") if path.is_file())]
TOP_LEVEL_NAME = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_module_is_one_text_without_relative_imports(entry: str) -> None:
    text = module(entry)
    assert "import {" not in text
    assert text.count("export default") == 1
    assert not re.search(r"^export (?!default)", text, re.MULTILINE)


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_two_parts_of_a_module_use_the_same_name(entry: str) -> None:
    assert [name for name, count in Counter(TOP_LEVEL_NAME.findall(module(entry))).items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_part_comes_after_what_it_needs(entry: str) -> None:
    text = module(entry)
    assert text.index("// --- dom.js") < text.index("// --- banner.js") < text.index(f"// --- {entry}")


def test_every_script_belongs_to_a_widget() -> None:
    used = {name for entry in ENTRIES for name in re.findall(r"^// --- (\S+)$", module(entry), re.MULTILINE)}
    assert used == {path.name for path in STATIC.glob("*.js")}


def test_the_browser_knows_the_columns_of_a_row() -> None:
    listed = re.search(r"export const COLUMNS = \[(.*?)\];", source("rows.js"), re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == COLUMNS


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_nothing_that_is_shipped_names_another_machine(path: Path) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text(encoding="utf-8")))
    assert {address for address in addresses if "www.w3.org/2000/svg" not in address} == set()


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_script_writes_markup(path: Path) -> None:
    writers = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "setHTML", "createContextualFragment")
    runners = ("eval(", "new Function", "DOMParser", "javascript:")
    text = path.read_text(encoding="utf-8")
    assert [word for word in writers + runners if word in text] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_file_stays_under_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("widget", [EventTable, Scoreboard])
def test_a_widgets_styles_concern_it_alone(widget: type) -> None:
    css = stylesheet("base.css", "event_table.css", "event_detail.css", "scoreboard.css")
    rules = re.sub(r"/\*.*?\*/|@keyframes[^{]*\{(?:[^{}]*\{[^}]*\})*[^}]*\}|@keyframes[^\n]*", "", css, flags=re.DOTALL)
    selectors = [part.strip() for rule in re.findall(r"([^{}]+)\{", rules) for part in rule.split(",\n")]
    assert [each for each in selectors if each and not each.startswith((".rl", "@"))] == []
