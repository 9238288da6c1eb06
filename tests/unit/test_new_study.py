"""``warehouse study new``: a study and its expected patients, which agree as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.cohorts.expected_patients import StudyCheckError, check_study
from warehouse.commands.study import check
from warehouse.definitions.config import EXPECTED_PATIENTS, STUDY, own_path
from warehouse.definitions.study_files import default_study, load_study, study_names
from warehouse.new_study import NewStudyError, begin_study
from warehouse.settings import settings


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_new_study_is_right_as_it_is() -> None:
    written = [line for line in begin_study("late_window") if line.startswith("Wrote")]
    assert [Path(line.split()[1]).name for line in written] == [STUDY, EXPECTED_PATIENTS]
    assert default_study() == study_names()[0] == "late_window"
    study = load_study("late_window")
    assert check_study(study) == 10
    assert [group.study_group for group in study.groups] == ["thrombolysis", "no_thrombolysis"]


def test_a_site_without_a_mapping_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    list(begin_study("late_window"))
    path = own_path("studies/late_window") / STUDY
    check("late_window")
    assert len(capsys.readouterr().out.splitlines()) == 1
    text = path.read_text("utf-8")
    path.write_text(text.replace("sites: all", "sites: ['../../etc', synthetic_centre]"))
    (path.parent / EXPECTED_PATIENTS).unlink()
    check("late_window")
    named = " ".join(capsys.readouterr().out.split())
    assert "'../../etc'" in named
    assert "'synthetic_centre'" not in named
    assert "docs/studies.md" in named  # where the patients are described that it lacks now


def test_a_group_that_nobody_can_be_in_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    list(begin_study("late_window"))
    path = own_path("studies/late_window") / STUDY
    path.write_text(path.read_text("utf-8").replace("where: not ivt", "where: ivt and is_male"))
    (path.parent / EXPECTED_PATIENTS).unlink()
    check("late_window")
    lines = capsys.readouterr().out.splitlines()
    warned = [line.partition(": nobody")[0].strip() for line in lines if "Warning" in line]
    assert warned == ["Warning: groups.no_thrombolysis (line 54)"]


def test_a_patient_of_whom_something_else_is_found_is_named() -> None:
    list(begin_study("late_window"))
    path = own_path("studies/late_window") / EXPECTED_PATIENTS
    path.write_text(path.read_text("utf-8").replace("because: 17 years", "because: 18 years"))
    with pytest.raises(StudyCheckError) as refused:
        check_study(load_study("late_window"))
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("  - ")] == [
        "  - patients.minor (line 18)"
    ]


@pytest.mark.parametrize("name", ["", "Late", "../x", "a b", "1a", "registry", "study", "a" * 41])
def test_what_is_no_name_of_a_study_is_refused(name: str) -> None:
    with pytest.raises(NewStudyError):
        list(begin_study(name))
    assert not settings().config_dir.exists()


@pytest.mark.parametrize("name", ["late_window", "guo_2023"])
def test_no_study_is_overwritten(name: str) -> None:
    list(begin_study("late_window"))
    before = (own_path("studies/late_window") / STUDY).read_bytes()
    with pytest.raises(NewStudyError):
        list(begin_study(name))
    assert (own_path("studies/late_window") / STUDY).read_bytes() == before
