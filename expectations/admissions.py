"""Clinical rules on stroke admissions: times in order, and a patient who was treated at all.

Sources of the limits stand in ``dictionary/admissions.yaml``.
"""

from __future__ import annotations

from expectations import derived_values
from expectations.rule import (
    CLOCKS_BACK,
    Rule,
    between,
    codes_that,
    in_range,
    is_single,
    limit,
    present_in,
)

EXTRACT = "admissions"
AGE_MIN = limit(EXTRACT, "age_min_years")
AGE_MAX = limit(EXTRACT, "age_max_years")
ONSET_TO_ARRIVAL_MAX = limit(EXTRACT, "onset_to_arrival_max_hours")
NIHSS_MIN = limit(EXTRACT, "nihss_treated_min")
ASPECTS_MIN = limit(EXTRACT, "aspects_treated_min")
GLUCOSE_MAX = limit(EXTRACT, "glucose_without_diabetes_max_mmol_per_l")
PLATELETS_MIN = limit(EXTRACT, "platelets_treated_min_giga_per_l")
STENOSIS_ETIOLOGY_AGE = limit(EXTRACT, "atherosclerosis_age_min_years")
SAME_PERSON = ("birth_date", "sex", "onset_at")

# Completed years; negative when the birth is recorded after the onset.
AGE = {"age_at_onset_years": "date_sub('year', birth_date, cast(onset_at as date))"}
# The age, where it is possible: a birth after onset is reported as that.
JUDGED_AGE = {"judged_age_years": derived_values.AGE.possible}
ONSET_TO_ARRIVAL = {
    "onset_to_arrival_hours": f"({derived_values.ONSET_TO_ADMISSION.possible}) / 60"
}

RULES = (
    Rule(
        extract=EXTRACT,
        name="onset_before_arrival",
        fields=("onset_at", "arrived_at"),
        severity="reject",
        kahn_category="plausibility",
        title="Onset is not after arrival",
        holds="onset_at <= arrived_at",
        shown=("onset_at", "arrived_at"),
        expected="an onset at or before the arrival",
        why="Times from onset decide who is eligible; out of order they are all wrong.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Stroke onset or Arrival and deliver the row again. For a stroke in hospital, "
            f"Arrival is the time at which it was noticed, not the admission.{CLOCKS_BACK}"
        ),
    ),
    Rule(
        extract=EXTRACT,
        name="birth_before_onset",
        fields=("birth_date", "onset_at"),
        severity="reject",
        kahn_category="plausibility",
        title="Birth is before onset",
        holds="birth_date <= cast(onset_at as date)",
        derived=AGE,
        shown=("age_at_onset_years",),
        expected="a date of birth before the day of onset",
        why="The age at onset cannot be worked out.",
        source="Arithmetic",
        action="Correct Date of birth or Stroke onset at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="age_plausible",
        fields=("birth_date", "onset_at"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Age at onset is that of an adult",
        expectation=between("judged_age_years", AGE_MIN.value, AGE_MAX.value),
        derived=JUDGED_AGE,
        shown=("judged_age_years",),
        expected=f"an age at onset between {AGE_MIN.value} and {AGE_MAX.value} years",
        why="The registry and the study are about adults; another age is mostly a mistyped year.",
        source=f"{AGE_MIN.source}; {AGE_MAX.source}",
        action="Check Date of birth and Stroke onset at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="arrival_before_delivery",
        fields=("arrived_at",),
        severity="reject",
        kahn_category="plausibility",
        title="Arrival is not after the day of delivery",
        holds="cast(arrived_at as date) <= delivered_on",
        shown=("arrived_at", "delivered_on"),
        expected="an arrival on or before the day on which the file was delivered",
        why="What has not happened yet cannot have been recorded.",
        source="Arithmetic",
        action="Correct Arrival at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="onset_to_arrival_plausible",
        fields=("onset_at", "arrived_at"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Arrival is within the time window of thrombectomy",
        expectation=between("onset_to_arrival_hours", high=ONSET_TO_ARRIVAL_MAX.value),
        derived=ONSET_TO_ARRIVAL,
        shown=("onset_to_arrival_hours",),
        expected=f"an arrival at most {ONSET_TO_ARRIVAL_MAX.value} hours after onset",
        why="Thrombectomy after a later arrival is rare; mostly a date is mistyped.",
        source=ONSET_TO_ARRIVAL_MAX.source,
        action="Check Stroke onset and Arrival at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="nihss_of_treated",
        fields=("baseline_nihss",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A treated patient has a deficit",
        when=in_range(EXTRACT, "baseline_nihss"),
        holds=f"baseline_nihss >= {NIHSS_MIN.value}",
        shown=("baseline_nihss",),
        expected=f"a baseline NIHSS of at least {NIHSS_MIN.value} before thrombectomy",
        why=(
            "Hardly anybody is treated without a deficit, unless it came after admission; mostly "
            "another scale was entered."
        ),
        source=NIHSS_MIN.source,
        action="Check Baseline NIHSS at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="aspects_of_treated",
        fields=("aspects",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title=f"ASPECTS below {ASPECTS_MIN.value} is rare before thrombectomy",
        when=in_range(EXTRACT, "aspects"),
        holds=f"aspects >= {ASPECTS_MIN.value}",
        shown=("aspects",),
        expected=f"an ASPECTS of at least {ASPECTS_MIN.value} before thrombectomy",
        why="Few infarcts so large are treated; the score may have been read upside down.",
        source=ASPECTS_MIN.source,
        action="Check ASPECTS at the source: 10 is a normal scan.",
    ),
    Rule(
        extract=EXTRACT,
        name="glucose_with_diabetes",
        fields=("glucose_mmol_per_l", "diabetes"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A very high glucose goes with diabetes",
        when=(
            f"glucose_mmol_per_l > {GLUCOSE_MAX.value} and "
            + in_range(EXTRACT, "glucose_mmol_per_l")
        ),
        holds="diabetes",
        shown=("glucose_mmol_per_l", "diabetes"),
        expected=f"diabetes where glucose is above {GLUCOSE_MAX.value} mmol/L",
        why=(
            "Stress alone rarely raises it so far: diabetes was not known or not entered, or the "
            "unit is wrong."
        ),
        source=GLUCOSE_MAX.source,
        action="Check Glucose and Diabetes mellitus at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="platelets_of_treated",
        fields=("platelets_giga_per_l",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Platelets allow a puncture",
        when=in_range(EXTRACT, "platelets_giga_per_l"),
        holds=f"platelets_giga_per_l >= {PLATELETS_MIN.value}",
        shown=("platelets_giga_per_l",),
        expected=f"at least {PLATELETS_MIN.value} x 10^9/L platelets before thrombectomy",
        why="Trials left such patients out; mostly the value is in another unit.",
        source=PLATELETS_MIN.source,
        action="Check Platelets and their unit at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="atherosclerosis_at_age",
        fields=("etiology", "birth_date"),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="Large-artery atherosclerosis is not a disease of the young",
        when=(
            f"etiology in {codes_that('toast', 'is_intracranial_atherosclerosis')} "
            f"and judged_age_years >= {AGE_MIN.value}"
        ),
        holds=f"judged_age_years >= {STENOSIS_ETIOLOGY_AGE.value}",
        derived=JUDGED_AGE,
        shown=("etiology", "judged_age_years"),
        expected=f"large-artery atherosclerosis from {STENOSIS_ETIOLOGY_AGE.value} years on",
        why="In the young other causes are commoner, such as dissection; it decides on the study.",
        source=STENOSIS_ETIOLOGY_AGE.source,
        action="Check Etiology (TOAST) and Date of birth at the source.",
    ),
    Rule(
        extract=EXTRACT,
        name="same_patient_once",
        fields=SAME_PERSON,
        severity="warn",
        kahn_category="plausibility",
        title="A stroke is registered once",
        when=present_in(*SAME_PERSON),
        holds=is_single(EXTRACT, *SAME_PERSON),
        expected="no second patient number with the same birth date, sex and time of onset",
        why="The same patient under two numbers is counted twice.",
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
        action="Find out which number is right and withdraw the other by a full delivery.",
    ),
    Rule(
        extract=EXTRACT,
        name="treated_with_consent",
        fields=("consent_given",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="A treated patient or a guardian consented",
        when="consent_given is not null",
        holds="consent_given",
        shown=("consent_given",),
        expected="a consent for every treated patient",
        why="Without consent the patient is not analysed.",
        source="Guo 2023 Methods",
        action="Check Consent at the source.",
    ),
)
