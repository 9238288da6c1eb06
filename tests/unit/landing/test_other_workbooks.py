"""Workbooks of Excel 97, binary ones and OpenDocument: what is seen there. Rows are invented."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlwt

from tests.support.format_files import ods, ods_of, ods_row, xls, xlsb, xlsm
from tests.support.golden import golden
from tests.support.landing_tools import Registry
from tests.support.opened_table import rows_of, table_of
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.foreign_formats import OTHER_DOCUMENT
from warehouse.landing.table_notes import (
    MERGED_ACROSS,
    MERGED_DOWN,
    UNSEEN_PERCENT,
    UNSEEN_ZEROS,
)
from warehouse.settings import Settings

GOLDEN = golden("landing")
HEADER = ("patient_id", "birth_date", "sex")


def saved(book: xlwt.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("write", [xls, xlsb, ods])
def test_lines_and_columns_are_those_of_the_sheet(write: Any) -> None:
    """Blank rows and columns before the table count, and those in between are no rows."""
    rows = [(None, None, None, None), (None, *HEADER), (None,) * 4, (None, "P1", None, "m")]
    content = write((None,) * 4, rows)
    assert rows_of(content) == [(5, None, "P1", None, "m")]


@pytest.mark.parametrize("dates_1904", [False, True])
def test_dates_of_an_xls_count_from_its_own_epoch(dates_1904: bool) -> None:
    """A plain day number is none: its epoch is not seen."""
    cells = [["P1", date(2021, 3, 5), "m"], ["P2", 44_260, "m"]]
    with table_of(xls(HEADER, cells, dates_1904=dates_1904)) as table:
        [batch] = table.batches()
        assert (batch.rows, table.epoch) == (cells, None)


def test_merged_cells_of_an_xls_count_for_each_row() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for at, name in enumerate(HEADER):
        sheet.write(0, at, name)
    sheet.write_merge(1, 2, 0, 0, "P1")
    sheet.write(1, 2, "m")
    sheet.write(2, 2, "f")
    sheet.write_merge(3, 3, 0, 1, "P2")
    with table_of(saved(book)) as table:
        [batch] = table.batches()
        assert batch.rows == [["P1", None, "m"], ["P1", None, "f"], ["P2", None, None]]
        lines = {kind: places.first for kind, places in table.notes.layout.items()}
    assert lines == {MERGED_DOWN: [3], MERGED_ACROSS: [4]}


def test_errors_of_formulas_are_empty_cells_and_a_query_says_so() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A", cell_overwrite_ok=True)
    for line, row in enumerate((HEADER, ("P1", None, "m"), ("P2", None, None))):
        for at, cell in enumerate(row):
            sheet.write(line, at, cell)
    sheet.row(2).set_cell_error(2, 0x2A)  # #N/A
    sheet.row(2).set_cell_error(1, 0x07)  # #DIV/0!
    with table_of(saved(book)) as table:
        [batch] = table.batches()
        assert batch.rows == [["P1", None, "m"], ["P2", None, None]]
        assert table.notes.remarks == [GOLDEN("number_formats_cannot_be_seen")]


def test_a_hidden_sheet_is_not_read() -> None:
    book = xlwt.Workbook()
    for title in ("A", "B"):
        sheet = book.add_sheet(title)
        for line, row in enumerate((HEADER, (f"P-{title}", None, "m"))):
            for at, cell in enumerate(row):
                sheet.write(line, at, cell)
    book.get_sheet(1).visibility = 1
    with table_of(saved(book)) as table:
        assert [row for batch in table.batches() for row in batch.rows] == [["P-A", None, "m"]]
        assert [(sheet.name, sheet.rows) for sheet in table.notes.unread] == [("'B'", 1)]


def test_repeated_cells_and_rows_of_ods_are_as_many_as_they_say() -> None:
    twice = '<table:table-row table:number-rows-repeated="2">{}</table:table-row>'
    cell = (
        '<table:table-cell table:number-columns-repeated="2" office:value-type="string">{}'
        "</table:table-cell>"
    )
    text = "<text:p>m</text:p>"
    one = '<table:table-cell office:value-type="string"><text:p>P1</text:p></table:table-cell>'
    blank = ods_row([None], ' table:number-rows-repeated="3"')
    content = ods_of(ods_row(HEADER) + blank + twice.format(one + cell.format(text)))
    assert rows_of(content) == [(5, "P1", "m", "m"), (6, "P1", "m", "m")]


def test_what_cannot_be_seen_is_a_query_where_it_matters(data_settings: Settings) -> None:
    """Identifiers and percentages in number cells; a day without a clock may be midnight."""
    registry = Registry(data_settings)
    header = ("procedure_id", "patient_id", "puncture_at", "ended_at", "occlusion_site",
              "anesthesia", "passes", "residual_stenosis_pct", "mtici_after_mt", "rescue_stent",
              "mtici_final")  # fmt: skip
    times, rest = (datetime(2021, 3, 5, 14, 5), datetime(2021, 3, 5)), ("3", "none", "3")
    rows = [
        ("R1", 42, *times, "M1", "general", 1, 1, *rest),
        ("R2", "P2", *times, "M1", "general", 1, 75, *rest),
    ]
    registry.put(xls(header, rows), "procedures.xls")
    registry.land()
    layout = [row[3] for row in registry.violations() if row[0] == "procedures.file.layout"]
    unseen = GOLDEN("number_formats_cannot_be_seen")
    assert sorted(layout) == sorted([UNSEEN_ZEROS, UNSEEN_PERCENT, unseen])
    landed = registry.rows("procedures")
    assert [(row["puncture_at"], row["ended_at"]) for row in landed] == [(times[0], None)] * 2
    assert [row["unparsed_fields"] for row in landed] == [["ended_at"]] * 2
    assert [row["residual_stenosis_pct"] for row in landed] == [1, 75]


def test_macros_are_neither_run_nor_missed() -> None:
    assert rows_of(xlsm(HEADER, [("P1", None, "m")])) == [(2, "P1", None, "m")]


def encrypted() -> bytes:
    """The folder of a workbook with a password."""
    return b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encrypted(), "the_workbook_has_a_password"),
        (xls(HEADER, [("P1", None, "m")])[:3000], "the_workbook_is_damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 20, "the_workbook_is_damaged"),
        (xls((), []), "the_workbook_has_no_rows"),
    ],
)
def test_what_is_no_such_workbook_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=GOLDEN(reason)):
        rows_of(content)


def test_a_text_document_is_no_spreadsheet() -> None:
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(ods_of("", "text"))
    assert refused.value.reason == f"it is {OTHER_DOCUMENT}"
