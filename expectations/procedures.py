"""Clinical rules on thrombectomy procedures: order of times, and what a rescue stent goes with."""

from __future__ import annotations

from warehouse.definitions.thresholds import Threshold
from warehouse.expectations import derived_values
from warehouse.expectations.admissions import ONSET_TO_ARRIVAL_MAX
from warehouse.expectations.derived_values import ARRIVAL_POSSIBLE, DOOR_MAX, PUNCTURE_MAX
from warehouse.expectations.rule import (
    CLOCK,
    CLOCKS_BACK,
    Limit,
    between,
    codes_that,
    in_order,
    in_range,
    rank_of,
    rules_of,
)
from warehouse.expectations.shared_rules import (
    hour_came_twice,
    not_after_delivery,
    of_this_stroke,
    times_in_order,
)

EXTRACT = "procedures"
rule = rules_of(EXTRACT)
ONSET_TO_PUNCTURE_MAX = Limit(24, "h", "Guo 2023 Methods; Nogueira 2018 doi:10.1056/NEJMoa1706442")
DURATION_MIN = Limit(5, "min")
DURATION_MAX = Limit(300, "min")
IVT_ARRIVAL_MAX = Limit(4.5, "h", "Powers 2019 doi:10.1161/STR.0000000000000211")

ONSET = {"onset_at": "admission.onset_at"}
ARRIVAL = {"arrived_at": "admission.arrived_at"}
NO_OCCLUSION = codes_that("occlusion_site", "circulation", "none")
STENT_PLACED = f"rescue_stent in {codes_that('rescue_stent', 'is_placed')}"
# Of an arrival that late, and of a puncture so long after arrival, another query says so.
ARRIVAL_IN_WINDOW = (
    f"date_diff('minute', admission.onset_at, admission.arrived_at) / 60 <= {ONSET_TO_ARRIVAL_MAX}"
)
ONSET_TO_PUNCTURE = {
    "onset_to_puncture_hours": (
        f"case when {ARRIVAL_IN_WINDOW} "
        f"and date_diff('minute', admission.arrived_at, puncture_at) <= {DOOR_MAX} "
        f"then ({derived_values.ONSET_TO_PUNCTURE.possible}) / 60 end"
    )
}
DURATION = {"duration_min": derived_values.DURATION.possible}
ONSET_TO_ARRIVAL_OF_IVT = {
    "ivt_onset_to_arrival_hours": (
        f"case when ivt and {ARRIVAL_IN_WINDOW} "
        "then date_diff('minute', admission.onset_at, admission.arrived_at) / 60 end"
    )
}
REPERFUSION_RANKS = {
    "mtici_after_mt_rank": rank_of("mtici_after_mt", "mtici"),
    "mtici_final_rank": rank_of("mtici_final", "mtici"),
}
FIRST_PASS_RANKS = {
    "mtici_first_pass_rank": rank_of("mtici_first_pass", "mtici"),
    "mtici_final_rank": rank_of("mtici_final", "mtici"),
}

RULES = (
    rule(
        name="puncture_after_onset",
        fields=("puncture_at",),
        severity="reject",
        title="Puncture recorded before onset",
        when=in_range(EXTRACT, "puncture_at"),
        holds=in_order("onset_at", "puncture_at"),
        derived=CLOCK | ONSET,
        shown=("onset_at", "puncture_at"),
        expected="a puncture at or after the onset in the patient's admission",
        why="Onset to puncture decides on eligibility and is a line of Table 1.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture, or Stroke onset in the admission, and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    rule(
        name="puncture_after_arrival",
        fields=("puncture_at",),
        severity="reject",
        title="Puncture recorded before arrival",
        when=f"{in_order('onset_at', 'puncture_at')} and is_arrival_possible",
        holds=in_order("arrived_at", "puncture_at"),
        derived=CLOCK | ONSET | ARRIVAL | {"is_arrival_possible": ARRIVAL_POSSIBLE},
        shown=("arrived_at", "puncture_at"),
        expected="a puncture at or after the arrival in the patient's admission",
        why="Door to puncture would be negative.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture, or Arrival in the admission, and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    rule(
        name="puncture_before_end",
        fields=("puncture_at", "ended_at"),
        severity="reject",
        title="End of the procedure at or before the puncture",
        when=in_range(EXTRACT, "ended_at"),
        holds=in_order("puncture_at", "ended_at", "<"),
        derived=CLOCK,
        shown=("puncture_at", "ended_at"),
        expected="an end of the procedure after the puncture",
        why="Procedure duration is a line of Table 1.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Puncture or End of procedure at the source and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    hour_came_twice(
        EXTRACT,
        ("puncture_at", "ended_at"),
        ("arrived_at", "puncture_at", "ended_at"),
        ARRIVAL,
    ),
    not_after_delivery(EXTRACT, "end", "ended_at", "end of the procedure"),
    times_in_order(EXTRACT, "onset_at", "ivt_at", of_admission="onset_at"),
    times_in_order(EXTRACT, "puncture_at", "first_pass_at"),
    times_in_order(EXTRACT, "puncture_at", "reperfusion_at"),
    times_in_order(EXTRACT, "first_pass_at", "reperfusion_at"),
    times_in_order(EXTRACT, "first_pass_at", "ended_at"),
    times_in_order(EXTRACT, "reperfusion_at", "ended_at"),
    rule(
        name="needle_time_with_ivt",
        fields=("ivt_at", "ivt"),
        title="Start of thrombolysis without thrombolysis",
        when="ivt is not null and " + in_range(EXTRACT, "ivt_at"),
        holds="ivt",
        shown=("ivt_at", "ivt"),
        expected="no start of thrombolysis where none was given",
        why="Door to needle would count a patient who is not among the treated ones.",
        source="Clinical sequence of the stroke pathway",
    ),
    rule(
        name="only_pass_is_first_pass",
        fields=("mtici_first_pass", "passes", "mtici_after_mt"),
        title="Grade after the only pass is not that after thrombectomy",
        when="passes = 1 and " + in_range(EXTRACT, "mtici_first_pass"),
        holds="mtici_first_pass = mtici_after_mt",
        shown=("mtici_first_pass", "passes", "mtici_after_mt"),
        expected="after a single pass the same mTICI in both fields",
        why="The first-pass effect is counted by the grade after one pass.",
        source="Zaidat 2018 doi:10.1161/STROKEAHA.117.020315",
    ),
    rule(
        name="no_passes_without_occlusion",
        fields=("occlusion_site", "passes"),
        title="Passes where no occlusion was found",
        when=f"occlusion_site in {NO_OCCLUSION} and " + in_range(EXTRACT, "passes"),
        holds="passes = 0",
        shown=("occlusion_site", "passes"),
        expected="0 passes where the first angiogram showed no occlusion",
        why=(
            "A pass for a distal thrombus that was seen later is possible; otherwise the artery is "
            "missing, and a study of occlusions leaves the patient out."
        ),
        source="Registry",
    ),
    rule(
        name="duration_plausible",
        fields=("puncture_at", "ended_at"),
        kahn_context="validation",
        title="Unusual duration of the procedure",
        expectation=between("duration_min", DURATION_MIN, DURATION_MAX),
        derived=DURATION,
        shown=("duration_min",),
        expected=f"a procedure of {DURATION_MIN} to {DURATION_MAX} minutes",
        why="A very short or long procedure is mostly a mistyped time.",
        source=DURATION_MAX.source,
    ),
    rule(
        name="onset_to_puncture_plausible",
        fields=("puncture_at",),
        kahn_context="validation",
        title="Puncture later than the time window of thrombectomy",
        expectation=between("onset_to_puncture_hours", high=ONSET_TO_PUNCTURE_MAX),
        derived=ONSET_TO_PUNCTURE,
        shown=("onset_to_puncture_hours",),
        expected=f"a puncture at most {ONSET_TO_PUNCTURE_MAX} hours after onset",
        why="Thrombectomy later than that is rare; mostly a date is mistyped.",
        source=ONSET_TO_PUNCTURE_MAX.source,
        action="Check Puncture, and Stroke onset in the admission.",
    ),
    rule(
        name="ivt_in_time_window",
        fields=("ivt",),
        kahn_context="validation",
        title="Thrombolysis after a late arrival",
        expectation=between("ivt_onset_to_arrival_hours", high=IVT_ARRIVAL_MAX),
        derived=ONSET_TO_ARRIVAL_OF_IVT,
        shown=("ivt_onset_to_arrival_hours",),
        # A center that takes transfers has many late arrivals after a thrombolysis elsewhere.
        threshold=Threshold(max_failed_share=0.5, then="flag"),
        expected=(
            f"intravenous thrombolysis only with an arrival at most {IVT_ARRIVAL_MAX} hours "
            f"after onset"
        ),
        why=(
            "Later it was given before a transfer or after selection by imaging; otherwise a time "
            "is mistyped."
        ),
        source=IVT_ARRIVAL_MAX.source,
        action=(
            "Check Intravenous thrombolysis, Stroke onset and Arrival; transfers and selection by "
            "imaging are valid reasons."
        ),
    ),
    rule(
        name="stent_after_failed_thrombectomy",
        fields=("rescue_stent", "mtici_after_mt"),
        kahn_context="validation",
        title="Rescue stent after a successful thrombectomy",
        when=STENT_PLACED,
        holds=f"mtici_after_mt not in {codes_that('mtici', 'is_successful_reperfusion')}",
        shown=("rescue_stent", "mtici_after_mt"),
        expected="a rescue stent only where mTICI after thrombectomy was no success",
        why=(
            "It defines the study's rescue; a stent for threatened reocclusion after a success "
            "still puts the patient in the stenting group."
        ),
        source="Guo 2023 Methods",
    ),
    rule(
        name="stent_with_tirofiban",
        fields=("rescue_stent", "tirofiban"),
        kahn_context="validation",
        title="Rescue stent without tirofiban",
        when=f"{STENT_PLACED} and artery_perforation is distinct from true",
        holds="tirofiban",
        shown=("rescue_stent", "tirofiban"),
        expected="tirofiban with every rescue stent, unless the artery was perforated",
        why=(
            "A fresh stent without antiplatelet cover may clot; another drug was given or the "
            "entry is missing."
        ),
        source="Guo 2023 Methods",
    ),
    rule(
        name="final_reperfusion_not_worse",
        fields=("mtici_final", "mtici_after_mt"),
        title="Final reperfusion worse than after thrombectomy",
        holds="mtici_after_mt_rank <= mtici_final_rank",
        derived=REPERFUSION_RANKS,
        shown=("mtici_after_mt", "mtici_final"),
        expected="a final mTICI that is at least the mTICI after thrombectomy",
        why=(
            "It happens (reocclusion, embolism, perforation), but the two grades may be exchanged."
        ),
        source="Registry",
    ),
    rule(
        name="final_not_worse_than_first_pass",
        fields=("mtici_first_pass", "mtici_final"),
        title="Final reperfusion worse than after the first pass",
        when=in_range(EXTRACT, "mtici_first_pass"),
        holds="mtici_first_pass_rank <= mtici_final_rank",
        derived=FIRST_PASS_RANKS,
        shown=("mtici_first_pass", "mtici_final"),
        expected="a final mTICI that is at least the mTICI after the first pass",
        why=(
            "It happens (reocclusion, embolism, perforation), but the two grades may be exchanged, "
            "and the first-pass effect is counted by one of them."
        ),
        source="Registry",
    ),
    of_this_stroke(
        EXTRACT,
        "puncture",
        "puncture_at",
        PUNCTURE_MAX,
        when="coalesce(puncture_at < ended_at, true)",
    ),
)
