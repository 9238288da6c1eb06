"""Impossible values enter no number, unusual ones are flagged and used. All rows are invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from checked_rows import checked, query, valid

MEASURED = "platelets_giga_per_l, glucose_mmol_per_l, systolic_bp_mmhg, baseline_nihss, aspects"
IMPOSSIBLE: list[dict[str, Any]] = [
    {"systolic_bp_mmhg": 999_999, "glucose_mmol_per_l": 999_999.0, "platelets_giga_per_l": 999_999},
    {"systolic_bp_mmhg": 1, "platelets_giga_per_l": 1, "aspects": 11},
    {"systolic_bp_mmhg": 301, "glucose_mmol_per_l": 0.99, "aspects": -1},
    # The ends of what is possible; they are unusual, and one value is the end of what is usual.
    {"systolic_bp_mmhg": 300, "glucose_mmol_per_l": 22.2, "platelets_giga_per_l": 1500},
    {"systolic_bp_mmhg": 79, "glucose_mmol_per_l": 2.5, "platelets_giga_per_l": 800},
    # Required: the row is rejected, with its value. So is one without what decides on the study.
    {"baseline_nihss": 55},
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    admissions = [
        valid("admissions", patient_key=f"p{number}", diabetes=True, **changes)
        for number, changes in enumerate(IMPOSSIBLE, start=1)
    ]
    rows = {
        "admissions": admissions,
        "procedures": [valid("procedures", residual_stenosis_pct=170)],
        "imaging": [valid("imaging", nihss_at_imaging=43)],
    }
    return checked(tmp_path_factory.mktemp("impossible"), rows)


def test_the_cell_is_missing_and_the_others_of_its_row_stay(judged: Path) -> None:
    found = query(judged, f"select {MEASURED} from raw.admissions order by source_row")
    assert found == [
        (None, None, None, 15, 9),
        (None, 7.2, None, 15, None),
        (190, None, None, 15, None),
        (1500, 22.2, 300, 15, 9),
        (800, 2.5, 79, 15, 9),
        (190, 7.2, 160, 55, 9),
    ]
    scans = query(judged, "select nihss_at_imaging, hemorrhage_type from raw.imaging")
    assert scans == [(None, "HI-1")]


def test_each_impossible_value_is_a_query_and_its_row_is_used(judged: Path) -> None:
    found = query(
        judged,
        "select row_id, field, severity, found from raw.check_failures "
        "where rule like '%.range' order by all",
    )
    assert found == [
        ("admissions:2", "glucose_mmol_per_l", "warn", "999999.0"),
        ("admissions:2", "platelets_giga_per_l", "warn", "999999"),
        ("admissions:2", "systolic_bp_mmhg", "warn", "999999"),
        ("admissions:3", "aspects", "warn", "11"),
        ("admissions:3", "platelets_giga_per_l", "warn", "1"),
        ("admissions:3", "systolic_bp_mmhg", "warn", "1"),
        ("admissions:4", "aspects", "warn", "-1"),
        ("admissions:4", "glucose_mmol_per_l", "warn", "0.99"),
        ("admissions:4", "systolic_bp_mmhg", "warn", "301"),
        ("admissions:7", "baseline_nihss", "reject", "55"),
        ("imaging:2", "nihss_at_imaging", "warn", "43"),
        ("procedures:2", "residual_stenosis_pct", "reject", "170"),
    ]
    accepted = query(
        judged,
        "select row_id, is_accepted and is_warned from raw.record_versions "
        "where extract = 'admissions' order by source_row",
    )
    assert [flagged for _, flagged in accepted] == [True, True, True, True, True, False]


def test_an_unusual_value_is_flagged_and_used(judged: Path) -> None:
    found = query(
        judged,
        "select row_id, field, severity, found, expected from raw.check_failures "
        "where rule like '%.usual' order by all",
    )
    assert found == [
        ("admissions:5", "platelets_giga_per_l", "warn", "1500", "usually at most 800 10^9/L"),
        ("admissions:5", "systolic_bp_mmhg", "warn", "300", "usually between 80 and 250 mmHg"),
        (
            "admissions:6",
            "glucose_mmol_per_l",
            "warn",
            "2.5",
            "usually between 2.77 and 22.2 mmol/L",
        ),
        ("admissions:6", "systolic_bp_mmhg", "warn", "79", "usually between 80 and 250 mmHg"),
    ]
