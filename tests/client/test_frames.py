"""Arrow in, DataFrame out: dtypes that do not depend on the rows."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from restrike_lab.client.frames import to_frame

FULL = pa.table(
    {
        "whole": pa.array([1, None], pa.int32()),
        "sum": pa.array([Decimal(7), None], pa.decimal128(38, 0)),
        "ratio": pa.array([0.5, None], pa.float32()),
        "flag": pa.array([True, None]),
        "text": pa.array(["a", None]),
        "word": pa.array(["clk", None]),
        "when": pa.array([1, None], pa.timestamp("us", tz="Etc/UTC")),
        "bytes": pa.array([b"\x00", None]),
    }
)
WORDS = {"word": ("pt", "clk")}


@pytest.mark.parametrize("rows", [FULL, FULL.slice(0, 1), FULL.slice(1, 1), FULL.slice(0, 0)])
def test_dtypes_are_the_same_with_and_without_values_and_without_rows(rows: pa.Table) -> None:
    found = to_frame(rows, WORDS).dtypes
    assert found.equals(to_frame(FULL, WORDS).dtypes)


def test_each_kind_has_its_dtype() -> None:
    found = {name: str(dtype) for name, dtype in to_frame(FULL, WORDS).dtypes.items()}
    assert found == {
        "whole": "Int64",
        "sum": "Int64",
        "ratio": "float64",
        "flag": "boolean",
        "text": "str",
        "word": "category",
        "when": "datetime64[us, UTC]",
        "bytes": "object",
    }


def test_values_survive() -> None:
    frame = to_frame(FULL, WORDS)
    assert frame.iloc[0].tolist()[:6] == [1, 7, 0.5, True, "a", "clk"]
    assert frame.iloc[1].isna().all()


def test_a_word_outside_the_vocabulary_is_kept() -> None:
    frame = to_frame(pa.table({"word": ["clk", "new", None]}), WORDS)
    assert frame["word"].cat.categories.tolist() == ["pt", "clk", "new"]
    assert frame["word"].tolist()[:2] == ["clk", "new"]


def test_a_sum_too_large_for_64_bits_becomes_a_float() -> None:
    frame = to_frame(pa.table({"sum": pa.array([Decimal(2**70)], pa.decimal128(38, 0))}))
    assert frame["sum"].iloc[0] == pytest.approx(2.0**70)


def test_columns_of_the_same_name_are_all_kept() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"])
    assert to_frame(table).to_dict("list") == {"n": [1], "n_1": [2]}


def test_frames_of_different_queries_can_be_joined_end_to_end() -> None:
    first, second = to_frame(FULL.slice(0, 1), WORDS), to_frame(FULL.slice(1, 1), WORDS)
    assert pd.concat([first, second]).dtypes["word"] == first.dtypes["word"]
