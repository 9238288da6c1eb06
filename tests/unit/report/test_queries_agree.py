"""What is open, new and closed is the same number by the same name, wherever people read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.report_release import (
    FRIDAY,
    SATURDAY,
    SUNDAY,
    delivery,
    violation,
    write_release,
)
from warehouse.alerts.data_news import keep_notified_queries, new_queries
from warehouse.releases.changes import Violations
from warehouse.releases.delivery_changes import violations
from warehouse.releases.pair import opened
from warehouse.releases.reader import open_release
from warehouse.report import write_quality_report, write_query_workbooks
from warehouse.report.facts import totals

GOLDEN = golden("report")

FILE = "a/2022-06-04/admissions.csv"
FOUND_TODAY = {"is_new": True, "first_seen_on": SUNDAY, "age_days": 0}
CLOSED = {"status": "closed", "closed_on": SUNDAY}
CORRECTED = {**CLOSED, "closed_how": "corrected", "last_seen_on": SATURDAY}
# Lines 7 and 8 are of one record, which is corrected; 9 is delivered again and goes on; 10 stays.
YESTERDAY = [
    violation(7),
    violation(8, problem_id="p7"),
    violation(9),
    violation(10, severity="warn"),
]
TODAY = [
    violation(7, **CORRECTED),
    violation(8, problem_id="p7", **CORRECTED),
    violation(9, **{**CORRECTED, "closed_how": "delivered again"}),
    violation(19, problem_id="p9"),
    violation(10, severity="warn"),
    # Two lines of one record, and one of a delivery that is held.
    violation(20, **FOUND_TODAY),
    violation(21, problem_id="p20", **FOUND_TODAY),
    violation(22, rule="admissions.delivery.held", **FOUND_TODAY),
    # Found and corrected by two files of the same night; corrected before any refresh saw it.
    violation(23, **{**FOUND_TODAY, **CLOSED, "is_new": False, "closed_how": "corrected"}),
    violation(24, **{**CORRECTED, "closed_on": FRIDAY, "age_days": None}),
]
N_OPEN, N_NEW, N_CLOSED = 5, 3, 2


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The releases of two nights in a row."""
    folder = tmp_path_factory.mktemp("nights")
    landed = [delivery(FILE)]
    return (
        write_release(
            folder / "before.duckdb", [SATURDAY], violations=YESTERDAY, deliveries=landed
        ),
        write_release(
            folder / "after.duckdb", [SATURDAY, SUNDAY], violations=TODAY, deliveries=landed
        ),
    )


def test_change_note_and_diff(nights: tuple[Path, Path]) -> None:
    with opened(*nights) as pair:
        title = "Baseline NIHSS out of range"
        expected = Violations(N_NEW, N_CLOSED, {title: N_NEW}, {title: N_CLOSED})
        assert violations(pair) == expected


def test_page_and_overview(nights: tuple[Path, Path], tmp_path: Path) -> None:
    with open_release(nights[1]) as release:
        counts = totals(release)
    names = ("n_open", "n_new", "n_newly_closed")
    assert tuple(counts[name] for name in names) == (N_OPEN, N_NEW, N_CLOSED)
    page = Page(write_quality_report(nights[1], tmp_path))
    shown = [page.texts[f"n-{name}"] for name in ("open", "new", "closed")]
    assert shown == [str(N_OPEN), str(N_NEW), str(N_CLOSED)]
    assert (
        GOLDEN("new_and_closed_since_june", n_new=N_NEW, n_closed=N_CLOSED) in page.texts["verdict"]
    )


def test_workbook(nights: tuple[Path, Path], tmp_path: Path) -> None:
    """Of the closed it has those of a month, also what was found and corrected in one night."""
    (path,) = write_query_workbooks(nights[1], tmp_path)
    book = load_workbook(path)
    _title, lead, header, *rows = book["open"].iter_rows(values_only=True)
    assert lead[0].startswith(
        GOLDEN("open_queries_rejected_flagged", n_open=N_OPEN, n_open_2=N_OPEN - 1)
    )
    assert len(rows) == N_OPEN
    assert sum(row[header.index("New")] == "new" for row in rows) == N_NEW
    closed = [row[1] for row in book["closed"].iter_rows(min_row=4, values_only=True)]
    assert sorted(closed) == [7, 8, 23]


def test_alerts(nights: tuple[Path, Path], tmp_path: Path) -> None:
    reported = tmp_path / "told.parquet"
    keep_notified_queries(nights[0], reported)
    texts = [matter.text for matter in new_queries(nights[1], reported)]
    assert sum(_counted(text) for text in texts) == N_NEW


def _counted(text: str) -> Any:
    found = re.match(r"(\d+) quer(y|ies), rejected: ", text)
    return int(found[1]) if found else text
