"""Queries about a table's layout: one for each kind, with the count and first lines.

Such a query closes with the next delivery that is clean. Pages show what a rule expects and not
what was found in cells, so names of sheets and lines are part of it; no cell is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.landing.header_names import column_at
from warehouse.landing.table_notes import (
    TITLE,
    JoinedSheet,
    Places,
    SkippedSheet,
    TableBelow,
    TableNotes,
)
from warehouse.landing.violations import Violation, file_violation
from warehouse.text import counted

JOINED = "rows in several sheets"
ROUNDED = "times stored as float (4 bytes), so that they are rounded"


def layout_violations(extract: str, notes: TableNotes) -> Iterator[Violation]:
    """One violation for each kind of line, column, sheet or layout that is noted of a table."""
    kinds = {TITLE: notes.titles, **notes.no_records}
    for kind, places in kinds.items():
        if places.count:
            yield _counted(extract, "lines.records", kind, places)
    for kind, places in notes.layout.items():
        yield _counted(extract, "file.layout", kind, places)
    for remark in notes.remarks:
        yield saying(extract, "file.layout", remark, remark)
    for at, places in sorted(notes.unnamed.items()):
        yield _counted(extract, "columns.named", column_at(at), places)
    for sheet in notes.unread:
        if not sheet.is_declared:
            yield _unread(extract, sheet)
    for table in notes.tables_below:
        yield _below(extract, table)
    if notes.joined:
        sheets = "; ".join(map(_joined, notes.joined))
        yield saying(extract, "file.layout", JOINED, f"{JOINED} ({sheets})")


def _counted(extract: str, rule: str, kind: str, places: Places) -> Violation:
    return saying(extract, rule, kind, f"{kind}: {places.count:,} ({places.lines})")


def _unread(extract: str, sheet: SkippedSheet) -> Violation:
    name = f"sheet {sheet.name}"
    return saying(
        extract, "sheets.read", name, f"{name} with {counted(sheet.rows, 'row')}: {sheet.why}"
    )


def _below(extract: str, table: TableBelow) -> Violation:
    name = f"a table of {table.extract}"
    what = f"{name} from line {table.line} on, with {counted(table.rows, 'row')}"
    return saying(extract, "tables.single", name, what)


def _joined(sheet: JoinedSheet) -> str:
    if sheet.last_line < sheet.first_line:
        return f"{sheet.name}: none"
    return f"{sheet.name}: lines {sheet.first_line} to {sheet.last_line}"


def saying(extract: str, rule: str, found: str, what: str) -> Violation:
    """Return a query; ``found`` stays the same from delivery to delivery, so that it is one."""
    violation = file_violation(extract, rule, found)
    return violation._replace(expected=f"{violation.expected}; found {what}")
