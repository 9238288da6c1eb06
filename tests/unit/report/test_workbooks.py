"""The query workbooks say what ``quality.violations`` holds, and no cell of them is a formula."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.golden import golden
from tests.support.report_release import (
    FRIDAY,
    PLANTED,
    SATURDAY,
    SUNDAY,
    delivery,
    violation,
    write_release,
)
from warehouse.report import write_query_workbooks
from warehouse.tables.sheets import cell_text

GOLDEN = golden("report")

DAYS = (FRIDAY, SATURDAY, SUNDAY)
FILE = "a/2022-06-04/admissions.csv"
LANDED = [delivery(FILE), delivery("b/2022-06-04/admissions.csv")]
CLOSED = {"status": "closed", "closed_how": "corrected", "last_seen_on": SATURDAY}
SATURDAY_CELL = datetime(2022, 6, 4)


def sheet_rows(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    """The rows of a sheet."""
    return list(load_workbook(path)[sheet].iter_rows(values_only=True))


def written(tmp_path: Path, *violations: dict[str, Any]) -> dict[str, Path]:
    """The workbooks of a release with these violations, by site."""
    release = write_release(
        tmp_path / "release.duckdb", DAYS, violations=violations, deliveries=LANDED
    )
    return {path.stem: path for path in write_query_workbooks(release, tmp_path)}


def test_a_row_for_each_open_query(tmp_path: Path) -> None:
    path = written(tmp_path, violation(7), violation(8, site="b"))["a"]
    assert path == tmp_path / "queries" / "a.xlsx"
    title, lead, header, *rows = sheet_rows(path, "open")
    assert title[0] == GOLDEN("queries_as_of_june")
    assert lead[0] == (GOLDEN("open_query_rejected_flagged_correct_them"))
    assert dict(zip(header, rows[0], strict=True)) == {
        "Effect": "rejected",
        "File": FILE,
        "Line": 7,
        "Key (pseudonym)": f"{7:020x}",
        "Field": "baseline_nihss",
        "Rule": GOLDEN("baseline_nihss_out_of_range"),
        "Expected": "between 0 and 42",
        "Why it matters": GOLDEN("value_outside_this_range_is_an"),
        "What to do": GOLDEN("correct_baseline_nihss_at_the_source"),
        "Fix first": None,
        "First seen": SATURDAY_CELL,
        "Open for (days)": 1,
        "New": None,
        "Rule id": "admissions.baseline_nihss.range",
    }
    assert len(rows) == 1


def test_what_blocks_most_stands_first(tmp_path: Path) -> None:
    """Files, then keys and required cells, then the rest by age; flags come last."""
    path = written(
        tmp_path,
        violation(1, severity="warn", first_seen_on=FRIDAY),
        violation(2),
        violation(3, first_seen_on=FRIDAY),
        violation(4, rule="admissions.sex.required"),
        violation(5, rule="admissions.patient_id.unique", first_seen_on=FRIDAY),
        violation(6, rule="admissions.file.readable", source_row=None),
    )["a"]
    assert [row[2] for row in sheet_rows(path, "open")[3:]] == ["whole file", 5, 4, 3, 2, 1]


def test_a_rejected_admission_stands_before_the_rows_that_it_keeps_out(tmp_path: Path) -> None:
    """Older rows and broken keys, too, wait for it; a number that nobody has waits for nothing."""
    number = {"rule": "imaging.patient_id.reference", "first_seen_on": FRIDAY}
    path = written(
        tmp_path,
        violation(1, **number, caused_by_file=FILE, caused_by_row=2),
        violation(2),
        violation(3, **number),
    )["a"]
    _, _, header, *rows = sheet_rows(path, "open")
    place = header.index("Fix first")
    assert [(row[2], row[place]) for row in rows] == [(3, None), (2, None), (1, f"{FILE}, line 2")]


def test_the_closed_queries_of_the_last_90_days(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        violation(7, **CLOSED, closed_on=SUNDAY, closed_by_file="a/2022-06-05/admissions.csv"),
        violation(8, **CLOSED | {"closed_how": "withdrawn"}, closed_on=SATURDAY),
        violation(9, **CLOSED, closed_on=SUNDAY - timedelta(days=91)),
        violation(10, **CLOSED | {"age_days": None}, closed_on=SUNDAY),
    )["a"]
    _, lead, header, *rows = sheet_rows(path, "closed")
    assert lead[0] == GOLDEN("queries_closed_in_the_last_days")
    assert header[1] == "Line"
    assert [(row[1], *row[5:10]) for row in rows] == [
        (7, SATURDAY_CELL, datetime(2022, 6, 5), "corrected", "a/2022-06-05/admissions.csv", 1),
        (8, SATURDAY_CELL, SATURDAY_CELL, "withdrawn", None, 1),
    ]


def test_the_workbook_of_a_site_without_queries_states_it(tmp_path: Path) -> None:
    """Also when its workbook had some before."""
    assert len(sheet_rows(written(tmp_path, violation(7))["a"], "open")) == 4
    (tmp_path / "release.duckdb").unlink()
    workbooks = written(tmp_path)
    assert sorted(workbooks) == ["a", "b"]
    for path in workbooks.values():
        lead, *rest = sheet_rows(path, "open")[1:]
        assert lead[0] == GOLDEN("no_query_is_open_there_is")
        assert len(rest) == 1
        assert sheet_rows(path, "closed")[1][0] == GOLDEN("no_query_was_closed_in_the")


def test_what_a_cell_held_is_not_in_the_workbook(tmp_path: Path) -> None:
    path = written(tmp_path, violation(7))["a"]
    texts = [
        str(cell) for name in ("open", "closed") for row in sheet_rows(path, name) for cell in row
    ]
    assert [text for text in texts if PLANTED in text] == []


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    attack = f'{start}HYPERLINK("http://x","y")'
    path = written(tmp_path, violation(7, field=attack, expected=attack, source_file=attack))["a"]
    page = load_workbook(path)["open"]
    cells = [cell for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert len([cell for cell in cells if "HYPERLINK" in cell.value]) == 3
    assert [
        cell.value for cell in cells if cell.value.lstrip(" ").startswith(start.strip(" "))
    ] == []


def test_text_that_a_cell_cannot_hold_is_made_to_fit() -> None:
    assert cell_text("a\x00b") == "a\ufffdb"
    assert cell_text("x" * 40_000) == "x" * 2_000
    assert cell_text("12 - 14") == "12 - 14"


def test_the_sheet_is_made_for_work(tmp_path: Path) -> None:
    page = load_workbook(written(tmp_path, violation(7), violation(9))["a"])["open"]
    assert page.freeze_panes == "A4"
    assert page.auto_filter.ref == "A3:N5"
    assert page.column_dimensions["G"].width == 38
    assert page["G4"].alignment.wrap_text is True
    assert page["K4"].number_format == "yyyy-mm-dd"


def test_synthetic_data_is_reported_in_the_title(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "site: a\ntitle: A centre\nsynthetic: true\n", encoding="utf-8"
    )
    release = write_release(tmp_path / "release.duckdb", deliveries=LANDED[:1])
    (path,) = write_query_workbooks(release, tmp_path, sites_dir=tmp_path)
    assert sheet_rows(path, "open")[0][0] == GOLDEN("centre_queries_as_of_june_synthetic")


def test_the_same_release_gives_the_same_file(tmp_path: Path) -> None:
    release = write_release(
        tmp_path / "release.duckdb", DAYS, violations=[violation(7)], deliveries=LANDED
    )
    files = [write_query_workbooks(release, tmp_path / name)[0].read_bytes() for name in "ab"]
    assert files[0] == files[1]
