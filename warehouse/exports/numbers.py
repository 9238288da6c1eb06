"""Numbers in the style of a journal."""

from __future__ import annotations

from decimal import Decimal
from math import floor, log10

from warehouse.definitions.styles import Style
from warehouse.figures.number_format import NumberFormat
from warehouse.statistics.rounding import round_half_up

NOTHING = "\N{EN DASH}"
TO = " to "
RATIO_DECIMALS = 2
P_DECIMALS, P_DECIMALS_OF_SMALL, SMALL_P = 2, 3, 0.01
LARGEST_P = Decimal("0.99")


def fixed(value: float, decimals: int, style: Style) -> str:
    """Return a number rounded half up, with the style's decimal point and a real minus sign."""
    return _written(round_half_up(value, decimals), style)


def shortest(value: float, decimals: int, style: Style) -> str:
    """Return a number with at most ``decimals`` decimals: 182, 135.5."""
    text = f"{round_half_up(value, decimals):f}"
    return _written(Decimal(text.rstrip("0").rstrip(".") if "." in text else text), style)


def p_value(value: float | None, style: Style) -> str:
    """Return a p-value in the style's format, without "P ="; a dash for None."""
    if value is None:
        return NOTHING
    form = style.p_value
    if value < form.smallest:
        return f"<{_probability(Decimal(str(form.smallest)), style)}"
    rounded = round_half_up(value, _p_decimals(value, style))
    # Rounding may carry: 0.0996 with two significant figures is 0.10.
    rounded = round_half_up(float(rounded), _p_decimals(float(rounded), style))
    if rounded > LARGEST_P:
        return f">{_probability(LARGEST_P, style)}"
    return _probability(rounded, style)


def between(low: float, high: float, decimals: int, dash: str, style: Style) -> str:
    """Return a range; with "to" if an end is negative, as a dash would look like a minus."""
    joined = TO if min(low, high) < 0 else dash
    return f"{fixed(low, decimals, style)}{joined}{fixed(high, decimals, style)}"


def with_interval(
    value: float | None, low: float | None, high: float | None, decimals: int, style: Style
) -> str:
    """Return an effect with its confidence interval, alone if it has none, or a dash."""
    if value is None:
        return NOTHING
    if low is None or high is None:
        return fixed(value, decimals, style)
    ends = between(low, high, decimals, style.range.interval, style)
    return f"{fixed(value, decimals, style)} ({ends})"


def journal_format(style: Style, percent_decimals: int) -> NumberFormat:
    """Return the number format of a figure in the style of a journal."""
    return NumberFormat(
        size=lambda n: style.group_size.format(n=f"{n:,}").strip("()"),
        percent=lambda value: f"{fixed(value, percent_decimals, style)}%",
        ratio=lambda value: fixed(value, RATIO_DECIMALS, style),
        interval=lambda low, high: between(low, high, RATIO_DECIMALS, style.range.interval, style),
        tick=lambda value: f"{value:g}".replace(".", style.decimal_point),
        group_note="" if "%" in style.n_pct else style.label_text["n_pct"].strip(" ,—"),
    )


def _p_decimals(value: float, style: Style) -> int:
    form = style.p_value
    if form.significant_figures:
        return form.significant_figures - 1 - floor(log10(value))
    decimals = P_DECIMALS_OF_SMALL if value < SMALL_P else P_DECIMALS
    limit = form.not_rounded_up_to
    while limit is not None and value < limit <= float(round_half_up(value, decimals)):
        decimals += 1
    return decimals


def _probability(value: Decimal, style: Style) -> str:
    text = _written(value, style)
    return text if style.p_value.leading_zero else text.removeprefix("0")


def _written(value: Decimal, style: Style) -> str:
    return f"{value:f}".replace("-", "\N{MINUS SIGN}").replace(".", style.decimal_point)
