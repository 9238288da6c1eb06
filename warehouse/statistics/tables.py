"""Wide tables of a study, made of its long cells and comparisons: one row for a line or level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from warehouse.statistics.calls import EFFECTS, OF_GROUP, between
from warehouse.statistics.cells import SUMMARY
from warehouse.statistics.cohort import ALL, Group, Row
from warehouse.statistics.comparisons import FISHER
from warehouse.statistics.counts import PAIR
from warehouse.statistics.notes import line_note

SMD = "standardized_mean_difference"
WIDE_SMD = "standardised_mean_difference"
"""Name of the column in the published wide tables, which keep it."""
ENDS = {"": "estimate", "_ci_low": "ci_low", "_ci_high": "ci_high"}
INTERVALS = ("risk_difference", "risk_ratio", "odds_ratio")
INTEGER, COUNT, NUMBER, TEXT = pa.int32(), pa.int64(), pa.float64(), pa.string()
LINE = {"table_name": TEXT, "line": INTEGER, "variable": TEXT}
LINE_INTEGERS = ("line", "indent", "decimals")
NOT_WIDE = ("levels", "effects", "title")
"""Keys of a line that are no columns of the wide tables."""
COUNTS = ("group_size", "denominator", "missing", "n")
CELLS = pa.schema(
    LINE | {"level": TEXT, "study_group": TEXT, "statistic": TEXT, "value": NUMBER, "display": TEXT}
)
COMPARISONS = pa.schema(
    LINE
    | {
        "contrast": TEXT,
        "is_printed": pa.bool_(),
        "test": TEXT,
        "statistic": NUMBER,
        "degrees_of_freedom": NUMBER,
    }
    | {"p_value": NUMBER, "p_display": TEXT, "exact_p_value": NUMBER}
    | {"effect": TEXT, "estimate": NUMBER, "ci_low": NUMBER, "ci_high": NUMBER}
    | {"n": COUNT, "missing": COUNT, "note": TEXT}
)
QUANTITIES = pa.schema(
    {"subject": TEXT, "study_group": TEXT, "statistic": TEXT, "quantity": NUMBER}
)
COMPARISON_COLUMNS = {
    "test": TEXT,
    "test_statistic": NUMBER,
    "degrees_of_freedom": NUMBER,
    "p_value": NUMBER,
    "p_display": TEXT,
    "exact_p_value": NUMBER,
    "fisher_p_value": NUMBER,
    WIDE_SMD: NUMBER,
    **{f"{effect}{end}": NUMBER for effect in INTERVALS for end in ENDS},
    "effect_note": TEXT,
    "test_note": TEXT,
}


def effects_of(line: Row) -> tuple[str, ...]:
    """Return the effects of a line: of a table of differences, the standardized one alone."""
    return (SMD,) if line["effects"] == "differences" else EFFECTS


def as_table(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """Return long rows as an Arrow table (``CELLS``, ``COMPARISONS``, ``QUANTITIES``)."""
    return pa.Table.from_pylist(list(rows), schema)


def wide(
    lines: Sequence[Row], groups: Iterable[Group], cells: Iterable[Row], comparisons: Iterable[Row]
) -> pa.Table:
    """Return a row for each line, and for each level of a line, with columns for each group.

    ``cells`` and ``comparisons`` are the long rows of these lines. Columns: those of the lines;
    level; ``<prefix>_<statistic>`` and ``<prefix>_display`` of each group and of all patients
    (``all_``); test, p-values and effects of the first contrast (all groups, or the two); notes.
    Rows of levels have no test.
    """
    prefixes = {group.code: group.prefix for group in groups} | {ALL: ALL}
    compared: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in comparisons:
        compared[_place(row)].append(row)
    of_line = {_place(line): line for line in lines}
    rows: dict[tuple[Any, ...], Row] = {
        (*place, None): line | _compared(compared[place]) for place, line in of_line.items()
    }
    for cell in cells:
        place, level, statistic = _place(cell), cell["level"], cell["statistic"]
        row = rows.setdefault((*place, level), of_line[place] | {"level": level, "test": None})
        name, key = ("display",) * 2 if statistic == SUMMARY else (statistic, "value")
        row[f"{prefixes[cell['study_group']]}_{name}"] = cell[key]
    return pa.Table.from_pylist(list(rows.values()), _wide_schema(lines, prefixes.values()))


def quantities(
    lines: Iterable[Row], groups: Iterable[Group], cells: Iterable[Row], comparisons: Iterable[Row]
) -> Iterator[Row]:
    """Yield the numbers of a two-group study by name: subject, study_group, statistic, quantity.

    ``study_group`` is the prefix of a group, or all: for counts, and for statistics and p-values of
    every test in ``comparisons``, named ``<test>.statistic`` and ``<test>.p_value``.
    """
    prefixes = {group.code: group.prefix for group in groups} | {ALL: ALL}
    known = {_place(line): between(line["summary"], PAIR) for line in lines}
    for cell in cells:
        name, of_all = cell["statistic"], cell["study_group"] == ALL
        if name not in ("group_size", "n") if of_all else name in ("missing", SUMMARY):
            continue
        yield _quantity(cell, prefixes[cell["study_group"]], name, cell["value"])
    for row in comparisons:
        for part in ("statistic", "p_value"):
            name = f"{row['test']}.{part}"
            if name in known[_place(row)]:
                yield _quantity(row, ALL, name, row[part])


def _place(row: Row) -> tuple[str, int]:
    return row["table_name"], row["line"]


def _quantity(row: Row, group: str, statistic: str, number: float | None) -> Row:
    return {
        "subject": row["variable"],
        "study_group": group,
        "statistic": statistic,
        "quantity": number,
    }


def _compared(rows: Sequence[Row]) -> Row:
    """Return the columns of the first contrast of a line, of which the printed test comes first."""
    of_contrast = [row for row in rows if row["contrast"] == rows[0]["contrast"]]
    tests = [row for row in of_contrast if row["test"]]
    effects = {row["effect"]: row for row in of_contrast if row["effect"]}
    found: Row = {}
    for row in tests[:1]:
        found = row | {"test_statistic": row["statistic"], "test_note": row["note"]}
    fisher = [row["p_value"] for row in tests if row["test"] == FISHER]
    for effect, row in effects.items():
        name = WIDE_SMD if effect == SMD else effect
        found |= {f"{name}{end}": row[column] for end, column in ENDS.items()}
    return {name: each for name, each in found.items() if name in COMPARISON_COLUMNS} | {
        "fisher_p_value": fisher[0] if fisher else None,
        "effect_note": line_note(effects.values()) or None,
    }


def _wide_schema(lines: Sequence[Row], prefixes: Iterable[str]) -> pa.Schema:
    of_lines = {key: TEXT for line in lines[:1] for key in line if key not in NOT_WIDE}
    of_group = {name: COUNT if name in COUNTS else NUMBER for name in OF_GROUP}
    return pa.schema(
        {key: INTEGER if key in LINE_INTEGERS else TEXT for key in (*LINE, *of_lines)}
        | {"level": TEXT}
        | {
            f"{prefix}_{name}": kind
            for prefix in prefixes
            for name, kind in (of_group | {"display": TEXT}).items()
        }
        | COMPARISON_COLUMNS
    )
