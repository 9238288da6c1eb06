"""Clinical rules on outcomes: they fit the patient's course from baseline to the last scan.

Sources of the limits stand in ``dictionary/followups.yaml``.
"""

from __future__ import annotations

from expectations.rule import Rule, between, codes_that, in_range, limit, named, unreadable

EXTRACT = "followups"
MODERATE_NIHSS = limit(EXTRACT, "moderate_nihss_min")
SEVERE_NIHSS = limit(EXTRACT, "severe_nihss_min")
GAIN_MAX = limit(EXTRACT, "mrs_gain_over_prestroke_max")
DEATH_DAY_MAX = limit(EXTRACT, "death_day_max")
IS_DEATH = f"mrs in {codes_that('mrs', 'is_death')}"
IS_FREE_OF_SYMPTOMS = f"mrs in {codes_that('mrs', 'is_free_of_symptoms')}"
KNOWN_MRS = in_range(EXTRACT, "mrs")
DAY_OF_DEATH = {
    "day_of_death": (
        f"case when {IS_DEATH} and death_date >= cast(procedure.first_puncture_at as date) "
        "and death_date <= delivered_on and death_date <= assessed_on "
        "then date_diff('day', cast(procedure.first_puncture_at as date), death_date) end"
    )
}

RULES = (
    Rule(
        extract=EXTRACT,
        name="mrs_with_mode",
        fields=("mrs", "mode"),
        severity="warn",
        kahn_category="completeness",
        title="An mRS comes with the mode of contact",
        when=f"{KNOWN_MRS} and not lost_to_followup and not {unreadable('mode')}",
        holds="mode is not null",
        shown=("mrs",),
        expected="a mode of contact with every mRS",
        why="An mRS by telephone, in person and from a record are not equally reliable.",
        source="Guo 2023 Methods",
        action="Add Mode of contact at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="mrs_of_the_living_by_contact",
        fields=("mrs", "mode"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="The mRS of somebody alive comes from a contact",
        when=(
            f"{KNOWN_MRS} and not {IS_DEATH} and not lost_to_followup "
            f"and {in_range(EXTRACT, 'mode')}"
        ),
        holds=f"mode in {codes_that('followup_mode', 'is_contact')}",
        shown=("mrs", "mode"),
        expected="an interview or a visit for the mRS of a patient who is alive",
        why="A hospital record tells of a death, not of a life at home.",
        source="van Swieten 1988 doi:10.1161/01.STR.19.5.604",
        action="Check Mode of contact at the source, or call the patient.",
    ),
    Rule(
        extract=EXTRACT,
        name="lost_without_death",
        fields=("lost_to_followup", "death_date"),
        severity="warn",
        kahn_category="plausibility",
        title="A patient known to have died is not lost",
        when="lost_to_followup",
        holds="death_date is null",
        shown=("death_date",),
        expected="no date of death for a patient who was lost to follow-up",
        why="A known death is an outcome: by day 90 it counts as mRS 6, lost or not.",
        source="Guo 2023 Figure 3",
        action="Correct Lost to follow-up and mRS at 90 days, or Date of death.",
    ),
    Rule(
        extract=EXTRACT,
        name="lost_without_assessment",
        fields=("lost_to_followup", "assessed_on"),
        severity="warn",
        kahn_category="plausibility",
        title="A patient lost to follow-up was not assessed",
        when="lost_to_followup and mrs is null and death_date is null",
        holds="assessed_on is null",
        shown=("assessed_on",),
        expected="no date of assessment for a patient who was lost to follow-up",
        why="Either the mRS of that day is missing or the patient was not reached.",
        source="Guo 2023 Figure 3",
        action="Add mRS at 90 days, or remove Date of assessment.",
    ),
    Rule(
        extract=EXTRACT,
        name="death_in_time",
        fields=("mrs", "death_date"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="mRS 6 at 90 days means a death by then",
        expectation=between("day_of_death", high=DEATH_DAY_MAX.value),
        derived=DAY_OF_DEATH,
        shown=("day_of_death",),
        expected=f"with mRS 6, a death at most {DEATH_DAY_MAX.value} days after the puncture",
        why="Who dies later was alive at 90 days and had another mRS then.",
        source=DEATH_DAY_MAX.source,
        action="Check mRS at 90 days and Date of death at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="mrs_with_severe_stroke",
        fields=("mrs",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A very severe stroke leaves symptoms",
        when=f"baseline_nihss >= {SEVERE_NIHSS.value} and {KNOWN_MRS}",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={"baseline_nihss": "admission.baseline_nihss"},
        shown=("baseline_nihss", "mrs"),
        expected=f"an mRS above 0 after a baseline NIHSS of {SEVERE_NIHSS.value} or more",
        why="It happens, but an exchanged row happens more often.",
        source=SEVERE_NIHSS.source,
        action="Check mRS at 90 days, and Baseline NIHSS in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="mrs_not_better_than_before",
        fields=("mrs",),
        severity="warn",
        kahn_category="plausibility",
        title="A stroke does not make people fitter",
        when=KNOWN_MRS,
        holds=f"prestroke_mrs - mrs <= {GAIN_MAX.value}",
        derived={"prestroke_mrs": "admission.prestroke_mrs"},
        shown=("prestroke_mrs", "mrs"),
        expected=f"an mRS at most {GAIN_MAX.value} below that before the stroke",
        why="One of the two scores was read for somebody else or the other way round.",
        source=GAIN_MAX.source,
        action="Check mRS at 90 days, and Pre-stroke mRS in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="mrs_after_failure",
        fields=("mrs",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="An artery that stayed closed leaves symptoms",
        when=f"{KNOWN_MRS} and stayed_closed and severe_enough",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={
            "stayed_closed": "procedure.stayed_closed",
            "severe_enough": (
                f"admission.baseline_nihss >= {MODERATE_NIHSS.value} "
                f"and admission.baseline_nihss < {SEVERE_NIHSS.value}"
            ),
        },
        shown=("mrs",),
        expected=(
            f"an mRS above 0 where the final mTICI was {named('mtici', 'is_failed_reperfusion')} "
            f"and the NIHSS {MODERATE_NIHSS.value} or more"
        ),
        why="Recovery without reperfusion is rare; the grade or the outcome is exchanged.",
        source="Goyal 2016 doi:10.1016/S0140-6736(16)00163-X",
        action="Check mRS at 90 days, and Final mTICI in the procedure.",
    ),
    Rule(
        extract=EXTRACT,
        name="mrs_after_large_hematoma",
        fields=("mrs",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A large hematoma leaves symptoms",
        when=f"{KNOWN_MRS} and has_large_hematoma",
        holds=f"not {IS_FREE_OF_SYMPTOMS}",
        derived={"has_large_hematoma": "scan.has_large_hematoma"},
        shown=("mrs",),
        expected="an mRS above 0 after a PH-2",
        why="A hematoma with mass effect destroys tissue; the class or the outcome is wrong.",
        source="von Kummer 2015 doi:10.1161/STROKEAHA.115.010049",
        action="Check mRS at 90 days, and Hemorrhage (Heidelberg) in the scans.",
    ),
    Rule(
        extract=EXTRACT,
        name="death_after_last_scan",
        fields=("death_date",),
        severity="warn",
        kahn_category="plausibility",
        title="Nobody is scanned after death",
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
)
