"""Exact test of a table of counts with more than two rows or columns."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from math import comb, lgamma, log, prod
from typing import Any

from warehouse.statistics.counts import margins
from warehouse.statistics.two_groups import Outcome

Row = tuple[int, ...]
Ways = dict[Row, Counter[int]]
MOST_STEPS = 10**5
"""Most parts of tables that may be listed: about half a second."""
SMALL_BITS = 300
"""Bits of a number whose computation takes as long as the rest of a step."""


def is_countable(groups: Sequence[Row]) -> bool:
    """Return whether the exact test of a table can be computed in about half a second."""
    columns = _columns(groups)
    sizes = [sum(column) for column in columns]
    choices_log = lgamma(sum(sizes) + 1) - sum(lgamma(size + 1) for size in sizes)
    effort = 1 + (choices_log / log(2) / SMALL_BITS) ** 2
    return _most_parts(columns) * effort <= MOST_STEPS


def fisher_freeman_halton(*groups: Row) -> Outcome:
    """Return the exact test over all tables that are no more probable than this one.

    A row for each group, a column for each level; all margins are fixed. Freeman GH, Halton JH
    (1951), Biometrika 38:141, computed in whole numbers. None if a group or a level is empty, or if
    the computation would take long (``is_countable``).
    """
    sizes, levels = margins(groups)
    is_table = min(len(sizes), len(levels)) > 1 and all((*sizes, *levels))
    if not is_table or not is_countable(groups):
        return Outcome()
    columns = _columns(groups)
    totals, patients = margins(list(zip(*columns, strict=True)))
    first, second = (_ways(half, totals) for half in _halves(columns))
    observed = prod(_choices(row) for row in zip(*columns, strict=True))
    extreme = 0
    for taken, ways in first.items():
        rest = tuple(total - each for total, each in zip(totals, taken, strict=True))
        shared = prod(map(comb, totals, taken))
        others = sorted(second[rest].items())
        numbers = [number for number, _ in others]
        sums = [0, *accumulate(number * tables for number, tables in others)]
        extreme += shared * sum(
            number * tables * sums[bisect_right(numbers, observed // (shared * number))]
            for number, tables in ways.items()
        )
    return Outcome(p_value=float(Fraction(extreme, _choices(patients))))


def _columns(groups: Sequence[Row]) -> list[Row]:
    """Return the groups or the levels, whichever have fewer parts, the largest first."""
    ways = [sorted(each, key=sum, reverse=True) for each in (groups, zip(*groups, strict=True))]
    return min(ways, key=_most_parts)


def _halves(columns: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return two parts of a table, each with large and small columns.

    Each part is listed alone, and then combined with what the other must be, as there are far fewer
    parts than tables.
    """
    return columns[::2], columns[1::2]


def _most_parts(columns: Sequence[Row]) -> int:
    """Return the most ways to fill one of the halves.

    A column with most of the patients has as many ways as the other columns leave.
    """
    sizes = [sum(column) for column in columns]
    smaller = [min(size, sum(sizes) - size) for size in sizes]
    rows = len(columns[0])
    return max(prod(half) for half in _halves([comb(n + rows - 1, rows - 1) for n in smaller]))


def _ways(columns: Sequence[Row], totals: Sequence[int]) -> Ways:
    """Return, by what the columns take of each row, the ways to choose them among these patients.

    Each number of ways is given with the number of fillings of the columns that have it.
    """
    found: Ways = {(0,) * len(totals): Counter({1: 1})}
    for column in columns:
        longer: Ways = defaultdict(Counter)
        for taken, ways in found.items():
            rest = [total - each for total, each in zip(totals, taken, strict=True)]
            for cells in _fillings(sum(column), rest):
                both = tuple(map(sum, zip(taken, cells, strict=True)))
                choices, now = prod(map(comb, both, cells)), longer[both]
                for number, tables in ways.items():
                    now[number * choices] += tables
        found = longer
    return found


def _fillings(patients: int, rest: Sequence[int]) -> Iterator[Row]:
    """Yield the ways to put patients into cells that take at most ``rest`` patients."""
    first, *others = rest
    if not others:
        yield (patients,)
        return
    for n in range(max(0, patients - sum(others)), min(first, patients) + 1):
        for cells in _fillings(patients - n, others):
            yield n, *cells


def _choices(cells: Iterable[int]) -> int:
    """Return in how many ways patients can be put into these cells."""
    numbers = sorted(cells, reverse=True)
    return prod(map(comb, accumulate(numbers), numbers))
