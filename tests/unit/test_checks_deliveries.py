"""Every rule on whole deliveries, with deliveries that break it and nothing else.

Each case is a site with four deliveries of its own, so that all cases are judged together.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from checked_rows import query, valid, work_database

from expectations.suites import suite
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import EXTRACTS

RULES = {rule.id: rule for extract in EXTRACTS for rule in suite(extract).deliveries}
DAYS = [date(2022, 3, 1)] * 30 + [date(2022, 4, 1)] * 30 + [date(2022, 5, 1)] * 30
DAYS += [date(2022, 6, 1)] * 60
LAST = "delivered_on = date '2022-06-01'"
# The number of the patient, from which the values of the valid rows are made.
NUMBER = "cast(substr(patient_key, 2) as integer)"

# What is set in the deliveries of a site so that the rule breaks, in the rule's own extract.
BREAKS = {
    "admissions.onset_at.not_heaped": "onset_at = date_trunc('hour', onset_at)",
    "admissions.arrived_at.not_heaped": "arrived_at = date_trunc('hour', arrived_at)",
    "admissions.systolic_bp_mmhg.not_heaped": "systolic_bp_mmhg = systolic_bp_mmhg // 10 * 10",
    "admissions.baseline_nihss.not_heaped": "baseline_nihss = (baseline_nihss + 2) // 5 * 5",
    "admissions.baseline_nihss.stable": f"baseline_nihss = 27 + {NUMBER} % 3",
    "admissions.age.stable": "birth_date = birth_date + 25 * 365",
    "admissions.glucose_mmol_per_l.stable": "glucose_mmol_per_l = 11.3",
    "admissions.systolic_bp_mmhg.stable": f"systolic_bp_mmhg = 191 + {NUMBER} % 7",
    "admissions.aspects.stable": "aspects = 4",
    "admissions.glucose_mmol_per_l.in_unit": "glucose_mmol_per_l = glucose_mmol_per_l * 3",
    "admissions.platelets_giga_per_l.in_unit": "platelets_giga_per_l = platelets_giga_per_l * 3",
    "admissions.systolic_bp_mmhg.in_unit": "systolic_bp_mmhg = systolic_bp_mmhg + 60",
    "admissions.onset_at.has_time": (
        f"onset_at = if({NUMBER} % 10 = 0, date_trunc('day', onset_at), onset_at)"
    ),
    "admissions.birth_date.exact": "birth_date = date_trunc('year', birth_date)",
    "admissions.etiology.atherosclerosis_without_fibrillation": "atrial_fibrillation = true",
    "admissions.etiology.embolism_with_fibrillation": "etiology = 'cardioembolism'",
    "admissions.etiology.small_vessel_rare": "etiology = 'small_vessel_occlusion'",
    "procedures.puncture_at.not_heaped": "puncture_at = date_trunc('hour', puncture_at)",
    "procedures.ended_at.not_heaped": "ended_at = date_trunc('hour', ended_at)",
    "procedures.residual_stenosis_pct.not_heaped": "residual_stenosis_pct = 80",
    "procedures.passes.stable": "passes = 4",
    "procedures.mtici_final.plausible": "mtici_final = '2a'",
    "procedures.artery_perforation.rare": "artery_perforation = true",
    "procedures.rescue_stent.plausible": "rescue_stent = 'placed'",
    "procedures.occlusion_site.plausible": "occlusion_site = 'ba'",
    "procedures.door_to_puncture.median": (
        "puncture_at = puncture_at + interval 5 hour, ended_at = ended_at + interval 5 hour"
    ),
    "imaging.imaged_at.not_heaped": "imaged_at = date_trunc('hour', imaged_at)",
    "imaging.nihss_at_imaging.not_heaped": "nihss_at_imaging = (nihss_at_imaging + 2) // 5 * 5",
    "imaging.nihss_at_imaging.stable": f"nihss_at_imaging = 27 + {NUMBER} % 3",
    "imaging.hemorrhage_type.plausible": "hemorrhage_type = 'HI-1'",
    "followups.mrs.stable": "mrs = 0",
    "followups.lost_to_followup.rare": f"lost_to_followup = {NUMBER} % 4 = 0",
    "followups.mrs.deaths_plausible": "mrs = 6",
    "followups.assessed_on.not_exact": f"assessed_on = date '2021-03-01' + {NUMBER} + 90",
}
# What breaks the other rules: a third of the rows is missing, or another extract is wrong.
STATEMENTS = {
    "procedures.ivt.few_platelets_rare": (
        f"update raw.admissions set platelets_giga_per_l = 90 where {NUMBER} % 4 = 0 and "
    ),
    "imaging.patients.scanned": f"delete from raw.imaging where {NUMBER} % 3 = 0 and ",
    "followups.patients.followed_up": f"delete from raw.followups where {NUMBER} % 3 = 0 and ",
}


def breaking(rule_id: str) -> str:
    """SQL that makes the deliveries of the site of that name break the rule."""
    rule = RULES[rule_id]
    if rule.name == "records.kept":
        return (
            "insert into raw.files (site, extract, delivered_on, mode, status) "
            f"select '{rule_id}', '{rule.extract}', day, 'full', 'landed' "
            f"from (values (date '2022-05-01'), (date '2022-06-01')) as days (day)"
        )
    site = f"site = '{rule_id}'"
    if rule_id in STATEMENTS:
        return STATEMENTS[rule_id] + site
    if rule.name == "volume.steady":
        return (
            f"insert into raw.{rule.extract} "
            f"select landed.* replace (row_id || number as row_id) "
            f"from raw.{rule.extract} as landed, range(2) as copies (number) "
            f"where {site} and {LAST}"
        )
    if rule.constraint == "complete":
        return f"update raw.{rule.extract} set {rule.fields[0]} = null where {site}"
    when = f" and {LAST}" if rule.name.endswith(".stable") else ""
    return f"update raw.{rule.extract} set {BREAKS[rule_id]} where {site}{when}"


def valid_deliveries() -> dict[str, list[dict[str, Any]]]:
    """Four deliveries of one site that break no rule: 30, 30, 30 and 60 patients."""
    rows: dict[str, list[dict[str, Any]]] = {extract: [] for extract in EXTRACTS}
    for number, delivered_on in enumerate(DAYS):
        for extract, row in _patient(number).items():
            rows[extract].append(row | {"delivered_on": delivered_on})
    return rows


def _patient(number: int) -> dict[str, dict[str, Any]]:
    onset_at = datetime(2021, 3, 1, 8, 0) + timedelta(days=number, minutes=number * 7 % 60)
    puncture_at = onset_at + timedelta(minutes=151)
    patient = {"patient_key": f"p{number}"}
    return {
        "admissions": valid(
            "admissions",
            **patient,
            birth_date=date(1941 + number % 30, 4, 2),
            onset_at=onset_at,
            arrived_at=onset_at + timedelta(minutes=91),
            atrial_fibrillation=False,
            diabetes=False,
            dyslipidemia=False,
            coronary_artery_disease=False,
            smoking=False,
            platelets_giga_per_l=150 + number % 30 * 3,
            glucose_mmol_per_l=5.5 + number % 30 / 10,
            systolic_bp_mmhg=131 + number % 30,
            baseline_nihss=8 + number % 15,
            aspects=7 + number % 3,
        ),
        "procedures": valid(
            "procedures",
            **patient,
            procedure_key=f"t{number}",
            puncture_at=puncture_at,
            ended_at=puncture_at + timedelta(minutes=61),
            passes=1 + number % 3,
            residual_stenosis_pct=70 + number % 15,
            rescue_stent="not_indicated",
            tirofiban=False,
            artery_perforation=False,
            mtici_after_mt="2a" if number % 10 == 0 else "3",
            mtici_final="2a" if number % 10 == 0 else "3",
        ),
        "imaging": valid(
            "imaging",
            **patient,
            imaging_key=f"i{number}",
            imaged_at=puncture_at + timedelta(hours=20, minutes=number % 30),
            hemorrhage_type="none",
            nihss_at_imaging=8 + number % 15,
            stent_patency=None,
        ),
        "followups": valid(
            "followups",
            **patient,
            assessed_on=puncture_at.date() + timedelta(days=80 + number % 15),
            mrs=number % 6,
        ),
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The rules that the deliveries of each site break."""
    folder = tmp_path_factory.mktemp("deliveries")
    path = work_database(folder / "work.duckdb", valid_deliveries())
    with duckdb.connect(path) as connection:
        connection.execute(
            "create table raw.sites as select unnest(?) as name", [[*RULES, "valid"]]
        )
        for extract in EXTRACTS:
            connection.execute(
                f"""
                create table copies as
                select landed.* replace (name as site, name || row_id as row_id, name as file_id)
                from raw.{extract} as landed, raw.sites;
                delete from raw.{extract};
                insert into raw.{extract} from copies;
                drop table copies
                """
            )
        for rule_id in RULES:
            connection.execute(breaking(rule_id))
    run_checks(path, "r1", folder / "results", progress=lambda _line: None)
    rules_of_site = query(
        path, "select site, list(distinct rule) from raw.delivery_findings group by all"
    )
    return {site: set(rules) for site, rules in rules_of_site}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_deliveries_that_break_one_rule_break_that_rule_alone(
    rule: str, found: dict[str, set[str]]
) -> None:
    assert found.get(rule) == {rule}


def test_valid_deliveries_break_no_rule(found: dict[str, set[str]]) -> None:
    assert "valid" not in found
