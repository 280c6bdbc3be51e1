"""What every screen of a lab shows alike."""

from __future__ import annotations

from traitlets import Enum, Float, List

from restrike_lab.bout.importance import Importance
from restrike_lab.store.settings_group import SettingsGroup

__all__ = ["ScreenSettings"]


class ScreenSettings(SettingsGroup):
    """What every screen shows alike."""

    category = "screen"

    theme = Enum(
        ("auto", "light", "dark"),
        "auto",
        help="Colours of every screen; `auto` follows each reader's own surroundings.",
    ).tag(role="operator")
    muted = List(
        Enum(tuple(map(str, Importance))),
        ["tick"],
        help="Importances of events that an event table hides until its reader wants them.",
    ).tag(role="operator")
    hit_seconds = Float(
        0.0, min=0.0, max=600.0, help="Seconds that a hit stays on the scoreboard; 0: until later ones push it out."
    ).tag(role="operator")
