"""Clinical rules on stroke admissions: the order of birth, onset and arrival, and a plausible age.

Sources of the limits stand in ``dictionary/admissions.yaml``.
"""

from __future__ import annotations

from expectations.rule import Rule, between, in_order, limit

EXTRACT = "admissions"
AGE_MIN = limit(EXTRACT, "age_min_years")
AGE_MAX = limit(EXTRACT, "age_max_years")

# Completed years; negative when the birth is recorded after the onset.
AGE = {"age_at_onset_years": "date_sub('year', birth_date, cast(onset_at as date))"}
# The age, where the dates are in order: a birth after onset is reported as that.
JUDGED_AGE = {
    "judged_age_years": (
        "case when birth_date <= cast(onset_at as date) "
        "then date_sub('year', birth_date, cast(onset_at as date)) end"
    )
}

RULES = (
    Rule(
        extract=EXTRACT,
        name="onset_before_arrival",
        fields=("onset_at", "arrived_at"),
        severity="reject",
        kahn_category="plausibility",
        title="Onset is not after arrival",
        expectation=in_order("onset_at", "arrived_at"),
        shown=("onset_at", "arrived_at"),
        expected="an onset at or before the arrival",
        why="Times from onset decide who is eligible; out of order they are all wrong.",
        source="Clinical sequence of the stroke pathway",
        action="Correct Stroke onset or Arrival at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="birth_before_onset",
        fields=("birth_date", "onset_at"),
        severity="reject",
        kahn_category="plausibility",
        title="Birth is before onset",
        holds="birth_date <= cast(onset_at as date)",
        derived=AGE,
        shown=("age_at_onset_years",),
        expected="a date of birth before the day of onset",
        why="The age at onset cannot be worked out.",
        source="Arithmetic",
        action="Correct Date of birth or Stroke onset at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="age_plausible",
        fields=("birth_date", "onset_at"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Age at onset is that of an adult",
        expectation=between("judged_age_years", AGE_MIN.value, AGE_MAX.value),
        derived=JUDGED_AGE,
        shown=("judged_age_years",),
        expected=f"an age at onset between {AGE_MIN.value} and {AGE_MAX.value} years",
        why="The registry and the study are about adults; another age is mostly a mistyped year.",
        source=f"{AGE_MIN.source}; {AGE_MAX.source}",
        action="Check Date of birth and Stroke onset at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="arrival_before_delivery",
        fields=("arrived_at",),
        severity="reject",
        kahn_category="plausibility",
        title="Arrival is not after the day of delivery",
        holds="cast(arrived_at as date) <= delivered_on",
        shown=("arrived_at", "delivered_on"),
        expected="an arrival on or before the day on which the file was delivered",
        why="What has not happened yet cannot have been recorded.",
        source="Arithmetic",
        action="Correct Arrival at the source and deliver the row again.",
    ),
)
