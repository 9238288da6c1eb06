"""Wide rows of the lines of a made-up cohort, as the tables of a study have them."""

from __future__ import annotations

from typing import Any

from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import Cohort
from warehouse.statistics.comparisons import EVERY_TEST, comparisons
from warehouse.statistics.tables import quantities, wide

Row = dict[str, Any]


def wide_lines(lines: list[Row], cohort: Cohort) -> list[Row]:
    """One row for each line or level."""
    compared = comparisons(lines, cohort, other_tests=EVERY_TEST)
    return wide(lines, cohort.groups, cells(lines, cohort), compared).to_pylist()


def quantities_of(lines: list[Row], cohort: Cohort) -> list[Row]:
    """The numbers by name, as ``int_table_quantities`` has them."""
    compared = comparisons(lines, cohort, other_tests=EVERY_TEST)
    return list(quantities(lines, cohort.groups, cells(lines, cohort), compared))
