"""Where settings are changed: check, store with who, when and why, let it count, tell every client.

A change runs on the pipeline's thread, between two groups of events, like every other decision. Whatever observes a
setting is called there, too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from restrike_lab.access.roles import may
from restrike_lab.hub.commands import Caller
from restrike_lab.hub.errors import RoleNeeded
from restrike_lab.hub.settings import Settings
from restrike_lab.store import settings as store
from restrike_lab.store.decisions import Signature
from restrike_lab.store.settings import UNSET, Change, Kept
from restrike_lab.store.writer import Writer

__all__ = ["SettingsDesk", "require_role"]


T = TypeVar("T")


class Place(Protocol):
    """What a desk needs of where it stands: a running hub, or a data directory without one."""

    @property
    def writer(self) -> Writer: ...
    def decide(self, work: Callable[[], T]) -> T:
        """Do some work on the one thread that may use the writer."""

    def show(self, message: Mapping[str, Any]) -> None:
        """Tell everybody who looks, or will."""


class SettingsDesk:
    """Change settings."""

    def __init__(self, place: Place, settings: Settings, clock: Callable[[], int] = time.time_ns) -> None:
        self.place = place
        self.settings = settings
        self.clock = clock

    def show(self) -> None:
        """Tell the clients, those that come later too, what the settings are."""
        self.place.show({"type": "settings", **self.settings.picture()})

    def change(self, values: Mapping[str, Any], who: str, why: str) -> dict[str, Any]:
        """Store values (``UNSET``: fall back to the default) and let them count; all of them, or none.

        Returns the ``changes`` made, the keys that ``restart`` is waited for, and those ``overridden`` by what.
        Raises ``SettingError``.
        """
        return self.place.decide(lambda: self.keep(values, who, why))

    def keep(self, values: Mapping[str, Any], who: str, why: str) -> dict[str, Any]:
        """Do as ``change`` does, on the thread that may use the writer."""
        return self.kept(self.settings.checked(values), self.signed(who, why), {})

    def undo(self, change_id: int, together: bool, who: str, why: str, allowed: Callable[[str], None]) -> Any:
        """Give settings the value they had before a change, or before all that were made together with it.

        ``allowed(key)`` raises where the caller may not. Raises ``SettingError`` where the old value no longer fits.
        """

        def work() -> Any:
            found = self.place.writer.change(lambda db: store.changes_of(db, change_id, together))
            for each in found:
                allowed(each.key)
            before = {each.key: UNSET if each.old is None else json.loads(each.old) for each in found}
            reason = why or f"undo of change {change_id}"
            undoes = {each.key: each.change_id for each in found}
            return self.kept(self.settings.checked(before), self.signed(who, reason), undoes)

        return self.place.decide(work)

    def history(self, key: str | None, limit: int) -> list[dict[str, Any]]:
        """Return changes, newest first, with their values decoded; ``old`` and ``new`` are left out where unset."""
        found = self.place.decide(lambda: self.place.writer.change(lambda db: store.history(db, key, limit)))
        return [change_view(each) for each in found]

    def kept(self, values: Mapping[str, Any], signature: Signature, undoes: Mapping[str, int]) -> dict[str, Any]:
        """Store checked values and let them count (the pipeline's thread)."""
        made: list[Change] = self.place.writer.change(lambda db: store.change(db, values, signature, undoes))
        waiting: list[str] = []
        if made:
            now = {each.key: None if each.new is None else kept_of(each) for each in made}
            waiting = self.settings.accept(now)
            self.show()
        overridden = {key: by for key in values if (by := self.settings.given_by(key))}
        return {
            "changes": [change_view(each) for each in made],
            "restart": [key for key in waiting if key not in overridden],
            "overridden": overridden,
        }

    def signed(self, who: str, why: str) -> Signature:
        """Return who, why and now."""
        return Signature(who, why.strip()[:1000], self.clock())


def kept_of(change: Change) -> Kept:
    """Return what a change left in the database."""
    return Kept(json.loads(change.new or "null"), change.changed_ns, change.who)


def change_view(change: Change) -> dict[str, Any]:
    """Return a change as clients see it."""
    view = {name: value for name, value in change._asdict().items() if name not in ("old", "new")}
    view |= {name: json.loads(text) for name in ("old", "new") if (text := getattr(change, name)) is not None}
    return view


def require_role(settings: Settings, key: str, caller: Caller) -> None:
    """Raise ``RoleNeeded`` where a caller may not change a setting, ``SettingError`` where there is none."""
    needed = settings.of(key).role
    if not may(caller.role, needed):
        raise RoleNeeded(f"the setting {key}", needed, caller.called)
