"""Panels side by side, folded to one line each, to stand below what matters more."""

from __future__ import annotations

from typing import Protocol

import ipywidgets  # type: ignore[import-untyped]

__all__ = ["Foldable", "panels"]


class Foldable(Protocol):
    """A panel that can be folded to one line."""

    folded: bool


def panels(*folded: Foldable) -> ipywidgets.HBox:
    """Return panels in one row, each folded; the reader opens one over the whole width."""
    for each in folded:
        each.folded = True
    layout = ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px 6px", overflow="visible")
    return ipywidgets.HBox(folded, layout=layout)
