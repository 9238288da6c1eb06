"""Names of tests in tables, and notes on exact tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from warehouse.statistics.notes import IS_APPROXIMATE
from warehouse.statistics.small_samples import EXACT_TEST, EXACT_TEST_OF_TABLE

Row = dict[str, Any]
TESTS = {
    "chi2": ("χ²", "Pearson's chi-square test"),
    "t": ("t", "Student's t test"),
    "ranksum": ("Z", "rank sum test"),
    "fisher_two_sided": ("", "Fisher's exact test"),
    "ranksum_exact": ("", "exact rank sum test"),
    "anova": ("F", "one-way analysis of variance"),
    "kruskal": ("H", "Kruskal-Wallis test"),
    "fisher_freeman_halton": ("", "Fisher-Freeman-Halton exact test"),
}
"""Sign of the statistic, and name of the test."""
REASONS = {
    "fisher_two_sided": "an expected count is below 5",
    "fisher_freeman_halton": "an expected count is below 5",
    "ranksum_exact": "a group is below 10",
}


def tested(rows: Iterable[Row]) -> list[Row]:
    """Return the lines with a p-value; it is None for a single value or an empty group."""
    return [row for row in rows if row["p_value"] is not None]


def tests_note(rows: Sequence[Row]) -> str:
    """Return a note with the tests of the lines; empty if there is none."""
    named = [TESTS[test] for test in dict.fromkeys(row["test"] for row in tested(rows))]
    tests = "; ".join(f"{sign}, {name}" if sign else name for sign, name in named)
    return f"Groups are compared by {tests}." if tests else ""


def exact_note(row: Row) -> str:
    """Return the reason for an exact test of a line; empty if it has none."""
    test = row["test"]
    return f"{TESTS[test][1]}: {REASONS[test]}" if test in REASONS else ""


def approximate_note(row: Row) -> str:
    """Return why the p of a line is not valid, where no exact one could be computed."""
    note = row.get("test_note") or ""
    return note if note.endswith(IS_APPROXIMATE) and row["exact_p_value"] is None else ""


def not_exact_note(rows: Sequence[Row], spelled: Callable[[float], str]) -> str:
    """Return a note with the exact p of lines with an invalid approximate p."""
    given: dict[str, list[str]] = {}
    for row in rows:
        if row["test"] in EXACT_TEST and row["exact_p_value"] is not None:
            is_larger = row["test"] == "chi2" and (row["degrees_of_freedom"] or 0) > 1
            exact = EXACT_TEST_OF_TABLE if is_larger else EXACT_TEST[row["test"]]
            given.setdefault(exact, []).append(f"{row['label']} {spelled(row['exact_p_value'])}")
    notes = [
        f"{TESTS[test][1]} ({REASONS[test]}) gives {', '.join(values)}"
        for test, values in given.items()
    ]
    if not notes:
        return ""
    return f"The table has approximate tests, also where samples are small. {'; '.join(notes)}."
