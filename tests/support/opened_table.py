"""A file opened as landing opens it, without landing it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import CellReader
from warehouse.landing.field_rules import Rules
from warehouse.landing.headers import HeaderReader
from warehouse.landing.limits import Limits
from warehouse.landing.open_table import Opening, opened_table
from warehouse.landing.table import Table

LIMITS = Limits(file_mb=100, memory_mb=1000, seconds=60)


@contextmanager
def table_of(content: bytes, extract: str = "admissions", **mapping: Any) -> Iterator[Table]:
    """The table that a file is."""
    site = SiteMapping(site="site_a", **mapping)
    headers = HeaderReader(dictionary().extracts[extract], site)
    with tempfile.TemporaryDirectory() as folder, io.FileIO(Path(folder) / "file", "w+") as raw:
        raw.write(content)
        with opened_table(raw, Opening(headers, (), site, LIMITS, Path(folder))) as table:
            yield table


def rows_of(content: bytes, extract: str = "admissions", **mapping: Any) -> list[tuple[Any, ...]]:
    """All rows of a file, each behind its line."""
    with table_of(content, extract, **mapping) as table:
        return [
            (line, *row)
            for batch in table.batches()
            for line, row in zip(batch.source_rows, batch.rows, strict=True)
        ]


def reader_of(extract: str, field: str, **mapping: Any) -> CellReader:
    """The reader of a field's cells."""
    rules = Rules(dictionary(), SiteMapping(site="site_a", **mapping), extract)
    return CellReader(dictionary().extracts[extract].field(field), rules)
