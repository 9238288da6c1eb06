"""Sudden changes of volume: a delivery is compared with the median of earlier ones of its mode."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.support.checked_rows import query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

FIRST = date(2022, 4, 1)
# The mode of each day and how many admissions it brings; then the deliveries that change too much:
# which one, how many times the usual, of how many.
CASES: dict[str, tuple[list[tuple[str, int]], list[tuple[int, float, int]]]] = {
    "deltas after the first full export": ([("full", 300), *[("delta", 6)] * 5], []),
    "a first delta with all of the past": ([("delta", 300), *[("delta", 6)] * 5], []),
    "a full export between deltas": ([*[("delta", 6)] * 4, ("full", 300)], []),
    "a delta without news": ([*[("delta", 6)] * 3, ("delta", 0)], []),
    "a busy night of a small site": ([*[("delta", 1)] * 3, ("delta", 9)], []),
    "a cut delta": ([("full", 300), *[("delta", 20)] * 3, ("delta", 2)], [(4, 0.1, 3)]),
    "a delta run without filter": ([*[("delta", 20)] * 3, ("delta", 120)], [(3, 6.0, 3)]),
    "enough rows": ([*[("delta", 1)] * 3, ("delta", 10)], [(3, 10.0, 3)]),
    "a cut full export": (
        [("full", 100), ("delta", 6), ("full", 110), ("full", 120), ("full", 10)],
        [(4, 0.09, 3)],
    ),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database in which each case is a site, after the checks."""
    days = {
        site: [FIRST + timedelta(days=number) for number, _delivery in enumerate(deliveries)]
        for site, (deliveries, _found) in CASES.items()
    }
    rows = [
        valid("admissions", site=site, patient_key=f"{day}-{number}", delivered_on=day,
              file_id=f"{site} {day}")
        for site, (deliveries, _found) in CASES.items()
        for day, (_mode, n_rows) in zip(days[site], deliveries, strict=True)
        for number in range(n_rows)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("volume")
    path = work_database(folder / "work.duckdb", {"admissions": rows})
    with duckdb.connect(path) as connection:
        connection.execute("delete from raw.files where extract = 'admissions'")
        connection.executemany(
            "insert into raw.files (site, extract, delivered_on, mode, status) "
            "values (?, 'admissions', ?, ?, 'landed')",
            [
                [site, day, mode]
                for site, (deliveries, _found) in CASES.items()
                for day, (mode, _n_rows) in zip(days[site], deliveries, strict=True)
            ],
        )
    run_checks(path, "r1", folder / "results", lambda _line: None, within_sites())
    return path


@pytest.mark.parametrize("site", CASES)
def test_a_delivery_is_compared_with_its_like(checked: Path, site: str) -> None:
    found = query(
        checked,
        f"select date_diff('day', date '{FIRST}', delivered_on), round(measured, 2), measured_on "
        f"from raw.delivery_findings where rule = 'admissions.volume.steady' and site = '{site}' "
        "order by all",
    )
    assert found == CASES[site][1]
