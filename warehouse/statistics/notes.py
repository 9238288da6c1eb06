"""Notes on tests and effects: those that are not estimable, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from warehouse.statistics.calls import LEVELS, YES_NO
from warehouse.statistics.counts import Counts, denominator, known, together

Row = Mapping[str, Any]
ALPHA = 0.05
NO_GROUP = "A group has no patient with a value."
NO_TEST = "Nothing varies within the groups: there is no test."
SINGLE_VALUE = "A group has a single value: a standardized difference is not estimable."
NO_SPREAD = "Nothing varies within the groups: a standardized difference is not estimable."
FAR_APART = (
    "Nothing varies within the groups, and they differ (as 100% against 0% do): their standardized "
    "difference has no limit."
)
OVER_ZERO = "A ratio over zero is not estimable."
IS_APPROXIMATE = "the p-value is approximate."
NULL_OF = {"risk_difference": 0, "risk_ratio": 1, "odds_ratio": 1}
NO_COMMON_LEVEL = "The groups have no level in common: their standardized difference has no limit."
OF_DIFFERENCE = (SINGLE_VALUE, NO_SPREAD, FAR_APART, NO_COMMON_LEVEL)
"""Notes on the standardized difference alone."""
APART = (
    "p and the 95% interval of the {} come from different methods, and lie on different sides "
    "of 5%."
)


def test_note(p_value: float | None, groups: Sequence[Counts], reason: str, is_exact: bool) -> str:
    """Return why a test is undefined, or whether p is exact if samples are small (``reason``)."""
    if not all(map(denominator, groups)):
        return NO_GROUP
    if p_value is None:
        return NO_TEST
    if reason:
        kind = "the p-value is exact." if is_exact else IS_APPROXIMATE
        return f"{reason[0].upper()}{reason[1:]}: {kind}"
    return ""


def effect_note(row: Row, groups: Sequence[Counts], summary: str, p_value: float | None) -> str:
    """Return why an effect is undefined, or that its interval and the printed p disagree."""
    effect = row["effect"]
    if not all(map(denominator, groups)):
        return NO_GROUP
    if row["estimate"] is None:
        is_ratio = effect in ("risk_ratio", "odds_ratio")
        return OVER_ZERO if is_ratio else _no_difference(groups, summary)
    is_apart = effect in NULL_OF and p_value is not None and _disagree(row, p_value)
    return APART.format(effect.replace("_", " ")) if is_apart else ""


def line_note(effects: Iterable[Row]) -> str:
    """Return the notes of a line's effects in one text, each once."""
    notes, apart = [], []
    for row in effects:
        name = row["effect"].replace("_", " ")
        if row["note"] == APART.format(name):
            apart.append(name)
        elif row["note"]:
            notes.append(row["note"])
    disagreement = [APART.format(" and of the ".join(apart))] if apart else []
    return " ".join(dict.fromkeys([*notes, *disagreement]))


def _no_difference(groups: Sequence[Counts], summary: str) -> str:
    if summary not in (YES_NO, LEVELS) and min(map(denominator, groups)) == 1:
        return SINGLE_VALUE
    if len(known(together(groups))) == 1:
        return NO_SPREAD
    return NO_COMMON_LEVEL if summary == LEVELS else FAR_APART


def _disagree(row: Row, p_value: float) -> bool:
    null, low, high = NULL_OF[row["effect"]], row["ci_low"], row["ci_high"]
    return low is not None and (p_value < ALPHA) != (low > null or high < null)
