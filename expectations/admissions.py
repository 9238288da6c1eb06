"""Clinical rules on stroke admissions: times in order, and a patient who was treated at all."""

from __future__ import annotations

from warehouse.definitions.thresholds import HOLD_WHEN_MOST_FAIL
from warehouse.expectations import derived_values
from warehouse.expectations.identity import OLDEST_EXACT_AGE
from warehouse.expectations.rule import (
    CLOCK,
    CLOCKS_BACK,
    Limit,
    between,
    codes_that,
    in_order,
    in_range,
    rules_of,
)
from warehouse.expectations.shared_rules import hour_came_twice, not_after_delivery, times_in_order

EXTRACT = "admissions"
rule = rules_of(EXTRACT)
AGE_MIN = Limit(18, "years", "Guo 2023 Methods")
AGE_MAX = Limit(110, "years")
AGES_DIFFER_MAX = 1
ONSET_TO_ARRIVAL_MAX = Limit(24, "h", "Nogueira 2018 doi:10.1056/NEJMoa1706442")
NIHSS_MIN = Limit(
    2, "points", "Powers 2019 doi:10.1161/STR.0000000000000211 (recommended from 6); Registry"
)
ASPECTS_MIN = Limit(
    3,
    "points",
    "Sarraj 2023 doi:10.1056/NEJMoa2214403 (3 to 5); Costalat 2024 doi:10.1056/NEJMoa2314063 "
    "(0 to 5); Registry",
)
GLUCOSE_MAX = Limit(20, "mmol/L", "Capes 2001 doi:10.1161/hs1001.096194; Registry")
PLATELETS_MIN = Limit(
    40, "10^9/L", "Fransen 2014 doi:10.1186/1745-6215-15-343 (MR CLEAN excluded below 40); Registry"
)
STENOSIS_ETIOLOGY_AGE = Limit(25, "years", "Adams 1993 doi:10.1161/01.STR.24.1.35; Registry")

# Completed years; negative when the birth is recorded after the onset.
AGE = {"age_at_onset_years": "date_sub('year', birth_date, cast(onset_at as date))"}
# The age, where it is possible: a birth after onset is reported as that.
AGE_FROM_DATES = {"age_from_dates_years": derived_values.AGE.possible}
ONSET_TO_ARRIVAL = {
    "onset_to_arrival_hours": f"({derived_values.ONSET_TO_ADMISSION.possible}) / 60"
}

RULES = (
    rule(
        name="onset_before_arrival",
        fields=("onset_at", "arrived_at"),
        severity="reject",
        title="Onset recorded after arrival",
        when=in_range(EXTRACT, "arrived_at"),
        holds=in_order("onset_at", "arrived_at"),
        derived=CLOCK,
        shown=("onset_at", "arrived_at"),
        threshold=HOLD_WHEN_MOST_FAIL,  # the two columns have been exchanged
        expected="an onset at or before the arrival",
        why="Times from onset decide who is eligible; out of order they are all wrong.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Stroke onset or Arrival and deliver the row again. For a stroke in hospital, "
            f"Arrival is the time at which it was noticed, not the admission.{CLOCKS_BACK}"
        ),
    ),
    hour_came_twice(EXTRACT, ("onset_at", "arrived_at"), ("onset_at", "arrived_at"), {}),
    rule(
        name="birth_before_onset",
        fields=("birth_date", "onset_at"),
        severity="reject",
        title="Birth recorded after onset",
        when=in_range(EXTRACT, "onset_at"),
        holds="birth_date <= cast(onset_at as date)",
        derived=AGE,
        shown=("age_at_onset_years",),
        expected="a date of birth before the day of onset",
        why="The age at onset cannot be worked out.",
        source="Arithmetic",
    ),
    rule(
        name="age_plausible",
        fields=("birth_date", "onset_at"),
        kahn_context="validation",
        title="Unusual age at onset",
        expectation=between("age_from_dates_years", AGE_MIN, AGE_MAX),
        derived=AGE_FROM_DATES,
        shown=("age_from_dates_years",),
        expected=f"an age at onset between {AGE_MIN} and {AGE_MAX} years",
        why="The registry and the study are about adults; another age is mostly a mistyped year.",
        source=f"{AGE_MIN.source}; {AGE_MAX.source}",
    ),
    rule(
        name="ages_agree",
        fields=("age_years", "birth_date", "onset_at"),
        title="Age that is not the one of the date of birth",
        when=in_range(EXTRACT, "age_years"),
        holds=(
            f"case when age_years > {OLDEST_EXACT_AGE} or coalesce(is_age_top_coded, false) "
            f"then age_from_dates_years >= age_years - {AGES_DIFFER_MAX} "
            f"else abs(age_from_dates_years - age_years) <= {AGES_DIFFER_MAX} end"
        ),
        derived=AGE_FROM_DATES,
        shown=("age_years", "age_from_dates_years"),
        expected=(
            f"an age that differs by {AGES_DIFFER_MAX} year at most from the one of date of birth "
            f"and onset; where it may mean older (from {OLDEST_EXACT_AGE + 1} on, or as the row "
            "says), by no more below"
        ),
        why=(
            "One of them is wrong, or they are of two people. The registry's age is the one of "
            "the date of birth."
        ),
        source="Arithmetic; a year more or less if the age is another day's than that of onset",
    ),
    not_after_delivery(EXTRACT, "arrival", "arrived_at", "arrival"),
    times_in_order(EXTRACT, "last_seen_well_at", "onset_at"),
    times_in_order(EXTRACT, "referring_arrived_at", "referring_left_at"),
    times_in_order(EXTRACT, "referring_left_at", "arrived_at"),
    times_in_order(EXTRACT, "arrived_at", "selection_imaged_at"),
    rule(
        name="discharged_after_arrival",
        fields=("arrived_at", "discharged_on"),
        title="Discharge before arrival or after the delivery",
        when=in_range(EXTRACT, "discharged_on"),
        holds="discharged_on between cast(arrived_at as date) and delivered_on",
        shown=("arrived_at", "discharged_on"),
        expected="a date of discharge from the day of arrival to that of the delivery",
        why="The length of stay would be wrong.",
        source="Clinical sequence of the stroke pathway",
    ),
    rule(
        name="dead_at_discharge",
        fields=("mrs_discharge", "discharge_destination"),
        title="mRS and destination at discharge disagree about death",
        when=(
            f"{in_range(EXTRACT, 'mrs_discharge')} and {in_range(EXTRACT, 'discharge_destination')}"
        ),
        holds=(
            f"(mrs_discharge in {codes_that('mrs', 'is_death')}) = "
            f"(discharge_destination in {codes_that('discharge_destination', 'is_death')})"
        ),
        shown=("mrs_discharge", "discharge_destination"),
        expected="mRS 6 at discharge exactly where the patient died in hospital",
        why="Deaths in hospital would be counted by one field and missed by the other.",
        source="Common extension of the mRS in stroke trials",
    ),
    rule(
        name="diastolic_below_systolic",
        fields=("systolic_bp_mmhg", "diastolic_bp_mmhg"),
        title="Diastolic pressure not below the systolic one",
        when=(
            f"{in_range(EXTRACT, 'systolic_bp_mmhg')} and {in_range(EXTRACT, 'diastolic_bp_mmhg')}"
        ),
        holds="diastolic_bp_mmhg < systolic_bp_mmhg",
        shown=("systolic_bp_mmhg", "diastolic_bp_mmhg"),
        expected="a diastolic pressure below the systolic one",
        why="The two are exchanged, or one is in another unit.",
        source="Physiology",
    ),
    rule(
        name="core_within_hypoperfusion",
        fields=("core_ml", "hypoperfusion_ml"),
        title="Infarct core larger than the hypoperfused tissue",
        when=f"{in_range(EXTRACT, 'core_ml')} and {in_range(EXTRACT, 'hypoperfusion_ml')}",
        holds="core_ml <= hypoperfusion_ml",
        shown=("core_ml", "hypoperfusion_ml"),
        expected="a core of at most the hypoperfused volume, which includes it",
        why="The two are exchanged, or the penumbra alone was recorded.",
        source="Definition of the field",
    ),
    rule(
        name="onset_to_arrival_plausible",
        fields=("onset_at", "arrived_at"),
        kahn_context="validation",
        title="Arrival later than the time window of thrombectomy",
        expectation=between("onset_to_arrival_hours", high=ONSET_TO_ARRIVAL_MAX),
        derived=ONSET_TO_ARRIVAL,
        shown=("onset_to_arrival_hours",),
        expected=f"an arrival at most {ONSET_TO_ARRIVAL_MAX} hours after onset",
        why="Thrombectomy after a later arrival is rare; mostly a date is mistyped.",
        source=ONSET_TO_ARRIVAL_MAX.source,
    ),
    rule(
        name="nihss_of_treated",
        fields=("baseline_nihss",),
        kahn_context="validation",
        title="Thrombectomy with hardly any deficit",
        when=in_range(EXTRACT, "baseline_nihss"),
        holds=f"baseline_nihss >= {NIHSS_MIN}",
        shown=("baseline_nihss",),
        expected=f"a baseline NIHSS of at least {NIHSS_MIN} before thrombectomy",
        why=(
            "Hardly anybody is treated without a deficit, unless it came after admission; mostly "
            "another scale was entered."
        ),
        source=NIHSS_MIN.source,
    ),
    rule(
        name="aspects_of_treated",
        fields=("aspects",),
        kahn_context="validation",
        title=f"Thrombectomy with ASPECTS below {ASPECTS_MIN}",
        when=in_range(EXTRACT, "aspects"),
        holds=f"aspects >= {ASPECTS_MIN}",
        shown=("aspects",),
        expected=f"an ASPECTS of at least {ASPECTS_MIN} before thrombectomy",
        why="Few infarcts so large are treated; the score may have been read upside down.",
        source=ASPECTS_MIN.source,
        action="Check ASPECTS at the source: 10 is a normal scan.",
    ),
    rule(
        name="glucose_with_diabetes",
        fields=("glucose_mmol_per_l", "diabetes"),
        kahn_context="validation",
        title="Very high glucose without diabetes",
        when=(f"glucose_mmol_per_l > {GLUCOSE_MAX} and " + in_range(EXTRACT, "glucose_mmol_per_l")),
        holds="diabetes",
        shown=("glucose_mmol_per_l", "diabetes"),
        expected=f"diabetes where glucose is above {GLUCOSE_MAX} mmol/L",
        why=(
            "Stress alone rarely raises it so far: diabetes was not known or not entered, or the "
            "unit is wrong."
        ),
        source=GLUCOSE_MAX.source,
    ),
    rule(
        name="platelets_of_treated",
        fields=("platelets_giga_per_l",),
        kahn_context="validation",
        title="Thrombectomy with very few platelets",
        when=in_range(EXTRACT, "platelets_giga_per_l"),
        holds=f"platelets_giga_per_l >= {PLATELETS_MIN}",
        shown=("platelets_giga_per_l",),
        expected=f"at least {PLATELETS_MIN} x 10^9/L platelets before thrombectomy",
        why="Trials left such patients out; mostly the value is in another unit.",
        source=PLATELETS_MIN.source,
        action="Check Platelets and their unit at the source.",
    ),
    rule(
        name="atherosclerosis_at_age",
        fields=("etiology", "birth_date"),
        kahn_context="validation",
        title="Large-artery atherosclerosis in a young patient",
        when=(
            f"etiology in {codes_that('toast', 'is_intracranial_atherosclerosis')} "
            f"and age_from_dates_years >= {AGE_MIN}"
        ),
        holds=f"age_from_dates_years >= {STENOSIS_ETIOLOGY_AGE}",
        derived=AGE_FROM_DATES,
        shown=("etiology", "age_from_dates_years"),
        expected=f"large-artery atherosclerosis from {STENOSIS_ETIOLOGY_AGE} years on",
        why="In the young other causes are commoner, such as dissection; it decides on the study.",
        source=STENOSIS_ETIOLOGY_AGE.source,
    ),
    rule(
        name="treated_with_consent",
        fields=("consent_given",),
        kahn_context="validation",
        title="Thrombectomy without consent",
        when="consent_given is not null",
        holds="consent_given",
        shown=("consent_given",),
        expected="a consent for every treated patient",
        why="Without consent the patient is not analyzed.",
        source="Guo 2023 Methods",
    ),
)
