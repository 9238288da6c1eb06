"""The rules that follow-ups of a patient agree with each other, and what a follow-up knows.

The outcome at 90 days is that of docs/decisions/0020-the-90-day-outcome.md, as the marts have it.
"""

from __future__ import annotations

from warehouse.expectations.followups import DAYS_TO_DEATH, IS_DEAD_IN_TIME, IS_DEATH
from warehouse.expectations.rule import Rule
from warehouse.expectations.time_points import (
    EXTRACT,
    FIRST_DAY,
    LAST_DAY,
    MORTALITY_DAYS,
    WINDOW,
)

DAYS_TO_ASSESSMENT = {
    "days_to_assessment": (
        "date_diff('day', cast(procedure.first_puncture_at as date), assessed_on)"
    )
}
# SQL over a landed follow-up and the first puncture of its admission, as in other rules.
SINCE_PUNCTURE = DAYS_TO_DEATH | DAYS_TO_ASSESSMENT
FACTS = {
    "has_death_date": "death_date is not null",
    "has_death": f"death_date is not null or coalesce({IS_DEATH}, false)",
    "has_outcome": f"""
        {IS_DEAD_IN_TIME}
        or case
            when {IS_DEATH} then coalesce(days_to_death <= {LAST_DAY}, true)
            when mrs is not null
                then coalesce(days_to_assessment between {FIRST_DAY} and {LAST_DAY}, true)
            else false
        end
    """,
}
# Decided in the order of delivery (``warehouse.checks.outcome_versions``).
KEPT_OUTCOME = Rule(
    extract=EXTRACT,
    name="outcome.kept",
    fields=("mrs", "assessed_on", "death_date", "lost_to_followup"),
    constraint="identity",
    severity="reject",
    kahn_category="plausibility",
    title="Known death or 90-day outcome missing in a later row",
    expected=(
        "the death that the accepted row records, with its date, and an outcome at 90 days where "
        f"the accepted row has one: a death by day {MORTALITY_DAYS}, or an mRS of day "
        f"{WINDOW.min} to {WINDOW.max} (at another time point, of its own days)"
    ),
    why="Whoever died or was assessed would be alive, lost or assessed at another time.",
    source="docs/decisions/0020-the-90-day-outcome.md",
    action=(
        "Deliver one row with all that is known: the mRS of day 90 with its date, and the date of "
        "a death beside it, also of a later one. If the accepted row is wrong, accept this one in "
        "the site's mapping: accepted_corrections, with file and line of this row and because. "
        "Until then the accepted row counts."
    ),
)
# Decided of the rows that count (``warehouse.checks.other_strokes``).
STROKES_AGREE = Rule(
    extract=EXTRACT,
    name="strokes_agree",
    fields=("mrs", "assessed_on", "death_date"),
    constraint="identity",
    severity="warn",
    kahn_category="plausibility",
    title="Follow-ups of a patient contradict each other",
    expected=(
        "one date of death in the follow-ups of a patient, at all time points and of all strokes, "
        "and no life after it"
    ),
    why="A patient dies once. The earliest date of death counts after each of the strokes.",
    source="Arithmetic",
    action=(
        "Correct Date of death, mRS or Date of assessment in the row that is wrong, and "
        "deliver it again."
    ),
)
# Decided of the rows that are withdrawn (``warehouse.checks.withdrawn_deaths``).
WITHDRAWN_DEATH = Rule(
    extract=EXTRACT,
    name="death.withdrawn",
    fields=("mrs", "death_date"),
    constraint="identity",
    severity="warn",
    kahn_category="completeness",
    title="Known death missing in a full delivery",
    expected="each death that was delivered before, while the patient is among the admissions",
    why="The withdrawn death no longer counts, and the patient is alive or lost in all numbers.",
    source="docs/decisions/0020-the-90-day-outcome.md",
    action=(
        "Deliver the row of the death again. If the death was wrong, accept its withdrawal in the "
        "site's mapping: accepted_corrections, with file and line of the withdrawn row and because."
    ),
)
