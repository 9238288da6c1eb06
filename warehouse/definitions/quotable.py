"""Numbers and intervals that may be quoted although they are no values of their field.

Birth dates come as numbers, too: 620426, or 22762 as a spreadsheet counts days. They have more
digits than the values of clinical fields.
"""

from __future__ import annotations

from warehouse.definitions.dictionary import DictionaryField

MOST_DIGITS = 4
MORE_THAN_A_YEAR = "more than 1 year"
DAYS_IN_A_YEAR = 366
# By the unit in the name of a column: duration_min, day_of_death.
_DAY_IN = {"min": 24 * 60, "hours": 24, "days": 1, "day": 1}


def small_number(field: DictionaryField | None) -> str:
    """A regular expression of the numbers that may be quoted where this field was expected.

    Before the decimal point they have at most one digit more than the field's range, four where
    no range is known; with decimals four digits in all, or one decimal (1234.0).
    """
    ends = (field.constraints.minimum, field.constraints.maximum) if field else ()
    numbers = [abs(end) for end in ends if isinstance(end, int | float)]
    digits = len(str(int(max(numbers)))) if numbers else MOST_DIGITS
    longest = max(digits, min(digits + 1, MOST_DIGITS))
    forms = (
        f"[0-9]{{{whole}}}([.,][0-9]{{1,{max(MOST_DIGITS - whole, 1)}}})?"
        for whole in range(1, longest + 1)
    )
    return f"[+-]?({'|'.join(forms)})"


def a_year_in(column: str) -> int | None:
    """A year in the unit that the name of an interval's column has; None for other columns.

    From a longer interval and its one end, the other end can be worked out, which may be a birth.
    """
    days = (_DAY_IN[part] for part in column.split("_") if part in _DAY_IN)
    return next((DAYS_IN_A_YEAR * day for day in days), None)
