"""Layouts of files from deliveries to the release: rows balance, and a query closes.

All rows are invented (synthetic). January's files have lines that are no records, or a hidden sheet
with records; February's file is plain; in March January's files are sent again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.support.built_release import built_release
from warehouse.settings import PROJECT_DIR, Settings

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"
JANUARY, FEBRUARY, MARCH = "2022-01-10", "2022-02-10", "2022-03-10"
TEXT, BOOK = "c10_footer", "hidden_sheet"


def _workbook(path: Path) -> None:
    """The records of February's text file in a workbook that hides one more."""
    text = (CASES / TEXT / FEBRUARY / "admissions.csv").read_text()
    table = [line.split(",") for line in text.splitlines()]
    made = openpyxl.Workbook()
    made.active.title = "now"
    old = made.create_sheet("old")
    old.sheet_state = "hidden"
    for row in table:
        made.active.append(row)
    for row in table[:2]:
        old.append(row)
    path.parent.mkdir(parents=True)
    made.save(path)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    settings = Settings(data=tmp_path_factory.mktemp("layout") / "data")
    shutil.copytree(CASES / TEXT, settings.raw_dir / TEXT)
    _workbook(settings.raw_dir / BOOK / JANUARY / "admissions.xlsx")
    for site in (TEXT, BOOK):
        shutil.copytree(settings.raw_dir / site / JANUARY, settings.raw_dir / site / MARCH)
    built = built_release(settings, date(2022, 8, 1), "deliveries", "violations")
    with duckdb.connect(built, read_only=True) as connection:
        yield connection


def test_a_file_sent_again_balances_with_its_unread_rows_and_lines_that_are_no_records(
    release: duckdb.DuckDBPyConnection,
) -> None:
    found = release.execute(
        """
        select site, cast(delivered_on as varchar), status, rows_in_file,
            rows_accepted + rows_rejected, rows_no_record, rows_unread, is_balanced
        from quality.deliveries order by all
        """
    ).fetchall()
    assert found == [
        (TEXT, JANUARY, "landed", 5, 3, 2, 0, True),
        (TEXT, FEBRUARY, "landed", 2, 2, 0, 0, True),
        (TEXT, MARCH, "duplicate", 5, 3, 2, 0, True),
        (BOOK, JANUARY, "landed", 3, 2, 0, 1, True),
        (BOOK, MARCH, "duplicate", 3, 2, 0, 1, True),
    ]


def test_a_query_on_a_layout_closes_with_the_next_delivery_that_is_clean(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """The workbook was delivered once, and then only sent again as it was: its query is open."""
    found = release.execute(
        """
        select site, rule, status, closed_by_file
        from quality.violations
        where rule in ('admissions.lines.records', 'admissions.sheets.read')
        order by all
        """
    ).fetchall()
    assert found == [
        (TEXT, "admissions.lines.records", "closed", f"{TEXT}/{FEBRUARY}/admissions.csv"),
        (TEXT, "admissions.lines.records", "closed", f"{TEXT}/{FEBRUARY}/admissions.csv"),
        (BOOK, "admissions.sheets.read", "open", None),
    ]
