"""Clinical rules on follow-up scans: after the puncture, and in keeping with the procedure."""

from __future__ import annotations

from warehouse.expectations.derived_values import STROKE_AT
from warehouse.expectations.rule import (
    CLOCK,
    CLOCKS_BACK,
    Limit,
    between,
    codes_that,
    in_order,
    in_range,
    is_named,
    rules_of,
    unreadable,
)
from warehouse.expectations.shared_rules import (
    hour_came_twice,
    not_after_delivery,
    of_this_stroke,
    registered_once,
)

EXTRACT = "imaging"
rule = rules_of(EXTRACT)
PERFORATION_SCAN_MAX = Limit(48, "h")
SCAN_MAX = Limit(30, "days")
LAST_SCAN = Limit(120, "days")
NIHSS_CHANGE_MAX = Limit(30, "points", "Brott 1989 doi:10.1161/01.STR.20.7.864; Registry")
IMPROVEMENT_WITH_PH2_MAX = Limit(
    8, "points", "von Kummer 2015 doi:10.1161/STROKEAHA.115.010049; Registry"
)
IS_LARGE_HEMATOMA = (
    f"hemorrhage_type in {codes_that('hemorrhage_type', 'parenchymal_hematoma_grade', '2')}"
)
KNOWN_NIHSS = in_range(EXTRACT, "nihss_at_imaging")
NIHSS_CHANGE = {"nihss_change": "nihss_at_imaging - admission.baseline_nihss"}
DAYS_AFTER_PUNCTURE = {
    "days_after_puncture": (
        "case when imaged_at >= procedure.first_puncture_at "
        "and cast(imaged_at as date) <= delivered_on "
        f"and (date_diff('day', {STROKE_AT}, imaged_at) <= {LAST_SCAN} or {is_named(EXTRACT)}) "
        "then date_diff('hour', procedure.first_puncture_at, imaged_at) / 24 end"
    )
}
FIRST_PUNCTURE = {"first_puncture_at": "procedure.first_puncture_at"}
FIRST_END = {"first_ended_at": "procedure.first_ended_at"}
SHOWS_BRAIN = f"modality in {codes_that('modality', 'shows_brain')}"
IS_HEMORRHAGE = f"hemorrhage_type in {codes_that('hemorrhage_type', 'is_hemorrhage')}"

RULES = (
    rule(
        name="scan_after_puncture",
        fields=("imaged_at",),
        severity="reject",
        title="Scan recorded before the puncture",
        when=in_range(EXTRACT, "imaged_at"),
        holds=in_order("first_puncture_at", "imaged_at"),
        derived=CLOCK | FIRST_PUNCTURE,
        shown=("first_puncture_at", "imaged_at"),
        expected="a scan at or after the patient's first puncture",
        why="A hemorrhage before the procedure is no complication of it.",
        source="Clinical sequence of the stroke pathway",
        action=(
            "Correct Time of scan, or Puncture in the procedure, and deliver the row again."
            f"{CLOCKS_BACK}"
        ),
    ),
    hour_came_twice(EXTRACT, ("imaged_at",), ("first_ended_at", "imaged_at"), FIRST_END),
    not_after_delivery(EXTRACT, "scan", "imaged_at", "scan"),
    rule(
        name="hemorrhage_with_nihss",
        fields=("hemorrhage_type", "nihss_at_imaging"),
        kahn_category="completeness",
        kahn_context="validation",
        title="Hemorrhage without the NIHSS at the scan",
        when=f"{IS_HEMORRHAGE} and not {unreadable('nihss_at_imaging')}",
        holds="nihss_at_imaging is not null",
        shown=("hemorrhage_type", "nihss_at_imaging"),
        expected="an NIHSS at the scan wherever the scan shows a hemorrhage",
        why="Without it nobody can tell whether the hemorrhage was symptomatic.",
        source="Guo 2023 Methods (definition of sICH)",
        action="Add NIHSS at imaging at the source and deliver the row again.",
    ),
    rule(
        name="perforation_with_hemorrhage",
        fields=("hemorrhage_type",),
        kahn_context="validation",
        title="Early scan after a perforation shows no blood",
        when=f"has_perforation and is_soon_after_puncture and {SHOWS_BRAIN}",
        holds=IS_HEMORRHAGE,
        derived={
            "has_perforation": "procedure.has_perforation",
            "is_soon_after_puncture": (
                "date_diff('minute', procedure.first_puncture_at, imaged_at) / 60 "
                f"between 0 and {PERFORATION_SCAN_MAX}"
            ),
        },
        shown=("hemorrhage_type",),
        expected=(
            f"a hemorrhage on a scan of the brain within {PERFORATION_SCAN_MAX} hours of a "
            f"procedure in which the artery was perforated"
        ),
        why="Blood leaves the vessel at once; either the perforation or the reading is wrong.",
        source=PERFORATION_SCAN_MAX.source,
        action="Check Hemorrhage, and Artery perforation in the procedure.",
    ),
    rule(
        name="patency_only_with_stent",
        fields=("stent_patency",),
        title="Stent patency without a stent",
        when=f"stent_patency in {codes_that('stent_patency', 'is_assessed')}",
        holds="has_stent",
        derived={"has_stent": "procedure.has_stent"},
        shown=("stent_patency",),
        expected="no stent patency unless a rescue stent was placed",
        why="In-stent thrombosis is counted per stent.",
        source="Guo 2023 Results",
        action="Check Stent patency, and Rescue stent in the procedure.",
    ),
    rule(
        name="scan_after_procedure",
        fields=("imaged_at",),
        title="Scan recorded during the procedure",
        when=in_order("first_puncture_at", "imaged_at"),
        holds=in_order("first_ended_at", "imaged_at"),
        derived=CLOCK | FIRST_PUNCTURE | FIRST_END,
        shown=("first_ended_at", "imaged_at"),
        expected="a scan at or after the end of the patient's first procedure",
        why="Follow-up scans are made after the final angiogram; a time is mistyped.",
        source="Clinical sequence of the stroke pathway",
        action="Check Time of scan, and Puncture and End of procedure in the procedure.",
    ),
    rule(
        name="scan_in_time",
        fields=("imaged_at",),
        kahn_context="validation",
        title="Scan long after the procedure",
        expectation=between("days_after_puncture", high=SCAN_MAX),
        derived=DAYS_AFTER_PUNCTURE,
        shown=("days_after_puncture",),
        expected=f"a scan at most {SCAN_MAX} days after the first puncture",
        why="A later hemorrhage is no complication of the procedure.",
        source=SCAN_MAX.source,
        action="Check Time of scan, and Puncture in the procedure.",
    ),
    rule(
        name="nihss_change_plausible",
        fields=("nihss_at_imaging",),
        title="NIHSS at the scan far from the baseline",
        when=f"{KNOWN_NIHSS} and imaged_at is not null",
        holds=f"abs(nihss_change) <= {NIHSS_CHANGE_MAX}",
        derived=NIHSS_CHANGE,
        shown=("nihss_change",),
        expected=f"an NIHSS at most {NIHSS_CHANGE_MAX} points from the baseline",
        why="The rise decides on symptomatic hemorrhage; so large a change is mostly an error.",
        source=NIHSS_CHANGE_MAX.source,
        action="Check NIHSS at imaging, and Baseline NIHSS in the admission.",
    ),
    rule(
        name="large_hematoma_without_improvement",
        fields=("hemorrhage_type", "nihss_at_imaging"),
        kahn_context="validation",
        title="Large improvement with PH-2",
        when=(f"{IS_LARGE_HEMATOMA} and {KNOWN_NIHSS} and abs(nihss_change) <= {NIHSS_CHANGE_MAX}"),
        holds=f"nihss_change >= -{IMPROVEMENT_WITH_PH2_MAX}",
        derived=NIHSS_CHANGE,
        shown=("hemorrhage_type", "nihss_change"),
        expected=(f"with PH-2, an NIHSS at most {IMPROVEMENT_WITH_PH2_MAX} points below baseline"),
        why=(
            "A hematoma with mass effect mostly makes patients worse; the class or the score may "
            "be wrong."
        ),
        source=IMPROVEMENT_WITH_PH2_MAX.source,
    ),
    rule(
        name="hemorrhage_on_brain_imaging",
        fields=("hemorrhage_type", "modality"),
        kahn_context="validation",
        title="Hemorrhage classified on an angiogram",
        when=f"{IS_HEMORRHAGE} and {in_range(EXTRACT, 'modality')}",
        holds=SHOWS_BRAIN,
        shown=("hemorrhage_type", "modality"),
        expected="no hemorrhage class from a digital subtraction angiography",
        why="An angiogram shows vessels, not blood in tissue: the class is from another scan.",
        source="von Kummer 2015 doi:10.1161/STROKEAHA.115.010049",
        action=(
            "Check Modality, or deliver the scan on which the hemorrhage was seen. A CT made in "
            "the angiography suite is CT."
        ),
    ),
    rule(
        name="patency_on_vessel_imaging",
        fields=("stent_patency", "modality"),
        kahn_context="validation",
        title="Stent patency from an image that does not show it",
        when=(
            f"stent_patency in {codes_that('stent_patency', 'is_assessed')} and has_stent "
            f"and {in_range(EXTRACT, 'modality')}"
        ),
        holds=f"modality in {codes_that('modality', 'shows_stents')}",
        derived={"has_stent": "procedure.has_stent"},
        shown=("stent_patency", "modality"),
        expected="stent patency from CT angiography or digital subtraction angiography",
        why="A plain CT does not show whether a stent is open; on MRI it darkens its own lumen.",
        source=(
            "Choi 2011 doi:10.5469/neuroint.2011.6.2.71 (a stent darkens its lumen on MR "
            "angiography); Registry"
        ),
        action="Check Modality and Stent patency at the source.",
    ),
    registered_once(
        EXTRACT,
        "scan",
        ("patient_key", "imaged_at", "modality"),
        "no second scan number with the same patient, time and modality",
    ),
    of_this_stroke(EXTRACT, "scan", "imaged_at", LAST_SCAN),
    rule(
        name="adjudicated_with_hemorrhage",
        fields=("adjudicated_sich", "hemorrhage_type"),
        title="Symptomatic hemorrhage on a scan without a hemorrhage",
        when=f"adjudicated_sich and {in_range(EXTRACT, 'hemorrhage_type')}",
        holds=IS_HEMORRHAGE,
        shown=("adjudicated_sich", "hemorrhage_type"),
        expected="a hemorrhage on each scan with an adjudicated symptomatic hemorrhage",
        why="The adjudication or the reading belongs to another scan.",
        source="von Kummer 2015 doi:10.1161/STROKEAHA.115.010049",
    ),
)
