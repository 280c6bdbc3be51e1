"""Events and files as DataFrames whose dtypes do not depend on the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["event_frame", "file_frame"]

EVENTS: Mapping[str, str] = {
    "seq": "Int64", "court": "str", "match_id": "Int64", "round": "Int64", "clock_ms": "Int64", "stream": "str",
    "event_code": "str", "athlete": "Int64", "value": "Int64", "description": "str", "instance": "str", "kind": "str",
    "file": "str", "position_ms": "float64", "uncertainty_ms": "float64", "how": "str", "shown": "boolean",
}  # fmt: skip
FILES: Mapping[str, str] = {
    "instance": "str", "kind": "str", "part": "Int64", "file": "str", "length_ms": "float64", "how": "str",
    "uncertainty_ms": "float64", "pauses": "Int64", "late": "boolean", "running": "boolean", "lost": "boolean",
}  # fmt: skip


def event_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return events with their places: one row per event and video, ``timestamp`` in UTC."""
    return _frame(rows, EVENTS, {"timestamp": 5})


def file_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return files of recordings and replays: one row per file, ``begun`` and ``ended`` in UTC."""
    return _frame(rows, FILES, {"begun": 4, "ended": 5})


def _frame(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, str], times: Mapping[str, int]) -> pd.DataFrame:
    import pandas as pd

    text = pd.StringDtype(na_value=float("nan"))
    frame = pd.DataFrame(index=pd.RangeIndex(len(rows)))
    for name, dtype in dtypes.items():
        values = [row.get(name) for row in rows]
        frame[name] = pd.Series(values, dtype=text if dtype == "str" else dtype, index=frame.index)
    for name, place in times.items():
        moments = pd.Series([row.get(f"{name}_ns") for row in rows], dtype="Int64", index=frame.index)
        frame.insert(place, name, pd.to_datetime(moments, unit="ns", utc=True).dt.as_unit("us"))
    return frame
