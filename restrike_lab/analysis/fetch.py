"""The one door through which rows leave the engine: small tables, as DataFrames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from restrike_lab.analysis.linking import Table

__all__ = ["fetched", "records", "run"]


def fetched(table: Table) -> pd.DataFrame:
    """Run the query and return its rows, by way of Arrow; whole numbers with gaps become floats with NaN."""
    frame: pd.DataFrame = run(table).to_pandas()
    return frame


def records(table: Table) -> list[dict[str, Any]]:
    """Run the query and return its rows as dicts, ``None`` where there is no value."""
    rows: list[dict[str, Any]] = run(table).to_pylist()
    return rows


def run(table: Table) -> Any:
    """Run the query and return its rows as an Arrow table."""
    return table.to_pyarrow()
