"""Counts of the values in a group, from which every statistic is computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

PAIR = 2
"""Number of groups that have effects, and tests of their own."""
Value = float | str | None
Counts = Mapping[Any, int]
"""Numbers of patients by value; yes is 1, no is 0, None is a missing value, a level is a text."""


def by_group(rows: Iterable[tuple[str, Value, int]]) -> dict[str, Counts]:
    """Return the counts of each group from rows of group, value and number of patients."""
    groups: dict[str, dict[Value, int]] = defaultdict(lambda: defaultdict(int))
    for group, value, patients in rows:
        groups[group][value] += patients
    return {group: dict(counts) for group, counts in groups.items()}


def together(groups: Iterable[Counts]) -> Counts:
    """Return the counts of all groups together."""
    return by_group(("all", *row) for counts in groups for row in counts.items()).get("all", {})


def known(counts: Counts) -> list[tuple[float, int]]:
    """Return known values with their numbers of patients, sorted by value."""
    return sorted((value, n) for value, n in counts.items() if value is not None and n)


def group_size(counts: Counts) -> int:
    """Return the number of patients with and without a value."""
    return sum(counts.values())


def missing(counts: Counts) -> int:
    """Return the number of patients without a value."""
    return counts.get(None, 0)


def denominator(counts: Counts) -> int:
    """Return the number of patients with a value."""
    return group_size(counts) - missing(counts)


def two_by_two(compared: Counts, other: Counts) -> tuple[int, int, int, int]:
    """Return the 2x2 table of a yes/no variable: yes and no of compared group, then of other."""
    return compared.get(1, 0), compared.get(0, 0), other.get(1, 0), other.get(0, 0)


def levels_of(counts: Counts) -> tuple[str, ...]:
    """Return the known values as texts: numbers by size, texts by alphabet."""
    return tuple(dict.fromkeys(_level(value) for value, _ in known(counts)))


def as_texts(counts: Counts) -> Counts:
    """Return the counts by level, which is the text of the value."""
    return together(
        {None if value is None else _level(value): patients} for value, patients in counts.items()
    )


def of_level(counts: Counts, level: str) -> Counts:
    """Return the counts of having a level (yes) and of having another one (no)."""
    yes, unknown = counts.get(level, 0), missing(counts)
    return {1: yes, 0: group_size(counts) - yes - unknown, None: unknown}


def table(groups: Sequence[Counts]) -> tuple[tuple[int, ...], ...]:
    """Return a table of counts: a row for each group, a column for each value that occurs."""
    columns = [value for value, _ in known(together(groups))]
    return tuple(tuple(group.get(column, 0) for column in columns) for group in groups)


def margins(rows: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Return the sums of the rows of a table, and of its columns."""
    return [sum(row) for row in rows], [sum(column) for column in zip(*rows, strict=True)]


def _level(value: float | str) -> str:
    is_whole = not isinstance(value, str) and value == int(value)
    return str(int(value)) if is_whole else str(value)


def exact_mean(counts: Counts) -> Fraction | None:
    """Return the mean as an exact fraction, which does not depend on the order of rows."""
    size, total, _ = _sums(counts)
    return total / size if size else None


def exact_variance(counts: Counts) -> Fraction | None:
    """Return the variance (n - 1) as an exact fraction, which is 0 for equal values."""
    size, total, squares = _sums(counts)
    return (squares - total * total / size) / (size - 1) if size > 1 else None


def _sums(counts: Counts) -> tuple[int, Fraction, Fraction]:
    """Return the number of known values, their sum, and the sum of their squares.

    Values are whole multiples of one unit (a power of two for binary numbers), so that they
    are added as whole numbers, which is many times faster than adding fractions.
    """
    ratios = [(*value.as_integer_ratio(), patients) for value, patients in known(counts)]
    unit = lcm(*(each for _, each, _ in ratios))
    total = squares = 0
    for numerator, unit_of_value, patients in ratios:
        whole = numerator * (unit // unit_of_value)
        total += patients * whole
        squares += patients * whole * whole
    size = sum(patients for _, _, patients in ratios)
    return size, Fraction(total, unit), Fraction(squares, unit * unit)
