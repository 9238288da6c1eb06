"""Formatting of numbers in the tables, rounded half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

DECIMALS_KEPT = 9
"""Decimals to which a binary number is converted before it is rounded."""
SMALLEST_P = 0.001


def round_half_up(value: float, decimals: int) -> Decimal:
    """Round half away from zero, as the paper's software does, to up to 8 decimals.

    163.475 has no exact binary form and would be formatted as 163.47. So it is first converted to a
    decimal number (nine decimals), then rounded. The SQL macro of the same name does the same.
    """
    kept = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-DECIMALS_KEPT), ROUND_HALF_UP)
    return kept.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0  # no -0.00


def fixed(value: float, decimals: int) -> str:
    """Return a number with ``decimals`` decimals."""
    return f"{round_half_up(value, decimals):f}"


def shortest(value: float) -> str:
    """Return a number with at most two decimals, without trailing zeros: 182, 135.5, 158.75."""
    return fixed(value, 2).rstrip("0").rstrip(".")


def p_text(p_value: float | None) -> str | None:
    """Return a p-value with three decimals, or <0.001."""
    if p_value is None:
        return None
    return f"<{SMALLEST_P}" if p_value < SMALLEST_P else fixed(p_value, 3)


def negative_absolute(value: float) -> float:
    """Return a statistic with a negative sign, as SPSS prints the Z of the rank sum."""
    return -abs(value)
