"""Clinical rules on outcomes: they fit the patient's course from baseline to the last scan."""

from __future__ import annotations

from warehouse.expectations.rule import (
    Limit,
    between,
    codes_that,
    in_range,
    named,
    rules_of,
    unreadable,
)
from warehouse.expectations.time_points import EXTRACT, IS_AT_90_DAYS

rule = rules_of(EXTRACT)
MODERATE_NIHSS = Limit(
    6,
    "points",
    "Powers 2019 doi:10.1161/STR.0000000000000211 (thrombectomy is recommended from 6); Registry",
)
SEVERE_NIHSS = Limit(30, "points", "Brott 1989 doi:10.1161/01.STR.20.7.864; Registry")
GAIN_MAX = Limit(2, "grades", "van Swieten 1988 doi:10.1161/01.STR.19.5.604; Registry")
DEATH_DAY_MAX = Limit(120, "days")
IS_DEATH = f"mrs in {codes_that('mrs', 'is_death')}"
IS_FREE_OF_SYMPTOMS = f"mrs in {codes_that('mrs', 'is_free_of_symptoms')}"
IS_AT_DISCHARGE = f"coalesce(time_point in {codes_that('time_point', 'day_min', '0')}, false)"
KNOWN_MRS = in_range(EXTRACT, "mrs")
DAY_OF_DEATH = {
    "day_of_death": (
        f"case when {IS_DEATH} and {IS_AT_90_DAYS} "
        "and death_date >= cast(procedure.first_puncture_at as date) "
        "and death_date <= delivered_on and death_date <= assessed_on "
        "then date_diff('day', cast(procedure.first_puncture_at as date), death_date) end"
    )
}

RULES = (
    rule(
        name="mrs_with_mode",
        fields=("mrs", "mode"),
        kahn_category="completeness",
        title="mRS without a mode of contact",
        when=f"{KNOWN_MRS} and not lost_to_followup and not {unreadable('mode')}",
        holds="mode is not null",
        shown=("mrs",),
        expected="a mode of contact with every mRS",
        why="An mRS by telephone, in person and from a record are not equally reliable.",
        source="Guo 2023 Methods",
        action="Add Mode of contact at the source and deliver the row again.",
    ),
    rule(
        name="mrs_of_the_living_by_contact",
        fields=("mrs", "mode"),
        kahn_context="validation",
        title="mRS of a living patient from a record",
        when=(
            f"{KNOWN_MRS} and not {IS_DEATH} and not lost_to_followup "
            f"and {in_range(EXTRACT, 'mode')} and not {IS_AT_DISCHARGE}"
        ),
        holds=f"mode in {codes_that('followup_mode', 'is_contact')}",
        shown=("mrs", "mode"),
        expected="an interview or a visit for the mRS of a patient who is alive",
        why="A hospital record tells of a death, not of a life at home.",
        source="van Swieten 1988 doi:10.1161/01.STR.19.5.604",
        action="Check Mode of contact at the source, or call the patient.",
    ),
    rule(
        name="lost_without_death",
        fields=("lost_to_followup", "death_date"),
        title="Lost to follow-up with a date of death",
        when="lost_to_followup",
        holds="death_date is null",
        shown=("death_date",),
        expected="no date of death for a patient who was lost to follow-up",
        why="A known death is an outcome: by day 90 it counts as mRS 6, lost or not.",
        source="Guo 2023 Figure 3",
        action="Correct Lost to follow-up and mRS, or Date of death.",
    ),
    rule(
        name="lost_without_assessment",
        fields=("lost_to_followup", "assessed_on"),
        title="Lost to follow-up with a date of assessment",
        when="lost_to_followup and mrs is null and death_date is null",
        holds="assessed_on is null",
        shown=("assessed_on",),
        expected="no date of assessment for a patient who was lost to follow-up",
        why="Either the mRS of that day is missing or the patient was not reached.",
        source="Guo 2023 Figure 3",
        action="Add mRS, or remove Date of assessment.",
    ),
    rule(
        name="death_in_time",
        fields=("mrs", "death_date"),
        kahn_context="validation",
        title="mRS 6 with a death long after day 90",
        expectation=between("day_of_death", high=DEATH_DAY_MAX),
        derived=DAY_OF_DEATH,
        shown=("day_of_death",),
        expected=f"with mRS 6, a death at most {DEATH_DAY_MAX} days after the puncture",
        why="Who dies later was alive at 90 days and had another mRS then.",
        source=DEATH_DAY_MAX.source,
    ),
    rule(
        name="mrs_with_severe_stroke",
        fields=("mrs",),
        kahn_context="validation",
        title="No symptoms after a very severe stroke",
        when=f"baseline_nihss >= {SEVERE_NIHSS} and {KNOWN_MRS}",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={"baseline_nihss": "admission.baseline_nihss"},
        shown=("baseline_nihss", "mrs"),
        expected=f"an mRS above 0 after a baseline NIHSS of {SEVERE_NIHSS} or more",
        why="It happens, but an exchanged row happens more often.",
        source=SEVERE_NIHSS.source,
        action="Check mRS, and Baseline NIHSS in the admission.",
    ),
    rule(
        name="mrs_not_better_than_before",
        fields=("mrs",),
        title="mRS much better than before the stroke",
        when=KNOWN_MRS,
        holds=f"prestroke_mrs - mrs <= {GAIN_MAX}",
        derived={"prestroke_mrs": "admission.prestroke_mrs"},
        shown=("prestroke_mrs", "mrs"),
        expected=f"an mRS at most {GAIN_MAX} below that before the stroke",
        why="One of the two scores was read for somebody else or the other way round.",
        source=GAIN_MAX.source,
        action="Check mRS, and Pre-stroke mRS in the admission.",
    ),
    rule(
        name="mrs_after_failure",
        fields=("mrs",),
        kahn_context="validation",
        title="No symptoms after a failed thrombectomy",
        when=f"{KNOWN_MRS} and stayed_closed and severe_enough",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={
            "stayed_closed": "procedure.stayed_closed",
            "severe_enough": (
                f"admission.baseline_nihss >= {MODERATE_NIHSS} "
                f"and admission.baseline_nihss < {SEVERE_NIHSS}"
            ),
        },
        shown=("mrs",),
        expected=(
            f"an mRS above 0 where the final mTICI was {named('mtici', 'is_failed_reperfusion')} "
            f"and the NIHSS {MODERATE_NIHSS} or more"
        ),
        why="Recovery without reperfusion is rare; the grade or the outcome is exchanged.",
        source="Goyal 2016 doi:10.1016/S0140-6736(16)00163-X",
        action="Check mRS, and Final mTICI in the procedure.",
    ),
    rule(
        name="mrs_after_large_hematoma",
        fields=("mrs",),
        kahn_context="validation",
        title="No symptoms after a large hematoma",
        when=f"{KNOWN_MRS} and has_large_hematoma",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={"has_large_hematoma": "scan.has_large_hematoma"},
        shown=("mrs",),
        expected="an mRS above 0 after a PH-2",
        why="A hematoma with mass effect destroys tissue; the class or the outcome is wrong.",
        source="von Kummer 2015 doi:10.1161/STROKEAHA.115.010049",
        action="Check mRS, and Hemorrhage (Heidelberg) in the scans.",
    ),
    rule(
        name="death_after_last_scan",
        fields=("death_date",),
        title="Scan after death",
        when="death_date >= first_puncture_on",
        holds="cast(last_imaged_at as date) <= death_date",
        derived={
            "first_puncture_on": "cast(procedure.first_puncture_at as date)",
            "last_imaged_at": "scan.last_imaged_at",
        },
        shown=("last_imaged_at", "death_date"),
        expected="a date of death on or after the day of the last scan",
        why="The scan or the death belongs to somebody else, or a date is mistyped.",
        source="Arithmetic",
        action="Check Date of death, and Time of scan in the scans.",
    ),
    rule(
        name="death_after_last_procedure",
        fields=("death_date",),
        title="Procedure after death",
        when="death_date >= first_puncture_on",
        holds="cast(last_puncture_at as date) <= death_date",
        derived={
            "first_puncture_on": "cast(procedure.first_puncture_at as date)",
            "last_puncture_at": "procedure.last_puncture_at",
        },
        shown=("last_puncture_at", "death_date"),
        expected="a date of death on or after the day of the last procedure",
        why="The procedure or the death belongs to somebody else, or a date is mistyped.",
        source="Arithmetic",
        action="Check Date of death, and Puncture in the procedures.",
    ),
)
