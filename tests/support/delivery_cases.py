"""What breaks each rule on whole deliveries, and that rule alone.

A site with four deliveries (30, 30, 30 and 60 patients) that break no rule is changed by one
statement of SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from tests.support.checked_rows import typical_value
from tests.support.rule_files import LAST, NEEDS, Files, Row, csv_file, row
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.generated_rules import family_rules
from warehouse.landing.schemas import ARROW_TYPES, SQL_TYPES

DAYS = [date(2022, 3, 1)] * 30 + [date(2022, 4, 1)] * 30 + [date(2022, 5, 1)] * 30 + [LAST] * 60
IN_THE_LAST = f"where delivered_on = date '{LAST}'"
# The number of the patient, from which the values of the valid rows are made.
NUMBER = "cast(substr(patient_id, 2) as integer)"

# The fields that a rule expects to be complete.
COMPLETE = {
    extract: [rule.fields[0] for rule in family_rules(extract) if rule.constraint == "complete"]
    for extract in EXTRACTS
}
# What is set in the rule's own extract so that the rule breaks.
BREAKS = {
    "admissions.onset_at.not_heaped": "onset_at = date_trunc('hour', onset_at)",
    "admissions.arrived_at.not_heaped": "arrived_at = date_trunc('hour', arrived_at)",
    "admissions.systolic_bp_mmhg.not_heaped": "systolic_bp_mmhg = round(systolic_bp_mmhg, -1)",
    "admissions.baseline_nihss.not_heaped": "baseline_nihss = (baseline_nihss + 2) // 5 * 5",
    "admissions.baseline_nihss.stable": f"baseline_nihss = 27 + {NUMBER} % 3",
    "admissions.age.stable": "birth_date = birth_date + 25 * 365",
    "admissions.glucose_mmol_per_l.stable": "glucose_mmol_per_l = 11.3",
    "admissions.systolic_bp_mmhg.stable": f"systolic_bp_mmhg = 191 + {NUMBER} % 7",
    "admissions.aspects.stable": "aspects = 4",
    "admissions.glucose_mmol_per_l.in_unit": "glucose_mmol_per_l = glucose_mmol_per_l * 2.2",
    "admissions.platelets_giga_per_l.in_unit": "platelets_giga_per_l = platelets_giga_per_l * 3",
    "admissions.systolic_bp_mmhg.in_unit": "systolic_bp_mmhg = systolic_bp_mmhg + 60",
    "admissions.onset_at.has_time": (
        f"onset_at = if({NUMBER} % 10 = 0, date_trunc('day', onset_at), onset_at)"
    ),
    "admissions.birth_date.exact": "birth_date = date_trunc('year', birth_date)",
    "admissions.etiology.atherosclerosis_without_fibrillation": "atrial_fibrillation = true",
    "admissions.etiology.embolism_with_fibrillation": "etiology = 'cardioembolism'",
    "admissions.etiology.small_vessel_rare": "etiology = 'small_vessel_occlusion'",
    "procedures.puncture_at.not_heaped": (
        "puncture_at = date_trunc('hour', puncture_at + interval 1 hour), "
        "ended_at = ended_at + interval 1 hour"
    ),
    "procedures.ended_at.not_heaped": ("ended_at = date_trunc('hour', ended_at + interval 1 hour)"),
    "procedures.residual_stenosis_pct.not_heaped": "residual_stenosis_pct = 80",
    "procedures.passes.stable": "passes = 4",
    "procedures.mtici_final.plausible": "mtici_after_mt = '2a', mtici_final = '2a'",
    "procedures.artery_perforation.rare": "artery_perforation = true",
    "procedures.rescue_stent.plausible": (
        "rescue_stent = 'placed', tirofiban = true, mtici_after_mt = '2a'"
    ),
    "procedures.occlusion_site.plausible": "occlusion_site = 'ba'",
    "procedures.door_to_puncture.median": (
        "puncture_at = puncture_at + interval 5 hour, ended_at = ended_at + interval 5 hour"
    ),
    "imaging.imaged_at.not_heaped": "imaged_at = date_trunc('hour', imaged_at)",
    "imaging.nihss_at_imaging.not_heaped": "nihss_at_imaging = (nihss_at_imaging + 2) // 5 * 5",
    "imaging.nihss_at_imaging.stable": f"nihss_at_imaging = 27 + {NUMBER} % 3",
    "imaging.hemorrhage_type.plausible": "hemorrhage_type = 'HI-1'",
    "followups.mrs.stable": "mrs = 0",
    "followups.lost_to_followup.rare": (
        f"lost_to_followup = {NUMBER} % 4 = 0, mrs = if({NUMBER} % 4 = 0, null, mrs), "
        f"assessed_on = if({NUMBER} % 4 = 0, null, assessed_on)"
    ),
    "followups.mrs.deaths_plausible": "mrs = 6, death_date = assessed_on",
    "followups.assessed_on.not_exact": f"assessed_on = date '2021-03-01' + {NUMBER} + 90",
}
# What breaks the other rules: a third of the rows is missing, or another extract is wrong.
STATEMENTS = {
    "procedures.ivt.few_platelets_rare": (
        f"update admissions set platelets_giga_per_l = 90 where {NUMBER} % 4 = 0"
    ),
    "imaging.patients.scanned": f"delete from imaging where {NUMBER} % 3 = 0",
    "followups.patients.followed_up": f"delete from followups where {NUMBER} % 3 = 0",
}


class ValidDeliveries:
    """The valid deliveries as tables, to be changed and taken back."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        for extract in EXTRACTS:
            delivered = [
                _patient(extract, number) | {"delivered_on": day} for number, day in enumerate(DAYS)
            ]
            fields = dictionary().extracts[extract].landed_fields
            columns = [f"{field.name} {SQL_TYPES[ARROW_TYPES[field.type]]}" for field in fields]
            connection.execute(f"create table {extract} ({', '.join(columns)}, delivered_on date)")
            connection.register("delivered", pa.Table.from_pylist(delivered))
            connection.execute(f"insert into {extract} by name from delivered")

    def broken(self, rule: DeliveryRule) -> Files:
        """The files of deliveries that break a rule."""
        with self._taken_back():
            self._connection.execute(breaking(rule))
            return self.files(rule.extract)

    def files(self, extract: str) -> Files:
        """The files of an extract and of those that it is judged with."""
        return {
            f"{day}/{needed}.csv": csv_file(self._rows(needed, day))
            for needed in NEEDS[extract]
            for day in dict.fromkeys(DAYS)
        }

    def _rows(self, extract: str, day: date) -> list[Row]:
        found = self._connection.execute(
            f"select * exclude (delivered_on) from {extract} where delivered_on = ?", [day]
        )
        names = [name for name, *_ in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    @contextmanager
    def _taken_back(self) -> Iterator[None]:
        self._connection.execute("begin")
        try:
            yield
        finally:
            self._connection.execute("rollback")


def breaking(rule: DeliveryRule) -> str:
    """SQL that makes the deliveries break the rule."""
    if rule.id in STATEMENTS:
        return STATEMENTS[rule.id]
    if rule.name == "volume.steady":
        again = f"select {rule.extract}.* from {rule.extract}, range(2)"
        return f"insert into {rule.extract} {again} {IN_THE_LAST}"
    if rule.constraint == "complete":
        return f"update {rule.extract} set {rule.fields[0]} = null"
    when = IN_THE_LAST if rule.name.endswith(".stable") else ""
    return f"update {rule.extract} set {BREAKS[rule.id]} {when}"


def _patient(extract: str, number: int) -> Row:
    onset_at = datetime(2021, 3, 1, 8, 0) + timedelta(days=number, minutes=number * 7 % 60)
    puncture_at = onset_at + timedelta(minutes=151)
    patients: dict[str, Row] = {
        "admissions": {
            "birth_date": date(1941 + number % 30, 4, 2),
            "onset_at": onset_at,
            "arrived_at": onset_at + timedelta(minutes=91),
            "atrial_fibrillation": False,
            "diabetes": False,
            "dyslipidemia": False,
            "coronary_artery_disease": False,
            "smoking": False,
            "platelets_giga_per_l": 150 + number % 30 * 3,
            "glucose_mmol_per_l": 5.5 + number % 30 / 10,
            "systolic_bp_mmhg": 131 + number % 30,
            "baseline_nihss": 8 + number % 15,
            "aspects": 7 + number % 3,
        },
        "procedures": {
            "puncture_at": puncture_at,
            "ended_at": puncture_at + timedelta(minutes=61),
            "passes": 1 + number % 3,
            "residual_stenosis_pct": 70 + number % 15,
            "rescue_stent": "not_indicated",
            "tirofiban": False,
            "artery_perforation": False,
            "mtici_after_mt": "2a" if number % 10 == 0 else "3",
            "mtici_final": "2a" if number % 10 == 0 else "3",
        },
        "imaging": {
            "imaged_at": puncture_at + timedelta(hours=20, minutes=number % 30),
            "hemorrhage_type": "none",
            "nihss_at_imaging": 8 + number % 15,
            "stent_patency": None,
        },
        "followups": {
            "assessed_on": puncture_at.date() + timedelta(days=80 + number % 15),
            "mrs": number % 6,
        },
    }
    later = {dictionary().extracts[extract].time: puncture_at + timedelta(days=1)}
    return _complete(extract, row(extract, number, **patients.get(extract, later)))


def _complete(extract: str, delivered: Row) -> Row:
    """The row with a value in each field that a rule expects to be complete."""
    missing = [name for name in COMPLETE[extract] if delivered[name] is None]
    field = dictionary().extracts[extract].field
    return delivered | {name: typical_value(field(name)) for name in missing}
