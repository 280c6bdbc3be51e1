"""What the parts of a lab share through which people see and decide how messages are recognized."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from restrike_lab.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Collection", "RecognitionLab", "signed_by"]


class RecognitionLab(Protocol):
    """What this module needs of a ``Lab``."""

    @property
    def data_dir(self) -> Path: ...
    def command(self, name: str, /, timeout: float = ..., **args: Any) -> Any: ...
    def sql(self, query: str) -> pd.DataFrame: ...


def signed_by() -> str:
    """Return the name under which decisions are kept: that of this machine's user, as far as it is known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class Collection:
    """A part of a lab that shows itself as its DataFrame."""

    def __init__(self, lab: RecognitionLab) -> None:
        self._lab = lab

    def __call__(self) -> pd.DataFrame:
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(self())

    def _repr_html_(self) -> str:
        shown: Any = self()
        return str(shown._repr_html_())

    def _read(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with contextlib.closing(Reader.open(self._lab.data_dir)) as reader:
            return reader.query(sql, params).rows

    def _decide(self, command: str, why: str, **args: Any) -> Any:
        return self._lab.command(command, why=why, who=signed_by(), **args)
