"""What people look at: event table, scoreboard, and panels about data quality, unknown events, recognition and OBS.

A widget is one Python class and one ES module, without a framework or a build step. The browser keeps the rows and
does the filtering, sorting and drawing; the kernel only forwards what the live feed tells it:

    Lab.live ──batch──▶ LiveWidget ──custom message──▶ link.js ──▶ event_table.js / scoreboard.js

``live.py`` is the kernel's end of that line and ``static/link.js`` the browser's; ``presence.py`` decides whether
anybody is looking; ``voila.py`` knows the page template that needs no internet.
"""

from __future__ import annotations

from restrike_lab.widgets.alerts import Alerts
from restrike_lab.widgets.event_table import EventTable
from restrike_lab.widgets.help_panel import Help
from restrike_lab.widgets.hit_levels import HitLevels
from restrike_lab.widgets.live_data import LiveData
from restrike_lab.widgets.notes import Notes
from restrike_lab.widgets.obs_panel import ObsPanel
from restrike_lab.widgets.panels import panels
from restrike_lab.widgets.prediction import WinProbability
from restrike_lab.widgets.quality import DataQuality
from restrike_lab.widgets.recognition import Recognition
from restrike_lab.widgets.scoreboard import Scoreboard
from restrike_lab.widgets.settings_panel import SettingsPanel
from restrike_lab.widgets.sign_in import SignIn
from restrike_lab.widgets.system_panel import SystemPanel
from restrike_lab.widgets.unknown import UnknownEvents
from restrike_lab.widgets.users_panel import UsersPanel
from restrike_lab.widgets.voila import under_voila

__all__ = [
    "Alerts",
    "DataQuality",
    "EventTable",
    "Help",
    "HitLevels",
    "LiveData",
    "Notes",
    "ObsPanel",
    "Recognition",
    "Scoreboard",
    "SettingsPanel",
    "SignIn",
    "SystemPanel",
    "UnknownEvents",
    "UsersPanel",
    "WinProbability",
    "panels",
    "under_voila",
]
