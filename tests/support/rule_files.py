"""Small deliveries of one site: rows of the valid patient, varied, as CSV files and workbooks."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from openpyxl import Workbook

from tests.support.checked_rows import DELIVERED_ON, VALID
from warehouse.definitions.dictionary import EXTRACTS, dictionary

Row = dict[str, Any]
# Path below the site's folder -> content.
Files = dict[str, bytes]

LAST = DELIVERED_ON
BEFORE = date(2022, 5, 1)
# The extracts that a row of an extract is judged with.
NEEDS = {extract: EXTRACTS[: place + 1] for place, extract in enumerate(EXTRACTS)}


def row(extract: str, number: int = 1, **changes: Any) -> Row:
    """The row of a valid patient, with changes; patients differ in their numbers and birthdays."""
    fields = dictionary().extracts[extract].landed_fields
    cells = {field.name: VALID[extract].get(str(field.landed_name)) for field in fields}
    cells["patient_id"] = f"p{number}"
    if own_number := dictionary().extracts[extract].own_number:
        cells[own_number] = f"{extract[0]}{number}"
    if "birth_date" in cells:
        cells["birth_date"] += timedelta(days=number)
    return cells | changes


def rows(extract: str, patients: int = 1, **changes: Any) -> list[Row]:
    """Rows of several valid patients, all with these changes."""
    return [row(extract, number, **changes) for number in range(1, patients + 1)]


def csv_file(content: list[Row], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(content[0])
    writer.writerows([_cell(value) for value in each.values()] for each in content)
    return text.getvalue().encode(encoding)


def xlsx_file(content: list[Row], keeps: Collection[str] = ()) -> bytes:
    """The rows as a workbook with cells of text; a text that begins with = is a formula.

    Of the columns that it ``keeps``, dates are real dates.
    """
    book = Workbook()
    book.active.append(list(content[0]))
    for each in content:
        book.active.append(
            [value if name in keeps else _cell(value) for name, value in each.items()]
        )
    handle = io.BytesIO()
    book.save(handle)
    return handle.getvalue()


def valid_files(extract: str, day: date = LAST, patients: int = 1) -> Files:
    """Files of valid patients: of the extract, and of those that it is judged with."""
    return {f"{day}/{needed}.csv": csv_file(rows(needed, patients)) for needed in NEEDS[extract]}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
