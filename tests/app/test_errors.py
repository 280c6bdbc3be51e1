"""One family of errors: every class says what it is about, and every place that raises one names the way out."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import restrike_lab
from restrike_lab.pss.errors import RestrikeError

PACKAGE = Path(restrike_lab.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__main__.py", "jupyter_ext.py"))
WAY_OUT_IN_THE_CLASS = PACKAGE / "obs"
"""Errors of OBS know their way out by themselves: OBS answers with a code."""

TELLS_ANOTHERS_HINT = {"play.py", "extension.py"}


def family(of: type[RestrikeError] = RestrikeError) -> Iterator[type[RestrikeError]]:
    for each in of.__subclasses__():
        yield each
        yield from family(each)


@pytest.fixture(scope="module")
def classes() -> dict[str, type[RestrikeError]]:
    for path in MODULES:
        importlib.import_module(".".join(("restrike_lab", *path.relative_to(PACKAGE).with_suffix("").parts)))
    return {each.__name__: each for each in family() if each.__module__.startswith("restrike_lab.")}


def test_every_class_has_a_category_a_severity_and_says_whether_to_try_again(
    classes: dict[str, type[RestrikeError]],
) -> None:
    assert len(classes) > 30
    assert [name for name, each in classes.items() if each.category == "general"] == []
    assert {each.severity for each in classes.values()} <= {"warning", "error", "critical"}
    assert {type(each.retryable) for each in classes.values()} == {bool}


def test_every_place_that_raises_names_the_way_out(classes: dict[str, type[RestrikeError]]) -> None:
    silent = []
    for path in MODULES:
        if path.is_relative_to(WAY_OUT_IN_THE_CLASS) or path.name in TELLS_ANOTHERS_HINT:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes):
                continue
            own = "__init__" in vars(classes[node.func.id])
            if not own and not any(keyword.arg in ("hint", None) for keyword in node.keywords):
                silent.append(f"{path.relative_to(PACKAGE)}:{node.lineno}: {ast.unparse(node)[:80]}")
    assert silent == []


def test_what_is_told_elsewhere_leaves_the_context_out() -> None:
    told = RestrikeError("no", hint="do this", password="secret").told()
    assert told == {
        "message": "no",
        "hint": "do this",
        "category": "general",
        "severity": "error",
        "retryable": False,
    }
