"""Reading Parquet files."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.landing.cell_text import Cell, SingleNumber, of_single_precision
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.limits import Limits
from warehouse.landing.table import BATCH_ROWS, Batch
from warehouse.landing.table_notes import TableNotes
from warehouse.landing.text_shape import Probe


class ParquetTable:
    """A Parquet file. Raises UnreadableFileError when it is damaged."""

    file_format = "parquet"
    encoding = None
    delimiter = None
    is_ascii = False
    epoch = None

    def __init__(self, handle: BinaryIO, limits: Limits, time_zone: str | None = None) -> None:
        self._zone = ZoneInfo(time_zone) if time_zone else None
        try:
            self._file = pq.ParquetFile(handle)
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFileError("the Parquet file is damaged or cut off") from error
        metadata = self._file.metadata
        groups = range(metadata.num_row_groups)
        size = sum(metadata.row_group(group).total_byte_size for group in groups)
        # Equal rows are packed to nothing; each cell of them is at least a byte when it is read.
        size = max(size, metadata.num_rows * metadata.num_columns)
        limits.require_size(size, packed=handle.seek(0, os.SEEK_END))
        self.header: list[str] = list(self._file.schema_arrow.names)
        self.notes = TableNotes()

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:  # noqa: ARG002
        """All rows that hold anything; the first is on line 2, as if below a header."""
        number = 2
        try:
            for arrow in self._file.iter_batches(BATCH_ROWS):
                columns = [
                    [_cell(cell, self._zone) for cell in _values(column)]
                    for column in arrow.columns
                ]
                rows = list(zip(*columns, strict=True))
                kept = [i for i, row in enumerate(rows) if any(cell is not None for cell in row)]
                yield Batch([number + i for i in kept], [rows[i] for i in kept])
                number += arrow.num_rows
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise UnreadableFileError("the Parquet file is damaged") from error


def _values(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if not pa.types.is_float32(column.type):
        return values
    return [None if value is None else of_single_precision(value) for value in values]


def _cell(value: Any, zone: ZoneInfo | None) -> Cell:
    """A cell in one of the types that cells are read from.

    A time with a time zone becomes the site's local time, or text where that is not declared.
    """
    match value:
        case bool():
            value = "true" if value else "false"
        case float() | Decimal() if math.isnan(value):
            value = None
        case Decimal() if value.is_finite() and value == int(value):
            value = int(value)
        case SingleNumber() if math.isfinite(value):
            pass
        case float() | Decimal() if math.isfinite(value):
            value = float(value)
        case datetime() if value.tzinfo and zone:
            value = value.astimezone(zone).replace(tzinfo=None)
        case datetime() if value.tzinfo:
            value = value.isoformat(sep=" ")
        case bytes():
            value = value.decode("utf-8", "replace")
        case None | str() | int() | date():
            pass
        case _:
            value = str(value)
    return value
