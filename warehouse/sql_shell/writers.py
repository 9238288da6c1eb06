"""Results as CSV, JSON, Parquet and XLSX files, each written completely or not at all."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from warehouse.spreadsheet_escaping import inert
from warehouse.sql_shell.session import QueryError, Result
from warehouse.sql_shell.text import cell_text, table_lines

BYTE_ORDER_MARK = "\ufeff"
XLSX_MAX_ROWS = 1_048_576
XLSX_MAX_CELL = 32_767
# Largest integer that a double, the only number of a spreadsheet, holds exactly.
EXACT_WHOLE_NUMBER = 2**53


class Format(StrEnum):
    """Output format of a result."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"
    xlsx = "xlsx"


BINARY = (Format.parquet, Format.xlsx)


def write_result(result: Result, form: Format, target: BinaryIO, for_excel: bool = False) -> None:
    """Write a result. ``for_excel`` gives CSV a byte order mark and makes formulas inert.

    Raises QueryError for what a format cannot hold.
    """
    writers: dict[Format, Callable[[Result, BinaryIO], None]] = {
        Format.table: _write_table,
        Format.csv: _write_csv_for_excel if for_excel else _write_csv,
        Format.json: _write_json,
        Format.parquet: _write_parquet,
        Format.xlsx: _write_xlsx,
    }
    writers[form](result, target)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name only after it has been written completely.

    Raises QueryError if it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as target:
            yield target
        partial.replace(path)
    except OSError as error:
        raise QueryError(
            f"{path} cannot be written: {error.strerror or error}. Choose another place."
        ) from error
    finally:
        # In a read-only folder nothing can be removed, nor is there anything.
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Open standard output. A closed pipe (``| head``) is no error.

    Raises QueryError if it cannot be written, for example to a full disk.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        # Otherwise Python would write the rest of its buffer when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise QueryError(f"The result cannot be written: {error.strerror or error}.") from error


def _write_table(result: Result, target: BinaryIO) -> None:
    for line in table_lines(result.columns, list(result.rows), width=None):
        target.write(f"{line}\n".encode())


def _write_csv(result: Result, target: BinaryIO) -> None:
    with _text(target) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(column.name for column in result.columns)
        writer.writerows(map(cell_text, row) for row in result.rows)


def _write_csv_for_excel(result: Result, target: BinaryIO) -> None:
    with _text(target) as text:
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text)
        writer.writerow(inert(column.name) for column in result.columns)
        for row in result.rows:
            writer.writerow(
                inert(value) if isinstance(value, str) else cell_text(value) for value in row
            )


def _write_json(result: Result, target: BinaryIO) -> None:
    names = _distinct(column.name for column in result.columns)
    with _text(target) as text:
        text.write("[")
        for number, row in enumerate(result.rows):
            record = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
            text.write(",\n" if number else "\n")
            text.write(json.dumps(record, ensure_ascii=False, default=cell_text, allow_nan=False))
        text.write("\n]\n")


def _distinct(names: Iterable[str]) -> list[str]:
    """Return distinct column names: the second ``id`` becomes ``id_1``."""
    distinct: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        free = (each for each in itertools.chain([name], numbered) if each not in distinct)
        distinct.append(next(free))
    return distinct


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_json_value(each) for each in value]
    if isinstance(value, dict):
        return {cell_text(key): _json_value(each) for key, each in value.items()}
    return value


def _write_parquet(result: Result, target: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    batches = result.arrow()
    names = _distinct(column.name for column in result.columns)
    schema = pa.schema(
        field.with_name(name) for field, name in zip(batches.schema, names, strict=True)
    )
    try:
        with parquet.ParquetWriter(pa.PythonFile(target, mode="w"), schema) as writer:
            for batch in batches:
                writer.write_batch(batch.rename_columns(names))
    except pa.ArrowNotImplementedError as error:
        raise QueryError(
            f"Parquet has no such type ({error}). Cast the column to text (column::varchar), or "
            f"use another format."
        ) from error


def _write_xlsx(result: Result, target: BinaryIO) -> None:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    page = workbook.create_sheet("result")
    page.freeze_panes = "A2"
    page.append([inert(column.name) for column in result.columns])
    rows = itertools.islice(result.rows, XLSX_MAX_ROWS - 1)
    for row in rows:
        page.append([_xlsx_value(value) for value in row])
    if next(result.rows, None) is not None:
        raise QueryError(
            f"The result has more than the {XLSX_MAX_ROWS - 1:,} rows that a sheet can hold. Use "
            f"another format, or fewer rows (limit)."
        )
    workbook.save(target)


def _xlsx_value(value: Any) -> Any:
    """Return a value for a sheet: text without formulas, exact numbers, local times."""
    if value is None or isinstance(value, bool | date | time | timedelta):
        is_zoned = isinstance(value, datetime | time) and value.tzinfo is not None
        return cell_text(value) if is_zoned else value
    if isinstance(value, float):
        return value if math.isfinite(value) else cell_text(value)
    if isinstance(value, int):
        return value if abs(value) <= EXACT_WHOLE_NUMBER else cell_text(value)
    if isinstance(value, Decimal):
        return value
    return inert(cell_text(value))[:XLSX_MAX_CELL]


@contextmanager
def _text(target: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    try:
        yield text
    finally:
        text.detach()  # closing it would close standard output
