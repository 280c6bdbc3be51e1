"""The settings of a running hub: which there are, what each is now, and where that value comes from.

For every setting the first of these counts: command line, environment, config file, stored in the database, default.
(What a program sets on ``HubConfig`` counts like a command line.) Whoever reads a setting holds the group it is in
(``settings.group(ScreenSettings)``) and reads the attribute, or observes it; a stored change that may act at once
reaches both without a restart. No database in here: ``settings_desk`` keeps what is changed.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from traitlets import HasTraits, TraitError

from restrike_lab.hub.config import HubConfig
from restrike_lab.store.settings import UNSET, Kept
from restrike_lab.store.settings_group import Declared, SettingError, SettingsGroup, declared_by, own_words

__all__ = ["DEFAULT", "STORED", "Settings"]

log = logging.getLogger(__name__)

STORED, DEFAULT = "stored", "default"

ABOUT = {
    "network": "Where consoles are heard and clients are served.",
    "recording": "How messages are judged and kept.",
    "access": "Who may do what without signing in, how long a sign-in lasts, and TLS.",
}
"""What the categories of ``HubConfig`` are about; a group tells it in its docstring."""

G = TypeVar("G", bound=SettingsGroup)


class Settings:
    """Hold a hub's configuration and one instance of every group.

    Raises ``SettingError`` for a value in ``config.settings`` that cannot be.
    """

    def __init__(self, config: HubConfig, groups: Iterable[type[SettingsGroup]], kept: Mapping[str, Kept]) -> None:
        self.config = config
        self.groups: dict[type[SettingsGroup], SettingsGroup] = {cls: cls() for cls in groups}
        self.owners: dict[str, HasTraits] = {}
        self.declared: dict[str, Declared] = {}
        for owner in (config, *self.groups.values()):
            for each in declared_by(HubConfig if owner is config else type(owner)):
                if each.key in self.declared:
                    raise ValueError(f"two rooms declare the setting {each.key}")
                self.declared[each.key] = each
                self.owners[each.key] = owner
        self.kept = dict(kept)
        self.refused: dict[str, str] = {}
        self.revision = 0
        self._take_given()
        for key in self.declared:
            self._settle(key)

    def group(self, cls: type[G]) -> G:
        """Return the group of a class, to read its attributes or to observe them."""
        return cast(G, self.groups[cls])

    def of(self, key: str) -> Declared:
        """Return the declaration of a setting; raises ``SettingError`` that names the nearest one."""
        found = self.declared.get(key) if isinstance(key, str) else None
        if found is None:
            near = difflib.get_close_matches(str(key), self.declared, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else "The settings are listed by `restrike-lab settings`."
            raise SettingError(f"there is no setting {str(key)[:100]!r}", hint=hint)
        return found

    # -- what is ---------------------------------------------------------------------------------------------------

    def value(self, key: str) -> Any:
        """Return the value that counts now, as plain values."""
        return msgspec.to_builtins(getattr(self.owners[key], self.declared[key].name))

    def given_by(self, key: str) -> str | None:
        """Return what gives the setting over the head of what is stored, or None."""
        owner = self.owners[key]
        if owner is self.config:
            return self.config.given.get(self.declared[key].name)
        return (self.config.given.get(key) or self.config.given["settings"]) if key in self.config.settings else None

    def source(self, key: str) -> str:
        """Return where the value comes from."""
        return self.given_by(key) or (STORED if key in self.kept and key not in self.refused else DEFAULT)

    def view(self, key: str) -> dict[str, Any]:
        """Return everything about a setting: its declaration, its value, and where that comes from.

        ``next`` is the value after the next start, where that is another one.
        """
        each, held = self.declared[key], self.kept.get(key)
        value, coming = self.value(key), self._wanted(key)
        view = {**each.shown(), "value": value, "source": self.source(key), "stored": held is not None}
        if held is not None:
            view |= {"stored_value": held.value, "who": held.who, "changed_ns": held.changed_ns}
        if key in self.refused:
            view["problem"] = self.refused[key]
        if each.restart and self.given_by(key) is None and coming != value:
            view["next"] = coming
        return view

    def views(self) -> list[dict[str, Any]]:
        """Return every setting, by category."""
        return [self.view(key) for key in sorted(self.declared)]

    def categories(self) -> dict[str, str]:
        """Return what each category is about."""
        told = {**ABOUT, **{cls.category: " ".join((cls.__doc__ or "").split()) for cls in self.groups}}
        return {name: told.get(name, "") for name in sorted({each.category for each in self.declared.values()})}

    def picture(self) -> dict[str, Any]:
        """Return what every client is told: the values that count."""
        return {"revision": self.revision, "values": {key: self.value(key) for key in self.declared}}

    # -- what changes ----------------------------------------------------------------------------------------------

    def checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as they are to be stored; raises ``SettingError`` for the first that cannot be.

        None, where that is the default, is as good as ``UNSET``.
        """
        kept: dict[str, Any] = {}
        for key, value in values.items():
            each = self.of(key)
            none = value is None and each.nullable and each.default is None
            kept[key] = UNSET if value is UNSET or none else each.checked(value)
        return kept

    def accept(self, values: Mapping[str, Kept | None]) -> list[str]:
        """Let stored changes count (None: no longer stored) and return those that wait for a restart."""
        self.revision += 1
        for key, held in values.items():
            self.refused.pop(key, None)
            if held is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = held
        waiting = [key for key in values if self.declared[key].restart]
        for key in values:
            if not self.declared[key].restart:
                self._settle(key)
        return waiting

    def _take_given(self) -> None:
        """Set what the configuration says of groups."""
        for key, value in self.config.settings.items():
            each = self.of(key)
            if self.owners[key] is self.config:
                option = each.name.replace("_", "-")
                raise SettingError(f"{key} is set in its own way", hint=f"Use the option --{option}.")
            meant = each.parse(value) if isinstance(value, str) else value
            setattr(self.owners[key], each.name, each.checked(meant))

    def _wanted(self, key: str) -> Any:
        held = self.kept.get(key)
        return self.declared[key].default if held is None or key in self.refused else held.value

    def _settle(self, key: str) -> None:
        """Let the stored value or the default count, where nothing stronger does."""
        if self.given_by(key) is not None:
            return
        each, owner = self.declared[key], self.owners[key]
        try:
            self._put(owner, each.name, self._wanted(key))
        except (TraitError, SettingError) as problem:
            reason = problem.message if isinstance(problem, SettingError) else own_words(problem)
            self.refused[key] = reason or f"it is not {each.wanted}"
            log.warning("the stored setting %s is left out: %s", key, self.refused[key])
            self._put(owner, each.name, each.default)
        except Exception:
            log.exception("the setting %s was changed, but not everything follows it", key)

    def _put(self, owner: HasTraits, name: str, value: Any) -> None:
        if owner is self.config:
            self.config.stand_in(name, value)
        else:
            setattr(owner, name, value)
