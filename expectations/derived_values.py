"""Values that are worked out of two cells, and what of them is possible.

Each of the two cells may be possible by itself, so neither is emptied: the value is missing in the
marts until the site answers (``warehouse.checks.impossible``), and the row stays. Rules on what is
usual look at possible values alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.rule import Rule, between, limit


@dataclass(frozen=True)
class DerivedValue:
    """A column of the marts that two cells give, in SQL over the table that is checked.

    ``in_order`` says where the two are in order: otherwise the order is what is reported.
    """

    column: str
    extract: str
    rule_name: str
    title: str
    fields: tuple[str, ...]
    shown: tuple[str, ...]
    in_order: str
    sql: str
    limit_name: str

    @property
    def judged(self) -> str:
        """SQL of the value where the cells are in order."""
        return f"case when {self.in_order} then {self.sql} end"

    @property
    def possible(self) -> str:
        """SQL of the value where it is possible."""
        highest = limit(self.extract, self.limit_name).value
        return f"case when {self.in_order} and {self.sql} <= {highest} then {self.sql} end"

    @property
    def rule(self) -> Rule:
        """The rule that the value is possible."""
        highest = limit(self.extract, self.limit_name)
        judged = f"{self.column}__judged"
        return Rule(
            extract=self.extract,
            name=self.rule_name,
            fields=self.fields,
            severity="warn",
            kahn_category="plausibility",
            title=self.title,
            expectation=between(judged, high=highest.value),
            derived={judged: self.judged},
            empties=self.column,
            shown=self.shown or (judged,),
            expected=f"at most {highest.value} {highest.unit}",
            why="One of the two is wrong, and nobody can tell which; the value enters no number.",
            source=highest.source,
            action=(
                "Correct the cell that is wrong at the source and deliver the row again. Until "
                "then the value is missing in all numbers; the rest of the row is used."
            ),
        )


def _minutes(earlier: str, later: str) -> str:
    return f"date_diff('minute', {earlier}, {later})"


AGE = DerivedValue(
    column="age_years",
    extract="admissions",
    rule_name="age_possible",
    title="Age at onset is impossible",
    fields=("birth_date", "onset_at"),
    shown=(),  # of a birth the age alone
    in_order="birth_date <= cast(onset_at as date)",
    sql="date_sub('year', birth_date, cast(onset_at as date))",
    limit_name="age_possible_max_years",
)
ONSET_TO_ADMISSION = DerivedValue(
    column="onset_to_admission_min",
    extract="admissions",
    rule_name="onset_to_arrival_possible",
    title="Time from onset to arrival is impossible",
    fields=("onset_at", "arrived_at"),
    shown=("onset_at", "arrived_at"),
    in_order="arrived_at >= onset_at and cast(arrived_at as date) <= delivered_on",
    sql=_minutes("onset_at", "arrived_at"),
    limit_name="onset_to_arrival_possible_max_min",
)
ONSET_TO_PUNCTURE = DerivedValue(
    column="onset_to_puncture_min",
    extract="procedures",
    rule_name="onset_to_puncture_possible",
    title="Time from onset to puncture is impossible",
    fields=("puncture_at",),
    shown=("onset_at", "puncture_at"),
    in_order="puncture_at >= admission.onset_at",
    sql=_minutes("admission.onset_at", "puncture_at"),
    limit_name="onset_to_puncture_possible_max_min",
)
DOOR_TO_PUNCTURE = DerivedValue(
    column="door_to_puncture_min",
    extract="procedures",
    rule_name="door_to_puncture_possible",
    title="Time from arrival to puncture is impossible",
    fields=("puncture_at",),
    shown=("arrived_at", "puncture_at"),
    in_order="puncture_at >= admission.arrived_at",
    sql=_minutes("admission.arrived_at", "puncture_at"),
    limit_name="door_to_puncture_possible_max_min",
)
DURATION = DerivedValue(
    column="procedure_duration_min",
    extract="procedures",
    rule_name="duration_possible",
    title="Duration of the procedure is impossible",
    fields=("puncture_at", "ended_at"),
    shown=("puncture_at", "ended_at"),
    in_order="ended_at > puncture_at",
    sql=_minutes("puncture_at", "ended_at"),
    limit_name="duration_possible_max_min",
)
DERIVED_VALUES = (AGE, ONSET_TO_ADMISSION, ONSET_TO_PUNCTURE, DOOR_TO_PUNCTURE, DURATION)


def possible_rules(extract: str) -> tuple[Rule, ...]:
    """The rules that the derived values of an extract are possible."""
    return tuple(value.rule for value in DERIVED_VALUES if value.extract == extract)
