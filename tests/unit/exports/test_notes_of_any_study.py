"""Notes on tables with levels, and words for tests of three and more groups."""

from __future__ import annotations

import pytest

from warehouse.definitions.styles import load_styles
from warehouse.exports.methods import _details
from warehouse.exports.tables import _general_notes

LEVELS = {"summary": "levels", "level": None, "label": "Device", "test": None, "p_value": None}


@pytest.mark.parametrize("style", sorted(load_styles()))
def test_a_table_with_levels_has_the_notes_of_shares(style: str) -> None:
    shares = LEVELS | {"summary": "n_pct"}
    of_style = load_styles()[style]
    assert _general_notes([LEVELS], of_style) == _general_notes([shares], of_style)


@pytest.mark.parametrize(
    ("meaning", "test", "found"),
    [
        (None, "anova", ""),
        ("of a larger table", "fisher_freeman_halton", " (of a larger table)"),
        ("Pearson, uncorrected", "chi2", " (uncorrected)"),
    ],
)
def test_a_test_is_named_with_what_is_known_of_it(
    meaning: str | None, test: str, found: str
) -> None:
    assert _details(meaning, test) == found
