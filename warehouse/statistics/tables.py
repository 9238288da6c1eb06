"""Wide tables of a study, made of its long cells and comparisons: one row for a line or level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from warehouse.statistics.calls import EFFECTS, between
from warehouse.statistics.cells import SUMMARY
from warehouse.statistics.cohort import ALL, Group, Row
from warehouse.statistics.counts import PAIR

SMD = "standardized_mean_difference"
WIDE_SMD = "standardised_mean_difference"
"""Name of the column in the published wide tables, which keep it."""
ENDS = {"": "estimate", "_ci_low": "ci_low", "_ci_high": "ci_high"}
INTERVALS = ("risk_difference", "risk_ratio", "odds_ratio")
INTEGER, COUNT, NUMBER, TEXT = pa.int32(), pa.int64(), pa.float64(), pa.string()
LINE = {"table_name": TEXT, "line": INTEGER, "variable": TEXT}
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
