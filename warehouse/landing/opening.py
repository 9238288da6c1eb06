"""Opening a delivered file by what it holds, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from warehouse.definitions.site import SiteMapping
from warehouse.landing.columnar import ParquetTable
from warehouse.landing.delimited import DelimitedTable
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.headers import HeaderReader
from warehouse.landing.source import unpacked
from warehouse.landing.table import Table
from warehouse.landing.workbook import WorkbookTable

_MAGIC_BYTES = 16
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls) or one with a password; save it as .xlsx",
    b"%PDF": "a PDF; deliver a CSV or XLSX file",
    b"Rar!": "a RAR archive; deliver what is in it",
    b"7z\xbc\xaf": "a 7-Zip archive; deliver what is in it",
    b"BZh": "a bzip2 file; deliver it as CSV or .csv.gz",
    b"\xfd7zXZ": "an xz file; deliver it as CSV or .csv.gz",
    b"\x28\xb5\x2f\xfd": "a zstd file; deliver it as CSV or .csv.gz",
    b"\x1f\x8b": "packed twice; pack it once",
    b"ARROW1": "an Arrow or Feather file; save it as Parquet",
    b"ORC": "an ORC file; save it as Parquet",
    b"PARE": "an encrypted Parquet file; deliver it unencrypted",
    b"SQLite format": "an SQLite database; deliver its tables as CSV",
    b"\x89PNG": "a picture; deliver a CSV or XLSX file",
    b"\x7fELF": "a program; deliver a CSV or XLSX file",
}


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
    magic = content.read(_MAGIC_BYTES)
    content.seek(0)
    for start, what in _FOREIGN.items():
        if magic.startswith(start):
            raise UnreadableFileError(f"it is {what}")
    if magic.startswith(b"PAR1"):
        return ParquetTable(content, limit_mb, mapping.time_zone)
    if magic.startswith(b"PK"):
        return WorkbookTable(content, limit_mb, headers.known_columns)
    return DelimitedTable(content, mapping, headers.known_columns)
