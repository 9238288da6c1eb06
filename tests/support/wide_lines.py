"""Wide rows of the lines of a made-up cohort, as the tables of a study have them."""

from __future__ import annotations

from typing import Any

from warehouse.statistics.calls import OF_GROUP
from warehouse.statistics.cells import SUMMARY, cells
from warehouse.statistics.cohort import ALL, Cohort
from warehouse.statistics.comparisons import FISHER, comparisons
from warehouse.statistics.notes import line_note
from warehouse.statistics.tables import COMPARISON_COLUMNS, COUNTS, ENDS, SMD, WIDE_SMD

Row = dict[str, Any]
EVERY_TEST = (
    *("t", "levene", "ranksum", "ranksum_exact"),
    *("chi2", "fisher_two_sided", "fisher_one_sided"),
)


def wide_lines(lines: list[Row], cohort: Cohort) -> list[Row]:
    """One row for each line or level; test and effects are those of the first contrast."""
    prefixes = {group.code: group.prefix for group in cohort.groups} | {ALL: ALL}
    names = [f"{prefix}_{name}" for prefix in prefixes.values() for name in (*OF_GROUP, "display")]
    compared: dict[int, list[Row]] = {}
    for row in comparisons(lines, cohort, other_tests=EVERY_TEST):
        compared.setdefault(row["line"], []).append(row)
    empty = dict.fromkeys([*names, *COMPARISON_COLUMNS])
    of_line = {line["line"]: empty | line | {"level": None} for line in lines}
    rows: dict[tuple[int, str | None], Row] = {
        (number, None): line | _compared(compared.get(number, []))
        for number, line in of_line.items()
    }
    for cell in cells(lines, cohort):
        number, level, statistic = cell["line"], cell["level"], cell["statistic"]
        row = rows.setdefault((number, level), of_line[number] | {"level": level, "test": None})
        name, key = ("display",) * 2 if statistic == SUMMARY else (statistic, "value")
        value = cell[key] if cell[key] is None or statistic not in COUNTS else int(cell[key])
        row[f"{prefixes[cell['study_group']]}_{name}"] = value
    for number, level in rows:
        of_all = {key: n for key, n in rows[number, None].items() if key.endswith("_denominator")}
        rows[number, level].update(of_all)
    return list(rows.values())


def _compared(rows: list[Row]) -> Row:
    """The columns of the first contrast of a line, of which the printed test comes first."""
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


def numbers_of_tests(lines: list[Row], cohort: Cohort) -> dict[tuple[str, str], float | None]:
    """Statistics and p-values of every test, by variable and ``<test>.<part>``."""
    return {
        (row["variable"], f"{row['test']}.{part}"): row[part]
        for row in comparisons(lines, cohort, other_tests=EVERY_TEST)
        for part in ("statistic", "p_value")
        if row["test"]
    }
