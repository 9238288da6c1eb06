"""Content of a study's tables for pages: columns, sections, lines and notes.

Each cell has the address of its number, so that a reader can get its explanation
(``warehouse explain``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from warehouse.figures.forest_plot import NOT_ESTIMABLE
from warehouse.statistics.cohort import Group
from warehouse.statistics.notes import NO_GROUP
from warehouse.statistics.rounding import p_text
from warehouse.statistics.tables import SMD
from warehouse.tables.statistical_tests import (
    TESTS,
    approximate_note,
    exact_note,
    not_exact_note,
    tests_note,
)

Row = dict[str, Any]
SUMMARIES = {
    "n_pct": "n (%)",
    "mean_sd": "mean ± SD",
    "median_iqr": "median (Q1, Q3)",
    "levels": "n (%)",
}
UNITS_UNSAID = ("points", "passes")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Column:
    """Column of numbers, with its heading and the second line of the heading."""

    name: str
    heading: str
    below: str = ""


EFFECT_COLUMNS = {
    SMD: Column("smd", "SMD"),
    "risk_difference": Column("risk_difference", "Risk difference", "percentage points (95% CI)"),
    "risk_ratio": Column("risk_ratio", "Risk ratio", "(95% CI)"),
    "odds_ratio": Column("odds_ratio", "Odds ratio", "(95% CI)"),
}


@dataclass(frozen=True)
class Cell:
    """Number as printed, with its address in the release (``schema.table:row:column``) if any."""

    text: str
    address: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """Line of a table: variable, label, and cells in the order of the columns."""

    variable: str
    label: str
    summary: str
    indent: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class JournalTable:
    """Table: source table, columns, lines by section, and notes."""

    source: str
    columns: tuple[Column, ...]
    sections: tuple[tuple[str, tuple[Line, ...]], ...]
    notes: tuple[str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in order."""
        return tuple(line for _, lines in self.sections for line in lines)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of all cells."""
        return tuple(cell.address for line in self.lines for cell in line.cells)


def journal_table(
    source: str, rows: Sequence[Row], groups: Sequence[Group], effects: Sequence[str]
) -> JournalTable:
    """Return a table from the rows of a view; its cells have addresses if it is named (``source``).

    ``effects`` are the effects of its lines; none but of two groups.
    """
    columns = (
        *(Column(group.prefix, group.label, _size(rows, group.prefix)) for group in groups),
        Column("statistic", "Statistic"),
        Column("p", "P"),
        *(EFFECT_COLUMNS[name] for name in effects),
    )
    sections = tuple(
        (section, tuple(_line(source, row, columns, groups) for row in members))
        for section, members in groupby(rows, lambda row: row["section"])
    )
    return JournalTable(source, columns, sections, _notes(rows, groups, columns))


def _size(rows: Sequence[Row], prefix: str) -> str:
    """Return the number of patients of a group, with and without a value."""
    sizes = {row[f"{prefix}_denominator"] + row[f"{prefix}_missing"] for row in rows}
    return f"n = {max(sizes, default=0):,}"


def _line(source: str, row: Row, columns: Sequence[Column], groups: Sequence[Group]) -> Line:
    prefixes = {group.prefix for group in groups}
    cells = []
    for column in columns:
        name = f"{column.name}_display" if column.name in prefixes else _COLUMNS[column.name]
        note = _missing(row, column.name) if column.name in prefixes else ""
        note = exact_note(row) or approximate_note(row) if column.name == "p" else note
        text = row[name] if column.name in prefixes else _FORMS[column.name](row)
        key = f"{row['variable']},{row['level']}" if row.get("level") else row["variable"]
        address = f"{source}:{key}:{name}" if source else ""
        cells.append(Cell(text or NOTHING, address, note))
    unit = f", {raised(row['unit'])}" if row["unit"] and row["unit"] not in UNITS_UNSAID else ""
    return Line(
        row["variable"],
        f"{row['label']}{unit}",
        SUMMARIES[row["summary"]],
        row["indent"] or 0,
        tuple(cells),
    )


def raised(unit: str) -> str:
    """Return a unit with superscript exponents: 10^9/L as 10⁹/L."""
    return re.sub(r"\^(\d+)", lambda match: match[1].translate(RAISED), unit)


def _missing(row: Row, prefix: str) -> str:
    missing = row[f"{prefix}_missing"]
    return f"{missing:,} missing" if missing else ""


def _statistic(row: Row) -> str:
    if row["test_statistic"] is None:
        return ""
    return f"{TESTS[row['test']][0]} = {signed(row['test_statistic'])}"


def _difference(row: Row) -> str:
    if row["risk_difference"] is None:
        return without(row)
    names = ("risk_difference", "risk_difference_ci_low", "risk_difference_ci_high")
    value, low, high = (100 * row[name] if row[name] is not None else None for name in names)
    return _with_interval(value, low, high, 1)


def _smd(row: Row) -> str:
    smd = row["standardised_mean_difference"]
    return without(row) if smd is None else signed(smd)


def without(row: Row, name: str = "") -> str:
    """Return the text for a missing effect: a dash, or that it is not estimable."""
    if row.get("level"):  # their line has the difference, which is of all levels
        return NOTHING
    is_ratio_of_values = bool(name) and row["summary"] != "n_pct"
    if is_ratio_of_values or row["effect_note"] == NO_GROUP:
        return NOTHING
    return NOT_ESTIMABLE


def _ratio(name: str, row: Row) -> str:
    if row[name] is None:
        return without(row, name)
    return _with_interval(row[name], row[f"{name}_ci_low"], row[f"{name}_ci_high"], 2)


def _with_interval(value: float, low: float | None, high: float | None, decimals: int) -> str:
    if low is None or high is None:
        return signed(value, decimals)
    return f"{signed(value, decimals)} ({signed(low, decimals)} to {signed(high, decimals)})"


def signed(value: float, decimals: int = 2) -> str:
    """Return a number with a real minus sign, except before zero."""
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.removeprefix("-")
    return text.replace("-", "\N{MINUS SIGN}")


_COLUMNS = {
    "statistic": "test_statistic",
    "p": "p_display",
    "smd": "standardised_mean_difference",
    "risk_difference": "risk_difference",
    "risk_ratio": "risk_ratio",
    "odds_ratio": "odds_ratio",
}
_FORMS = {
    "statistic": _statistic,
    "p": lambda row: row["p_display"],
    "smd": _smd,
    "risk_difference": _difference,
    "risk_ratio": lambda row: _ratio("risk_ratio", row),
    "odds_ratio": lambda row: _ratio("odds_ratio", row),
}


def _notes(
    rows: Sequence[Row], groups: Sequence[Group], columns: Sequence[Column]
) -> tuple[str, ...]:
    notes = [tests_note(rows), *_exact_notes(rows), not_exact_note(rows, p_text)]
    notes = [note for note in notes if note]
    missing = [
        f"{row['label']} {row[f'{group.prefix}_missing']:,} ({group.label})"
        for row in rows
        for group in groups
        if row[f"{group.prefix}_missing"]
    ]
    if missing:
        notes.append(f"Missing values are excluded: {'; '.join(missing)}.")
    if any(column.name == "smd" for column in columns):
        notes.append(
            "SMD, standardized mean difference: beyond ±0.1 the groups differ (Austin 2009)."
        )
    return (*notes, *_effect_notes(rows))


def _exact_notes(rows: Sequence[Row]) -> list[str]:
    """Return the notes on tests of small samples, once for each reason."""
    exact = [f"* {note}." for note in dict.fromkeys(map(exact_note, rows)) if note]
    return exact + [f"* {note}" for note in dict.fromkeys(map(approximate_note, rows)) if note]


def _effect_notes(rows: Sequence[Row]) -> list[str]:
    """Return the notes on effects, each sentence once with its lines."""
    labels_by_note: dict[str, list[str]] = {}
    for row in rows:
        for sentence in re.findall(r"\S[^.]*\.(?=\s|$)", row["effect_note"] or ""):
            labels_by_note.setdefault(sentence, []).append(row["label"])
    return [f"{', '.join(labels)}: {note}" for note, labels in labels_by_note.items()]
