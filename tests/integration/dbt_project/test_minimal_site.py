"""A site that delivers 30 fields and two variables of a study of its own: what it gets, and not.

All rows are invented. The variables are declared in the config folder, which a process reads when
it starts, so that the release is built in one of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.built_release import deliver
from tests.support.small_hospital import ADMISSION, FOLLOWUP, PROCEDURE, SCAN
from warehouse.settings import PROJECT_DIR, Settings

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
BUILD = """
import sys
from datetime import date
from tests.support.built_release import built_release
from warehouse.settings import Settings
if __name__ == "__main__":
    built_release(Settings(data=sys.argv[1]), date.fromisoformat(sys.argv[2]))
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
        ("study_frailty", "INTEGER", "Frailty. Before the stroke. Values: between 1 and 9 points."),
        (
            "study_smoking",
            "VARCHAR",
            "Smoking. At admission. Values: never (Never smoked), current (Smokes).",
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
