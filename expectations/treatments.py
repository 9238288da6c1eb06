"""Clinical rules on what was done in a procedure: passes, stenosis, rescue treatment, grades.

Sources of the limits stand in ``dictionary/procedures.yaml``.
"""

from __future__ import annotations

from expectations.rule import (
    Rule,
    between,
    codes_that,
    in_range,
    is_single,
    limit,
    named,
    present_in,
    rank_of,
)

EXTRACT = "procedures"
DOOR_TO_PUNCTURE_MIN = limit(EXTRACT, "door_to_puncture_min_min")
DOOR_TO_PUNCTURE_MAX = limit(EXTRACT, "door_to_puncture_max_min")
MINUTES_PER_PASS = limit(EXTRACT, "minutes_per_pass_min")
OPEN_STENOSIS_MAX = limit(EXTRACT, "open_vessel_stenosis_max_pct")
STENTED_STENOSIS_MIN = limit(EXTRACT, "stented_stenosis_min_pct")
DILATED_STENOSIS_MIN = limit(EXTRACT, "dilated_stenosis_min_pct")
ASPECTS_MIN = limit("admissions", "aspects_treated_min")
POSTERIOR_ASPECTS_MIN = limit(EXTRACT, "posterior_aspects_min")
IVT_GLUCOSE_MIN = limit(EXTRACT, "ivt_glucose_min_mmol_per_l")
REPERFUSED_PASSES_MAX = limit(EXTRACT, "complete_reperfusion_passes_max")

IS_STENTED = f"rescue_stent in {codes_that('rescue_stent', 'is_placed')}"
IS_REFUSED = f"rescue_stent in {codes_that('rescue_stent', 'is_refused')}"
IS_POSTERIOR = f"occlusion_site in {codes_that('occlusion_site', 'circulation', 'posterior')}"
IS_SUCCESS = f"mtici_after_mt in {codes_that('mtici', 'is_successful_reperfusion')}"
IS_NEAR_COMPLETE = f"mtici_after_mt in {codes_that('mtici', 'is_near_complete_reperfusion')}"
NEAR_COMPLETE = named("mtici", "is_near_complete_reperfusion")
AFTER_MT_RANK = rank_of("mtici_after_mt", "mtici")
FINAL_RANK = rank_of("mtici_final", "mtici")
SAME_PROCEDURE = ("patient_key", "puncture_at")
KNOWN_STENOSIS = in_range(EXTRACT, "residual_stenosis_pct")
KNOWN_ASPECTS = in_range("admissions", "aspects")
KNOWN_GLUCOSE = in_range("admissions", "glucose_mmol_per_l")
KNOWN_PASSES = in_range(EXTRACT, "passes")
DOOR_TO_PUNCTURE = {
    "door_to_puncture_min": (
        "case when puncture_at >= admission.arrived_at "
        f"and date_diff('hour', admission.onset_at, puncture_at) < "
        f"{limit(EXTRACT, 'onset_to_puncture_max_hours').value} "
        "then date_diff('minute', admission.arrived_at, puncture_at) end"
    )
}

RULES = (
    Rule(
        extract=EXTRACT,
        name="door_to_puncture_plausible",
        fields=("puncture_at",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Door to puncture is plausible",
        expectation=between(
            "door_to_puncture_min", DOOR_TO_PUNCTURE_MIN.value, DOOR_TO_PUNCTURE_MAX.value
        ),
        derived=DOOR_TO_PUNCTURE,
        shown=("door_to_puncture_min",),
        expected=(
            f"a puncture {DOOR_TO_PUNCTURE_MIN.value} to {DOOR_TO_PUNCTURE_MAX.value} minutes "
            f"after arrival"
        ),
        why="It is the centre's own speed; a value outside is mostly a mistyped time.",
        source=DOOR_TO_PUNCTURE_MAX.source,
        action="Check Puncture, and Arrival in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="passes_in_duration",
        fields=("passes", "puncture_at", "ended_at"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="The passes fit into the procedure",
        when=f"duration_min >= {limit(EXTRACT, 'duration_min_min').value} and {KNOWN_PASSES}",
        holds=f"duration_min >= passes * {MINUTES_PER_PASS.value}",
        shown=("passes", "duration_min"),
        expected=f"at least {MINUTES_PER_PASS.value} minutes for each pass",
        why="Placing, waiting and pulling takes minutes; a time or the number is mistyped.",
        source=MINUTES_PER_PASS.source,
        action="Check Passes, Puncture and End of procedure at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="passes_with_reperfusion",
        fields=("passes", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Near-complete reperfusion does not take very many passes",
        when=f"{IS_NEAR_COMPLETE} and {KNOWN_PASSES}",
        holds=f"passes <= {REPERFUSED_PASSES_MAX.value}",
        shown=("passes", "mtici_after_mt"),
        expected=f"at most {REPERFUSED_PASSES_MAX.value} passes with mTICI {NEAR_COMPLETE}",
        why="The chance of success falls with each pass; the number or the grade is wrong.",
        source=REPERFUSED_PASSES_MAX.source,
        action="Check Passes and mTICI after thrombectomy at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="reperfusion_with_open_vessel",
        fields=("passes", "residual_stenosis_pct", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Near-complete reperfusion in one pass needs an open vessel",
        # The stenosis is that after the first pass, the grade that after the last one.
        when=f"passes = 1 and {IS_NEAR_COMPLETE} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct <= {OPEN_STENOSIS_MAX.value}",
        shown=("passes", "residual_stenosis_pct", "mtici_after_mt"),
        expected=(
            f"a stenosis of at most {OPEN_STENOSIS_MAX.value}% where one pass led to mTICI "
            f"{NEAR_COMPLETE}"
        ),
        why="Through an occluded vessel no territory fills; the two contradict each other.",
        source=OPEN_STENOSIS_MAX.source,
        action="Check Passes, Residual stenosis and mTICI after thrombectomy at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="stent_after_a_pass",
        fields=("rescue_stent", "passes"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent follows at least one pass",
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
            "Check Passes and Rescue stent at the source; whether a primary stent belongs in the "
            "study is for its owner to say."
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="stent_for_stenosis",
        fields=("rescue_stent", "residual_stenosis_pct"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent treats a stenosis",
        when=f"{IS_STENTED} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct >= {STENTED_STENOSIS_MIN.value}",
        shown=("rescue_stent", "residual_stenosis_pct"),
        expected=f"a residual stenosis of at least {STENTED_STENOSIS_MIN.value}% before a stent",
        why="The stenosis is what indicates the stent; it may be that after stenting.",
        source=STENTED_STENOSIS_MIN.source,
        action="Check Rescue stent and Residual stenosis at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="stent_not_in_embolism",
        fields=("rescue_stent",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent is rarely placed for a cardiac embolus",
        when=f"{IS_STENTED} and etiology is not null",
        holds=f"etiology not in {codes_that('toast', 'is_cardioembolic')}",
        derived={"etiology": "admission.etiology"},
        shown=("rescue_stent", "etiology"),
        expected="no rescue stent in a stroke from cardioembolism",
        why="It is mostly placed for a stenosis; the cause decides who is in the study.",
        source="Registry",
        action="Check Rescue stent, and Etiology (TOAST) in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="balloon_for_stenosis",
        fields=("balloon_angioplasty", "residual_stenosis_pct"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A balloon treats a stenosis",
        when=f"balloon_angioplasty and not {IS_STENTED} and {KNOWN_STENOSIS}",
        holds=f"residual_stenosis_pct >= {DILATED_STENOSIS_MIN.value}",
        shown=("balloon_angioplasty", "residual_stenosis_pct"),
        expected=f"a residual stenosis of at least {DILATED_STENOSIS_MIN.value}% before a balloon",
        why="The stenosis is what indicates the balloon; it may be that after dilatation.",
        source=DILATED_STENOSIS_MIN.source,
        action="Check Balloon angioplasty and Residual stenosis at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="refusal_after_failure",
        fields=("rescue_stent", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A rescue stent is refused only where one was indicated",
        when=IS_REFUSED,
        holds=f"not {IS_SUCCESS}",
        shown=("rescue_stent", "mtici_after_mt"),
        expected="a refusal only where mTICI after thrombectomy was no success",
        why="The patient flow excludes refusals; after a success there was nothing to refuse.",
        source="Guo 2023 Figure 3",
        action="Check Rescue stent and mTICI after thrombectomy at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="improvement_needs_treatment",
        fields=("mtici_final", "mtici_after_mt"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Reperfusion improves by a treatment",
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
    Rule(
        extract=EXTRACT,
        name="no_tirofiban_after_perforation",
        fields=("artery_perforation", "tirofiban"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A perforated artery is not treated with tirofiban alone",
        when=f"artery_perforation and not {IS_STENTED}",
        holds="not tirofiban",
        shown=("artery_perforation", "tirofiban"),
        expected="no tirofiban after a perforation unless a stent has to stay open",
        why="Inhibiting platelets in a bleeding patient is dangerous; mostly an entry is wrong.",
        source="Balami 2018 doi:10.1177/1747493017743051",
        action="Check Artery perforation and Tirofiban at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="posterior_with_low_aspects",
        fields=("occlusion_site",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A posterior occlusion does not lower ASPECTS",
        when=f"{IS_POSTERIOR} and {KNOWN_ASPECTS} and aspects >= {ASPECTS_MIN.value}",
        holds=f"aspects >= {POSTERIOR_ASPECTS_MIN.value}",
        derived={"aspects": "admission.aspects"},
        shown=("occlusion_site", "aspects"),
        expected=f"an ASPECTS of at least {POSTERIOR_ASPECTS_MIN.value} with a posterior occlusion",
        why=(
            "ASPECTS grades the territory of the middle cerebral artery; a pc-ASPECTS may have "
            "been entered, or the site is wrong."
        ),
        source=POSTERIOR_ASPECTS_MIN.source,
        action="Check Occlusion site, and ASPECTS in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="ivt_with_glucose",
        fields=("ivt",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Thrombolysis was not given in hypoglycemia",
        when=f"ivt and {KNOWN_GLUCOSE}",
        holds=f"glucose_mmol_per_l >= {IVT_GLUCOSE_MIN.value}",
        derived={"glucose_mmol_per_l": "admission.glucose_mmol_per_l"},
        shown=("glucose_mmol_per_l",),
        expected=f"a glucose of at least {IVT_GLUCOSE_MIN.value} mmol/L before thrombolysis",
        why="Hypoglycemia mimics a stroke and has to be mended first.",
        source=IVT_GLUCOSE_MIN.source,
        action="Check Intravenous thrombolysis, and Glucose in the admission.",
    ),
    Rule(
        extract=EXTRACT,
        name="same_procedure_once",
        fields=("puncture_at",),
        severity="warn",
        kahn_category="plausibility",
        title="A procedure is registered once",
        when=present_in(*SAME_PROCEDURE),
        holds=is_single(EXTRACT, *SAME_PROCEDURE),
        expected="no second procedure number with the same patient and time of puncture",
        why="The same procedure under two numbers is counted twice.",
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
        action="Find out which number is right and withdraw the other by a full delivery.",
    ),
)
