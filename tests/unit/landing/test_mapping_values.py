"""What cells mean by the site's mapping: constants, empty cells, checkboxes, recodes of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.landing_tools import Registry
from tests.support.mappings import land, problem
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.mapping_check import check_mapping
from warehouse.settings import Settings


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def read(extract: str, field: str, cell: Any, **mapping: Any) -> Any:
    words, site = dictionary(), SiteMapping.model_validate({"site": "site_a", **mapping})
    return CellReader(words.extracts[extract].field(field), Rules(words, site, extract))[cell]


def test_a_constant_is_in_every_row_and_an_empty_cell_means_what_is_stated(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put("patient_id,mrs,lost_to_followup,assessed_on\nP1,1,,\nP2,,x,NA\nP3,,NA,\n")
    land(
        registry, tmp_path,
        columns={"followups": {"mode": {"constant": "telephone"}}},
        blank={"followups": {"lost_to_followup": False, "assessed_on": "2021-05-01"}},
        recode={"followups": {"lost_to_followup": {"x": True}}},
    )  # fmt: skip
    assert [
        (row["mode"], row["mrs"], row["lost_to_followup"], str(row["assessed_on"]))
        for row in registry.rows()
    ] == [
        ("telephone", 1, False, "2021-05-01"),
        ("telephone", None, True, "None"),
        ("telephone", None, None, "2021-05-01"),
    ]


def test_a_constant_and_a_blank_make_no_record(registry: Registry, tmp_path: Path) -> None:
    registry.put(
        "patient_id,mrs,lost_to_followup,scan_at,ich\nP1,1,no,2021-03-01 10:00,\nP2,2,no,,\n",
        "wide.csv",
    )
    land(
        registry, tmp_path,
        files={"wide": [{"extract": "followups"}, {"extract": "imaging", "columns": {
            "imaging_id": {"join": ["patient_id"], "suffix": "-1"},
            "imaged_at": {"first": ["scan_at"]}, "hemorrhage_type": {"first": ["ich"]},
            "modality": {"constant": "ct"}},
            "blank": {"hemorrhage_type": "none"}}]},
    )  # fmt: skip
    scans = [
        (row["source_row"], row["modality"], row["hemorrhage_type"])
        for row in registry.rows("imaging")
    ]
    assert scans == [(2, "ct", "none")]


@pytest.mark.parametrize(
    ("cells", "etiology"),
    [
        ("1,0,0", "large_artery_atherosclerosis"),
        ("Unchecked,Checked,Unchecked", "cardioembolism"),
        ("0,0,0", None),
        (",,", None),
        ("1,1,0", "ambiguous: large_artery_atherosclerosis or cardioembolism"),
        (",,x", "other_determined"),
    ],
)
def test_checkboxes_are_one_field(
    registry: Registry, tmp_path: Path, cells: str, etiology: str | None
) -> None:
    registry.put(
        "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,baseline_nihss,consent_given,"
        "e___1,e___2,e___3\nP1,1950-01-01,male,2021-03-01 10:00,2021-03-01 11:00,0,10,yes,"
        f"{cells}\n",
        "admissions.csv",
    )
    boxes = {"e___1": "laa", "e___2": "cardioembolism", "e___3": "other_determined"}
    land(registry, tmp_path, columns={"admissions": {"etiology": {"checked": boxes}}})
    assert [row["etiology"] for row in registry.rows("admissions")] == [etiology]


def test_none_checked_may_mean_a_value_and_what_is_no_tick_is_a_query(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put("patient_id,lost_to_followup,a,b\nP1,no,0,0\nP2,no,0,maybe\nP3,no,0,1\n")
    columns = {"followups": {"mode": {"checked": {"a": "clinic", "b": "telephone"}}}}
    recode = {"followups": {"mode": {"unknown": "telephone", "clinic": "telephone"}}}
    land(
        registry, tmp_path, columns=columns, blank={"followups": {"mode": "unknown"}}, recode=recode
    )
    assert [row["mode"] for row in registry.rows()] == ["telephone", "AAAAA", "telephone"]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("aspects", "7-8", 7), ("aspects", "9", 9), ("aspects", 20, 10),
        ("glucose_mmol_per_l", "<2", 1.5), ("glucose_mmol_per_l", 99.0, 9.5),
        ("glucose_mmol_per_l", 7.25, 7.25), ("glucose_mmol_per_l", "<3", UNREADABLE),
    ],
)  # fmt: skip
def test_a_number_may_be_recoded(field: str, cell: Any, value: Any) -> None:
    recode = {"aspects": {"7-8": 7, 20: 10}, "glucose_mmol_per_l": {"<2": 1.5, 99: 9.5}}
    assert read("admissions", field, cell, recode={"admissions": recode}) == value


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({"columns": {"imaging": {"modality": {"constant": "pet"}}}}, "columns.imaging.modality"),
        ({"columns": {"imaging": {"imaging_id": {"constant": "1"}}}}, "columns.imaging.imaging_id"),
        ({"columns": {"imaging": {"modality": {"constant": "ct", "first": ["a"]}}}},
         "columns.imaging.modality"),
        ({"columns": {"imaging": {"modality": {"checked": {"a": "pet"}}}}},
         "columns.imaging.modality"),
        ({"columns": {"imaging": {"modality": {"constant": "ct", "suffix": "x"}}}},
         "columns.imaging.modality"),
        ({"blank": {"followups": {"mrs": 9}}}, "blank.followups.mrs"),
        ({"blank": {"followups": {"patient_id": "P1"}}}, "blank.followups.patient_id"),
        ({"blank": {"followups": {"assessed_on": "soon"}}}, "blank.followups.assessed_on"),
        ({"recode": {"admissions": {"aspects": {"a": "b"}}}}, "recode.admissions.aspects"),
        ({"recode": {"admissions": {"birth_date": {"a": "1950-01-01"}}}},
         "recode.admissions.birth_date"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_named(tmp_path: Path, mapping: dict[str, Any], key: str) -> None:
    assert problem(tmp_path, **mapping).startswith(f"config/sites/site_a.yaml: {key}")


GLUCOSE = "admissions.glucose_mmol_per_l"


@pytest.mark.parametrize(
    ("field", "own", "key"),
    [
        ("admissions.glucose", {"minimum": 1}, "admissions: the extract has no field glucose"),
        (GLUCOSE, {"minimum": "0.5"}, f"{GLUCOSE}.minimum: it must be a number"),
        (GLUCOSE, {"maximum": True}, f"{GLUCOSE}.maximum: it must be a number"),
        (GLUCOSE, {"maximum": float("inf")}, f"{GLUCOSE}.maximum: it must be a number"),
        (GLUCOSE, {"highest": 80}, f"{GLUCOSE}.highest: there is no such key"),
        (GLUCOSE, {}, f"{GLUCOSE}: say minimum, maximum or both"),
        (GLUCOSE, {"minimum": 60}, f"{GLUCOSE}: the minimum 60 is not below the maximum 60"),
        (GLUCOSE, {"maximum": 20}, None),
        (GLUCOSE, {"maximum": 620426}, f"{GLUCOSE}.maximum: 620426 can be no glucose"),
        (GLUCOSE, {"minimum": -1}, f"{GLUCOSE}.minimum: -1 can be no glucose"),
        (GLUCOSE, {"usual": {"maximum": 70}}, f"{GLUCOSE}.usual.maximum: 70 is not possible there"),
        (GLUCOSE, {"maximum": 80, "usual": {"maximum": 70}}, None),
        (GLUCOSE, {"usual": {"minimum": 23}}, f"{GLUCOSE}.usual: the minimum 23 is not below"),
        ("admissions.baseline_nihss", {"maximum": 50}, "admissions.baseline_nihss.maximum: 50 is"),
        ("admissions.baseline_nihss", {"minimum": 6}, None),
        ("admissions.baseline_nihss", {"minimum": 5.5}, "admissions.baseline_nihss.minimum: 5.5"),
        ("admissions.age_years", {"maximum": 130}, "admissions.age_years.maximum: 130 is outside"),
        ("admissions.baseline_nihss", {"usual": {"minimum": 6}}, "admissions.baseline_nihss.usual"),
        ("procedures.residual_stenosis_pct", {"maximum": 101}, "procedures.residual_stenosis_pct"),
        ("followups.mrs", {"maximum": 5}, "followups.mrs: the field is no number with a range"),
        ("admissions.onset_at", {"minimum": 5}, "admissions.onset_at: the field is no number"),
    ],
)
def test_a_range_that_cannot_be_is_refused(
    tmp_path: Path, field: str, own: dict[str, Any], key: str | None
) -> None:
    extract, name = field.split(".")
    ranges = {extract: {name: own}}
    if key is None:
        mapping = SiteMapping.model_validate({"site": "site_a", "ranges": ranges})
        check_mapping(mapping, dictionary())
    else:
        assert problem(tmp_path, ranges=ranges).startswith(
            f"config/sites/site_a.yaml: ranges.{key}"
        )


def test_a_marker_within_the_range_of_its_site_is_a_value() -> None:
    markers = {"missing_values": [75, 99]}
    assert read("admissions", "glucose_mmol_per_l", 75, **markers) is None
    ranges = {"admissions": {"glucose_mmol_per_l": {"maximum": 80}}}
    assert read("admissions", "glucose_mmol_per_l", 75, ranges=ranges, **markers) == 75
    assert read("admissions", "glucose_mmol_per_l", 99, ranges=ranges, **markers) is None
