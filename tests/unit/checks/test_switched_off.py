"""Rules that a site switches off, with a reason: there they check nothing (invented rows)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.checked_rows import VALID, failures, query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

AGE, NIHSS = "admissions.age_plausible", "admissions.baseline_nihss.range"
OFF = [
    ("south", AGE, "a children's hospital"),
    ("south", NIHSS, "may not be off"),
    ("south", "admissions.agee", "there is none"),
]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites with the same rows, a child and an impossible NIHSS; one has rules off."""
    rows: dict[str, list[dict[str, object]]] = {extract: [] for extract in VALID}
    for site in ("north", "south"):
        for number, change in enumerate(({"birth_date": date(2010, 1, 1)}, {"baseline_nihss": 55})):
            key = f"{site}{number}"
            own = {"patient_key": key, "record_key": key, "row_id": key, "source_row": number + 2}
            rows["admissions"].append(valid("admissions", site=site, **own, **change))
    path = tmp_path_factory.mktemp("off") / "work.duckdb"
    work_database(path, rows)
    with duckdb.connect(path) as connection:
        connection.executemany("insert into raw.rules_off values (?, ?, ?)", OFF)
    run_checks(path, "r1", path.parent / "results", lambda _line: None, within_sites())
    return path


def test_a_rule_checks_nothing_where_it_is_off(checked: Path) -> None:
    found = [each for each in failures(checked) if each[1] in (AGE, NIHSS)]
    assert found == [("north0", AGE), ("north1", NIHSS), ("south1", NIHSS)]
    assert query(
        checked,
        "select site, rule, rows_checked, rows_failed, status from raw.check_results "
        f"where rule in ('{AGE}', '{NIHSS}') order by all",
    ) == [
        ("north", AGE, 2, 1, "warned"),
        ("north", NIHSS, 2, 1, "failed"),
        ("south", AGE, 0, 0, "not_applicable"),
        ("south", NIHSS, 2, 1, "failed"),
    ]


def test_what_is_no_rule_or_may_not_be_off_is_not(checked: Path) -> None:
    assert query(checked, "select rule, is_off from raw.switched_off order by all") == [
        ("admissions.age_plausible", True),
        ("admissions.agee", False),
        ("admissions.baseline_nihss.range", False),
    ]
