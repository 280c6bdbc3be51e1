"""Where the fleet is kept: the table ``obs_connections``, with what a keeper makes of the passwords.

The database has one writer, so this class holds no connection: it is given ``run``, which carries out one statement
where writing is allowed and returns the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from restrike_lab.obs.errors import FleetError, SecretError
from restrike_lab.obs.instance import Instance
from restrike_lab.obs.keepers import Keeper

__all__ = ["Memory", "ObsConnections", "Repository", "Run"]

log = logging.getLogger(__name__)

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_LOAD = "SELECT name, host, port, password, role, enabled FROM obs_connections ORDER BY name"
_SAVE = """
INSERT INTO obs_connections (name, host, port, password, role, enabled, changed_ns) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET host = excluded.host, port = excluded.port, password = excluded.password,
    role = excluded.role, enabled = excluded.enabled, changed_ns = excluded.changed_ns
"""
_REMOVE = "DELETE FROM obs_connections WHERE name = ?"


class Repository(Protocol):
    """Where instances are kept."""

    def load(self) -> list[Instance]:
        """Return all instances."""

    def save(self, instance: Instance) -> None:
        """Keep an instance under its name, in place of what was there."""

    def remove(self, name: str) -> None:
        """Forget an instance."""


class ObsConnections:
    """The instances in the database of a data directory."""

    def __init__(self, run: Run, keeper: Keeper, clock: Callable[[], int]) -> None:
        self._run = run
        self._keeper = keeper
        self._clock = clock

    def load(self) -> list[Instance]:
        """Return all instances; one whose password cannot be had comes without it.

        A row that is no instance, as another program may have written it, is passed over and logged.
        """
        instances: list[Instance] = []
        for name, host, port, kept, role, enabled in self._run(_LOAD, ()):
            try:
                instances.append(Instance(name, host, port, self._password(name, kept), role, bool(enabled)))
            except FleetError as problem:
                log.warning("OBS instance %r of the database is passed over: %s", name, problem.message)
        return instances

    def save(self, instance: Instance) -> None:
        """Keep an instance under its name, in place of what was there."""
        kept = None if instance.password is None else self._keeper.keep(instance.name, instance.password)
        self._run(
            _SAVE,
            (instance.name, instance.host, instance.port, kept, instance.role, instance.enabled, self._clock()),
        )

    def remove(self, name: str) -> None:
        """Forget an instance."""
        self._run(_REMOVE, (name,))
        self._keeper.forget(name)

    def _password(self, name: str, kept: str | None) -> str | None:
        if kept is None:
            return None
        try:
            return self._keeper.give(name, kept)
        except SecretError as problem:
            log.warning("OBS instance %s: %s", name, problem.message)
            return None


class Memory:
    """Instances kept for the life of this object, for those who use OBS without a data directory."""

    def __init__(self, instances: Sequence[Instance] = ()) -> None:
        self._instances = {instance.name: instance for instance in instances}

    def load(self) -> list[Instance]:
        """Return all instances."""
        return list(self._instances.values())

    def save(self, instance: Instance) -> None:
        """Keep an instance under its name, in place of what was there."""
        self._instances[instance.name] = instance

    def remove(self, name: str) -> None:
        """Forget an instance."""
        self._instances.pop(name, None)
