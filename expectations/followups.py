"""Clinical rules on follow-ups: the outcome, death and loss to follow-up fit together.

mRS 6 is recorded exactly when the patient died at or before the assessment. A death by day 90 is
the outcome at 90 days, whatever the rest of the row says, and so it is at other time points
(docs/decisions/0020-the-90-day-outcome.md). The window of the 90-day assessment is the study's.
"""

from __future__ import annotations

from warehouse.expectations.rule import between, codes_that, in_range, rules_of, unreadable
from warehouse.expectations.shared_rules import not_after_delivery
from warehouse.expectations.time_points import (
    DEATH_DAY,
    EXTRACT,
    FIRST_DAY,
    IS_AT_90_DAYS,
    LAST_DAY,
    MORTALITY_DAYS,
    WINDOW,
)

rule = rules_of(EXTRACT)

IS_DEATH = f"mrs in {codes_that('mrs', 'is_death')}"
IS_VISIT = f"mode in {codes_that('followup_mode', 'is_visit')}"
FIRST_PUNCTURE_ON = {"first_puncture_on": "cast(procedure.first_puncture_at as date)"}
# The day of an assessment of somebody alive; deaths are assessed on the day they are learned of.
DAY_ALIVE = {
    "assessed_day_alive": (
        f"case when mrs is not null and not {IS_DEATH} "
        "and assessed_on >= cast(procedure.first_puncture_at as date) "
        f"and assessed_on <= delivered_on and {IS_AT_90_DAYS} "
        "then date_diff('day', cast(procedure.first_puncture_at as date), assessed_on) end"
    )
}
# The day that an mRS of another time point is of: of the assessment, or, with mRS 6, of the death.
DAY_OF_MRS = {
    "day_of_mrs": (
        f"case when not {IS_AT_90_DAYS} then date_diff('day', "
        "cast(procedure.first_puncture_at as date), "
        f"case when {IS_DEATH} then death_date when mrs is not null then assessed_on end) end"
    )
}
# Whether another row of the admission has the date of death.
DEATH_ELSEWHERE = {
    "has_death_elsewhere": (
        "(landed.site, landed.admission_key) in (select (site, admission_key) from raw.followups "
        "where death_date is not null)"
    )
}
DAYS_TO_DEATH = {
    "days_to_death": "date_diff('day', cast(procedure.first_puncture_at as date), death_date)"
}
IS_DEAD_IN_TIME = f"coalesce(days_to_death <= {DEATH_DAY}, false)"
# Of a death after the delivery, and an assessment before the puncture, another query says so.
DEATH_AND_ASSESSMENT_OF_MRS_6 = {
    "death_date_of_mrs_6": (
        f"case when {IS_DEATH} and death_date <= delivered_on "
        "and coalesce(assessed_on >= cast(procedure.first_puncture_at as date), true) "
        f"and {in_range(EXTRACT, 'assessed_on')} then death_date end"
    ),
}

RULES = (
    rule(
        name="mrs_or_lost",
        fields=("mrs", "lost_to_followup"),
        severity="reject",
        kahn_category="completeness",
        title="mRS missing without a loss to follow-up or a death",
        when=f"not lost_to_followup and not {unreadable('mrs')} and not {IS_DEAD_IN_TIME}",
        holds="mrs is not null",
        derived=DAYS_TO_DEATH,
        expected=(
            f"an mRS, unless the patient was lost to follow-up or died by day {MORTALITY_DAYS} "
            "(at another time point, by its day)"
        ),
        why="Without it the outcome is unknown and the patient has to be called again.",
        source="Guo 2023 Methods",
        action="Add mRS, or record the loss to follow-up, and deliver the row again.",
    ),
    rule(
        name="lost_without_mrs",
        fields=("mrs", "lost_to_followup"),
        severity="reject",
        kahn_category="conformance",
        title="mRS of a patient lost to follow-up",
        when=f"lost_to_followup and not {IS_DEAD_IN_TIME}",
        holds="mrs is null",
        derived=DAYS_TO_DEATH,
        shown=("mrs",),
        expected="no mRS for a patient who was lost to follow-up",
        why="It decides whether the patient is analyzed or excluded.",
        source="Guo 2023 Figure 3",
        action="Correct mRS or Lost to follow-up and deliver the row again.",
    ),
    rule(
        name="mrs_with_assessment_date",
        fields=("mrs", "assessed_on"),
        kahn_category="completeness",
        title="mRS without a date of assessment",
        when=f"mrs is not null and not {unreadable('assessed_on')}",
        holds="assessed_on is not null",
        shown=("mrs", "assessed_on"),
        expected="a date of assessment with every mRS",
        why="Without it nobody can tell whether this is the 90-day outcome.",
        source="Guo 2023 Methods",
        action="Add Date of assessment at the source and deliver the row again.",
    ),
    rule(
        name="mrs_6_with_death_date",
        fields=("mrs", "death_date"),
        kahn_category="completeness",
        title="mRS 6 without a date of death",
        when=f"{IS_DEATH} and not {unreadable('death_date')} and not has_death_elsewhere",
        holds="death_date is not null",
        derived=DEATH_ELSEWHERE,
        shown=("mrs", "death_date"),
        expected="a date of death with every mRS 6",
        why="The day decides whether the death was within 90 days; without it, mRS 6 decides.",
        source="Guo 2023 Table 2 (mortality)",
        action="Add Date of death at the source if it is known.",
    ),
    rule(
        name="death_before_assessment",
        fields=("mrs", "death_date", "assessed_on"),
        severity="reject",
        title="Death recorded after the assessment with mRS 6",
        holds="death_date_of_mrs_6 <= assessed_on",
        derived=DEATH_AND_ASSESSMENT_OF_MRS_6,
        shown=("mrs", "death_date", "assessed_on"),
        expected="with mRS 6, a death at or before the assessment",
        why="At the assessment the patient was still alive, so the mRS was not 6.",
        source="Common extension of the mRS in stroke trials",
        action="Correct mRS, Date of death or Date of assessment and deliver again.",
    ),
    rule(
        name="dead_with_mrs_6",
        fields=("mrs", "death_date", "assessed_on"),
        severity="reject",
        kahn_category="conformance",
        title="Death by the assessment without mRS 6",
        when="mrs is not null and death_date <= assessed_on",
        holds=IS_DEATH,
        shown=("mrs", "death_date", "assessed_on"),
        expected="mRS 6 for a patient who died at or before the assessment",
        why="A dead patient would be counted with a good or poor outcome.",
        source="Common extension of the mRS in stroke trials",
        action="Correct mRS, Date of death or Date of assessment and deliver again.",
    ),
    rule(
        name="no_visit_after_death",
        fields=("mode", "death_date", "assessed_on"),
        severity="reject",
        title="Visit after death",
        when=f"{IS_VISIT} and coalesce({IS_DEATH}, true)",
        holds="assessed_on <= death_date",
        shown=("mode", "death_date", "assessed_on"),
        expected="no outpatient visit on a day after the date of death",
        why="Either the visit or the death belongs to another patient.",
        source="Arithmetic",
        action="Correct Mode of contact, Date of death or Date of assessment and deliver again.",
    ),
    rule(
        name="death_after_puncture",
        fields=("death_date",),
        severity="reject",
        title="Death recorded before the puncture",
        when=in_range(EXTRACT, "death_date"),
        holds="first_puncture_on <= death_date",
        derived=FIRST_PUNCTURE_ON,
        shown=("first_puncture_on", "death_date"),
        expected="a date of death on or after the day of the first puncture",
        why="Death within 90 days is counted from the puncture.",
        source="Clinical sequence of the stroke pathway",
        action="Correct Date of death, or Puncture in the procedure, and deliver the row again.",
    ),
    rule(
        name="assessment_after_puncture",
        fields=("assessed_on",),
        severity="reject",
        title="Assessment recorded before the puncture",
        when=in_range(EXTRACT, "assessed_on"),
        holds="first_puncture_on <= assessed_on",
        derived=FIRST_PUNCTURE_ON,
        shown=("first_puncture_on", "assessed_on"),
        expected="an assessment on or after the day of the first puncture",
        why="An outcome from before the procedure is no outcome of it.",
        source="Clinical sequence of the stroke pathway",
        action="Correct Date of assessment, or Puncture in the procedure, and deliver again.",
    ),
    not_after_delivery(EXTRACT, "assessment", "assessed_on", "assessment"),
    not_after_delivery(EXTRACT, "death", "death_date", "death"),
    rule(
        name="assessed_in_time",
        fields=("assessed_on",),
        kahn_context="validation",
        title="Assessment outside the window around day 90",
        expectation=between("assessed_day_alive", WINDOW.min, WINDOW.max),
        derived=DAY_ALIVE,
        shown=("assessed_day_alive",),
        expected=f"an assessment {WINDOW.min} to {WINDOW.max} days after the first puncture",
        why="An assessment outside the window is no 90-day mRS, and counts in no rate.",
        source="The registry's definition of outcomes, outcomes.yaml",
        action=(
            "Check Date of assessment at the source; while the window is open, assess the patient "
            "again and deliver that row."
        ),
    ),
    rule(
        name="mrs_at_time_point",
        fields=("time_point", "assessed_on", "death_date"),
        kahn_context="validation",
        title="mRS of a day far from its time point",
        when="day_of_mrs >= 0",
        holds=f"day_of_mrs <= {LAST_DAY} and ({IS_DEATH} or day_of_mrs >= {FIRST_DAY})",
        derived=DAY_OF_MRS,
        shown=("time_point", "day_of_mrs"),
        expected=(
            "an assessment in the window of its time point (code list time_point), and with mRS 6 "
            "a death by its end"
        ),
        why="An mRS of another day is not the outcome at this time point, and is not used as it.",
        source="dbt_project/seeds/codes/time_point.csv",
    ),
)
