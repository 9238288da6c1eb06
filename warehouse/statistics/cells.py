"""Cells of a study's tables, in long form: one row for each number of a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from warehouse.statistics.calls import LEVELS, YES_NO
from warehouse.statistics.cohort import ALL, Cohort, Row
from warehouse.statistics.counts import Counts, denominator, of_level
from warehouse.statistics.descriptions import mean, n, pct, quartile, sd
from warehouse.statistics.rounding import fixed, shortest

OF_YES_NO, OF_NUMBERS = ("n", "pct"), ("mean", "sd", "median", "q1", "q3")
OF_LINE = ("group_size", "denominator", "missing")
SUMMARY = "summary"
UNDEFINED = "-"


def cells(lines: Iterable[Row], cohort: Cohort) -> list[Row]:
    """Return the numbers of each line in each group, and in all patients (``all``).

    Columns: table_name, line, variable, level, study_group, statistic, value, display. ``level`` is
    null except in the rows of the levels of a line with the summary ``levels``. The statistics are
    group_size, denominator (patients with a value) and missing of a line; n and pct of a yes/no
    line or a level; mean, sd, median, q1 and q3 of numbers; and ``summary``, whose display is the
    printed cell, and whose value is null. An undefined value is null, displayed as ``-``.
    """
    return [row for line in lines for row in _of_line(line, cohort)]


def display(
    counts: Counts, summary: str, decimals: int, pct_decimals: int = 1, quartile_type: int = 6
) -> str:
    """Return a group's cell as printed: n (%), mean ± SD or median (Q1, Q3)."""
    if not denominator(counts):
        return UNDEFINED
    if summary == YES_NO:
        return f"{n(counts)} ({fixed(pct(counts), pct_decimals)}%)"
    if summary == "mean_sd":
        spread = sd(counts)
        spread_text = UNDEFINED if spread is None else fixed(spread, decimals)
        return f"{fixed(mean(counts), decimals)} ± {spread_text}"
    q1, median, q3 = (shortest(quartile(counts, which, quartile_type)) for which in (1, 2, 3))
    return f"{median} ({q1}, {q3})"


def _of_line(line: Row, cohort: Cohort) -> Iterator[Row]:
    is_levels = line["summary"] == LEVELS
    numbers = () if is_levels else OF_YES_NO if line["summary"] == YES_NO else OF_NUMBERS
    for code in (*cohort.codes, ALL):
        yield from _of_group(line, cohort, code, (*OF_LINE, *numbers))
    for level in cohort.levels(line) if is_levels else ():
        for code in (*cohort.codes, ALL):
            yield from _of_group(line, cohort, code, OF_YES_NO, level)


def _of_group(
    line: Row, cohort: Cohort, code: str, statistics: Sequence[str], level: str | None = None
) -> Iterator[Row]:
    place = {
        "table_name": line["table_name"],
        "line": line["line"],
        "variable": line["variable"],
        "level": level,
        "study_group": code,
    }
    for name in statistics:
        value = cohort.described(name, line, code, level)
        shown = _shown(name, value, line, cohort)
        number = None if value is None else float(value)
        yield place | {"statistic": name, "value": number, "display": shown}
    if statistics == OF_LINE:
        return
    conventions, counts = cohort.conventions, cohort.counts(line, code)
    printed = display(
        counts if level is None else of_level(counts, level),
        line["summary"] if level is None else YES_NO,
        line["decimals"],
        conventions.pct_decimals,
        conventions.quartile_type,
    )
    yield place | {"statistic": SUMMARY, "value": None, "display": printed}


def _shown(statistic: str, value: Any, line: Row, cohort: Cohort) -> str:
    """Return one number as it is printed within a cell."""
    if value is None:
        return UNDEFINED
    if statistic == "pct":
        return f"{fixed(value, cohort.conventions.pct_decimals)}%"
    if statistic in ("mean", "sd"):
        return fixed(value, line["decimals"])
    return shortest(value)
