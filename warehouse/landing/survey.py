"""Survey of a file that nobody has described yet: its columns, and what their cells are.

It runs in the process that reads files, within the limits. Nothing of it is written anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from warehouse.definitions.dictionary import Dictionary, Extract
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_text import Cell, LabeledCode, as_text, clean, clean_name
from warehouse.landing.file_snapshot import private_copy
from warehouse.landing.header_names import header_key
from warehouse.landing.headers import HeaderReader
from warehouse.landing.limits import Limits
from warehouse.landing.no_record import (
    MOST_REMARK_CELLS,
    is_explanation,
    is_value,
    kind_of_odd_line,
    may_be_identifier,
)
from warehouse.landing.open_table import Opening, opened_table
from warehouse.landing.statistics_file import StatisticsTable
from warehouse.landing.table import Table
from warehouse.landing.workbook_table import WorkbookTable

MOST_SHEETS, MOST_KINDS = 20, 200
# Distinct cells that are kept of a column, and of all columns of a sheet.
MOST_DISTINCT, MOST_CELLS = 5_000, 400_000
# Columns that say which kind of record a line is.
EVENT_COLUMNS = ("redcap_event_name", "redcap_repeat_instrument")
# The same of other exports, the first that is there, where few values are in many lines.
VISIT_COLUMNS = (
    *("visitnum", "visit_number", "visit", "avisit", "visit_name", "study_visit", "visite"),
    *("event_name", "eventname", "event"),
)
# A checkbox of REDCap, ``etiology___1``: an export has 0 for it in lines of other events, too.
CHECKBOX = "___"
# Columns by which a REDCap data dictionary is known: its lines are kept, for they describe a file.
DATA_DICTIONARY = ("variable_/_field_name", "field_type")
MOST_RECORDS = 5_000
# Units and labels stand so near below the header; so many of a column's cells say what it holds.
LABEL_LINES, MOSTLY = 3, 0.9


@dataclass
class Column:
    """A column: its header, its distinct cells and how often each is there.

    ``kinds`` counts its filled cells by what the event columns of their line say. ``is_complete``:
    ``cells`` has all of them. ``label`` and ``choices`` (cell -> meaning) are from elsewhere, such
    as a data dictionary.
    """

    header: str
    cells: Counter[Cell] = field(default_factory=Counter)
    kinds: Counter[tuple[str, ...]] = field(default_factory=Counter)
    is_complete: bool = True
    label: str = ""
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def filled(self) -> int:
        """The number of cells that are not empty, as far as they were counted."""
        return self.cells.total()


@dataclass
class Sheet:
    """A table: a text file, or the sheets of a workbook with the same columns.

    ``records`` are the lines of a data dictionary, as text.
    """

    columns: list[Column]
    events: tuple[str, ...] = ()
    rows: int = 0
    file_format: str = ""
    encoding: str | None = None
    records: list[list[str]] = field(default_factory=list)


def survey(
    path: Path, sha256: str, words: Dictionary, limits: Limits, scratch_dir: Path
) -> list[Sheet]:
    """Read a file as far as it is there: one sheet, or all visible ones of a workbook.

    Raises UnreadableFileError where it is no table, PostponedError where it has changed.
    """
    sheets: list[Sheet] = []
    ignored: tuple[str, ...] = ()
    with private_copy(path, sha256, scratch_dir) as copy:
        for _ in range(MOST_SHEETS):
            mapping = SiteMapping(site="", ignored_sheets=ignored)
            headers = _AnyHeader(next(iter(words.extracts.values())), mapping)
            found, read, is_last = _sheet(copy, Opening(headers, (), mapping, limits, scratch_dir))
            sheets.append(found)
            ignored += read
            if is_last:
                break
    return sheets


class _AnyHeader(HeaderReader):
    """Takes for a header the first row that has the most names, whatever they mean."""

    def __init__(self, extract: Extract, mapping: SiteMapping) -> None:
        super().__init__(extract, mapping)

    def known_columns(self, header: Sequence[str]) -> int:
        """Count the cells that may be names of columns."""
        texts = map(clean, header)
        return sum(any(map(str.isalpha, text)) and not is_value(text) for text in texts)

    def has_required(self, header: Sequence[str]) -> bool:  # noqa: ARG002
        """No sheet is preferred to another one."""
        return False


def _sheet(copy: BinaryIO, how: Opening) -> tuple[Sheet, tuple[str, ...], bool]:
    """The best sheet not yet read, the names of those read now, and whether it is the last."""
    copy.seek(0)
    with opened_table(copy, how) as table:
        found = _surveyed(table)
        read = table.sheets_read if isinstance(table, WorkbookTable) else ()
        left = [sheet for sheet in table.notes.unread if not sheet.is_declared]
        return found, read, not read or not left


def _surveyed(table: Table) -> Sheet:
    labels = table.labels if isinstance(table, StatisticsTable) else {}
    columns = [Column(clean_name(name), label=clean(labels.get(name, ""))) for name in table.header]
    places = _places_of_events([header_key(one.header) for one in columns])
    sheet = Sheet(
        columns, tuple(columns[at].header for at in places), 0, table.file_format, table.encoding
    )
    kept = 0
    is_dictionary = set(DATA_DICTIONARY) <= {header_key(one.header) for one in columns}
    for number, batch in enumerate(table.batches()):
        if not is_dictionary:
            batch.rows = _records(batch.rows, is_first=number == 0)
        if is_dictionary and len(sheet.records) < MOST_RECORDS:
            sheet.records += [list(map(as_text, row)) for row in batch.rows]
        kinds = [tuple(clean(as_text(row[at])) for at in places) for row in batch.rows]
        sheet.rows += len(batch.rows)
        for column, cells in zip(columns, zip(*batch.rows, strict=True), strict=False):
            kept -= len(column.cells)
            column.cells.update(_filled(cells))
            if len(column.cells) > MOST_DISTINCT or kept + len(column.cells) > MOST_CELLS:
                column.cells = Counter(dict(list(column.cells.items())[:MOST_DISTINCT]))
                column.is_complete = False
            kept += len(column.cells)
            if places and len(column.kinds) < MOST_KINDS:
                pairs = zip(cells, kinds, strict=True)
                empty = {"", "0"} if CHECKBOX in column.header else {""}
                column.kinds.update(k for cell, k in pairs if clean(as_text(cell)) not in empty)
    for column in columns:
        labeled = (cell for cell in column.cells if isinstance(cell, LabeledCode))
        column.choices = {as_text(cell): cell.label for cell in labeled if cell.label}
    return sheet


def _places_of_events(keys: Sequence[str]) -> list[int]:
    """The columns that say which kind of record a line is."""
    events = [at for at, key in enumerate(keys) if key in EVENT_COLUMNS]
    return events or [keys.index(key) for key in VISIT_COLUMNS if key in keys][:1]


def _records(rows: Sequence[Sequence[Cell]], is_first: bool) -> list[Any]:
    """The rows without totals and remarks, and without units and labels below the header.

    No field is known yet. A line of labels has no digits where the rows have numbers of their own,
    such as a patient's, and texts where they have values.
    """
    if rows and len(rows[0]) > MOST_REMARK_CELLS:
        rows = [row for row in rows if not kind_of_odd_line([*map(as_text, row)])]
    if not is_first or len(rows) <= LABEL_LINES:
        return list(rows)
    head = [[clean(as_text(cell)) for cell in row] for row in rows[:LABEL_LINES]]
    below = [[clean(as_text(cell)) for cell in row] for row in rows[LABEL_LINES:MOST_DISTINCT]]
    filled = [[text for text in column if text] for column in zip(*below, strict=True)]
    own = [at for at, texts in enumerate(filled) if _are_own_numbers(texts)]
    valued = [
        at
        for at, texts in enumerate(filled)
        if texts and sum(map(is_value, texts)) >= MOSTLY * len(texts)
    ]
    labels = [
        bool(own)
        and not any(may_be_identifier(texts[at]) for at in own)
        and is_explanation(
            [text for text in texts if text],
            sum(bool(texts[at]) and not is_value(texts[at]) for at in valued),
        )
        for texts in head
    ]
    return [
        row for row, is_label in zip(rows[:LABEL_LINES], labels, strict=True) if not is_label
    ] + list(rows[LABEL_LINES:])


def _are_own_numbers(texts: Sequence[str]) -> bool:
    """Whether filled cells may be identifiers: digits, and hardly one twice."""
    numbers = {text for text in texts if may_be_identifier(text)}
    return bool(texts) and len(numbers) >= MOSTLY * len(texts)


def _filled(cells: Sequence[Cell]) -> Iterator[Cell]:
    return (cell for cell in cells if clean(as_text(cell)))
