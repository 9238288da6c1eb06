"""Indicators of months: a rate at 90 days is not that of the dead alone. Invented numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from warehouse.report.indicators import site_indicators


def month(n: int, due: int, known: int, dead: int, has_rate: bool = True) -> dict[str, Any]:
    return {
        "treated_month": date(2022, n, 1),
        "n_patients": due,
        "n_followup_due": due,
        "n_dead_90d": dead,
        "n_dead_90d_known": known,
        "pct_dead_90d": 100 * dead / known if has_rate and known else None,
        "n_good_outcome": 0,
        "n_good_outcome_known": known,
    }


@pytest.mark.parametrize(
    ("months", "values", "center"),
    [
        ([month(1, 10, 10, 1), month(2, 10, 2, 2, has_rate=False)], [10, None], 10),
        ([month(1, 10, 10, 1), month(2, 2, 2, 2)], [10, 100], 25),
        ([month(1, 10, 10, 1), month(2, 10, 3, 2)], [10, pytest.approx(200 / 3)], 300 / 13),
        ([month(1, 10, 0, 0), month(2, 3, 1, 1, has_rate=False)], [None, None], None),
    ],
)
def test_a_month_of_which_only_the_dead_are_known_has_no_rate(
    months: list[dict[str, Any]], values: list[float | None], center: float | None
) -> None:
    shown = {each.measure.name: each for each in site_indicators("s", months).indicators}
    deaths = shown["dead_90d"]
    assert [row["value"] for row in deaths.months] == values
    assert deaths.chart.center == pytest.approx(center)
    assert [(row["n"], row["of"]) for row in deaths.months] == [
        (row["n_dead_90d"], row["n_dead_90d_known"]) for row in months
    ]
    marked = [row["has_deaths_only"] for row in deaths.months]
    assert marked == [
        row["n_dead_90d"] > 0 and value is None for row, value in zip(months, values, strict=True)
    ]
    good = [row["value"] is None for row in shown["good_outcome"].months]
    assert good == [value is None for value in values]
