"""Clinical rules on follow-up scans: after the puncture, and in keeping with the procedure.

Sources of the limits stand in ``dictionary/imaging.yaml``.
"""

from __future__ import annotations

from expectations.rule import Rule, codes_that, in_order, limit, unreadable

EXTRACT = "imaging"
PERFORATION_SCAN_MAX = limit(EXTRACT, "perforation_scan_max_hours")
IS_HEMORRHAGE = f"hemorrhage_type in {codes_that('hemorrhage_type', 'is_hemorrhage')}"

RULES = (
    Rule(
        extract=EXTRACT,
        name="scan_after_puncture",
        fields=("imaged_at",),
        severity="reject",
        kahn_category="plausibility",
        title="The scan is not before the puncture",
        expectation=in_order("first_puncture_at", "imaged_at"),
        derived={"first_puncture_at": "procedure.first_puncture_at"},
        shown=("first_puncture_at", "imaged_at"),
        expected="a scan at or after the patient's first puncture",
        why="A hemorrhage before the procedure is no complication of it.",
        source="Clinical sequence of the stroke pathway",
        action="Correct Time of scan, or Puncture in the procedure, and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="scan_before_delivery",
        fields=("imaged_at",),
        severity="reject",
        kahn_category="plausibility",
        title="The scan is not after the day of delivery",
        holds="cast(imaged_at as date) <= delivered_on",
        shown=("imaged_at", "delivered_on"),
        expected="a scan on or before the day on which the file was delivered",
        why="What has not happened yet cannot have been recorded.",
        source="Arithmetic",
        action="Correct Time of scan at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="hemorrhage_with_nihss",
        fields=("hemorrhage_type", "nihss_at_imaging"),
        severity="warn",
        kahn_category="completeness",
        kahn_context="validation",
        title="A hemorrhage comes with the NIHSS at the scan",
        when=f"{IS_HEMORRHAGE} and not {unreadable('nihss_at_imaging')}",
        holds="nihss_at_imaging is not null",
        shown=("hemorrhage_type", "nihss_at_imaging"),
        expected="an NIHSS at the scan wherever the scan shows a hemorrhage",
        why="Without it nobody can tell whether the hemorrhage was symptomatic.",
        source="Guo 2023 Methods (definition of sICH)",
        action="Add NIHSS at imaging at the source and deliver the row again.",
    ),
    Rule(
        extract=EXTRACT,
        name="perforation_with_hemorrhage",
        fields=("hemorrhage_type",),
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title="An early scan after a perforation shows blood",
        when="has_perforation and is_soon_after_puncture",
        holds=IS_HEMORRHAGE,
        derived={
            "has_perforation": "procedure.has_perforation",
            "is_soon_after_puncture": (
                "date_diff('minute', procedure.first_puncture_at, imaged_at) / 60 "
                f"between 0 and {PERFORATION_SCAN_MAX.value}"
            ),
        },
        shown=("hemorrhage_type",),
        expected=(
            f"a hemorrhage on a scan within {PERFORATION_SCAN_MAX.value} hours of a procedure in "
            f"which the artery was perforated"
        ),
        why="Blood leaves the vessel at once; either the perforation or the reading is wrong.",
        source=PERFORATION_SCAN_MAX.source,
        action="Check Hemorrhage, and Artery perforation in the procedure.",
    ),
    Rule(
        extract=EXTRACT,
        name="patency_only_with_stent",
        fields=("stent_patency",),
        severity="warn",
        kahn_category="plausibility",
        title="Patency of a stent is recorded only where one was placed",
        when=f"stent_patency in {codes_that('stent_patency', 'is_assessed')}",
        holds="has_stent",
        derived={"has_stent": "procedure.has_stent"},
        shown=("stent_patency",),
        expected="no stent patency unless a rescue stent was placed",
        why="In-stent thrombosis is counted per stent.",
        source="Guo 2023 Results",
        action="Check Stent patency, and Rescue stent in the procedure.",
    ),
)
