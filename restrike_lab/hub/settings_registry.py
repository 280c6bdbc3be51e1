"""Every group of settings there is. A room that has something to set declares a group and adds it here."""

from __future__ import annotations

from restrike_lab.hub.licence_settings import LicenceSettings
from restrike_lab.hub.obs_settings import ObsSettings
from restrike_lab.hub.screen_settings import ScreenSettings
from restrike_lab.hub.watch.settings import WatchSettings
from restrike_lab.store.settings_group import SettingsGroup

__all__ = ["GROUPS"]

GROUPS: tuple[type[SettingsGroup], ...] = (LicenceSettings, ObsSettings, ScreenSettings, WatchSettings)
