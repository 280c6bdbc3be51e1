"""The lab's tables as ibis expressions: built once, brought up to date each time they are asked.

The expressions compile to the same in-memory engine that answers SQL, so they see the archive and the last committed
event, and joins of several tables stay inside it. The engine's settings are locked before ibis gets to see it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import duckdb
from ibis.backends.duckdb import Backend

from restrike_lab.client.errors import QueryError

if TYPE_CHECKING:
    import ibis

__all__ = ["Expressions"]


class Expressions(Backend):  # type: ignore[misc]
    """An ibis back end over a query engine; ``connection`` gives an up-to-date connection to it at every use."""

    def __init__(self, connection: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        super().__init__()
        self._connection = connection
        self._can_reconnect = False
        self._record_batch_readers_consumed: dict[Any, Any] = {}

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """Return the connection that the next question goes to."""
        return self._connection()

    def known(self, name: str, tables: list[str]) -> ibis.Table:
        """Return a table or view by name; raises :class:`QueryError` where there is none."""
        if name not in tables:
            raise QueryError(f"there is no table {name!r}", hint=f"There are {', '.join(tables)}.")
        return self.table(name)
