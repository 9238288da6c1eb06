"""The mappings that the pages show are valid, each by itself."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.landing_tools import Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.mapping_check import check_mapping
from warehouse.settings import PROJECT_DIR, Settings

PAGES = {
    page: re.findall(
        r"```yaml\n(.*?)```", (PROJECT_DIR / "docs" / page).read_text("utf-8"), re.DOTALL
    )
    for page in ("identifiers.md", "mapping.md", "decisions/0032-mapping-language.md")
}
DECISION = PAGES["decisions/0032-mapping-language.md"]
EXAMPLES = [
    pytest.param(text, id=f"{Path(page).stem}-{number}")
    for page, texts in PAGES.items()
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_example_is_a_mapping(text: str) -> None:
    example: dict[str, Any] = {"site": "example"} | yaml.safe_load(text)
    check_mapping(SiteMapping.model_validate(example), dictionary())


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def land(registry: Registry, tmp_path: Path, number: int, file: str, content: str) -> Any:
    """Land a file by the mapping that decision 32 shows."""
    text = DECISION[number]
    site = yaml.safe_load(text)["site"]
    (tmp_path / f"{site}.yaml").write_text(text)
    registry.put(content, file, f"{site}/2021-06-01")
    return registry.land(sites_dir=tmp_path)


def left_out(report: Any) -> dict[str | None, tuple[int | None, int, int]]:
    return {each.part: (each.rows_in_file, each.rows_landed, each.rows_left_out)
            for each in report.files}  # fmt: skip


def test_a_wide_trial_file(registry: Registry, tmp_path: Path) -> None:
    report = land(
        registry, tmp_path, 0, "trial.csv",
        "ID,sex,age,randomized,delay,deleted,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
        "consent_given,scan_ich_1,scan_hours_1,scan_ich_2,scan_hours_2\n"
        "7,1,89+,Mar 07,4.5,,2007-03-15 09:00,0,laa,12,yes,none,24,,\n"
        "8,20,64,Apr 07,2,0,2007-04-15 11:00,1,ce,7,yes,none,1.5,HI1,24\n"
        "9,2,70,Apr 07,2,1,2007-04-15 11:00,1,ce,7,yes,,,,\n",
    )  # fmt: skip
    assert left_out(report) == {
        "admissions": (3, 2, 1), "scan1": (3, 2, 1), "scan2": (2, 1, 1),
    }  # fmt: skip
    assert [
        (row["sex"], row["age_years"], row["onset_at"]) for row in registry.rows("admissions")
    ] == [("female", 89, datetime(2007, 3, 15, 7, 30)), (None, 64, datetime(2007, 4, 15, 10))]
    assert [
        (row["imaged_at"], row["hemorrhage_type"], row["modality"])
        for row in registry.rows("imaging")
    ] == [
        (datetime(2007, 3, 16, 12), "none", "ct"),
        (datetime(2007, 4, 15, 13, 30), "none", "ct"),
        (datetime(2007, 4, 16, 12), "HI-1", "ct"),
    ]
    kinds = {row[0].split(".", 1)[1] for row in registry.violations() if row[1]}
    assert kinds == {"dates.complete"}


def test_a_redcap_export_with_checkboxes(registry: Registry, tmp_path: Path) -> None:
    report = land(
        registry, tmp_path, 1, "registry.csv",
        "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,birth_date,"
        "sex,onset_at,arrived_at,prestroke_mrs,baseline_nihss,consent_given,etiology___1,"
        "etiology___2,imaged_at,modality,hemorrhage_type,mrs,lost_to_followup\n"
        "1,baseline_arm_1,,,1950-01-02,male,2021-03-01 08:00,2021-03-01 09:00,0,12,1,0,1,,,,,\n"
        "1,baseline_arm_1,imaging,1,,,,,,,,,,2021-03-02 08:00,ct,none,,\n"
        "1,baseline_arm_1,imaging,2,,,,,,,,,,2021-03-03 08:00,mri,none,,\n"
        "1,d90_arm_1,,,,,,,,,,,,,,,2,0\n",
    )  # fmt: skip
    assert left_out(report) == {
        "admissions": (4, 1, 3), "imaging": (4, 2, 2), "followups": (4, 1, 3),
    }  # fmt: skip
    assert [row["etiology"] for row in registry.rows("admissions")] == ["cardioembolism"]
    assert len({row["imaging_key"] for row in registry.rows("imaging")}) == 2
    assert registry.violations() == []


def test_a_long_file_of_measurements(registry: Registry, tmp_path: Path) -> None:
    report = land(
        registry, tmp_path, 2, "measurement.csv",
        "measurement_id,person_id,measurement_concept_id,measurement_datetime,value_as_number\n"
        "1,P1,90001,2021-05-30,3\n2,P1,3004249,2021-03-01,150\n3,P2,90001.0,2021-05-31,0\n",
    )  # fmt: skip
    assert left_out(report) == {"followups": (3, 2, 1)}
    found = [(row["source_row"], row["mode"], row["mrs"]) for row in registry.rows()]
    assert found == [(2, "telephone", 3), (4, "telephone", 0)]


def test_a_wide_file_with_follow_ups_at_two_time_points(registry: Registry, tmp_path: Path) -> None:
    """P2 was assessed after 90 days alone."""
    [example] = [text for text in PAGES["mapping.md"] if "part: year_1" in text]
    (tmp_path / "wide.yaml").write_text(f"site: wide\n{example}")
    registry.put(
        "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
        "consent_given,mrs_3m,date_3m,mrs_12m,date_12m\n"
        "P1,1950-01-02,male,2021-03-01 08:00,2021-03-01 09:00,0,laa,12,yes,2,2021-05-30,1,"
        "2022-03-01\n"
        "P2,1951-01-02,male,2021-03-02 08:00,2021-03-02 09:00,0,laa,12,yes,3,2021-05-31,,\n",
        "wide.csv",
        "wide/2022-06-01",
    )
    registry.land(sites_dir=tmp_path)
    assert registry.violations() == []
    assert [
        (row["source_row"], row["time_point"], row["mrs"], row["lost_to_followup"])
        for row in registry.rows()
    ] == [(2, None, 2, False), (3, None, 3, False), (2, "year_1", 1, False)]
