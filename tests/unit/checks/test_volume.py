"""Sudden changes of volume: a delivery is compared with the median of earlier ones of its mode."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.support.checked_rows import SITE, query, valid, work_database
from warehouse.checks.run import run_checks

FIRST = date(2022, 4, 1)
Delivery = tuple[str, int]


def checked_cases(path: Path, deliveries: list[Delivery]) -> list[tuple[int, float, int]]:
    """The deliveries that change too much: which one, how many times the usual, of how many.

    ``deliveries`` are the mode of each day and how many admissions it brings.
    """
    days = [FIRST + timedelta(days=number) for number, _delivery in enumerate(deliveries)]
    rows = [
        valid("admissions", patient_key=f"{day}-{number}", delivered_on=day, file_id=str(day))
        for day, (_mode, n_rows) in zip(days, deliveries, strict=True)
        for number in range(n_rows)
    ]
    work_database(path / "work.duckdb", {"admissions": rows})
    with duckdb.connect(path / "work.duckdb") as connection:
        connection.execute("delete from raw.files where extract = 'admissions'")
        connection.executemany(
            "insert into raw.files (site, extract, delivered_on, mode, status) "
            f"values ('{SITE}', 'admissions', ?, ?, 'landed')",
            [[day, mode] for day, (mode, _n_rows) in zip(days, deliveries, strict=True)],
        )
    run_checks(path / "work.duckdb", "r1", path / "results", lambda _line: None)
    found = query(
        path / "work.duckdb",
        "select delivered_on, round(measured, 2), measured_on from raw.delivery_findings "
        "where rule = 'admissions.volume.steady' order by all",
    )
    return [(days.index(day), measured, size) for day, measured, size in found]


@pytest.mark.parametrize(
    "deliveries",
    [
        pytest.param([("full", 300), *[("delta", 6)] * 5], id="deltas after the first full export"),
        pytest.param(
            [("delta", 300), *[("delta", 6)] * 5], id="a first delta with all of the past"
        ),
        pytest.param([*[("delta", 6)] * 4, ("full", 300)], id="a full export between deltas"),
        pytest.param([*[("delta", 6)] * 3, ("delta", 0)], id="a delta without news"),
        pytest.param([*[("delta", 1)] * 3, ("delta", 9)], id="a busy night of a small site"),
    ],
)
def test_a_delivery_is_compared_with_its_like(tmp_path: Path, deliveries: list[Delivery]) -> None:
    assert checked_cases(tmp_path, deliveries) == []


@pytest.mark.parametrize(
    ("deliveries", "found"),
    [
        pytest.param(
            [("full", 300), *[("delta", 20)] * 3, ("delta", 2)], [(4, 0.1, 3)], id="a cut delta"
        ),
        pytest.param(
            [*[("delta", 20)] * 3, ("delta", 120)], [(3, 6.0, 3)], id="a delta run without filter"
        ),
        pytest.param([*[("delta", 1)] * 3, ("delta", 10)], [(3, 10.0, 3)], id="enough rows"),
        pytest.param(
            [("full", 100), ("delta", 6), ("full", 110), ("full", 120), ("full", 10)],
            [(4, 0.09, 3)],
            id="a cut full export",
        ),
    ],
)
def test_a_sudden_change_is_reported(
    tmp_path: Path, deliveries: list[Delivery], found: list[tuple[int, float, int]]
) -> None:
    assert checked_cases(tmp_path, deliveries) == found
