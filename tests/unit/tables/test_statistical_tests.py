"""What tables say of their tests: those whose p is printed, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.golden import golden
from warehouse.tables import statistical_tests

GOLDEN = golden("tables")


def line(test: str, p_value: float | None) -> dict[str, Any]:
    """What the note looks at of a line."""
    return {"test": test, "p_value": p_value}


@pytest.mark.parametrize(
    ("lines", "stated"),
    [
        # Nobody or everybody has the outcome: that line has no test, whatever it is named.
        ([("chi2", None), ("fisher_two_sided", 0.2)], "Fisher's exact test"),
        (
            [("chi2", 0.4), ("fisher_two_sided", 0.2)],
            "χ², Pearson's chi-square test; Fisher's exact test",
        ),
        ([("ranksum", None), ("t", 1.0), ("t", None)], "t, Student's t test"),
    ],
)  # fmt: skip
def test_only_tests_whose_p_is_printed_are_named(
    lines: list[tuple[str, float | None]], stated: str
) -> None:
    assert statistical_tests.tests_note([line(*each) for each in lines]) == GOLDEN(
        "groups_are_compared_by", stated=stated
    )


def test_without_any_test_nothing_is_stated() -> None:
    assert statistical_tests.tests_note([line("chi2", None)]) == ""
    assert statistical_tests.tests_note([]) == ""
