"""Impossible values enter no number, unusual ones are flagged and used. All rows are invented."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import checked, query, valid
from tests.support.golden import golden

GOLDEN = golden("checks")

MEASURED = "platelets_giga_per_l, glucose_mmol_per_l, systolic_bp_mmhg, baseline_nihss, aspects"
IMPOSSIBLE: list[dict[str, Any]] = [
    {"systolic_bp_mmhg": 999_999, "glucose_mmol_per_l": 999_999.0, "platelets_giga_per_l": 999_999},
    {"systolic_bp_mmhg": 1, "platelets_giga_per_l": 1, "aspects": 11},
    {"systolic_bp_mmhg": 301, "glucose_mmol_per_l": 0.99, "aspects": -1},
    # The ends of what is possible; they are unusual, and one value is the end of what is usual.
    {"systolic_bp_mmhg": 300, "glucose_mmol_per_l": 22.2, "platelets_giga_per_l": 1500},
    {
        "systolic_bp_mmhg": 79,
        "glucose_mmol_per_l": 2.5,
        "platelets_giga_per_l": 800,
        "discharge_destination": "zz9",
    },
    # Required: the row is rejected, with its value. So is one without what decides on the study.
    {"baseline_nihss": 55},
]


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


def test_the_cell_is_missing_and_the_others_of_its_row_stay(checked_cases: Path) -> None:
    found = query(checked_cases, f"select {MEASURED} from raw.admissions order by source_row")
    assert found == [
        (None, None, None, 15, 9),
        (None, 7.2, None, 15, None),
        (190, None, None, 15, None),
        (1500, 22.2, 300, 15, 9),
        (800, 2.5, 79, 15, 9),
        (190, 7.2, 160, 55, 9),
    ]
    scans = query(checked_cases, "select nihss_at_imaging, hemorrhage_type from raw.imaging")
    assert scans == [(None, "HI-1")]


def test_each_impossible_value_is_a_query_and_its_row_is_used(checked_cases: Path) -> None:
    found = query(
        checked_cases,
        "select row_id, field, severity, found from raw.check_failures "
        "where rule like '%.range' order by all",
    )
    assert found == [
        ("admissions:2", "glucose_mmol_per_l", "warn", "999999"),
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
        checked_cases,
        "select row_id, is_accepted and is_warned from raw.record_versions "
        "where extract = 'admissions' order by source_row",
    )
    assert [flagged for _, flagged in accepted] == [True, True, True, True, True, False]


def test_an_unknown_code_of_a_field_of_few_costs_the_cell_alone(checked_cases: Path) -> None:
    found = query(
        checked_cases,
        "select discharge_destination, failures.severity, failures.found from raw.admissions "
        "inner join raw.check_failures as failures using (row_id) "
        "where failures.rule = 'admissions.discharge_destination.codes'",
    )
    assert found == [(None, "warn", "zz9")]


def test_an_unusual_value_is_flagged_and_used(checked_cases: Path) -> None:
    found = query(
        checked_cases,
        "select row_id, field, severity, found, expected from raw.check_failures "
        "where rule like '%.usual' order by all",
    )
    assert found == [
        ("admissions:5", "platelets_giga_per_l", "warn", "1500", GOLDEN("usually_at_most")),
        ("admissions:5", "systolic_bp_mmhg", "warn", "300", GOLDEN("usually_between_and_mmhg")),
        (
            "admissions:6",
            "glucose_mmol_per_l",
            "warn",
            "2.5",
            GOLDEN("usually_between_and_mmol"),
        ),
        ("admissions:6", "systolic_bp_mmhg", "warn", "79", GOLDEN("usually_between_and_mmhg")),
    ]


ONSET = valid("admissions")["onset_at"]
ARRIVAL = valid("admissions")["arrived_at"]
PUNCTURE = valid("procedures")["puncture_at"]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# Each is a patient: changes of the admission and of the procedure, and what is impossible then.
DERIVED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {"ended_at": PUNCTURE + 334 * DAY}, ["procedure_duration_min"]),
    ({}, {"ended_at": PUNCTURE + DAY + MINUTE}, ["procedure_duration_min"]),
    ({}, {"ended_at": PUNCTURE + DAY}, []),
    ({"birth_date": date(1900, 1, 1)}, {}, ["age_years"]),
    ({"birth_date": date(1905, 3, 1)}, {}, ["age_years"]),
    ({"birth_date": date(1905, 3, 2)}, {}, []),
    ({"onset_at": ARRIVAL - 14 * DAY}, {},
     ["onset_to_puncture_min"]),
    ({"onset_at": ARRIVAL - 14 * DAY - MINUTE}, {},
     ["onset_to_admission_min", "onset_to_puncture_min"]),
    ({}, {"puncture_at": ARRIVAL + 7 * DAY, "ended_at": ARRIVAL + 7 * DAY + 60 * MINUTE}, []),
    ({}, {"puncture_at": ARRIVAL + 7 * DAY + MINUTE, "ended_at": ARRIVAL + 7 * DAY + 60 * MINUTE},
     ["door_to_puncture_min"]),
    ({}, {"puncture_at": ONSET + 29 * DAY, "ended_at": ONSET + 29 * DAY + 60 * MINUTE},
     ["door_to_puncture_min", "onset_to_puncture_min"]),
    # Out of order: another rule rejects the row.
    ({}, {"ended_at": PUNCTURE - 400 * DAY}, []),
]  # fmt: skip


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One row of each extract for each patient, of line 2 and so on."""
    rows: dict[str, list[dict[str, Any]]] = {"imaging": [], "followups": []}
    for number, (admission, procedure, _columns) in enumerate(DERIVED):
        born = {"birth_date": date(1955, 4, 2) + number * DAY}
        own = {"patient_key": f"p{number}", "procedure_key": f"t{number}"}
        person = born | admission | {"patient_key": own["patient_key"]}
        rows.setdefault("admissions", []).append(valid("admissions", **person))
        rows.setdefault("procedures", []).append(valid("procedures", **procedure | own))
    return checked(tmp_path_factory.mktemp("derived"), rows)


def test_an_impossible_derived_value_is_named_with_its_row(derived: Path) -> None:
    found = query(
        derived,
        "select cast(split_part(row_id, ':', 2) as integer) - 2, derived_column "
        "from raw.impossible_values order by all",
    )
    assert found == [
        (number, column)
        for number, (_admission, _procedure, columns) in enumerate(DERIVED)
        for column in columns
    ]


def test_each_is_a_query_that_names_the_cells_and_the_row_is_used(derived: Path) -> None:
    found = query(
        derived,
        "select row_id, rule, field, severity, found, expected from raw.check_failures "
        "where row_id in (select row_id from raw.impossible_values) and rule like '%\\_possible' "
        "escape '\\' and row_id in ('procedures:2', 'admissions:5', 'admissions:9') order by all",
    )
    assert found == [
        (
            "admissions:5", "admissions.age_possible", "birth_date, onset_at", "warn", "121",
            "at most 115 years",
        ),
        (
            "admissions:9", "admissions.onset_to_arrival_possible", "onset_at, arrived_at", "warn",
            GOLDEN("onset_at_arrived_at_2"), "at most 20160 min",
        ),
        (
            "procedures:2", "procedures.duration_possible", "puncture_at, ended_at", "warn",
            GOLDEN("puncture_at_ended_at"), "at most 1440 min",
        ),
    ]  # fmt: skip
    assert query(
        derived,
        "select count(*) from raw.record_versions where is_accepted "
        "and row_id in (select row_id from raw.impossible_values)",
    ) == [(len({*query(derived, "select row_id from raw.impossible_values")}),)]


def test_a_usual_range_checks_possible_values_alone(derived: Path) -> None:
    """An impossible value is one query, not two."""
    twice = query(
        derived,
        """
        select row_id from raw.check_failures as usual
        inner join raw.check_failures as possible using (row_id)
        where usual.rule = replace(possible.rule, '_possible', '_plausible')
        and ends_with(possible.rule, '_possible')
        """,
    )
    assert twice == []
    flagged = query(
        derived,
        "select row_id, found from raw.check_failures "
        "where rule in ('procedures.duration_plausible', 'admissions.age_plausible') order by all",
    )
    assert flagged == [("admissions:7", "115"), ("procedures:4", "1440")]
