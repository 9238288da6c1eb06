"""Notes on the effects of a line: those that are not estimable, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]
ALPHA = 0.05
NO_GROUP = "A group has no patient with a value."
SINGLE_VALUE = "A group has a single value: a standardized difference is not estimable."
NO_SPREAD = "Nothing varies within the groups: a standardized difference is not estimable."
FAR_APART = (
    "Nothing varies within the groups, and they differ (as 100% against 0% do): their standardized "
    "difference has no limit."
)
OVER_ZERO = "A ratio over zero is not estimable."
NULL_OF = {"risk_difference": 0, "risk_ratio": 1, "odds_ratio": 1}


def effect_note(row: Row) -> str | None:
    """Return the note of a line (a row of ``int_study_tables``), or None."""
    if not (row["rs_denominator"] and row["non_rs_denominator"]):
        return NO_GROUP
    return " ".join([*_of_difference(row), *_of_outcome(row)]) or None


def _of_difference(row: Row) -> Iterator[str]:
    if row["standardised_mean_difference"] is not None:
        return
    if row["summary"] == "n_pct":
        yield NO_SPREAD if row["rs_pct"] == row["non_rs_pct"] else FAR_APART
    elif None in (row["rs_sd"], row["non_rs_sd"]):
        yield SINGLE_VALUE
    else:
        yield NO_SPREAD if row["rs_mean"] == row["non_rs_mean"] else FAR_APART


def _of_outcome(row: Row) -> Iterator[str]:
    """Yield the notes of an outcome; only outcomes have ratios and intervals."""
    if row["table_name"] == "table1" or row["summary"] != "n_pct":
        return
    if row["risk_ratio"] is None or row["odds_ratio"] is None:
        yield OVER_ZERO
    apart = [name for name, null in NULL_OF.items() if _disagrees(row, name, null)]
    if apart:
        named = " and of the ".join(name.replace("_", " ") for name in apart)
        yield (
            f"p and the 95% interval of the {named} come from different methods, and lie on "
            "different sides of 5%."
        )


def _disagrees(row: Row, effect: str, null: int) -> bool:
    p, low, high = row["p_value"], row[f"{effect}_ci_low"], row[f"{effect}_ci_high"]
    if p is None or low is None:
        return False
    return (p < ALPHA) != (low > null or high < null)
