"""Who a row is about: ages instead of dates of birth, identifiers in several spellings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.landing_tools import Registry
from tests.support.mappings import land, problem
from warehouse.definitions.dictionary import dictionary
from warehouse.settings import Settings

HEADER = "sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,consent_given"
REST = "male,2021-03-01 10:00,2021-03-01 11:00,0,laa,10,yes"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def test_an_age_stands_for_the_date_of_birth(registry: Registry, tmp_path: Path) -> None:
    cells = ["71", "89+", "90 +", "> 89", "x", ""]
    rows = "".join(f"P{n},{cell},{REST}\n" for n, cell in enumerate(cells, start=1))
    registry.put(f"case_no,age,{HEADER}\n{rows}", "admissions.csv")
    report = land(
        registry, tmp_path, recode={"admissions": {"age_years": {"90 +": 90, "> 89": 90}}}
    )
    assert report.files_landed == 1
    found = [(row["age_years"], row["is_age_top_coded"]) for row in registry.rows("admissions")]
    assert found == [(71, None), (89, True), (90, True), (90, True), (None, None), (None, None)]
    assert [row[:3] for row in registry.violations()] == [("admissions.age_years.type", 6, "warn")]
    assert "birth_date" not in report.files[0].missing_columns


def test_a_site_may_deliver_itself_which_ages_are_lower_limits(registry: Registry) -> None:
    rows = f"P1,89,yes,{REST}\nP2,89,no,{REST}\nP3,90+,,{REST}\n"
    registry.put(f"case_no,age,age_top_coded,{HEADER}\n{rows}", "admissions.csv")
    registry.land()
    found = [row["is_age_top_coded"] for row in registry.rows("admissions")]
    assert found == [True, False, True]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("birth_date", {"age_years", "birth_date"}),
        ("age", {"age_years", "birth_date"}),
    ],
)
def test_of_age_and_date_of_birth_one_is_enough(
    registry: Registry, header: str, missing: set[str]
) -> None:
    registry.put(f"patient_id,{header},{HEADER}\nP1,,{REST}\n", "admissions.csv")
    report = registry.land()
    assert missing.isdisjoint(report.files[0].missing_columns)


def test_without_both_the_file_is_rejected(registry: Registry) -> None:
    registry.put(f"patient_id,{HEADER}\nP1,{REST}\n", "admissions.csv")
    report = registry.land()
    assert report.files_rejected == 1
    assert [(row[0], row[3]) for row in registry.violations()] == [
        ("admissions.columns.required", "no 'birth_date'")
    ]


def test_a_year_of_birth_is_a_date_of_which_the_mapping_says_the_day(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(f"patient_id,born,{HEADER}\nP1,1950,{REST}\n", "admissions.csv")
    land(
        registry, tmp_path, headers={"admissions": {"born": "birth_date"}},
        formats={"admissions": {"birth_date": ["%Y"]}}, incomplete_dates={"month": 7, "day": 1},
    )  # fmt: skip
    assert [row["birth_date"] for row in registry.rows("admissions")] == [date(1950, 7, 1)]
    assert [row[:3] for row in registry.violations()] == [("admissions.dates.complete", 2, "warn")]


@pytest.mark.parametrize(
    ("ways", "other", "is_same"),
    [
        (["no_leading_zeros"], "ab-42", False),
        (["no_leading_zeros"], "AB-0042", True),
        (["upper_case"], "ab-00042", True),
        (["upper_case"], "AB-042", False),
        (["no_separators"], "AB 00042", True),
        (["no_separators", "upper_case", "no_leading_zeros"], "ab42", True),
        ([], "ab-00042", False),
    ],
)
def test_identifiers_are_one_as_the_mapping_says(
    registry: Registry, tmp_path: Path, ways: list[str], other: str, is_same: bool
) -> None:
    header = "patient_id,mrs,lost_to_followup"
    registry.put(f"{header}\nAB-00042,1,no\n{other},1,no\n")
    land(registry, tmp_path, identifiers={"patient_id": ways})
    keys = {row["patient_key"] for row in registry.rows()}
    assert len(keys) == 2 - is_same


@pytest.mark.parametrize(
    ("identifiers", "key"),
    [
        ({"patient_id": ["lower"]}, "identifiers.patient_id.0"),
        ({"sex": ["upper_case"]}, "identifiers"),
        ({"patient_id": "upper_case"}, "identifiers.patient_id"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, identifiers: dict[str, Any], key: str) -> None:
    found = problem(tmp_path, identifiers=identifiers)
    assert found.startswith(f"config/sites/site_a.yaml: {key}")
    assert dictionary().extracts["admissions"].field("age_years").type == "integer"
