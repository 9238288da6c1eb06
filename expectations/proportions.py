"""Rules on whole deliveries about shares of patients: how often is that plausible?"""

from __future__ import annotations

from typing import NamedTuple

from warehouse.definitions.dictionary import KahnCategory
from warehouse.definitions.measures import SHARE
from warehouse.expectations.delivery import RULE, DeliveryRule, Measure, limited, median, share
from warehouse.expectations.generated_rules import ROWS_MIN
from warehouse.expectations.rule import Limit, admission_of, codes_that
from warehouse.expectations.time_points import AT_90_DAYS, FOLLOWUP_DAY, IS_AT_90_DAYS, WINDOW
from warehouse.expectations.treatments import DOOR_TO_PUNCTURE

FIRST_PUNCTURE_ON = "cast(procedure.first_puncture_at as date)"
REPERFUSED_ELSEWHERE = "Goyal 2016 doi:10.1016/S0140-6736(16)00163-X (71 per cent); Registry"
IVT_PLATELETS_MIN = Limit(100, "10^9/L", "Powers 2019 doi:10.1161/STR.0000000000000211")
OVERDUE_DAYS = 150
# Treated patients of the site who are due by the delivery, and those of them whom no delivery of
# the extract has had by then. Counted by days first: a site has far more patients than days.
TREATED = f"""(
    with seen as (
        select {admission_of("landed")} as admission, min(delivered_on) as seen_since
        from raw.{{extract}} as landed
        where {{tells}}
        group by all
    ),
    treated as (
        select
            procedure.known_site as site,
            greatest(procedure.known_since, {FIRST_PUNCTURE_ON} + {{days}} + 1) as due_on,
            seen.seen_since,
            count(*) as n,
        from checks.procedure
        left join seen on procedure.known_admission = seen.admission
        where procedure.first_puncture_at is not null
        group by all
    )
    select {{{{
        'n': sum(n),
        'unseen': sum(n) filter (coalesce(seen_since > delivered.delivered_on, true))
    }}}}
    from treated
    where treated.site = delivered.site and due_on <= delivered.delivered_on
)"""


class Share(NamedTuple):
    """A rule in few words."""

    extract: str
    name: str
    fields: tuple[str, ...]
    title: str
    measured: str
    measure: Measure
    why: str
    action: str
    low: Limit | None = None
    high: Limit | None = None
    kahn_category: KahnCategory = "plausibility"


IS_DEATH = f"mrs in {codes_that('mrs', 'is_death')}"
# Rows by which the outcome at 90 days is known, or why it is not; others of follow-ups say nothing.
TELLS = {
    "followups": f"{IS_AT_90_DAYS} or death_date is not null or coalesce({IS_DEATH}, false)",
}


def _treated(extract: str, days: int) -> dict[str, str]:
    tells = TELLS.get(extract, "true")
    return {"treated": TREATED.format(extract=extract, days=days, tells=tells)}


def _missing(extract: str, days: int) -> Measure:
    """Share of the site's treated patients of whom the extract has no row, by this delivery."""
    return Measure(
        value=f"coalesce({RULE}__treated.unseen, 0) / {RULE}__treated.n",
        size=f"coalesce({RULE}__treated.n, 0)",
        looked_up=_treated(extract, days),
    )


IS_CARDIOEMBOLIC = f"etiology in {codes_that('toast', 'is_cardioembolic')}"
IS_ATHEROSCLEROTIC = f"etiology in {codes_that('toast', 'is_intracranial_atherosclerosis')}"
IS_REPERFUSED = f"mtici_final in {codes_that('mtici', 'is_successful_reperfusion')}"
ON_THE_DAY = (
    f"date_diff('day', first_puncture_on, assessed_on) = {FOLLOWUP_DAY}",
    "assessed_on is not null and first_puncture_on is not null and is_at_90_days "
    f"and not {IS_DEATH}",
)

SHARES = (
    Share(
        "admissions",
        "onset_at.has_time",
        ("onset_at",),
        "Many onsets at midnight",
        "of the onsets at 00:00 exactly",
        share("onset_at = date_trunc('day', onset_at)", "onset_at is not null"),
        "A date without a time becomes midnight, and every interval from onset is wrong.",
        "Export Stroke onset with its time.",
        high=Limit(0.05, SHARE),
    ),
    Share(
        "admissions",
        "birth_date.exact",
        ("birth_date",),
        "Many births on January 1",
        "of the births on the first of January",
        share("month(birth_date) = 1 and day(birth_date) = 1", "birth_date is not null"),
        "The first of January stands for a year whose day nobody knew.",
        "Take Date of birth from the identity document or the hospital system.",
        high=Limit(0.1, SHARE),
    ),
    Share(
        "admissions",
        "etiology.atherosclerosis_without_fibrillation",
        ("etiology", "atrial_fibrillation"),
        "Many atherosclerotic strokes with atrial fibrillation",
        "of the strokes from large-artery atherosclerosis with atrial fibrillation",
        share("atrial_fibrillation", f"{IS_ATHEROSCLEROTIC} and atrial_fibrillation is not null"),
        "TOAST calls two competing causes undetermined; etiology decides who is in the study.",
        "Review Etiology (TOAST) of the patients with atrial fibrillation.",
        high=Limit(0.15, SHARE, "Adams 1993 doi:10.1161/01.STR.24.1.35; Registry"),
    ),
    Share(
        "admissions",
        "etiology.embolism_with_fibrillation",
        ("etiology", "atrial_fibrillation"),
        "Many cardioembolic strokes without atrial fibrillation",
        "of the cardioembolic strokes with atrial fibrillation",
        share("atrial_fibrillation", f"{IS_CARDIOEMBOLIC} and atrial_fibrillation is not null"),
        "Where it is rare, either it is not recorded or cardioembolism is a guess.",
        "Review Etiology (TOAST) and Atrial fibrillation.",
        low=Limit(0.4, SHARE, "Adams 1993 doi:10.1161/01.STR.24.1.35; Registry"),
    ),
    Share(
        "admissions",
        "etiology.small_vessel_rare",
        ("etiology",),
        "Many thrombectomies for small-vessel strokes",
        "of the strokes from small-vessel occlusion",
        share(f"etiology in {codes_that('toast', 'is_small_vessel')}", "etiology is not null"),
        "No retriever reaches a small vessel; the cause of these strokes is another one.",
        "Review Etiology (TOAST) of these patients.",
        high=Limit(0.05, SHARE, "Adams 1993 doi:10.1161/01.STR.24.1.35; Registry"),
    ),
    Share(
        "procedures",
        "ivt.few_platelets_rare",
        ("ivt",),
        "Many thrombolyses with few platelets",
        f"of the thrombolyses with fewer than {IVT_PLATELETS_MIN} x 10^9/L platelets",
        share(
            f"known_platelets < {IVT_PLATELETS_MIN}",
            "ivt and known_platelets is not null",
            {"known_platelets": "admission.platelets_giga_per_l"},
        ),
        "Few platelets exclude thrombolysis; many such cases mean a wrong column or unit.",
        "Check Intravenous thrombolysis, and Platelets in the admissions.",
        high=Limit(0.15, SHARE, "Powers 2019 doi:10.1161/STR.0000000000000211; Registry"),
    ),
    Share(
        "procedures",
        "mtici_final.plausible",
        ("mtici_final",),
        "Implausible share of successful reperfusions",
        "of the procedures ending with mTICI 2b or better",
        share(IS_REPERFUSED, "mtici_final is not null"),
        "A share near none or all means that the grades are exchanged, or successes selected.",
        "Review how Final mTICI is graded, and which procedures are exported.",
        low=Limit(0.5, SHARE, REPERFUSED_ELSEWHERE),
        high=Limit(0.99, SHARE, REPERFUSED_ELSEWHERE),
    ),
    Share(
        "procedures",
        "artery_perforation.rare",
        ("artery_perforation",),
        "Many perforations",
        "of the procedures with a perforation",
        share("artery_perforation", "artery_perforation is not null"),
        "A high share is a safety problem, or yes and no are exchanged.",
        "Review Artery perforation of these procedures.",
        high=Limit(0.1, SHARE, "Balami 2018 doi:10.1177/1747493017743051; Registry"),
    ),
    Share(
        "procedures",
        "rescue_stent.plausible",
        ("rescue_stent",),
        "Rescue stent in most procedures",
        "of the procedures with a rescue stent",
        share(
            f"rescue_stent in {codes_that('rescue_stent', 'is_placed')}", "rescue_stent is not null"
        ),
        "A stent in most procedures means primary stenting, or exchanged codes.",
        "Review Rescue stent of these procedures.",
        high=Limit(0.5, SHARE, "Guo 2023 Figure 3; Registry"),
    ),
    Share(
        "procedures",
        "occlusion_site.plausible",
        ("occlusion_site",),
        "Many occlusions in the posterior circulation",
        "of the occlusions in the posterior circulation",
        share(
            f"occlusion_site in {codes_that('occlusion_site', 'circulation', 'posterior')}",
            "occlusion_site is not null",
        ),
        "A high share means exchanged codes or a selection of patients.",
        "Review Occlusion site, and which procedures are exported.",
        high=Limit(0.5, SHARE, "Guo 2023 Table 1; Registry"),
    ),
    Share(
        "procedures",
        "door_to_puncture.median",
        ("puncture_at",),
        "Long median door-to-puncture time",
        "from arrival to puncture at the median",
        median("door_to_puncture_min", DOOR_TO_PUNCTURE),
        "It is what a center is measured by; a long median means exchanged or shifted times.",
        "Check Puncture, and Arrival in the admissions.",
        high=Limit(240, "min", "Jahan 2019 doi:10.1001/jama.2019.8286; Registry"),
    ),
    Share(
        "imaging",
        "hemorrhage_type.plausible",
        ("hemorrhage_type",),
        "Few scans without hemorrhage",
        "of the scans with a hemorrhage",
        share(
            f"hemorrhage_type in {codes_that('hemorrhage_type', 'is_hemorrhage')}",
            "hemorrhage_type is not null",
        ),
        "A high share mostly means that scans without hemorrhage are not exported.",
        "Export all follow-up scans, also those without findings.",
        high=Limit(
            0.7,
            SHARE,
            "van der Steen 2022 doi:10.1136/jnis-2022-019474 (41 per cent of patients); Registry",
        ),
    ),
    Share(
        "imaging",
        "patients.scanned",
        ("patient_id",),
        "Many treated patients without a scan",
        "of the treated patients without a scan",
        _missing("imaging", 2),
        "Without a scan nobody knows of a hemorrhage, and the patient is missing from its rates.",
        "Deliver the missing scans.",
        high=Limit(0.2, SHARE, "Guo 2023 Methods; Registry"),
        kahn_category="completeness",
    ),
    Share(
        "followups",
        "patients.followed_up",
        ("patient_id",),
        "Many overdue follow-ups",
        f"of the patients without a follow-up {OVERDUE_DAYS} days after the puncture",
        _missing("followups", OVERDUE_DAYS),
        "Outcomes that are missing for long are rarely missing at random.",
        "Call the patients of registry.overdue_followups, or record that they are lost.",
        high=Limit(0.2, SHARE, "Guo 2023 Figure 3; Registry"),
        kahn_category="completeness",
    ),
    Share(
        "followups",
        "lost_to_followup.rare",
        ("lost_to_followup",),
        "Many patients lost to follow-up",
        "of the follow-ups that say lost",
        share("lost_to_followup", "lost_to_followup is not null and is_at_90_days", AT_90_DAYS),
        "A study with many lost patients cannot tell whether treatment helped.",
        "Call again, also the next of kin, and ask the registry of residents.",
        high=Limit(0.15, SHARE, "Guo 2023 Figure 3; Registry"),
        kahn_category="completeness",
    ),
    Share(
        "followups",
        "mrs.deaths_plausible",
        ("mrs",),
        "Many deaths at 90 days",
        "of the assessed with mRS 6",
        share(IS_DEATH, "mrs is not null and is_at_90_days", AT_90_DAYS),
        "A high share means that survivors are missing, or that codes are exchanged.",
        "Check mRS, and which follow-ups are exported.",
        high=Limit(
            0.5, SHARE, "Goyal 2016 doi:10.1016/S0140-6736(16)00163-X (15 per cent); Registry"
        ),
    ),
    Share(
        "followups",
        "assessed_on.not_exact",
        ("assessed_on", "mrs"),
        f"Many assessments on day {FOLLOWUP_DAY} exactly",
        f"of the assessments on day {FOLLOWUP_DAY} exactly",
        share(*ON_THE_DAY, {"first_puncture_on": FIRST_PUNCTURE_ON} | AT_90_DAYS),
        "Nobody reaches all patients on the day; such dates were calculated, not recorded.",
        "Export the day on which the patient was assessed.",
        high=Limit(0.6, SHARE),
    ),
)

# Where nobody due is without a follow-up, deaths alone may be all there is to deliver.
DEATHS_ALONE = DeliveryRule(
    extract="followups",
    name="living.delivered",
    fields=("mrs", "death_date"),
    constraint="delivery",
    kahn_category="completeness",
    title="Only deaths delivered",
    expected=(
        "at least 1 follow-up of somebody who lives or is lost, while patients have none "
        f"{WINDOW.max} days after the puncture"
    ),
    why="Deaths are known without a call: mortality would be computed from the dead alone.",
    source="docs/decisions/0021-pending-follow-up.md",
    action=(
        "Deliver the follow-ups of the living and the lost as well. Until then this delivery "
        "closes no patient's follow-up window."
    ),
    measure=Measure(
        value=f"case when {RULE}__rows > 0 then {RULE}__living end",
        size=f"coalesce({RULE}__treated.unseen, 0)",
        aggregates={
            "rows": (
                f"count_if(is_at_90_days or death_date is not null or coalesce({IS_DEATH}, false))"
            ),
            "living": (
                "count_if(death_date is null and is_at_90_days "
                f"and not coalesce({IS_DEATH}, false))"
            ),
        },
        looked_up=_treated("followups", WINDOW.max),
        derived=AT_90_DAYS,
    ),
    unit="rows",
    minimum=1,
    low=1,
)


def share_rules(extract: str) -> tuple[DeliveryRule, ...]:
    """The rules about shares on the deliveries of an extract."""
    shares = tuple(_rule(row) for row in SHARES if row.extract == extract)
    return (*shares, DEATHS_ALONE) if extract == "followups" else shares


def _rule(row: Share) -> DeliveryRule:
    bounds = [("at least", row.low), ("at most", row.high)]
    within = " and ".join(f"{words} {limit.words}" for words, limit in bounds if limit)
    return limited(
        extract=row.extract,
        name=row.name,
        fields=row.fields,
        kahn_category=row.kahn_category,
        kahn_context="validation",
        title=row.title,
        expected=f"{within} {row.measured}",
        why=row.why,
        action=row.action,
        measure=row.measure,
        minimum=ROWS_MIN,
        low=row.low,
        high=row.high,
    )
