"""What every screen of a lab shows alike."""

from __future__ import annotations

from traitlets import Enum

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
