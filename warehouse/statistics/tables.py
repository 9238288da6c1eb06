"""Wide tables of a study, made of its long cells and comparisons: one row for a line or level."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from warehouse.statistics.calls import EFFECTS
from warehouse.statistics.cohort import Row

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
    """Return long rows as an Arrow table (``CELLS``, ``COMPARISONS``)."""
    return pa.Table.from_pylist(list(rows), schema)
