"""Answers as files: CSV, JSON lines, Excel, Parquet, and captures that ``replay`` plays.

Names and messages come off the wire, so a spreadsheet must not take one for a formula: in CSV and Excel a text that
begins with ``= + - @``, a tab or a line end gets an apostrophe in front, which spreadsheets show as text. Bytes are
exact in Parquet and captures; in text they are written with escapes (``simulate.escape``), so that nothing is lost.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from restrike_lab.client.spreadsheet import harmless
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.simulate.capture import write_capture
from restrike_lab.simulate.escape import escape_raw
from restrike_lab.simulate.timed import Timed

__all__ = ["FORMATS", "ExportError", "export"]

EXCEL_ROWS = 1_048_575
EXCEL_TEXT = 32_767
CHUNK_ROWS = 10_000


class ExportError(RestrikeError):
    """Report that an answer cannot be written in this form."""

    category = "export"


def export(answer: pa.Table, to: str, path: Path | None, stream: IO[bytes]) -> int:
    """Write an answer in the format ``to`` to a file, or to ``stream`` where no path is given; return the rows.

    The file appears whole or not at all. Raises ``ExportError``.
    """
    if to in ("parquet", "xlsx", "capture") and path is None:
        raise ExportError(f"{to} needs a file to go to", hint=f"add -o FILE.{to}")
    if path is None:
        FORMATS[to](answer, stream)
        return int(answer.num_rows)
    try:
        with _whole(path) as draft:
            if to == "capture":
                _capture(answer, draft)
            else:
                with draft.open("wb") as file:
                    FORMATS[to](answer, file)
    except OSError as reason:
        raise ExportError(f"cannot write {path}: {reason.strerror or reason}", hint="give another -o FILE") from reason
    return int(answer.num_rows)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    # The suffix stays: a capture that ends in .gz is compressed.
    draft = path.with_name(f".draft-{path.name}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _rows(answer: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in answer.to_batches(max_chunksize=CHUNK_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _plain(value: Any) -> Any:
    """Return a value as text formats take it: bytes with escapes, times in ISO 8601, numbers as they are."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return escape_raw(bytes(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value, enc_hook=_plain).decode()
    return value


def _csv(answer: pa.Table, out: IO[bytes]) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(map(harmless, answer.column_names))
    for row in _rows(answer):
        cells = (_plain(value) for value in row)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    text.detach()


def _jsonl(answer: pa.Table, out: IO[bytes]) -> None:
    encode = msgspec.json.Encoder(enc_hook=_plain).encode
    for row in _rows(answer):
        cells = (escape_raw(value) if isinstance(value, bytes) else value for value in row)
        out.write(encode(dict(zip(answer.column_names, cells, strict=True))) + b"\n")


def _parquet(answer: pa.Table, out: IO[bytes]) -> None:
    pq.write_table(answer, out, compression="zstd")


def _xlsx(answer: pa.Table, out: IO[bytes]) -> None:
    import xlsxwriter

    if answer.num_rows > EXCEL_ROWS:
        raise ExportError(
            f"{answer.num_rows} rows do not fit on a sheet of Excel, which holds {EXCEL_ROWS}",
            hint="export to csv or parquet, or ask for fewer rows",
        )
    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, {**options, "default_date_format": "yyyy-mm-dd hh:mm:ss.000"}) as book:
        sheet = book.add_worksheet("lab")
        bold = book.add_format({"bold": True})
        for column, name in enumerate(answer.column_names):
            sheet.write_string(0, column, harmless(name), bold)
            sheet.set_column(column, column, min(40, max(10, len(name) + 2)))
        for number, row in enumerate(_rows(answer), 1):
            for column, value in enumerate(row):
                _cell(sheet, number, column, value)
        sheet.freeze_panes(1, 0)
        if answer.num_rows:
            sheet.autofilter(0, 0, answer.num_rows, len(answer.column_names) - 1)
    out.write(made.getvalue())


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write one cell; numbers beyond what Excel keeps exactly (15 digits) are written as text."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float() if math.isfinite(value) and abs(value) < 10**15:
            sheet.write_number(row, column, value)
        case datetime():
            # Excel knows no zones: what is written is UTC, as everywhere in the lab.
            sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)
        case _:
            sheet.write_string(row, column, harmless(str(_plain(value)))[:EXCEL_TEXT])


def _capture(answer: pa.Table, path: Path) -> None:
    """Write events as a capture in the lab's own form; messages of one datagram are put together again."""
    needed = ("seq", "arrival_ns", "raw", "part", "court")
    missing = [name for name in needed if name not in answer.column_names]
    if missing:
        raise ExportError(
            f"a capture needs the columns {', '.join(needed)}; {', '.join(missing)} is missing",
            hint="export the table events, or SELECT * FROM events WHERE ...",
        )
    ordered = answer.select(needed).sort_by("seq")
    start_ns = min(ordered["arrival_ns"].to_pylist(), default=0) // 1_000_000 * 1_000_000
    started = datetime.fromtimestamp(start_ns // 1_000_000_000, UTC).replace(microsecond=start_ns // 1000 % 1_000_000)
    write_capture(path, _datagrams(_rows(ordered), start_ns), started=started)


def _datagrams(rows: Iterator[Sequence[Any]], start_ns: int) -> Iterator[Timed]:
    held: tuple[int, bytes, str] | None = None
    for _seq, arrival_ns, raw, part, court in rows:
        if part and held is not None and held[2] == court:
            held = (held[0], held[1] + raw, court)
            continue
        if held is not None:
            yield Timed(*held)
        held = ((arrival_ns - start_ns) // 1_000_000, raw, court)
    if held is not None:
        yield Timed(*held)


def _needs_file(_answer: pa.Table, _out: IO[bytes]) -> None:
    raise ExportError("a capture needs a file to go to", hint="add -o FILE.tsv")


FORMATS: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "capture": _needs_file,
}
"""How each format is written."""
