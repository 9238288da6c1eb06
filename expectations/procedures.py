"""Clinical rules on thrombectomy procedures: order of times, and what a rescue stent goes with.

Sources of the limits stand in ``dictionary/procedures.yaml``.
"""

from __future__ import annotations

from expectations import derived_values
from expectations.identity import of_this_stroke_rule
from expectations.rule import CLOCKS_BACK, Rule, between, codes_that, limit, rank_of

EXTRACT = "procedures"
ONSET_TO_PUNCTURE_MAX = limit(EXTRACT, "onset_to_puncture_max_hours")
PUNCTURE_MAX = limit(EXTRACT, "puncture_after_onset_max_days")
DURATION_MIN = limit(EXTRACT, "duration_min_min")
DURATION_MAX = limit(EXTRACT, "duration_max_min")
IVT_ARRIVAL_MAX = limit(EXTRACT, "ivt_arrival_max_hours")

ONSET = {"onset_at": "admission.onset_at"}
ARRIVAL = {"arrived_at": "admission.arrived_at"}
STENT_PLACED = f"rescue_stent in {codes_that('rescue_stent', 'is_placed')}"
ONSET_TO_PUNCTURE = {
    "onset_to_puncture_hours": f"({derived_values.ONSET_TO_PUNCTURE.possible}) / 60"
}
DURATION = {"duration_min": derived_values.DURATION.possible}
ONSET_TO_ARRIVAL_OF_IVT = {
    "ivt_onset_to_arrival_hours": (
        "case when ivt then date_diff('minute', admission.onset_at, admission.arrived_at) / 60 end"
    )
}
REPERFUSION_RANKS = {
    "mtici_after_mt_rank": rank_of("mtici_after_mt", "mtici"),
    "mtici_final_rank": rank_of("mtici_final", "mtici"),
}

RULES = (
    Rule(
        extract=EXTRACT,
        name="puncture_after_onset",
        fields=("puncture_at",),
        severity="reject",
        kahn_category="plausibility",
        title="Puncture is not before onset",
        holds="onset_at <= puncture_at",
        derived=ONSET,
        shown=("onset_at", "puncture_at"),
        expected="a puncture at or after the onset in the patient's admission",
        why="Onset to puncture decides on eligibility and is a line of Table 1.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture, or Stroke onset in the admission, and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="puncture_after_arrival",
        fields=("puncture_at",),
        severity="reject",
        kahn_category="plausibility",
        title="Puncture is not before arrival",
        when="puncture_at >= onset_at",
        holds="arrived_at <= puncture_at",
        derived=ONSET | ARRIVAL,
        shown=("arrived_at", "puncture_at"),
        expected="a puncture at or after the arrival in the patient's admission",
        why="Door to puncture would be negative.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture, or Arrival in the admission, and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="puncture_before_end",
        fields=("puncture_at", "ended_at"),
        severity="reject",
        kahn_category="plausibility",
        title="Puncture is before the end of the procedure",
        holds="puncture_at < ended_at",
        shown=("puncture_at", "ended_at"),
        expected="an end of the procedure after the puncture",
        why="Procedure duration is a line of Table 1.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture or End of procedure at the source and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="end_before_delivery",
        fields=("ended_at",),
        severity="reject",
        kahn_category="plausibility",
        title="End of the procedure is not after the day of delivery",
        holds="cast(ended_at as date) <= delivered_on",
        shown=("ended_at", "delivered_on"),
        expected="an end of the procedure on or before the day on which the file was delivered",
        why="What has not happened yet cannot have been recorded.",
        source="Arithmetic",
        action="Correct End of procedure at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="duration_plausible",
        fields=("puncture_at", "ended_at"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Duration of the procedure is plausible",
        expectation=between("duration_min", DURATION_MIN.value, DURATION_MAX.value),
        derived=DURATION,
        shown=("duration_min",),
        expected=f"a procedure of {DURATION_MIN.value} to {DURATION_MAX.value} minutes",
        why="A very short or long procedure is mostly a mistyped time.",
        source=DURATION_MAX.source,
        action="Check Puncture and End of procedure at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="onset_to_puncture_plausible",
        fields=("puncture_at",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Puncture is within the time window of thrombectomy",
        expectation=between("onset_to_puncture_hours", high=ONSET_TO_PUNCTURE_MAX.value),
        derived=ONSET_TO_PUNCTURE,
        shown=("onset_to_puncture_hours",),
        expected=f"a puncture at most {ONSET_TO_PUNCTURE_MAX.value} hours after onset",
        why="Thrombectomy later than that is rare; mostly a date is mistyped.",
        source=ONSET_TO_PUNCTURE_MAX.source,
        action="Check Puncture, and Stroke onset in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="ivt_in_time_window",
        fields=("ivt",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Thrombolysis goes with an early arrival",
        expectation=between("ivt_onset_to_arrival_hours", high=IVT_ARRIVAL_MAX.value),
        derived=ONSET_TO_ARRIVAL_OF_IVT,
        shown=("ivt_onset_to_arrival_hours",),
        expected=(
            f"intravenous thrombolysis only with an arrival at most {IVT_ARRIVAL_MAX.value} hours "
            f"after onset"
        ),
        why=(
            "Later it was given before a transfer or after selection by imaging; otherwise a time "
            "is mistyped."
        ),
        source=IVT_ARRIVAL_MAX.source,
        action=(
            "Check Intravenous thrombolysis, Stroke onset and Arrival; correct are transfers and "
            "selection by imaging."
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="stent_after_failed_thrombectomy",
        fields=("rescue_stent", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent follows a thrombectomy that failed",
        when=STENT_PLACED,
        holds=f"mtici_after_mt not in {codes_that('mtici', 'is_successful_reperfusion')}",
        shown=("rescue_stent", "mtici_after_mt"),
        expected="a rescue stent only where mTICI after thrombectomy was no success",
        why=(
            "It defines the study's rescue; a stent for threatened reocclusion after a success "
            "still puts the patient in the stenting group."
        ),
        source="Guo 2023 Methods",
        action="Check Rescue stent and mTICI after thrombectomy at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="stent_with_tirofiban",
        fields=("rescue_stent", "tirofiban"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent is covered by tirofiban",
        when=f"{STENT_PLACED} and artery_perforation is distinct from true",
        holds="tirofiban",
        shown=("rescue_stent", "tirofiban"),
        expected="tirofiban with every rescue stent, unless the artery was perforated",
        why=(
            "A fresh stent without antiplatelet cover may clot; another drug was given or the "
            "entry is missing."
        ),
        source="Guo 2023 Methods",
        action="Check Rescue stent and Tirofiban at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="final_reperfusion_not_worse",
        fields=("mtici_final", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        title="Final reperfusion is not worse than after thrombectomy",
        holds="mtici_after_mt_rank <= mtici_final_rank",
        derived=REPERFUSION_RANKS,
        shown=("mtici_after_mt", "mtici_final"),
        expected="a final mTICI that is at least the mTICI after thrombectomy",
        why=(
            "It happens (reocclusion, embolism, perforation), but the two grades may be exchanged."
        ),
        source="Registry",
        action="Check Final mTICI and mTICI after thrombectomy at the source.",
    ),
    of_this_stroke_rule(EXTRACT, "puncture", "puncture_at", PUNCTURE_MAX),
)
