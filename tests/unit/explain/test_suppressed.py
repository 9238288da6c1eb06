"""The query of a suppressed percentage gives nothing, as the table does. Invented patients."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.explain.provenance import of_monthly_indicators

# Of each patient: whether follow-up is due, and whether dead at 90 days (None: unknown).
MONTHS = {
    "2022-01-01": [(True, True), (True, True), (True, None)],
    "2022-02-01": [(True, True)],
    "2022-03-01": [(True, True), (True, False), (True, None)],
    "2022-04-01": [(True, True), (False, False)],
    "2022-05-01": [(True, None), (False, True)],
    "2022-06-01": [],
}
PCT_DEAD = [None, 100, 50, None, None, None]
PCT_GOOD = [None, 0, 50, None, None, None]


@pytest.mark.parametrize(
    ("column", "numbers"), [("pct_dead_90d", PCT_DEAD), ("pct_good_outcome", PCT_GOOD)]
)
def test_the_query_gives_no_rate_of_the_dead_alone(
    column: str, numbers: list[float | None]
) -> None:
    rows = [(month, *row) for month, patients in MONTHS.items() for row in patients]
    found = []
    with duckdb.connect() as connection:
        connection.execute(
            "create schema registry; create table registry.treated_patients (site text, "
            "treated_month date, is_followup_due boolean, is_dead_90d boolean, "
            "is_good_outcome boolean generated always as (not is_dead_90d))"
        )
        connection.executemany("insert into registry.treated_patients values ('s', ?, ?, ?)", rows)
        for month in MONTHS:
            provenance = of_monthly_indicators({"site": "s", "treated_month": month}, column)
            assert provenance is not None
            found += [number for (number,) in connection.execute(provenance.query).fetchall()]
    assert found == numbers
