"""What a mapping says of all extracts. All rows are invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.landing_tools import FOLLOWUPS, Registry
from tests.support.mappings import land, problem
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.mapping_check import check_mapping
from warehouse.settings import Settings

CODED = {
    "recode": {
        "all": {"yes_no": {1: "yes", 2: "no"}, "smoking": {3: "no"}},
        "admissions": {"diabetes": {2: "yes", 1: "no"}},
    },
    "missing": {"all": {"yes_no": [9]}, "admissions": {"hypertension": [8]}},
}


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def checked(**mapping: Any) -> SiteMapping:
    return check_mapping(SiteMapping.model_validate({"site": "site_a", **mapping}), dictionary())


@pytest.mark.parametrize(
    ("extract", "field", "values"),
    [
        ("followups", "lost_to_followup", (True, False, UNREADABLE, UNREADABLE, None)),
        ("admissions", "smoking", (True, False, False, UNREADABLE, None)),
        ("admissions", "diabetes", (False, True, UNREADABLE, UNREADABLE, None)),
        ("admissions", "hypertension", (True, False, UNREADABLE, None, UNREADABLE)),
        ("admissions", "baseline_nihss", (1, 2, 3, 8, 9)),
    ],
)
def test_codes_of_all_fields_of_a_list(extract: str, field: str, values: Any) -> None:
    words, rules = dictionary(), Rules(dictionary(), checked(**CODED), extract)
    reader = CellReader(words.extracts[extract].field(field), rules)
    assert tuple(reader[cell] for cell in ("1", "2", "3", "8", "9")) == values


def test_one_header_for_all_extracts(registry: Registry, tmp_path: Path) -> None:
    """What is said of one extract wins, and what an extract lacks is no query."""
    registry.put(f"MRN,{FOLLOWUPS.partition(',')[2]}\nP1,2021-06-01,telephone,1,no\n")
    registry.put(
        "MRN,who,imaging_id,imaged_at,modality,hemorrhage_type\nx,P1,S1,2021-03-01 08:00,ct,none\n",
        "imaging.csv",
    )
    headers = {
        "all": {"MRN": "patient_id", "Stay": "admission_id"}, "imaging": {"who": "patient_id"},
    }  # fmt: skip
    land(registry, tmp_path, headers=headers)
    [follow_up], [scan] = registry.rows(), registry.rows("imaging")
    assert follow_up["patient_key"] == scan["patient_key"]
    assert [row[:1] for row in registry.violations()] == [("imaging.columns.known",)]


def test_a_patient_number_of_two_columns_in_all_extracts() -> None:
    recipe = {"join": ["Center", "Number"], "separator": "-"}
    whole = checked(
        columns={"all": {"patient_id": recipe}}, headers={"imaging": {"MRN": "patient_id"}}
    )
    found = {name: list(recipes) for name, recipes in whole.columns.items()}
    assert found == {
        "all": ["patient_id"], "admissions": ["patient_id"], "procedures": ["patient_id"],
        "imaging": [], "followups": ["patient_id"],
    }  # fmt: skip


def test_a_mapping_without_it_is_as_it_was() -> None:
    mapping = SiteMapping.model_validate({"site": "site_a", "missing": {"followups": {"mrs": [9]}}})
    assert check_mapping(mapping, dictionary()) is mapping


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({"headers": {"all": {"MRN": "patient"}}}, "headers.all"),
        ({"formats": {"all": {"yes_no": ["%Y"]}}}, "formats.all"),
        ({"recode": {"all": {"yesno": {1: "yes"}}}}, "recode.all"),
        ({"recode": {"all": {"yes_no": {9: "unknown"}}}}, "recode.all.yes_no"),
        ({"missing": {"all": {"x": [1]}}}, "missing.all"),
        ({"ranges": {"all": {"age_years": {"minimum": 1}}}}, "ranges.all"),
    ],
)
def test_what_is_wrong_below_all_is_named(
    tmp_path: Path, mapping: dict[str, Any], key: str
) -> None:
    assert problem(tmp_path, **mapping).startswith(f"config/sites/site_a.yaml: {key}: ")
