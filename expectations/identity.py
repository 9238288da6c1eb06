"""Rules on who and what a row is about: one person, one stroke, and the rows that belong to it.

A row that contradicts the accepted version of its record is no correction until the site says so.
"""

from __future__ import annotations

from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.thresholds import HOLD_WHEN_MOST_FAIL
from warehouse.expectations.rule import Limit, Rule

# Furthest onset of a later version of an admission without a number of its own.
SAME_STROKE_MAX = Limit(7, "days")
SAME_STROKE_DAYS = int(SAME_STROKE_MAX.value)
ACCEPTED_CORRECTIONS = "accepted_corrections"
SAY_SO = f"accept it in the site's mapping: {ACCEPTED_CORRECTIONS}, with file, line and because."
# Ages above it are written as 89+ in de-identified data; a site with another limit, such as >85,
# has the mark in its rows. Neither says a year of birth.
OLDEST_EXACT_AGE = 88
IS_LOWER_LIMIT = (
    f"({{table}}.age_years > {OLDEST_EXACT_AGE} or coalesce({{table}}.is_age_top_coded, false))"
)
# Of two true ages of a person, the years of birth that they say differ by one at most.
YEAR_OF_BIRTH = (
    f"case when not {IS_LOWER_LIMIT} then year({{table}}.onset_at) - {{table}}.age_years end"
)
# Of rows that were placed (``warehouse.checks.strokes``): why a row belongs to no stroke of its
# patient, null where it does.
UNPLACED = {
    "unplaced": (
        "(select placed.reason from checks.{extract}_placed as placed "
        "where placed.landed_row = landed.rowid)"
    )
}


def unplaced(extract: str) -> dict[str, str]:
    """The derived column ``unplaced`` of an extract whose rows belong to admissions."""
    return {name: sql.format(extract=extract) for name, sql in UNPLACED.items()}


def belonging_rule(extract: str) -> Rule:
    """The rule that a row belongs to a stroke: to the one that it names, or that fits in time."""
    return Rule(
        extract=extract,
        name="admission_id.reference",
        fields=("admission_id",),
        constraint="reference",
        severity="reject",
        kahn_category="conformance",
        title="Row that belongs to no known stroke",
        when="patient_key is not null",
        holds="unplaced is null",
        derived=unplaced(extract),
        shown=("unplaced",),
        threshold=HOLD_WHEN_MOST_FAIL,
        expected=(
            "an admission number that the patient's admissions have, or, without one, a time that "
            "fits one of the patient's strokes"
        ),
        why="A row that belongs to no stroke, or to a wrong one, would be counted for another.",
        source="docs/decisions/0002-records-and-deliveries.md",
        action=(
            "Where an admission that is held or rejected is named, correct that first: this row "
            "then needs no new delivery. Otherwise deliver the row with the number of its "
            "admission (admission_id), or correct its time. Until then the row stays out of the "
            "warehouse's tables."
        ),
    )


def _keeps_patient(extract: str, number: str, record: str) -> Rule:
    """The rule that the number of a record, such as a procedure's, stays with its patient."""
    return Rule(
        extract=extract,
        name="identity.kept",
        fields=(number, "patient_id"),
        constraint="identity",
        severity="reject",
        kahn_category="conformance",
        title=f"{record.capitalize()} number used for another patient",
        expected=f"the patient of whom the {record} number was delivered before",
        why=f"A number used again would replace another patient's {record}.",
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (relational conformance)",
        action=(
            f"If it is another {record}, deliver it under a number of its own. If it corrects "
            f"the patient of the row before, {SAY_SO} Until then the row before counts."
        ),
    )


def _files_agree(extract: str) -> Rule:
    """The rule that the files of a site and day have the same values of a record."""
    return Rule(
        extract=extract,
        name="files_agree",
        fields=(),
        constraint="identity",
        severity="warn",
        kahn_category="plausibility",
        title="Files of one day with different values",
        expected="the same values in all files of the day that have the record",
        why="Of two files of one day nobody knows which is right: the last one by name counts.",
        source="docs/decisions/0002-records-and-deliveries.md",
        action=(
            "Find out which line is right. Deliver it alone under a later day, or remove the other "
            "line from its file. Until then this row is used and flagged."
        ),
    )


# Decided of the rows that count (``warehouse.checks.files_of_one_day``).
FILES_AGREE = {extract: _files_agree(extract) for extract in EXTRACTS}
# The rules on versions of a numbered record, decided in turn (``warehouse.checks.identity``).
KEPT_IDENTITY = {
    extract.name: _keeps_patient(extract.name, extract.own_number, extract.record)
    for extract in dictionary().extracts.values()
    if extract.own_number
} | {
    "admissions": Rule(
        extract="admissions",
        name="identity.kept",
        fields=("patient_id", "admission_id", "birth_date", "age_years", "sex", "onset_at"),
        constraint="identity",
        severity="reject",
        kahn_category="plausibility",
        title="Number used for another patient or stroke",
        expected=(
            "the birth date (or an age that fits) and sex of the accepted row (of each row before "
            "it, while none is accepted), and, without an admission number, an onset at most "
            f"{SAME_STROKE_DAYS} days from its own"
        ),
        why="A number used again would replace another patient's admission, or another stroke.",
        source=SAME_STROKE_MAX.source,
        action=(
            "If it is another patient, deliver it under a number of its own; if it is another "
            "stroke, with an admission number (admission_id). If it corrects the row before, "
            f"{SAY_SO} Until then the accepted row counts, if there is one."
        ),
    ),
}
# Decided when the state of each procedure is known (``warehouse.checks.index_procedures``).
FIRST_KNOWN = Rule(
    extract="procedures",
    name="first.known",
    fields=("puncture_at",),
    constraint="identity",
    severity="reject",
    kahn_category="plausibility",
    title="Procedure after a rejected one of the same stroke",
    expected="an accepted row of the first procedure of the stroke",
    why="The re-intervention would be taken for the first procedure, with its times and its group.",
    source="docs/decisions/0002-records-and-deliveries.md",
    action=(
        "Correct the row that is named first: this row then needs no new delivery. If that row is "
        f"no earlier procedure of this stroke, {SAY_SO} Until then the stroke has no procedure in "
        "the warehouse's tables."
    ),
)
UNUSED_CORRECTION = Rule(
    extract="admissions",
    name=f"{ACCEPTED_CORRECTIONS}.used",
    fields=(),
    constraint="readable",
    severity="warn",
    kahn_category="conformance",
    title="Accepted correction that matches nothing",
    expected=(
        "file and line of a row that identity.kept, procedures.first.known or "
        "followups.outcome.kept holds, or of a withdrawn death"
    ),
    why="An entry that accepts nothing is mistyped, or no longer needed.",
    source="docs/mapping.md",
    action="Correct file and line of the entry in the site's mapping, or remove it.",
)
