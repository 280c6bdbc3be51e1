"""Panels side by side, folded to one line each, to stand below what matters more."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets  # type: ignore[import-untyped]

from restrike_lab.widgets.obs_panel import ObsPanel
from restrike_lab.widgets.quality import DataQuality
from restrike_lab.widgets.unknown import UnknownEvents

__all__ = ["panels"]


def panels(*folded: DataQuality | ObsPanel | UnknownEvents) -> ipywidgets.HBox:
    """Return panels in one row, each folded; the reader opens one over the whole width."""
    for each in folded:
        each.folded = True
    children: Sequence[ipywidgets.Widget] = folded
    return ipywidgets.HBox(
        children, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="10px", overflow="visible")
    )
