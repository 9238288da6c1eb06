"""What tables say of their tests: names, and which line has an exact one, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from warehouse.statistics.small_samples import EXACT_TEST

Row = dict[str, Any]
TESTS = {
    "chi2": ("χ²", "Pearson's chi-square test"),
    "t": ("t", "Student's t test"),
    "ranksum": ("Z", "rank sum test"),
    "fisher_two_sided": ("", "Fisher's exact test"),
    "ranksum_exact": ("", "exact rank sum test"),
}
"""Sign of the statistic, and name."""
REASONS = {
    "fisher_two_sided": "an expected count is below 5",
    "ranksum_exact": "a group is below 10",
}


def tested(rows: Iterable[Row]) -> list[Row]:
    """The lines that a test compares; of a line with one value, or of nobody, no p is printed."""
    return [row for row in rows if row["p_value"] is not None]


def tests_note(rows: Sequence[Row]) -> str:
    """By which tests the lines are compared; empty where none is."""
    named = [TESTS[test] for test in dict.fromkeys(row["test"] for row in tested(rows))]
    said = "; ".join(f"{sign}, {name}" if sign else name for sign, name in named)
    return f"Groups are compared by {said}." if said else ""


def exact_note(row: Row) -> str:
    """Return why a line has an exact test; empty where it has none."""
    test = row["test"]
    return f"{TESTS[test][1]}: {REASONS[test]}" if test in REASONS else ""


def not_exact_note(rows: Sequence[Row], spelled: Callable[[float], str]) -> str:
    """Return where an approximate p is printed although it does not hold, with the exact p."""
    given: dict[str, list[str]] = {}
    for row in rows:
        exact = EXACT_TEST.get(row["test"])
        if exact and row["exact_p_value"] is not None:
            given.setdefault(exact, []).append(f"{row['label']} {spelled(row['exact_p_value'])}")
    said = [
        f"{TESTS[test][1]} ({REASONS[test]}) gives {', '.join(values)}"
        for test, values in given.items()
    ]
    return (
        f"The study prints approximate tests of small samples. {'; '.join(said)}." if said else ""
    )
