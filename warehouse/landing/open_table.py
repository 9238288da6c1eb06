"""Opening a delivered file by what it holds, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from warehouse.definitions.site import SiteMapping
from warehouse.landing.csv_file import DelimitedTable
from warehouse.landing.file_snapshot import unpacked
from warehouse.landing.foreign_formats import refuse_foreign
from warehouse.landing.headers import HeaderReader
from warehouse.landing.limits import Limits
from warehouse.landing.parquet_file import ParquetTable
from warehouse.landing.table import Table
from warehouse.landing.xlsx_file import WorkbookTable


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
    if magic.startswith(b"PK"):
        ignored = how.mapping.ignored_sheets
        return WorkbookTable(content, how.limits, how.headers, how.others, ignored)
    headers = how.headers
    return DelimitedTable(content, how.mapping, headers.known_columns, headers.header_row)
