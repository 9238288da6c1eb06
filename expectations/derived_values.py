"""Values that are worked out of two cells, and what of them is possible.

Each of the two cells may be possible by itself, so neither is emptied: the value is missing in the
marts until the site answers (``warehouse.checks.impossible``), and the row stays. Rules on what is
usual look at possible values alone.

One mistyped time makes several values impossible. The first of these rules that it breaks says so,
and the others are silent: the order of the times, the range of a cell, the stroke that a procedure
belongs to, and then the intervals from the earliest on.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.expectations.rule import Limit, Rule, between, in_range, is_named

MISTYPED = "Registry: a month or a year is mistyped, or it is another stroke"
DAYS_14 = Limit(14 * 24 * 60, "min", MISTYPED)
DOOR_MAX = Limit(7 * 24 * 60, "min", MISTYPED)
PUNCTURE_MAX = Limit(30, "days")
# Of the admission of a row: whether the arrival is possible. If not, its own query says so.
ARRIVAL_POSSIBLE = (
    f"coalesce(date_diff('minute', admission.onset_at, admission.arrived_at) <= {DAYS_14}, true)"
)
# Since when a row can be of the stroke: the onset, or where that is impossible the arrival.
STROKE_AT = (
    f"case when {ARRIVAL_POSSIBLE} then admission.onset_at "
    "else greatest(admission.onset_at, admission.arrived_at) end"
)
# Where a puncture is neither after the end or the delivery nor of another stroke.
PUNCTURE_IN_ORDER = (
    "coalesce(puncture_at < ended_at, true) and cast(puncture_at as date) <= delivered_on "
    f"and {ARRIVAL_POSSIBLE} and (date_diff('day', {STROKE_AT}, puncture_at) <= {PUNCTURE_MAX} "
    f"or {is_named('procedures')})"
)


@dataclass(frozen=True, kw_only=True)
class DerivedValue:
    """A column of the marts that two cells give, in SQL over the table that is checked.

    ``in_order`` says where the two are in order, and no other query is about them: otherwise that
    is what is reported. ``also_impossible`` is SQL over the checked table that is true where
    another query is about them, and the value is impossible. A cell of another extract is written
    ``admission.<column>``. A query shows the cells, or the value alone.
    """

    extract: str
    column: str
    name: str
    title: str
    cells: tuple[str, str]
    in_order: str
    highest: Limit
    sql: str = "date_diff('minute', {0}, {1})"
    shows_cells: bool = True
    also_impossible: str = "false"

    @property
    def value(self) -> str:
        """SQL of the value."""
        return self.sql.format(*self.cells)

    @property
    def possible(self) -> str:
        """SQL of the value where it is possible."""
        return f"case when {self.in_order} and {self.value} <= {self.highest} then {self.value} end"

    @property
    def rule(self) -> Rule:
        """The rule that the value is possible."""
        checked = f"{self.column}__checked"
        cells = tuple(cell.removeprefix("admission.") for cell in self.cells)
        return Rule(
            extract=self.extract,
            name=f"{self.name}_possible",
            fields=tuple(cell for cell in self.cells if cell in cells),
            title=f"Impossible {self.title}",
            expectation=between(checked, high=self.highest),
            derived={checked: f"case when {self.in_order} then {self.value} end"},
            empties=self.column,
            empties_where=f"{checked} > {self.highest} or {self.also_impossible}",
            shown=cells if self.shows_cells else (checked,),
            expected=f"at most {self.highest} {self.highest.unit}",
            why="One of the two is wrong, and nobody can tell which; the value enters no number.",
            source=self.highest.source,
            action=(
                "Correct the cell that is wrong at the source and deliver the row again. Until "
                "then the value is missing in all numbers; the rest of the row is used."
            ),
        )


AGE = DerivedValue(
    extract="admissions",
    column="age_years",
    name="age",
    title="age at onset",
    cells=("birth_date", "onset_at"),
    in_order=(
        "birth_date <= cast(onset_at as date) and coalesce(onset_at <= arrived_at, true) "
        f"and {in_range('admissions', 'birth_date')} and {in_range('admissions', 'onset_at')}"
    ),
    highest=Limit(
        115,
        "years",
        "Registry: only a few dozen people are known to have lived longer; a mistyped year is "
        "commoner",
    ),
    sql="date_sub('year', {0}, cast({1} as date))",
    shows_cells=False,
)
ONSET_TO_ADMISSION = DerivedValue(
    extract="admissions",
    column="onset_to_admission_min",
    name="onset_to_arrival",
    title="time from onset to arrival",
    cells=("onset_at", "arrived_at"),
    in_order=(
        "arrived_at >= onset_at and cast(arrived_at as date) <= delivered_on "
        f"and {in_range('admissions', 'onset_at')}"
    ),
    highest=DAYS_14,
)
ONSET_TO_PUNCTURE = DerivedValue(
    extract="procedures",
    column="onset_to_puncture_min",
    name="onset_to_puncture",
    title="time from onset to puncture",
    cells=("admission.onset_at", "puncture_at"),
    in_order=f"puncture_at >= admission.onset_at and {PUNCTURE_IN_ORDER}",
    highest=DAYS_14,
    also_impossible=(
        f"date_diff('minute', onset_at, puncture_at) > {DAYS_14} "
        f"or date_diff('minute', onset_at, arrived_at) > {DAYS_14}"
    ),
)
# A stroke in hospital arrives when it is noticed.
DOOR_TO_PUNCTURE = DerivedValue(
    extract="procedures",
    column="door_to_puncture_min",
    name="door_to_puncture",
    title="time from arrival to puncture",
    cells=("admission.arrived_at", "puncture_at"),
    in_order=(
        f"puncture_at >= admission.arrived_at and {PUNCTURE_IN_ORDER} and "
        f"coalesce(date_diff('minute', admission.onset_at, puncture_at) <= {DAYS_14}, true)"
    ),
    highest=DOOR_MAX,
    also_impossible=(
        f"date_diff('minute', arrived_at, puncture_at) > {DOOR_MAX} or (puncture_at < arrived_at "
        f"and date_diff('minute', onset_at, arrived_at) > {DAYS_14})"
    ),
)
DURATION = DerivedValue(
    extract="procedures",
    column="procedure_duration_min",
    name="duration",
    title="duration of the procedure",
    cells=("puncture_at", "ended_at"),
    in_order=(
        "ended_at > puncture_at and cast(ended_at as date) <= delivered_on "
        "and coalesce(puncture_at >= admission.onset_at, true) "
        f"and {in_range('procedures', 'puncture_at')}"
    ),
    highest=Limit(24 * 60, "min", "Registry: no procedure lasts longer; a date is mistyped"),
)
DERIVED_VALUES = (AGE, ONSET_TO_ADMISSION, ONSET_TO_PUNCTURE, DOOR_TO_PUNCTURE, DURATION)


def possible_rules(extract: str) -> tuple[Rule, ...]:
    """The rules that the derived values of an extract are possible."""
    return tuple(value.rule for value in DERIVED_VALUES if value.extract == extract)
