"""The study's definition: the paper's by default, with errors that say what to change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import Field

from tests.support.golden import golden
from warehouse.definitions.abbreviations import load_abbreviations
from warehouse.definitions.config import STUDY, shipped_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.study import StudyColumn, StudyDefinition, load_study
from warehouse.definitions.styles import load_styles
from warehouse.definitions.thresholds import load_thresholds
from warehouse.definitions.yaml_keys import PUT_BACK

GOLDEN = golden("definitions")

STUDY_PATH = shipped_path(STUDY)


def test_the_default_is_the_papers_definition() -> None:
    assert load_study().as_row() == {
        "title": (GOLDEN("rescue_stenting_after_failed_thrombectomy_in")),
        "site_codes": ("synthetic_centre",),
        "period_start": date(2018, 8, 1),
        "period_end": date(2022, 1, 31),
        "minimum_age_years": 18,
        "onset_to_puncture_max_hours": 24.0,
        "prestroke_mrs_below": 2,
        "stenosis_threshold_pct": 70,
        "sich_nihss_increase": 4,
        "sich_fatal_days": 7,
        "followup_day_min": 60,
        "followup_day_max": 120,
        "mortality_window_days": 90,
        "is_of_the_paper": True,
        "small_samples": "approximate",
    }


def test_a_declared_parameter_is_a_column_and_a_cell() -> None:
    """Nothing but its declaration and the file names it."""

    class Widened(StudyDefinition):
        core_max_ml: float = Field(default=70, description="Largest infarct core, mL.")

    column = StudyColumn("core_max_ml", "double", "Largest infarct core, mL.")
    assert column in Widened.published_columns()
    row = Widened.model_validate(load_study().model_dump(exclude={"is_of_the_paper"})).as_row()
    assert row["core_max_ml"] == 70
    assert list(row) == [name for name, _, _ in Widened.columns()]


def test_every_parameter_has_a_description_and_one_type() -> None:
    columns = StudyDefinition.columns()
    assert [name for name, _, description in columns if not description] == []
    assert [name for name, _, _ in columns] == [*load_study().as_row()]
    published = {name: kind for name, kind, _ in StudyDefinition.published_columns()}
    assert "is_of_the_paper" not in published
    assert published["site_codes"] == "varchar[]"
    assert published["period_end"] == "date"
    assert published["followup_day_max"] == "integer"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sites: [synthetic_centre]\n\n", "sites: [our_hospital]\n\n"),
        ("sites: [synthetic_centre]\n\n", "sites: [synthetic_centre, our_hospital]\n\n"),
        ("period: {start: 2018-08-01, end: 2022-01-31}\n\n#", "period: {start: 2018-08-01}\n\n#"),
        ("paper_cohort:\n  sites: [synthetic_centre]", "paper_cohort:\n  sites: [elsewhere]"),
    ],
)
def test_another_study_is_not_the_papers(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "study.yaml"
    text = STUDY_PATH.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert not load_study(path).is_of_the_paper


def test_a_study_without_a_paper_is_not_the_papers(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = STUDY_PATH.read_text(encoding="utf-8")
    start, end = text.index("paper_cohort:"), text.index("minimum_age_years")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    assert not load_study(path).is_of_the_paper


def test_a_study_that_says_nothing_of_small_samples_prints_exact_tests(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = STUDY_PATH.read_text(encoding="utf-8")
    path.write_text(text.replace("small_samples: approximate", ""), encoding="utf-8")
    assert load_study(path).small_samples == "exact"


def test_an_open_period_makes_a_living_study(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = STUDY_PATH.read_text(encoding="utf-8")
    path.write_text(text.replace("end: 2022-01-31", "end: null", 1), encoding="utf-8")
    assert load_study(path).period.end is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("end: 2022-01-31", "end: 2017-01-31", "period: Value error, the period ends (2017-01-31)"),
        ("minimum_age_years: 18", "minimum_age: 18", "minimum_age: Extra inputs"),
        ("{min: 60, max: 120}", "{min: 120, max: 60}", "followup_window_days: Value error"),
        ("sites: [synthetic_centre]", "sites: []", "sites: Tuple should have at least 1 item"),
        ("sites: [", "sites: {[", "is not valid YAML"),
        (
            "period: {start: 2018-08-01",
            "period: {start: 2018-13-01",
            "is not valid YAML in line 7, column 17: no text, number or day that exists; correct",
        ),
        ("small_samples:", "minimum_age_years: 60\nsmall_samples:", "a key is there twice"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = tmp_path / "study.yaml"
    text = STUDY_PATH.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DictionaryError) as refused:
        load_study(path)
    assert str(path) in str(refused.value)
    assert expected in str(refused.value)


def test_what_is_no_text_or_no_file_is_refused(tmp_path: Path) -> None:
    """Of the study and of every other YAML file of the dictionary: one kind of error."""
    garbage, folder = tmp_path / "garbage.yaml", tmp_path / "folder.yaml"
    garbage.write_bytes(b"\xff\xfe")
    folder.mkdir()
    wrong = {
        garbage: " is not valid YAML: it holds a character that is no text, or is not UTF-8",
        folder: f": it is not a regular file but a folder; {PUT_BACK}",
    }
    for load in (load_study, load_thresholds, load_styles, load_abbreviations):
        for path, problem in wrong.items():
            with pytest.raises(DictionaryError) as refused:
                load(path)
            assert str(refused.value) == f"{path}{problem}"
