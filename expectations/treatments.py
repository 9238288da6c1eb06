"""Clinical rules on what was done in a procedure: passes, stenosis, rescue treatment, grades."""

from __future__ import annotations

from warehouse.expectations.admissions import ASPECTS_MIN
from warehouse.expectations.current_rows import none_like_it, of_several
from warehouse.expectations.procedures import DURATION_MIN, ONSET_TO_PUNCTURE_MAX
from warehouse.expectations.rule import (
    Limit,
    between,
    codes_that,
    in_range,
    named,
    present_in,
    rank_of,
    rules_of,
)
from warehouse.expectations.shared_rules import UNIQUENESS, registered_once

EXTRACT = "procedures"
rule = rules_of(EXTRACT)
# No session lasts as long: two that overlap, around midnight too, are closer.
REPEATED_WITHIN = Limit(24, "h", "Registry")
DOOR_TO_PUNCTURE_MIN = Limit(5, "min")
DOOR_TO_PUNCTURE_MAX = Limit(720, "min", "Jahan 2019 doi:10.1001/jama.2019.8286; Registry")
MINUTES_PER_PASS = Limit(3, "min")
OPEN_STENOSIS_MAX = Limit(95, "%")
STENTED_STENOSIS_MIN = Limit(30, "%", "Registry (Guo 2023 Methods: indicated above 70)")
DILATED_STENOSIS_MIN = Limit(30, "%")
POSTERIOR_ASPECTS_MIN = Limit(
    6,
    "points",
    "Barber 2000 doi:10.1016/S0140-6736(00)02237-6 (scores the middle cerebral artery only); "
    "Puetz 2008 doi:10.1161/STROKEAHA.107.511162 (pc-ASPECTS); Registry",
)
IVT_GLUCOSE_MIN = Limit(2.77, "mmol/L", "Powers 2019 doi:10.1161/STR.0000000000000211")
REPERFUSED_PASSES_MAX = Limit(
    8, "passes", "Flottmann 2018 doi:10.1161/STROKEAHA.118.022737 (at most 8 passes); Registry"
)

IS_STENTED = f"rescue_stent in {codes_that('rescue_stent', 'is_placed')}"
IS_REFUSED = f"rescue_stent in {codes_that('rescue_stent', 'is_refused')}"
IS_POSTERIOR = f"occlusion_site in {codes_that('occlusion_site', 'circulation', 'posterior')}"
IS_SUCCESS = f"mtici_after_mt in {codes_that('mtici', 'is_successful_reperfusion')}"
IS_NEAR_COMPLETE = f"mtici_after_mt in {codes_that('mtici', 'is_near_complete_reperfusion')}"
NEAR_COMPLETE = named("mtici", "is_near_complete_reperfusion")
AFTER_MT_RANK = rank_of("mtici_after_mt", "mtici")
FINAL_RANK = rank_of("mtici_final", "mtici")
KNOWN_STENOSIS = in_range(EXTRACT, "residual_stenosis_pct")
KNOWN_ASPECTS = in_range("admissions", "aspects")
KNOWN_GLUCOSE = in_range("admissions", "glucose_mmol_per_l")
KNOWN_PASSES = in_range(EXTRACT, "passes")
DOOR_TO_PUNCTURE = {
    "door_to_puncture_min": (
        "case when puncture_at >= admission.arrived_at "
        f"and date_diff('hour', admission.onset_at, puncture_at) < "
        f"{ONSET_TO_PUNCTURE_MAX} "
        "then date_diff('minute', admission.arrived_at, puncture_at) end"
    )
}

RULES = (
    rule(
        name="door_to_puncture_plausible",
        fields=("puncture_at",),
        kahn_context="validation",
        title="Unusual time from arrival to puncture",
        expectation=between("door_to_puncture_min", DOOR_TO_PUNCTURE_MIN, DOOR_TO_PUNCTURE_MAX),
        derived=DOOR_TO_PUNCTURE,
        shown=("door_to_puncture_min",),
        expected=(
            f"a puncture {DOOR_TO_PUNCTURE_MIN} to {DOOR_TO_PUNCTURE_MAX} minutes after arrival"
        ),
        why="It is the center's own speed; a value outside is mostly a mistyped time.",
        source=DOOR_TO_PUNCTURE_MAX.source,
        action="Check Puncture, and Arrival in the admission.",
    ),
    rule(
        name="passes_in_duration",
        fields=("passes", "puncture_at", "ended_at"),
        kahn_context="validation",
        title="More passes than fit into the procedure",
        when=f"duration_min >= {DURATION_MIN} and {KNOWN_PASSES}",
        holds=f"duration_min >= passes * {MINUTES_PER_PASS}",
        shown=("passes", "duration_min"),
        expected=f"at least {MINUTES_PER_PASS} minutes for each pass",
        why="Placing, waiting and pulling takes minutes; a time or the number is mistyped.",
        source=MINUTES_PER_PASS.source,
    ),
    rule(
        name="passes_with_reperfusion",
        fields=("passes", "mtici_after_mt"),
        kahn_context="validation",
        title="Near-complete reperfusion after very many passes",
        when=f"{IS_NEAR_COMPLETE} and {KNOWN_PASSES}",
        holds=f"passes <= {REPERFUSED_PASSES_MAX}",
        shown=("passes", "mtici_after_mt"),
        expected=f"at most {REPERFUSED_PASSES_MAX} passes with mTICI {NEAR_COMPLETE}",
        why="The chance of success falls with each pass; the number or the grade is wrong.",
        source=REPERFUSED_PASSES_MAX.source,
    ),
    rule(
        name="reperfusion_with_open_vessel",
        fields=("passes", "residual_stenosis_pct", "mtici_after_mt"),
        kahn_context="validation",
        title="Near-complete reperfusion in one pass through an occluded vessel",
        # The stenosis is that after the first pass, the grade that after the last one.
        when=f"passes = 1 and {IS_NEAR_COMPLETE} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct <= {OPEN_STENOSIS_MAX}",
        shown=("passes", "residual_stenosis_pct", "mtici_after_mt"),
        expected=(
            f"a stenosis of at most {OPEN_STENOSIS_MAX}% where one pass led to mTICI "
            f"{NEAR_COMPLETE}"
        ),
        why="Through an occluded vessel no territory fills; the two contradict each other.",
        source=OPEN_STENOSIS_MAX.source,
    ),
    rule(
        name="stent_after_a_pass",
        fields=("rescue_stent", "passes"),
        kahn_context="validation",
        title="Rescue stent without a pass",
        when=f"{IS_STENTED} and {KNOWN_PASSES}",
        holds="passes > 0",
        shown=("rescue_stent", "passes"),
        expected="a rescue stent only after at least one pass",
        why=(
            "Without an attempt nothing failed: a primary stent is no rescue, yet its patient "
            "enters the stenting group."
        ),
        source="Guo 2023 Methods",
        action=(
            "Check Passes and Rescue stent at the source. The study's owner decides whether a "
            "primary stent belongs in it."
        ),
    ),
    rule(
        name="stent_for_stenosis",
        fields=("rescue_stent", "residual_stenosis_pct"),
        kahn_context="validation",
        title="Rescue stent for hardly any stenosis",
        when=f"{IS_STENTED} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct >= {STENTED_STENOSIS_MIN}",
        shown=("rescue_stent", "residual_stenosis_pct"),
        expected=f"a residual stenosis of at least {STENTED_STENOSIS_MIN}% before a stent",
        why="The stenosis is what indicates the stent; it may be that after stenting.",
        source=STENTED_STENOSIS_MIN.source,
    ),
    rule(
        name="stent_not_in_embolism",
        fields=("rescue_stent",),
        kahn_context="validation",
        title="Rescue stent for a cardiac embolus",
        when=f"{IS_STENTED} and etiology is not null",
        holds=f"etiology not in {codes_that('toast', 'is_cardioembolic')}",
        derived={"etiology": "admission.etiology"},
        shown=("rescue_stent", "etiology"),
        expected="no rescue stent in a stroke from cardioembolism",
        why="It is mostly placed for a stenosis; the cause decides who is in the study.",
        source="Registry",
        action="Check Rescue stent, and Etiology (TOAST) in the admission.",
    ),
    rule(
        name="balloon_for_stenosis",
        fields=("balloon_angioplasty", "residual_stenosis_pct"),
        kahn_context="validation",
        title="Balloon for hardly any stenosis",
        when=f"balloon_angioplasty and not {IS_STENTED} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct >= {DILATED_STENOSIS_MIN}",
        shown=("balloon_angioplasty", "residual_stenosis_pct"),
        expected=f"a residual stenosis of at least {DILATED_STENOSIS_MIN}% before a balloon",
        why="The stenosis is what indicates the balloon; it may be that after dilatation.",
        source=DILATED_STENOSIS_MIN.source,
    ),
    rule(
        name="refusal_after_failure",
        fields=("rescue_stent", "mtici_after_mt"),
        kahn_context="validation",
        title="Rescue stent refused after a success",
        when=IS_REFUSED,
        holds=f"not {IS_SUCCESS}",
        shown=("rescue_stent", "mtici_after_mt"),
        expected="a refusal only where mTICI after thrombectomy was no success",
        why="The patient flow excludes refusals; after a success there was nothing to refuse.",
        source="Guo 2023 Figure 3",
    ),
    rule(
        name="improvement_needs_treatment",
        fields=("mtici_final", "mtici_after_mt"),
        kahn_context="validation",
        title="Reperfusion improved without a treatment",
        when=f"{FINAL_RANK} > {AFTER_MT_RANK} and not {IS_STENTED}",
        holds="coalesce(balloon_angioplasty, true) or coalesce(tirofiban, true)",
        shown=("mtici_after_mt", "mtici_final"),
        expected="a stent, a balloon or tirofiban where the final mTICI is better than before",
        why=(
            "mTICI after thrombectomy is taken after the last pass; else the rescue is missing (an "
            "intra-arterial thrombolysis has no field here)."
        ),
        source="Guo 2023 Methods",
        action="Check the two grades, Balloon angioplasty, Tirofiban and Rescue stent.",
    ),
    rule(
        name="no_tirofiban_after_perforation",
        fields=("artery_perforation", "tirofiban"),
        kahn_context="validation",
        title="Tirofiban after a perforation",
        when=f"artery_perforation and not {IS_STENTED}",
        holds="not tirofiban",
        shown=("artery_perforation", "tirofiban"),
        expected="no tirofiban after a perforation unless a stent has to stay open",
        why="Inhibiting platelets in a bleeding patient is dangerous; mostly an entry is wrong.",
        source="Balami 2018 doi:10.1177/1747493017743051",
    ),
    rule(
        name="posterior_with_low_aspects",
        fields=("occlusion_site",),
        kahn_context="validation",
        title="Low ASPECTS with a posterior occlusion",
        when=f"{IS_POSTERIOR} and {KNOWN_ASPECTS} and aspects >= {ASPECTS_MIN}",
        holds=f"aspects >= {POSTERIOR_ASPECTS_MIN}",
        derived={"aspects": "admission.aspects"},
        shown=("occlusion_site", "aspects"),
        expected=f"an ASPECTS of at least {POSTERIOR_ASPECTS_MIN} with a posterior occlusion",
        why=(
            "ASPECTS grades the territory of the middle cerebral artery; a pc-ASPECTS may have "
            "been entered, or the site is wrong."
        ),
        source=POSTERIOR_ASPECTS_MIN.source,
        action="Check Occlusion site, and ASPECTS in the admission.",
    ),
    rule(
        name="ivt_with_glucose",
        fields=("ivt",),
        kahn_context="validation",
        title="Thrombolysis in hypoglycemia",
        when=f"ivt and {KNOWN_GLUCOSE}",
        holds=f"glucose_mmol_per_l >= {IVT_GLUCOSE_MIN}",
        derived={"glucose_mmol_per_l": "admission.glucose_mmol_per_l"},
        shown=("glucose_mmol_per_l",),
        expected=f"a glucose of at least {IVT_GLUCOSE_MIN} mmol/L before thrombolysis",
        why="Hypoglycemia mimics a stroke and has to be corrected first.",
        source=IVT_GLUCOSE_MIN.source,
        action="Check Intravenous thrombolysis, and Glucose in the admission.",
    ),
    registered_once(
        EXTRACT,
        "procedure",
        ("patient_key", "puncture_at"),
        "no second procedure number with the same patient and time of puncture",
    ),
    rule(
        name="one_procedure_a_day",
        fields=("puncture_at",),
        title="Second procedure within a day",
        when=present_in("patient_key", "puncture_at"),
        expected=f"no other procedure of the patient less than {REPEATED_WITHIN} h before or after",
        why=(
            "Group, times and passes are those of the first procedure: a stent of the second, or "
            "one session in two rows, would not count."
        ),
        source=UNIQUENESS,
        action=(
            "If it was one session, deliver one row with all that was done, and withdraw the "
            "other by a full delivery. If both are right, nothing is to be done."
        ),
        **none_like_it(
            EXTRACT,
            "one_procedure_a_day",
            ("landed.patient_key", "landed.puncture_at"),
            of_several(EXTRACT, "landed.site, landed.patient_key"),
            "ours.site = theirs.site and ours.patient_key = theirs.patient_key "
            "and ours.record_key <> theirs.record_key and ours.puncture_at <> theirs.puncture_at "
            f"and ours.puncture_at < theirs.puncture_at + interval {REPEATED_WITHIN} hour "
            f"and ours.puncture_at > theirs.puncture_at - interval {REPEATED_WITHIN} hour",
        ),
    ),
)
