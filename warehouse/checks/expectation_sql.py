"""SQL of Great Expectations' expectations: which rows are checked, and which fail.

Failing rows are stored by this SQL; Great Expectations counts by its own, and both must agree.
"""

from __future__ import annotations

from warehouse.expectations.rule import Expectation


def unexpected(expectation: Expectation) -> str:
    """SQL that is true for the rows that Great Expectations counts as unexpected."""
    given = expectation.arguments
    match expectation.type:
        case "ExpectColumnValuesToNotBeNull":
            return f"{given['column']} is null"
        case "ExpectColumnValuesToBeInSet":
            values = ", ".join(literal(value) for value in given["value_set"])
            return f"{given['column']} not in ({values})"
        case "ExpectColumnValuesToBeBetween":
            low, high = given["min_value"], given["max_value"]
            below = [] if low is None else [f"{given['column']} < {literal(low)}"]
            above = [] if high is None else [f"{given['column']} > {literal(high)}"]
            return f"({' or '.join(below + above)})"
    raise ValueError(f"no SQL for {expectation.type}: add it here to use it in a rule")


def n_checked(expectation: Expectation) -> str:
    """SQL that counts the checked rows: those with a value in the column."""
    if expectation.checks_missing:
        return "count(*)"
    return f"count({expectation.column})"


def literal(value: object) -> str:
    """SQL of a value: a number as it is, anything else as a text."""
    if isinstance(value, bool | int | float):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
