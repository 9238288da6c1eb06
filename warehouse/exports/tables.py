"""Content of a study's tables in a journal's style, for every format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from warehouse.definitions.abbreviations import load_abbreviations
from warehouse.definitions.styles import Style
from warehouse.exports.numbers import (
    NOTHING,
    RATIO_DECIMALS,
    fixed,
    p_value,
    shortest,
    with_interval,
)
from warehouse.releases.reader import Row
from warehouse.statistics.calls import LEVELS, YES_NO
from warehouse.statistics.cohort import Group
from warehouse.statistics.tables import SMD
from warehouse.tables.journal_table import UNITS_UNSAID, raised, without
from warehouse.tables.statistical_tests import (
    TESTS,
    approximate_note,
    exact_note,
    not_exact_note,
    tests_note,
)
from warehouse.tables.studies import StudyResults, WideTable
from warehouse.text import within_sentence

STUB, MISSING = "Characteristic", "Missing"
MEAN_DECIMALS, MEDIAN_DECIMALS, DIFFERENCE_DECIMALS = 1, 1, 1
CI = "(95% CI)"
# A level is described as yes or no is.
SAME = {"levels": "n_pct"}


@dataclass(frozen=True)
class Heading:
    """Heading of a column, with a second line."""

    name: str
    below: str = ""

    @property
    def text(self) -> str:
        """The heading in one line."""
        return f"{self.name} {self.below}".strip()


@dataclass(frozen=True)
class StyledLine:
    """Line of a table: variable, label, mark of its footnote, cells, and its depth below the
    heading of its section (1 or more).
    """

    variable: str
    label: str
    mark: str
    indent: int
    cells: tuple[str, ...]

    @property
    def marked_label(self) -> str:
        """The label with its mark."""
        return f"{self.label}{self.mark}"


@dataclass(frozen=True)
class StyledTable:
    """Table: title, headings of the columns, lines by section, and notes."""

    title: str
    headings: tuple[Heading, ...]
    sections: tuple[tuple[str, tuple[StyledLine, ...]], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Column:
    heading: Heading
    cell: Callable[[Row], str]
    # The cell of the line of missing values.
    missing: Callable[[Row], str] = lambda _row: ""


def _effect(name: str, style: Style) -> _Column:
    if name == SMD:
        return _Column(Heading("SMD"), lambda row: _smd(row, style))
    if name == "risk_difference":
        heading = Heading("Risk difference, percentage points", CI)
        return _Column(heading, lambda row: _difference(row, style))
    heading = Heading(name.replace("_", " ").capitalize(), CI)
    return _Column(heading, lambda row: _ratio(row, name, style))


def study_table(  # noqa: PLR0913 - each is a choice of who exports
    study: StudyResults,
    table: WideTable,
    style: Style,
    notes: Sequence[str] = (),
    *,
    overall: bool = False,
    missing: bool = False,
) -> StyledTable:
    """Return a table of a study with further notes; ``overall`` adds all patients, and ``missing``
    lines of the missing values instead of a footnote.
    """
    number = study.tables.index(table) + 1
    title = f"Table {number}. {table.title[:1].upper()}{table.title[1:]}"
    labels = {row["subgroup"]: f", {row['label']}" for row in study.subgroups}
    title += labels.get(study.subgroup, "")
    if study.contrast:
        title += f": {' against '.join(within_sentence(group.label) for group in study.groups)}"
    groups = study.columns(overall)
    styled = styled_table(table.rows, groups, style, title, table.effects, missing=missing)
    return replace(styled, notes=(*styled.notes, *notes))


def styled_table(  # noqa: PLR0913 - each is a choice of who exports
    rows: Sequence[Row],
    groups: Sequence[Group],
    style: Style,
    title: str,
    effects: Sequence[str],
    *,
    missing: bool = False,
) -> StyledTable:
    """Return a table from the rows of a wide table: the groups, the test, and these effects."""
    sizes = {group.prefix: group_size(rows, group) for group in groups}
    decimals = style.percent_decimals(max(sizes.values()))
    columns = [
        *(_group(group, sizes[group.prefix], decimals, style) for group in groups),
        _Column(Heading("Statistic"), lambda row: _statistic(row, style)),
        _Column(Heading(style.p_value.heading), lambda row: p_value(row["p_value"], style)),
        *(_effect(name, style) for name in effects),
    ]
    footnotes = _footnotes(rows, () if missing else groups)
    shown = groups if missing else ()
    marks = {note: style.mark(number) for number, note in enumerate(footnotes)}
    of_lines = {
        row["variable"]: "".join(
            marks[note] for note, variables in footnotes.items() if row["variable"] in variables
        )
        for row in rows
    }
    sections = tuple(
        (section, _lines(list(members), columns, of_lines, style, shown))
        for section, members in groupby(rows, lambda row: row["section"])
    )
    notes = [
        *_general_notes(rows, style),
        *_abbreviations([column.heading.text for column in columns], rows),
        *(f"{mark} {note}" for note, mark in marks.items()),
    ]
    return StyledTable(
        title,
        (Heading(STUB), *(column.heading for column in columns)),
        sections,
        tuple(notes),
    )


def group_size(rows: Sequence[Row], group: Group) -> int:
    """Return the number of patients of a group, with and without a value."""
    return max(
        (row[f"{group.prefix}_denominator"] + row[f"{group.prefix}_missing"] for row in rows),
        default=0,
    )


def _lines(
    rows: Sequence[Row],
    columns: Sequence[_Column],
    marks: Mapping[str, str],
    style: Style,
    with_missing: Sequence[Group],
) -> tuple[StyledLine, ...]:
    """Return the lines of a section; the outermost have depth 1.

    Below a line, and its levels, stand the missing values of these groups, where one has some.
    """
    outermost = min(row["indent"] or 0 for row in rows)
    lines: list[StyledLine] = []
    for variable, members in groupby(rows, lambda row: row["variable"]):
        of_line = list(members)
        first = of_line[0]
        lines += [
            StyledLine(
                variable,
                _label(row, style),
                marks.get(variable, ""),
                1 + (row["indent"] or 0) - outermost,
                tuple(column.cell(row) for column in columns),
            )
            for row in of_line
        ]
        if any(first[f"{group.prefix}_missing"] for group in with_missing):
            lines.append(
                StyledLine(
                    variable,
                    f"{MISSING}{style.label_text[YES_NO]}",
                    "",
                    2 + (first["indent"] or 0) - outermost,
                    tuple(column.missing(first) for column in columns),
                )
            )
    return tuple(lines)


def _label(row: Row, style: Style) -> str:
    unit = row["unit"] if row["unit"] not in (None, *UNITS_UNSAID) else ""
    unit_text = style.label_text["unit"].format(unit=raised(unit)) if unit else ""
    return f"{row['label']}{style.label_text[SAME.get(row['summary'], row['summary'])]}{unit_text}"


def _group(group: Group, size: int, decimals: int, style: Style) -> _Column:
    heading = Heading(group.label, style.group_size.format(n=f"{size:,}"))

    def missing(row: Row) -> str:
        """The missing values of a line, of all patients of the group."""
        n = row[f"{group.prefix}_missing"]
        share = fixed(100 * n / size, decimals, style) if size else NOTHING
        return style.n_pct.format(n=f"{n:,}", pct=share)

    return _Column(heading, lambda row: summary_cell(row, group.prefix, decimals, style), missing)


def summary_cell(row: Row, prefix: str, percent_decimals: int, style: Style) -> str:
    """Return the cell of a group; a dash if no patient has a value."""
    if not row[f"{prefix}_denominator"]:
        return NOTHING
    match row["summary"]:
        case "levels" if not row["level"]:
            return ""  # its levels follow
        case "n_pct" | "levels":
            percent = fixed(row[f"{prefix}_pct"], percent_decimals, style)
            return style.n_pct.format(n=f"{row[f'{prefix}_n']:,}", pct=percent)
        case "mean_sd":
            sd = row[f"{prefix}_sd"]
            return style.mean_sd.format(
                mean=fixed(row[f"{prefix}_mean"], MEAN_DECIMALS, style),
                sd=NOTHING if sd is None else fixed(sd, MEAN_DECIMALS, style),
            )
        case _:
            return _median(row, prefix, style)


def _median(row: Row, prefix: str, style: Style) -> str:
    median, low, high = (row[f"{prefix}_{name}"] for name in ("median", "q1", "q3"))
    ends = (shortest(low, MEDIAN_DECIMALS, style), shortest(high, MEDIAN_DECIMALS, style))
    iqr = (style.range.iqr if low >= 0 else " to ").join(ends)
    return style.median_iqr.format(median=shortest(median, MEDIAN_DECIMALS, style), iqr=iqr)


def _statistic(row: Row, style: Style) -> str:
    if row["test_statistic"] is None:
        return NOTHING
    return f"{TESTS[row['test']][0]}{style.equals}{fixed(row['test_statistic'], 2, style)}"


def _smd(row: Row, style: Style) -> str:
    value = row["standardised_mean_difference"]
    return without(row) if value is None else fixed(value, RATIO_DECIMALS, style)


def _difference(row: Row, style: Style) -> str:
    names = ("risk_difference", "risk_difference_ci_low", "risk_difference_ci_high")
    if row["risk_difference"] is None:
        return without(row, "risk_difference")
    value, low, high = (100 * row[name] for name in names)
    return with_interval(value, low, high, DIFFERENCE_DECIMALS, style)


def _ratio(row: Row, name: str, style: Style) -> str:
    if row[name] is None:
        return without(row, name)
    low, high = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
    return with_interval(row[name], low, high, RATIO_DECIMALS, style)


def _footnotes(rows: Sequence[Row], groups: Sequence[Group]) -> dict[str, list[str]]:
    """Return the footnotes with the variables of their lines: one for each kind.

    All missing values stand in one, and lines with the same exact test or effect share theirs.
    """
    missing = {row["variable"]: text for row in rows if (text := _missing(row, groups))}
    listed = [
        f"{row['label']} {missing[row['variable']]}" for row in rows if row["variable"] in missing
    ]
    notes = {f"Missing values: {'; '.join(dict.fromkeys(listed))}.": [*missing]} if missing else {}
    for row in rows:
        exact = exact_note(row)
        for note in (f"{exact}." if exact else "", approximate_note(row), row["effect_note"]):
            if note:
                notes.setdefault(note, []).append(row["variable"])
    return notes


def _missing(row: Row, groups: Sequence[Group]) -> str:
    """Return the missing values of a line by group, each of all patients of it."""
    parts = (
        f"{row[f'{group.prefix}_missing']:,} of {_n_patients(row, group):,} ({group.label})"
        for group in groups
        if row[f"{group.prefix}_missing"]
    )
    return ", ".join(parts)


def _n_patients(row: Row, group: Group) -> int:
    return row[f"{group.prefix}_denominator"] + row[f"{group.prefix}_missing"]


def _general_notes(rows: Sequence[Row], style: Style) -> list[str]:
    # The cells of levels are those of yes or no lines.
    summaries = (YES_NO if row["summary"] == LEVELS else row["summary"] for row in rows)
    kinds = list(dict.fromkeys(summaries))
    notes = []
    if style.data_are:
        notes.append(f"Data are {_either([style.data_are[kind] for kind in kinds])}.")
    notes += [style.notes[kind] for kind in kinds if kind in style.notes]
    notes += [tests_note(rows), not_exact_note(rows, lambda p: p_value(p, style))]
    return [note for note in notes if note]


def _abbreviations(headings: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Return a note that explains the abbreviations of headings and labels."""
    words = set(re.findall(r"\w+", " ".join([*headings, *(row["label"] for row in rows)])))
    used = [f"{name}, {term}" for name, term in load_abbreviations().items() if name in words]
    return [f"{'; '.join(used)}."] if used else []


def _either(kinds: Sequence[str]) -> str:
    *first, last = kinds
    if not first:
        return last
    return f"{', '.join(first)}{',' if first[1:] else ''} or {last}"
