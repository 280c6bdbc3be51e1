"""Exports: nothing is lost, and nothing that came off the wire runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.app.main import main
from restrike_lab.client.exporting import ExportError, export
from restrike_lab.client.spreadsheet import harmless
from restrike_lab.simulate.capture import read_capture
from restrike_lab.simulate.escape import unescape_raw

from .records import Made

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x")',
    "Ćurić",
    'a,b"c',
    "https://x.y",
]
TABLE = pa.table(
    {
        "name": HOSTILE,
        "=column": list(range(-3, len(HOSTILE) - 3)),
        "raw": [b"\xff\x00=1"] + [b"pt1;2"] * (len(HOSTILE) - 1),
        "at": [datetime(2025, 7, 20, 19, 16, 28, 952000, UTC)] * len(HOSTILE),
        "arrival_ns": [1_753_038_988_952_000_001] * len(HOSTILE),
        "share": [None, float("nan"), *[0.5] * (len(HOSTILE) - 2)],
    }
)


def written(to: str, path: Path) -> bytes:
    export(TABLE, to, path, io.BytesIO())
    return path.read_bytes()


def sheet(content: bytes) -> list[list[tuple[str, str]]]:
    """Return the cells of a workbook as (type, text)."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        strings = ["".join(text.text or "" for text in each.iter(f"{{{space['m']}}}t")) for each in shared]
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert tree.findall(".//m:f", space) == []
        assert not any("hyperlink" in name.lower() for name in book.namelist())
    rows = []
    for row in tree.iterfind(".//m:row", space):
        cells = []
        for cell in row.iterfind("m:c", space):
            text = cell.findtext("m:v", "", space)
            kind = cell.get("t", "n")
            cells.append((kind, strings[int(text)] if kind == "s" else text))
        rows.append(cells)
    return rows


def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(written("csv", tmp_path / "a.csv").decode(), newline="")))
    assert rows[0][:2] == ["name", "'=column"]
    assert [row[0].removeprefix("'") for row in rows[1:]] == HOSTILE
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows[1:])
    assert rows[1][1] == "-3"  # a number stays one
    assert unescape_raw(rows[1][2]) == b"\xff\x00=1"
    assert rows[1][3] == "2025-07-20T19:16:28.952000+00:00"


def test_a_workbook_holds_no_formula_and_every_value(tmp_path: Path) -> None:
    rows = sheet(written("xlsx", tmp_path / "a.xlsx"))
    assert [row[0][1].removeprefix("'").replace("_x000D_", "\r") for row in rows[1:]] == HOSTILE
    assert {row[0][0] for row in rows[1:]} == {"s"}
    assert not any(row[0][1].startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows[1:])
    assert rows[1][1] == ("n", "-3")
    assert ("s", "1753038988952000001") in rows[1]


def test_more_rows_than_a_sheet_holds_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="1048576 rows"):
        export(pa.table({"n": pa.nulls(1_048_576, pa.int8())}), "xlsx", tmp_path / "a.xlsx", io.BytesIO())
    assert list(tmp_path.iterdir()) == []


def test_parquet_is_exact_and_json_lines_can_be_undone(tmp_path: Path) -> None:
    written("parquet", tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").slice(2).equals(TABLE.slice(2))
    lines = [json.loads(line) for line in written("jsonl", tmp_path / "a.jsonl").decode().splitlines()]
    assert [line["name"] for line in lines] == HOSTILE
    assert unescape_raw(lines[0]["raw"]) == b"\xff\x00=1"
    assert lines[0]["share"] is None


@given(st.text())
def test_harmless_text_is_the_text_behind_an_apostrophe(text: str) -> None:
    made = harmless(text)
    assert made in (text, f"'{text}")
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_the_command_exports_tables_questions_and_captures(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    made = Made(tmp_path / "restrike.sqlite")
    made.add([b"pre;FightLoaded", b"hl1;35\n", b"\xff\\\x00pt1;2", b"hl2;12"], match_id=1)
    lab = f"--data-dir={tmp_path}"
    assert main(["export", "hits", lab]) == 0
    assert capfdbinary.readouterr().out.count(b"\r\n") == 3
    assert main(["export", "--sql", "SELECT 1 AS one", "--format", "jsonl", lab]) == 0
    assert capfdbinary.readouterr().out == b'{"one":1}\n'
    out = tmp_path / "bout.tsv"
    assert main(["export", "events", "-o", str(out), lab]) == 0
    assert [each.payload for each in read_capture(out).messages] == [
        b"pre;FightLoaded", b"hl1;35\n", b"\xff\\\x00pt1;2", b"hl2;12",
    ]  # fmt: skip
    assert main(["export", "events", f"--output={tmp_path / 'a.xlsx'}", lab]) == 0
    for wrong in (["export", "hitz", lab], ["export", lab], ["export", "hits", "--sql", "SELECT 1", lab]):
        assert main(wrong) == 2
    assert main(["export", "hits", "--format", "xlsx", lab]) == 1
    assert main(["export", "hits", "-o", str(tmp_path / "bout.tsv"), "--format=capture", lab]) == 1
    assert read_capture(out).messages  # the failed export left the former file


def test_what_is_exported_and_imported_again_is_the_same(tmp_path: Path) -> None:
    sample = Path(__file__).resolve().parents[2] / "data" / "tournament-small.tsv.gz"
    assert main(["import", str(sample), f"--data-dir={tmp_path / 'lab'}"]) == 0
    out = tmp_path / "again.tsv.gz"
    assert main(["export", "events", "-o", str(out), f"--data-dir={tmp_path / 'lab'}"]) == 0
    first, second = read_capture(sample), read_capture(out)
    assert [each.payload for each in first.messages] == [each.payload for each in second.messages]
    assert [each.at_ms - first.messages[0].at_ms for each in first.messages] == [each.at_ms for each in second.messages]
