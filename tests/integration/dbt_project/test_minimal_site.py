"""A site that delivers 30 fields and two variables of a study of its own: what it gets, and not.

All rows are invented. The variables are declared in the config folder, which a process reads when
it starts, so that the release is built in one of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.built_release import deliver
from tests.support.golden import golden
from tests.support.small_hospital import ADMISSION, FOLLOWUP, PROCEDURE, SCAN
from warehouse.definitions.config import STUDIES_DIR
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("dbt_project")

GUO = "guo_2023"
SITE, DAY, LAST = "small", "2024-06-01", date(2024, 6, 30)
OPTIONAL = {
    "hypertension", "atrial_fibrillation", "platelets_giga_per_l", "glucose_mmol_per_l",
    "systolic_bp_mmhg", "residual_stenosis_pct", "balloon_angioplasty", "tirofiban",
    "artery_perforation", "nihss_at_imaging", "assessed_on", "mode",
}  # fmt: skip
VARIABLES = """
study_frailty: {title: Frailty, description: Before the stroke., type: integer, unit: points,
                minimum: 1, maximum: 9}
study_smoking: {title: Smoking, description: At admission., type: string,
                codes: {never: Never smoked, current: Smokes}}
"""
MAPPING = """
site: small
headers: {admissions: {CFS: study_frailty, tobacco: study_smoking}}
recode: {admissions: {study_smoking: {"0": never, "1": current}}}
"""
# The second value is impossible, and the last no code: a name.
OWN = [{"CFS": 4, "tobacco": 1}, {"CFS": 12, "tobacco": 0}, {"CFS": "", "tobacco": "Miller"}]
STUDY = """
title: Frail patients
sites: all
period: {start: 2020-01-01}
flow:
  - {step: screened, label: Treated}
  - {step: frail, label: Not frail, keep: study_frailty >= 3,
     because: ["frailty {study_frailty}", not recorded]}
  - {step: analyzed, label: Analyzed}
"""
BUILD = """
import sys
from datetime import date
from tests.support.built_release import built_release
from warehouse.settings import Settings
if __name__ == "__main__":
    tables = (
        "unavailable", "study_variables", "patients", "monthly_indicators", "violations",
        "int_study_criteria",
    )  # fmt: skip
    built_release(Settings(data=sys.argv[1]), date.fromisoformat(sys.argv[2]), *tables)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of three patients."""
    root: Path = tmp_path_factory.mktemp("minimal")
    settings = Settings(data=root / "data")
    plain = {
        "admissions": ADMISSION,
        "procedures": PROCEDURE,
        "imaging": SCAN,
        "followups": FOLLOWUP,
    }
    numbers = {"procedures": "procedure_id", "imaging": "imaging_id"}
    extracts = {}
    for extract, row in plain.items():
        kept = {name: value for name, value in row.items() if name not in OPTIONAL}
        extracts[extract] = [
            {"patient_id": f"H{n}"}
            | ({numbers[extract]: f"{extract[0]}{n}"} if extract in numbers else {})
            | kept
            | ({"birth_date": f"195{n}-04-02"} | OWN[n] if extract == "admissions" else {})
            for n in range(3)
        ]
    assert sum(len(rows[0]) for rows in extracts.values()) - len(OWN[0]) == 30
    deliver(settings, SITE, DAY, extracts)
    (settings.config_dir / "sites").mkdir(parents=True)
    shutil.copytree(STUDIES_DIR / GUO, settings.config_dir / "studies" / GUO)
    (settings.config_dir / "studies" / "frail").mkdir(parents=True)
    (settings.config_dir / "studies" / "frail" / "study.yaml").write_text(STUDY)
    (settings.config_dir / "study_variables.yaml").write_text(VARIABLES)
    (settings.config_dir / "sites" / f"{SITE}.yaml").write_text(MAPPING)
    script = root / "build.py"
    script.write_text(BUILD)
    environment = os.environ | {
        "WAREHOUSE_DATA": str(settings.data), "WAREHOUSE_CONFIG": str(settings.config_dir),
        "PYTHONPATH": str(PROJECT_DIR),
    }  # fmt: skip
    subprocess.run([sys.executable, script, settings.data, str(LAST)], env=environment, check=True)
    return root / "release.duckdb"


@pytest.fixture
def release(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(built, read_only=True) as connection:
        yield connection


def test_it_is_told_what_it_cannot_have(release: duckdb.DuckDBPyConnection) -> None:
    stenosis, nihss = "procedures.residual_stenosis_pct", "imaging.nihss_at_imaging"
    sich, above = "Symptomatic intracranial hemorrhage", "Residual stenosis above the threshold"
    small = "insufficient_flow_below_threshold"
    both = f"admissions.nihss_24h, {nihss}"
    ecass3 = f"admissions.nihss_24h, imaging.adjudicated_sich, {nihss}"
    assert release.execute("select * exclude (site) from quality.unavailable").fetchall() == [
        ("criterion", GUO, small, GOLDEN("criterion_of_small_stenosis"), stenosis),
        ("indicator", "registry", "pct_sich", "pct_sich", nihss),
        ("table line", "bridging_thrombolysis", "is_sich", sich, nihss),
        ("table line", "bridging_thrombolysis", "is_sich_ecass2", f"{sich}, ECASS II", nihss),
        ("table line", "bridging_thrombolysis", "is_sich_ecass3", f"{sich}, ECASS III", ecass3),
        ("table line", "bridging_thrombolysis", "is_sich_sits_most", f"{sich}, SITS-MOST", both),
        ("table line", "first_pass_effect", "is_sich", sich, nihss),
        _line("coronary_artery_disease", "Coronary artery disease"),
        _line("diabetes", "Diabetes mellitus"),
        _line("dyslipidemia", "Dyslipidemia"),
        _line("glucose_mmol_per_l", "Glucose"),
        ("table line", GUO, "has_stent_thrombosis", "In-stent thrombosis", "imaging.stent_patency"),
        _line("hypertension", "Hypertension"),
        ("table line", GUO, "is_above_stenosis_threshold", above, stenosis),
        ("table line", GUO, "is_sich", sich, nihss),
        _line("platelets_giga_per_l", "Platelets"),
        _line("smoking", "Smoking"),
        _line("systolic_bp_mmhg", "Systolic blood pressure"),
        ("table line", GUO, "tirofiban", "Tirofiban", "procedures.tirofiban"),
    ]


def _line(field: str, label: str) -> tuple[str, str, str, str, str]:
    return "table line", GUO, field, label, f"admissions.{field}"


def test_a_study_selects_by_a_variable_of_its_own(built: Path) -> None:
    with duckdb.connect(built.with_name("work.duckdb"), read_only=True) as connection:
        found = connection.execute(
            """
            select is_met, reason from intermediate.int_study_criteria
            where study = 'frail' order by all
            """
        ).fetchall()
    assert found == [(True, "frailty 4"), (None, "not recorded"), (None, "not recorded")]


def test_it_has_the_rest(release: duckdb.DuckDBPyConnection) -> None:
    assert release.execute(
        """
        select n_patients, pct_reperfused, pct_first_pass_effect, pct_good_outcome,
            pct_dead_90d, median_door_to_puncture_min
        from registry.monthly_indicators
        """
    ).fetchall() == [(3, 100.0, 0.0, 100.0, 0.0, 51.0)]


def test_variables_of_its_own_study_are_columns(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        """
        select source_row, study_variables.* exclude (admission_key, patient_key)
        from registry.study_variables inner join registry.patients using (admission_key)
        order by source_row
        """
    ).fetchall()
    assert found == [(2, SITE, 4, "current"), (3, SITE, None, "never"), (4, SITE, None, None)]
    assert release.execute(
        """
        select column_name, data_type, comment from duckdb_columns()
        where table_name = 'study_variables' and column_name like 'study%'
        """
    ).fetchall() == [
        ("study_frailty", "INTEGER", GOLDEN("comment_of_frailty")),
        (
            "study_smoking",
            "VARCHAR",
            GOLDEN("comment_of_smoking"),
        ),
    ]
    assert release.execute(
        """
        select source_row, rule, found from quality.violations
        where field like 'study%' order by source_row
        """
    ).fetchall() == [
        (3, "admissions.study_frailty.range", "12"),
        (4, "admissions.study_smoking.codes", "AAAAAA"),
    ]
