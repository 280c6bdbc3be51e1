"""What is watched, from when on it needs a person, and what is logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from traitlets import Dict, Enum, Float, Unicode

from restrike_lab.hub.watch.levels import THRESHOLDS, Threshold
from restrike_lab.store.settings_group import SettingsGroup

__all__ = ["WatchSettings", "thresholds_by"]

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FIGURES = Enum(tuple(each.figure for each in THRESHOLDS))


class WatchSettings(SettingsGroup):
    """From when on a figure needs a person, and what is logged."""

    category = "watch"

    warning = Dict(
        value_trait=Float(),
        key_trait=FIGURES,
        help="Limits from which on a figure is a warning, where they are not the lab's own, such as cpu_percent=80.",
    )
    critical = Dict(
        value_trait=Float(),
        key_trait=FIGURES,
        help="Limits from which on a figure is critical, where not the lab's own.",
    )
    hold_seconds = Float(
        None, allow_none=True, min=0.0, max=600.0, help="Seconds that a limit must be passed; empty: the lab's own."
    )
    slow_statement_ms = Float(100.0, min=1.0, max=60_000.0, help="From how many ms on a statement counts as slow.")
    check_hours = Float(
        24.0,
        min=0.0,
        max=720.0,
        help="Hours after which the database is read through at the latest; 0: never by itself.",
    )
    log_level = Enum(LEVELS, "INFO", help="What is logged of every subsystem.")
    log_levels = Dict(
        value_trait=Enum(LEVELS),
        key_trait=Unicode(),
        help="What is logged of some subsystems, such as hub.receive=DEBUG.",
    )


def thresholds_by(settings: WatchSettings) -> Iterator[Threshold]:
    """Yield the thresholds as the settings want them."""
    for each in THRESHOLDS:
        limits = each.limits(
            settings.warning.get(each.figure, each.warning), settings.critical.get(each.figure, each.critical)
        )
        yield limits if settings.hold_seconds is None else replace(limits, hold_s=settings.hold_seconds)
