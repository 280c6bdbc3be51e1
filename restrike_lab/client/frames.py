"""Arrow tables as DataFrames whose dtypes do not depend on the rows.

A result with and without missing values, or without any row, has the same dtypes: whole numbers ``Int64``, truth values
``boolean``, other numbers ``float64``, text ``str``, points in time ``datetime64[us, UTC]``, and ``category`` for the
columns whose words come from a known set. A word outside its set is kept and widens the categories of that frame.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["to_frame"]

TEXT = pd.StringDtype(na_value=float("nan"))
NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.string(): TEXT, pa.large_string(): TEXT}


def to_frame(table: pa.Table, vocabulary: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """Return ``table`` as a DataFrame; columns of text named in ``vocabulary`` become categories."""
    words = vocabulary or {}
    names = table.column_names
    columns = {
        _unique(name, position, names): _series(table.column(position), words.get(name))
        for position, name in enumerate(names)
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _unique(name: str, index: int, names: Sequence[str]) -> str:
    """Return a name that no earlier column has: SQL may name two columns alike, a mapping may not."""
    earlier = names[:index].count(name)
    return f"{name}_{earlier}" if earlier else name


def _series(column: pa.ChunkedArray, words: Sequence[str] | None) -> pd.Series[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind) or (words is not None and pa.types.is_string(kind)):
        return _category(column, words or ())
    if pa.types.is_null(kind):
        return pd.Series([None] * len(column), dtype="object")
    series: pd.Series[Any] = _plain(column).to_pandas(types_mapper=NULLABLE.get)
    return series


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column in the one type that stands for its kind."""
    kind = column.type
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_decimal(kind):
        return _without_decimals(column)
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", tz="UTC" if kind.tz else None), safe=False)
    return column


def _without_decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return sums of whole numbers (DuckDB's HUGEINT) as whole numbers where they fit, anything else as floats."""
    if column.type.scale == 0:
        with contextlib.suppress(pa.ArrowInvalid):
            return column.cast(pa.int64())
    return column.cast(pa.float64())


def _category(column: pa.ChunkedArray, words: Sequence[str]) -> pd.Series[Any]:
    plain = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    found = [word for word in pc.unique(plain).to_pylist() if word is not None]
    categories = [*words, *sorted(set(found) - set(words))]
    codes = pc.index_in(plain, value_set=pa.array(categories, pa.string()), skip_nulls=True).fill_null(-1)
    return pd.Series(pd.Categorical.from_codes(codes.to_numpy(), categories=pd.Index(categories, dtype="str")))
