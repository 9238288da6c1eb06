"""The registry as OMOP tables: one patient of whom everything is known, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.registry_tables import EVERYTHING, Row, write_registry
from warehouse.definitions.dictionary import dictionary
from warehouse.exports.choices import ExportError
from warehouse.exports.omop.cdm import CDM_DIR, create_tables
from warehouse.exports.omop.concepts import Concept, load_concepts
from warehouse.exports.omop.tables import TABLES, fill_tables, number_records

GOLDEN = golden("exports")
# Fields that are columns of OMOP's tables by themselves; the others have a line of concepts.
COLUMNS = {
    "age_years", "onset_at", "arrived_at", "selection_imaged_at", "discharged_on", "puncture_at",
    "ended_at", "ivt", "ivt_at", "imaged_at", "assessed_on", "death_date",
}  # fmt: skip
DAY = "2021-03-01"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def filled(
    connection: duckdb.DuckDBPyConnection, folder: Path, **tables: list[Row]
) -> dict[str, int]:
    """Fill the tables from these rows; returns what is left out."""
    path = write_registry(folder / "made.duckdb", **tables)
    return fill_tables(connection, path, load_concepts())


def rows(connection: duckdb.DuckDBPyConnection, table: str, *columns: str) -> list[tuple[Any, ...]]:
    chosen = ", ".join(f"{column}::varchar" if "date" in column else column for column in columns)
    return connection.execute(f"select {chosen} from {table} order by all").fetchall()


def test_a_person_has_a_year_of_birth_a_visit_and_a_period(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert filled(connection, tmp_path, **{t: [row] for t, row in EVERYTHING.items()}) == {}
    assert rows(connection, "care_site", "care_site_id", "care_site_name") == [
        (1772671662, "north")
    ]
    assert connection.execute("from person").fetchall() == [
        (624820464, 8532, 1950, None, None, None, 0, 0, None, None, 1772671662, "p1", "female",
         *[None] * 5)
    ]  # fmt: skip
    arrived = datetime(2021, 3, 1, 9, 30)
    assert connection.execute("from visit_occurrence").fetchall() == [
        (1044296825, 624820464, 9201, date(2021, 3, 1), arrived, date(2021, 3, 9), None, 32879,
         None, 1772671662, "a1", None, 8717, "another_hospital", 38004285, "rehabilitation", None)
    ]  # fmt: skip
    assert connection.execute("select * exclude observation_period_id from observation_period")
    assert connection.fetchall() == [(624820464, date(2021, 3, 1), date(2021, 6, 1), 32879)]
    died = (624820464, date(2021, 5, 20), None, 32879, None, None, None)
    assert connection.execute("from death").fetchall() == [died]


def test_conditions_procedures_devices_and_drugs(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    filled(connection, tmp_path, **{table: [row] for table, row in EVERYTHING.items()})
    assert rows(
        connection, "condition_occurrence", "condition_source_value", "condition_concept_id",
        "condition_start_date", "condition_start_datetime",
    ) == [
        ("access_site_hematoma", 0, DAY, None),
        ("artery_dissection", 0, DAY, None),
        ("atrial_fibrillation", 313217, DAY, None),
        ("coronary_artery_disease", 0, DAY, None),
        ("dyslipidemia", 0, DAY, None),
        ("etiology=cardioembolism", 4310996, DAY, f"{DAY} 08:00:00"),
        ("hemorrhage_type=HI-1", 439847, "2021-03-02", "2021-03-02 09:00:00"),
        ("hypertension", 316866, DAY, None),
        ("new_territory_embolization", 0, DAY, None),
    ]  # fmt: skip
    assert rows(
        connection, "procedure_occurrence", "procedure_source_value", "procedure_concept_id",
        "procedure_datetime", "procedure_end_datetime",
    ) == [
        ("anesthesia=local", 4303995, None, None),
        ("balloon_angioplasty", 0, None, None),
        ("modality=cta", 4303663, "2021-03-02 09:00:00", None),
        ("rescue_stent=placed", 4181955, None, None),
        ("selection_imaging=ctp", 0, f"{DAY} 09:45:00", None),
        ("thrombectomy", 4278676, f"{DAY} 10:30:00", f"{DAY} 11:30:00"),
    ]  # fmt: skip
    assert rows(connection, "device_exposure", "device_source_value", "device_concept_id") == [
        ("device=combined", 0),
        ("stent=rescue_stent", 0),
    ]
    assert rows(
        connection, "drug_exposure", "drug_source_value", "drug_concept_id",
        "drug_exposure_start_datetime", "drug_exposure_end_date", "route_concept_id",
    ) == [
        ("ivt_drug=tenecteplase", 19098548, f"{DAY} 09:55:00", DAY, 4171047),
        ("tirofiban", 19017067, None, DAY, None),
    ]  # fmt: skip


def test_measurements(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    filled(connection, tmp_path, **{table: [row] for table, row in EVERYTHING.items()})
    assert rows(
        connection, "measurement", "measurement_source_value", "measurement_concept_id",
        "measurement_date", "measurement_datetime", "value_as_number::double",
        "value_source_value", "unit_concept_id", "unit_source_value",
    ) == [
        ("aspects", 0, DAY, None, 8, "8", None, None),
        ("baseline_nihss", 0, DAY, f"{DAY} 09:30:00", 15, "15", None, None),
        ("core_ml", 0, DAY, f"{DAY} 09:45:00", 12.5, "12.5", 0, "mL"),
        ("diastolic_bp_mmhg", 3012888, DAY, f"{DAY} 09:30:00", 85, "85", 8876, "mmHg"),
        ("glucose_mmol_per_l", 0, DAY, None, 6.994, "6.99426", 8753, "mmol/L"),
        ("hypoperfusion_ml", 0, DAY, f"{DAY} 09:45:00", 80, "80", 0, "mL"),
        ("mrs", 0, "2021-06-01", None, 6, "6", None, None),
        ("mrs_discharge", 0, "2021-03-09", None, 2, "2", None, None),
        ("mtici_after_mt", 0, DAY, None, None, "2b", None, None),
        ("mtici_final", 0, DAY, f"{DAY} 11:30:00", None, "3", None, None),
        ("mtici_first_pass", 0, DAY, f"{DAY} 10:50:00", None, "1", None, None),
        ("nihss_24h", 0, "2021-03-02", None, 6, "6", None, None),
        ("nihss_at_imaging", 0, "2021-03-02", "2021-03-02 09:00:00", 7, "7", None, None),
        ("nihss_discharge", 0, "2021-03-09", None, 3, "3", None, None),
        ("platelets_giga_per_l", 3007461, DAY, None, 195.5, "195.5", 9444, "10^9/L"),
        ("prestroke_mrs", 0, DAY, None, 1, "1", None, None),
        ("residual_stenosis_pct", 0, DAY, None, 40, "40", 8554, "%"),
        ("systolic_bp_mmhg", 3004249, DAY, f"{DAY} 09:30:00", 150, "150", 8876, "mmHg"),
    ]  # fmt: skip


def test_observations(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    filled(connection, tmp_path, **{table: [row] for table, row in EVERYTHING.items()})
    day, scanned, called = date(2021, 3, 1), date(2021, 3, 2), date(2021, 6, 1)
    found = connection.execute(
        "select observation_source_value, observation_date, value_source_value "
        "from observation order by all"
    ).fetchall()
    assert found == [
        ("access_site", day, "radial"),
        ("adjudicated_sich", scanned, "false"),
        ("anesthesia_conversion", day, "true"),
        ("consent_given", day, "true"),
        ("first_pass_at", day, "2021-03-01 10:50:00"),
        ("is_age_top_coded", day, "true"),
        ("last_seen_well_at", day, "2021-03-01 07:00:00"),
        ("lost_to_followup", called, "false"),
        ("mode", called, "telephone"),
        ("occlusion_side", day, "left"),
        ("occlusion_site", day, "mca_m1"),
        ("passes", day, "2"),
        ("rater_blinded", called, "true"),
        ("referring_arrived_at", day, "2021-03-01 08:20:00"),
        ("referring_left_at", day, "2021-03-01 09:00:00"),
        ("reperfusion_at", day, "2021-03-01 11:10:00"),
        ("second_occlusion_site", day, "aca"),
        ("smoking", day, "false"),
        ("stent_patency", scanned, "patent"),
        ("study_arm", day, "control"),
        ("tandem_lesion", day, "false"),
        ("wake_up_stroke", day, "true"),
    ]


def test_what_the_model_cannot_hold_is_left_out_and_counted(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    patient, followup = EVERYTHING["patients"], EVERYTHING["followups"]
    ageless = patient | {"admission_key": "a2", "patient_key": "p2", "age_years": None}
    second = patient | {"admission_key": "a3", "age_years": 73, "arrived_at": datetime(2024, 5, 1)}
    unknown_day = {"death_date": None, "assessed_on": None, "discharge_destination": None}
    left_out = filled(
        connection,
        tmp_path,
        patients=[patient | {"discharged_on": None}, ageless, second],
        procedures=[EVERYTHING["procedures"], EVERYTHING["procedures"] | {
            "procedure_key": "x2", "admission_key": "a2", "patient_key": "p2"
        }],
        followups=[{k: v for k, v in (followup | unknown_day).items() if k in followup}],
    )  # fmt: skip
    assert left_out == {"visit_occurrence": 1, "measurement": 1, "death": 1}
    # The stay without discharge ends with its procedure, and who has two strokes was born once.
    assert rows(connection, "visit_occurrence", "visit_source_value", "visit_end_date") == [
        ("a1", "2021-03-01"),
        ("a3", "2024-05-01"),
    ]
    assert rows(connection, "person", "person_source_value", "year_of_birth") == [("p1", 1950)]


def test_follow_ups_of_two_time_points_are_two_of_one_admission(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    at_90_days = EVERYTHING["followups"] | {"mrs": 2, "death_date": None, "time_point": "day_90"}
    at_one_year = at_90_days | {"mrs": 1, "assessed_on": date(2022, 3, 1), "time_point": "year_1"}
    filled(
        connection, tmp_path, patients=[EVERYTHING["patients"]], followups=[at_90_days, at_one_year]
    )
    where = "where measurement_source_value = 'mrs'"
    assert rows(connection, f"measurement {where}", "measurement_date", "value_as_number") == [
        ("2021-06-01", 2),
        ("2022-03-01", 1),
    ]
    where = "where observation_source_value = 'time_point'"
    assert rows(connection, f"observation {where}", "observation_date", "value_source_value") == [
        ("2022-03-01", "year_1")
    ]


def test_numbers_stay_when_rows_come_and_go(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    others = [
        EVERYTHING["patients"] | {"admission_key": f"b{number}", "patient_key": f"q{number}"}
        for number in range(20)
    ]
    filled(connection, tmp_path, patients=[*others, EVERYTHING["patients"]])
    found = rows(connection, "measurement", "measurement_id", "person_id", "visit_occurrence_id")
    alone = tmp_path / "alone"
    alone.mkdir()
    with duckdb.connect() as another:
        filled(another, alone, patients=[EVERYTHING["patients"]])
        kept = rows(another, "measurement", "measurement_id", "person_id", "visit_occurrence_id")
    assert len(kept) == 12
    assert set(kept) < set(found)


def test_two_keys_of_one_number_get_two(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Of 200,000 keys, some have the 31 bits of another one."""
    filled(connection, tmp_path)
    connection.execute(
        "create or replace temp table found as "
        "select 'k' || number as record from range(200000) as keys (number)"
    )
    number_records(connection, "note")
    counts = connection.execute(
        "select count(*), count(distinct number), count(*) filter (attempt = 1), max(attempt) "
        "from numbers where table_name = 'note'"
    ).fetchone()
    assert counts == (200000, 200000, 15, 1)


def test_every_published_field_goes_somewhere() -> None:
    words = dictionary()
    published = {
        field.name
        for extract in words.extracts.values()
        for field in extract.fields
        if field.published and not field.identifier
    }
    concepts = load_concepts()
    named = {concept.field for concept in concepts}
    assert published - named == COLUMNS
    assert named - published == {"type", "visit", "route", "unit", "thrombectomy", "stent"}
    for extract in words.extracts.values():
        for field in extract.fields:
            listed = {concept.code for concept in concepts if concept.field == field.name} - {""}
            codes = words.codes(field)
            if listed and codes and field.type == "string":
                assert set(codes.values) - listed == set(), field.name


def test_the_tables_have_the_constraints_of_ohdsi(connection: duckdb.DuckDBPyConnection) -> None:
    create_tables(connection, TABLES)
    found = connection.execute(
        "select constraint_type, count(*) from duckdb_constraints() group by all order by all"
    ).fetchall()
    lines = [
        line
        for part in ("primary_keys", "constraints")
        for line in (CDM_DIR / f"OMOPCDM_duckdb_5.4_{part}.sql").read_text("utf-8").splitlines()
    ]
    foreign = [line for line in lines if "FOREIGN KEY" in line]
    ours = [line for line in foreign if line.split()[2].partition(".")[2] in TABLES]
    assert (len(foreign), len(ours), sum("PRIMARY KEY" in line for line in lines)) == (176, 83, 28)
    assert dict(found) == {"FOREIGN KEY": len(ours), "NOT NULL": 180, "PRIMARY KEY": 28}


def test_a_concept_that_the_vocabulary_lacks_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = write_registry(tmp_path / "r.duckdb", patients=[EVERYTHING["patients"]])
    fill_tables(connection, path, [Concept("sex", "female", 8532)])
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("update person set gender_concept_id = 1")


def test_a_release_of_an_earlier_version_is_named(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = write_registry(tmp_path / "r.duckdb")
    with duckdb.connect(path) as release:
        release.execute("alter table registry.patients drop column discharged_on")
    with pytest.raises(ExportError) as caught:
        fill_tables(connection, path, load_concepts())
    assert str(caught.value).startswith(GOLDEN("release_of_earlier_version", path=path))
