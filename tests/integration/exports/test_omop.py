"""The shipped registry as OMOP files, loaded into OHDSI's own tables with all constraints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.integration.exports.test_command import run
from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.exports.omop.cdm import create_tables
from warehouse.exports.omop.concepts import load_concepts
from warehouse.exports.omop.export import README, export_omop
from warehouse.exports.omop.tables import TABLES

GOLDEN = golden("exports")
COUNTS = {
    "care_site": 1, "person": 335, "visit_occurrence": 335, "condition_occurrence": 1125,
    "procedure_occurrence": 1217, "device_exposure": 376, "drug_exposure": 161,
    "measurement": 3779, "observation": 2694, "death": 61, "observation_period": 335,
    "cdm_source": 1,
}  # fmt: skip
# A patient of whom the tests know the delivered rows: line 3 of the imaging of 31 May 2022.
PATIENT = """
    select patient_key from registry.imaging
    where source_file like '%2022-05-31/imaging.csv' and source_row = 3
"""


@pytest.fixture(scope="module")
def exported(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("omop") / "files"
    export_omop(refreshed.settings.published_path, folder)
    return folder


@pytest.fixture
def loaded(exported: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The files in OHDSI's tables, with a vocabulary of the ids that the mapping has."""
    with duckdb.connect() as connection:
        create_tables(connection, TABLES)
        for concept_id in {0, *(concept.concept_id for concept in load_concepts())}:
            connection.execute(
                "insert into concept values (?, '', '', '', '', null, '', '1970-01-01', "
                "'2099-12-31', null)",
                [concept_id],
            )
        for table in TABLES:
            connection.execute(f"copy {table} from '{exported / f'{table}.csv'}' (header)")
        yield connection


def test_all_rows_meet_the_constraints_of_the_model(loaded: duckdb.DuckDBPyConnection) -> None:
    counts = {t: loaded.execute(f"select count(*) from {t}").fetchone()[0] for t in TABLES}
    assert counts == COUNTS
    limits = loaded.execute(
        "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
    ).fetchall()
    texts = {
        f"{table}.{column}": loaded.execute(f"select max(length({column})) from {table}").fetchone()
        for table, column in limits
        if table in TABLES and column.endswith(("source_value", "as_string"))
    }
    assert {name: most for name, (most,) in texts.items() if (most or 0) > 50} == {}


def test_a_patient_has_these_rows(loaded: duckdb.DuckDBPyConnection, refreshed: Refreshed) -> None:
    ((key,),) = refreshed.rows(PATIENT)
    (person,) = loaded.execute(
        "select person_id from person where person_source_value = ?", [key]
    ).fetchone()

    def rows(table: str, *columns: str) -> list[tuple[Any, ...]]:
        query = f"select {', '.join(columns)} from {table} where person_id = ? order by all"
        return loaded.execute(query, [person]).fetchall()

    assert rows("person", "gender_concept_id", "year_of_birth") == [(8507, 1953)]
    assert rows("visit_occurrence", "visit_start_datetime", "visit_end_date") == [
        (datetime(2020, 5, 16, 8, 47), date(2020, 5, 16))
    ]
    assert rows("condition_occurrence", "condition_source_value", "condition_concept_id") == [
        ("diabetes", 201820),
        ("dyslipidemia", 0),
        ("etiology=large_artery_atherosclerosis", 4310996),
        ("hemorrhage_type=HI-2", 439847),
        ("hemorrhage_type=HI-2", 439847),
    ]
    assert rows("procedure_occurrence", "procedure_source_value", "procedure_datetime") == [
        ("anesthesia=general", None),
        ("balloon_angioplasty", None),
        ("modality=ct", datetime(2020, 5, 17, 11, 13)),
        ("modality=cta", datetime(2020, 5, 17, 20, 58)),
        ("rescue_stent=placed", None),
        ("thrombectomy", datetime(2020, 5, 16, 12, 38)),
    ]
    assert rows("device_exposure", "device_source_value") == [
        ("device=solitaire_ab",),
        ("stent=rescue_stent",),
    ]
    assert rows("drug_exposure", "drug_source_value") == [("tirofiban",)]
    assert dict(rows("measurement", "measurement_source_value", "value_source_value")) == {
        "aspects": "10", "baseline_nihss": "11", "glucose_mmol_per_l": "11.05", "mrs": "0",
        "mtici_after_mt": "2a", "mtici_final": "3", "nihss_at_imaging": "5",
        "platelets_giga_per_l": "89", "prestroke_mrs": "0", "residual_stenosis_pct": "88",
        "systolic_bp_mmhg": "132",
    }  # fmt: skip
    assert rows("observation", "observation_source_value", "value_source_value") == [
        ("consent_given", "true"),
        ("lost_to_followup", "false"),
        ("mode", "telephone"),
        ("occlusion_site", "ica"),
        ("passes", "2"),
        ("smoking", "true"),
        ("stent_patency", "not_assessed"),
        ("stent_patency", "patent"),
    ]
    assert rows("death", "death_date") == []
    assert rows(
        "observation_period", "observation_period_start_date", "observation_period_end_date"
    ) == [(date(2020, 5, 15), date(2020, 8, 15))]


def test_the_files_say_what_they_are_and_stay_the_same(
    exported: Path, refreshed: Refreshed, tmp_path: Path
) -> None:
    ((release,),) = refreshed.rows("select max(refresh_id) from ops.refreshes")
    notes = GOLDEN("synthetic_release", release=release)
    assert notes in (exported / README).read_text("utf-8").splitlines()
    with duckdb.connect() as connection:
        source = connection.execute(
            f"select source_description, cdm_holder, cdm_version from '{exported}/cdm_source.csv'"
        ).fetchall()
    assert source == [(notes, "synthetic_centre", 5.4)]

    again = tmp_path / "omop"
    done = run(refreshed, "omop", "--output", str(again))
    assert (done.returncode, done.stderr) == (0, b"")
    assert "measurement: 3,779 rows" in done.stdout.decode().splitlines()
    names = sorted(path.name for path in exported.iterdir())
    assert names == sorted([README, *(f"{table}.csv" for table in TABLES)])
    assert [(again / n).read_bytes() == (exported / n).read_bytes() for n in names] == [True] * 13

    twice = run(refreshed, "omop", "--output", str(again))
    assert (twice.returncode, twice.stderr.decode()) == (1, GOLDEN("folder_exists", path=again))
    nowhere = run(refreshed, "omop")
    assert (nowhere.returncode, nowhere.stderr.decode()) == (1, GOLDEN("folder_is_needed"))
    assert [path.name for path in tmp_path.iterdir()] == ["omop"]
