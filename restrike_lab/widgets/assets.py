"""Put the browser's half of a widget together from the files in ``static/``.

A widget is delivered as one ES module in one string, which cannot import its neighbours by path. The sources are
proper modules all the same (an editor and a browser can load them as they are); ``module`` joins them, dependencies
first, by dropping the relative imports and the ``export`` keyword. So every top-level name in ``static/`` is unique,
and ``tests/widgets/test_assets.py`` holds that.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["module", "source", "stylesheet"]

RELATIVE_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"\./(?P<name>[\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)


@cache
def source(name: str) -> str:
    """Return the text of one file in ``static/``."""
    return files("restrike_lab.widgets").joinpath("static", name).read_text(encoding="utf-8")


def _in_order(name: str, seen: dict[str, None]) -> dict[str, None]:
    for dependency in RELATIVE_IMPORT.finditer(source(name)):
        if dependency["name"] not in seen:
            _in_order(dependency["name"], seen)
    seen[name] = None
    return seen


@cache
def module(name: str) -> str:
    """Return the ES module ``name`` with everything it imports, as one text.

    Only the entry module may ``export default``.
    """
    parts = []
    for part in _in_order(name, {}):
        text = RELATIVE_IMPORT.sub("", source(part))
        parts.append(f"// --- {part}\n{EXPORT.sub('', text)}")
    return "\n".join(parts)


@cache
def stylesheet(*names: str) -> str:
    """Return the named stylesheets as one text."""
    return "\n".join(source(name) for name in names)
