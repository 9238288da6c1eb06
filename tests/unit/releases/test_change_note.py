"""The change note: one paragraph, in plain English, with the right plurals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import yaml

from tests.support.golden import golden
from warehouse.releases.change_note import change_note, first_note, past_day_note
from warehouse.releases.changes import (
    DeliveredFile,
    LineChange,
    PatientChange,
    ReadAgain,
    RegistryNews,
    ReleaseDiff,
    ReleaseIdentity,
    StudyChange,
    Violations,
)
from warehouse.settings import PROJECT_DIR
from warehouse.text import counted, listed, within_sentence

GOLDEN = golden("releases")

NOTES = PROJECT_DIR / "tests" / "fixtures" / "change_notes.yaml"
MONDAY = ReleaseIdentity("20220606T020000Z", date(2022, 6, 6), "0.1.0", "a" * 40)
TUESDAY = replace(MONDAY, refresh_id="20220607T020000Z", as_of=date(2022, 6, 7))
GROUPS = {"no_rescue_stenting": 86, "rescue_stenting": 41}
SAME = ReleaseDiff(
    before=MONDAY,
    after=TUESDAY,
    registry=RegistryNews(335),
    cohort_before=GROUPS,
    cohort_after=GROUPS,
    violations=Violations(0, 0, {}, {}),
    causes=("day 2022-06-06 -> 2022-06-07",),
)
FILE = DeliveredFile("a/2022-06-07/admissions.csv", "new", "landed", "delta", 3, 3, 0, False, None)
HELD = replace(FILE, rows_accepted=0, rows_rejected=3, is_held=True)
DEATHS = LineChange(
    "study.table2_outcomes",
    "is_dead_90d",
    "Death within 90 days",
    {"rs_display": ("6 (14.6%)", "7 (17.1%)"), "p_display": ("0.775", "0.742")},
    (0.775, 0.742),
    (),
)


CAME = PatientChange("p1", "a", "entered", "not in the registry", "rescue_stenting", ())
WENT = replace(CAME, patient_key="p2", change="left")
MOVED = replace(CAME, patient_key="p3", change="changed group")
NORTH = ReadAgain("the mapping of north", 1)


def came_in(news: RegistryNews) -> ReleaseDiff:
    """A night with a file that brought this."""
    return replace(SAME, registry=news, files=(FILE,))


def read_again(causes: tuple[ReadAgain, ...], files: tuple[DeliveredFile, ...]) -> ReleaseDiff:
    """A night with changed records after files were read again; a table is new, too."""
    news = RegistryNews(335, patients_with_changed_records=3)
    return replace(SAME, registry=news, read_again=causes, files=files, tables_added=("x",))


NIGHTS = {
    "news of every kind": replace(
        SAME,
        registry=RegistryNews(338, new_patients=3, followups_filled_in=2),
        cohort_after=GROUPS | {"no_rescue_stenting": 87},
        lines=(DEATHS,),
        files=(FILE, replace(HELD, source_file="a/2022-06-07/imaging.csv")),
        violations=Violations(1, 13, {}, {}),
    ),
    "nothing": SAME,
    "a new patient": came_in(RegistryNews(336, new_patients=1)),
    "patients gone": came_in(RegistryNews(333, gone_patients=2)),
    "a follow-up": came_in(RegistryNews(335, followups_filled_in=1)),
    "further records": came_in(RegistryNews(335, further_imaging=1, further_procedures=2)),
    "one changed": came_in(RegistryNews(335, patients_with_changed_records=1)),
    "many changed": came_in(RegistryNews(335, patients_with_changed_records=1200)),
    "a file of nothing new": came_in(RegistryNews(335)),
    "a mapping": read_again((ReadAgain("the mapping of north", 2),), ()),
    "a mapping and a file": read_again((NORTH,), (FILE,)),
    "dictionary and mapping": read_again(
        (ReadAgain("the dictionary of imaging", 4), NORTH), (FILE,)
    ),
    "as many came as went": replace(SAME, files=(FILE,), patients=(CAME, WENT, MOVED)),
    "other studies": replace(
        SAME,
        files=(FILE,),
        studies=(
            StudyChange("first_pass_effect", 224, 226),
            StudyChange("late_window", 1200, 1199),
        ),
    ),
    "groups of another study": replace(
        SAME, files=(FILE,), cohort_after={"first_pass": 100, "more_passes": 24, "never": 2}
    ),
    "a study without groups": replace(SAME, files=(FILE,), cohort_after={"all": 126}),
    "lines of tables": replace(SAME, files=(FILE,), lines=(DEATHS, DEATHS)),
    "no delivery explains it": replace(
        SAME, lines=(DEATHS,), causes=("commit aaaaaaa -> bbbbbbb", "the study's definition")
    ),
    "five files rejected": replace(
        SAME,
        files=tuple(
            replace(FILE, source_file=f"a/2022-06-07/x{n}.csv", status="rejected") for n in range(5)
        ),
    ),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_the_note_of_a_night(night: str) -> None:
    assert change_note(NIGHTS[night]) == golden()[night]


def test_a_release_that_is_compared_with_none() -> None:
    notes = {
        "the first release": first_note(
            RegistryNews(1), {"rescue_stenting": 1}, "There is no earlier release to compare with"
        ),
        "a past day": past_day_note(date(2022, 2, 15), RegistryNews(335), GROUPS),
    }
    assert {name: golden()[name] for name in notes} == notes
    assert golden().keys() == {*NIGHTS, *notes}


def golden() -> dict[str, str]:
    """The notes as they should be."""
    notes: dict[str, str] = yaml.safe_load(NOTES.read_text(encoding="utf-8"))
    return notes


def test_words() -> None:
    assert [counted(n, "scan", spell=True) for n in (0, 1, 2, 12, 13, 1300)] == [
        "no scans", "one scan", "two scans", "twelve scans", "13 scans", "1,300 scans",
    ]  # fmt: skip
    assert listed(["a"], 2) == "a"
    assert listed(["a", "b"], 2) == "a and b"
    assert listed(["a", "b", "c"], 2, "file") == GOLDEN("and_more_file")
    assert listed(["a", "b", "c", "d"], 2, "file") == GOLDEN("and_more_files")
    assert listed([], 2) == ""
    labels = ["Death within 90 days", "mRS 0-2", "ASPECTS", "Baseline NIHSS", "IV"]
    assert [within_sentence(label) for label in labels] == [
        "death within 90 days", "mRS 0-2", "ASPECTS", "baseline NIHSS", "IV",
    ]  # fmt: skip
