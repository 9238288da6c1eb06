"""Opening a delivered file by what it holds, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from warehouse.definitions.site import SiteMapping
from warehouse.landing.calamine_book import OLE, XLS, CalamineBook
from warehouse.landing.csv_file import DelimitedTable
from warehouse.landing.file_snapshot import unpacked
from warehouse.landing.foreign_formats import refuse_foreign
from warehouse.landing.headers import HeaderReader
from warehouse.landing.json_lines import JsonLinesTable, is_json_lines
from warehouse.landing.limits import Limits
from warehouse.landing.parquet_file import ParquetTable
from warehouse.landing.statistics_file import StatisticsTable, statistics_format
from warehouse.landing.table import Table
from warehouse.landing.workbook_table import Book, WorkbookTable
from warehouse.landing.xlsx_book import XlsxBook
from warehouse.landing.zip_kind import XLSX, workbook_kind


class Opening(NamedTuple):
    """Readers of the header of a file and of its other parts, with site and limits."""

    headers: HeaderReader
    others: Sequence[HeaderReader]
    mapping: SiteMapping
    limits: Limits
    scratch_dir: Path


@contextmanager
def opened_table(copy: BinaryIO, how: Opening) -> Iterator[Table]:
    """The file as a table. Raises UnreadableFileError with the reason when it is none."""
    with unpacked(copy, how.limits, how.scratch_dir) as (content, was_packed):
        table = _table(content, how)
        table.file_format += ".gz" if was_packed else ""
        yield table


def _table(content: BinaryIO, how: Opening) -> Table:
    magic = refuse_foreign(content)
    if magic.startswith(b"PAR1"):
        return ParquetTable(content, how.limits, how.mapping.time_zone)
    if (book := _book(content, magic, how.limits)) is not None:
        return WorkbookTable(book, how.headers, how.others, how.mapping.ignored_sheets)
    declared = how.mapping.encoding
    if (kind := statistics_format(content)) is not None:
        return StatisticsTable(content, kind, declared)
    if is_json_lines(content):
        return JsonLinesTable(content, declared)
    headers = how.headers
    return DelimitedTable(content, how.mapping, headers.known_columns, headers.header_row)


def _book(content: BinaryIO, magic: bytes, limits: Limits) -> Book | None:
    """The workbook that the file is; None when it is none."""
    if magic.startswith(OLE):
        return CalamineBook(content, XLS)
    if not magic.startswith(b"PK"):
        return None
    kind = workbook_kind(content, limits)
    return XlsxBook(content) if kind == XLSX else CalamineBook(content, kind)
