"""Opening a delivered file by what it holds, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from warehouse.definitions.site import SiteMapping
from warehouse.landing.columnar import ParquetTable
from warehouse.landing.delimited import DelimitedTable
from warehouse.landing.foreign_formats import refuse_foreign
from warehouse.landing.headers import HeaderReader
from warehouse.landing.source import unpacked
from warehouse.landing.table import Table
from warehouse.landing.workbook import WorkbookTable


@contextmanager
def opened_table(
    copy: BinaryIO, headers: HeaderReader, mapping: SiteMapping, limit_mb: int, scratch_dir: Path
) -> Iterator[Table]:
    """The file as a table. Raises UnreadableFileError with the reason when it is none."""
    with unpacked(copy, limit_mb, scratch_dir) as (content, was_packed):
        table = _table(content, headers, mapping, limit_mb)
        table.file_format += ".gz" if was_packed else ""
        yield table


def _table(content: BinaryIO, headers: HeaderReader, mapping: SiteMapping, limit_mb: int) -> Table:
    magic = refuse_foreign(content)
    if magic.startswith(b"PAR1"):
        return ParquetTable(content, limit_mb, mapping.time_zone)
    if magic.startswith(b"PK"):
        return WorkbookTable(content, limit_mb, headers.known_columns)
    return DelimitedTable(content, mapping, headers.known_columns)
