"""The change note: one paragraph, in plain English, with the right plurals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from warehouse.releases.change_note import change_note, first_note, past_day_note
from warehouse.releases.changes import (
    DeliveredFile,
    GroupSizes,
    LineChange,
    PatientChange,
    ReadAgain,
    RegistryNews,
    ReleaseDiff,
    ReleaseIdentity,
    Violations,
)
from warehouse.text import counted, listed, within_sentence

MONDAY = ReleaseIdentity("20220606T020000Z", date(2022, 6, 6), "0.1.0", "a" * 40)
TUESDAY = replace(MONDAY, refresh_id="20220607T020000Z", as_of=date(2022, 6, 7))
GROUPS = GroupSizes(41, 86)
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


def test_a_night_with_news_of_every_kind() -> None:
    diff = replace(
        SAME,
        registry=RegistryNews(338, new_patients=3, followups_filled_in=2),
        cohort_after=GroupSizes(41, 87),
        lines=(DEATHS,),
        files=(FILE, replace(HELD, source_file="a/2022-06-07/imaging.csv")),
        violations=Violations(1, 13, {}, {}),
    )
    assert change_note(diff) == (
        "Three new patients, two follow-ups filled in; the cohort went from 127 to 128 (41 with "
        "rescue stenting, 87 without); p of death within 90 days 0.775 -> 0.742; one query "
        "opened, 13 queries closed; one file is held: a/2022-06-07/imaging.csv."
    )


def test_nothing_changed() -> None:
    assert change_note(SAME) == "Nothing changed."


@pytest.mark.parametrize(
    ("news", "note"),
    [
        (RegistryNews(336, new_patients=1), "One new patient."),
        (RegistryNews(333, gone_patients=2), "Two patients withdrawn."),
        (RegistryNews(335, followups_filled_in=1), "One follow-up filled in."),
        (
            RegistryNews(335, further_imaging=1, further_procedures=2),
            "Two further procedures, one further imaging examination.",
        ),
        (RegistryNews(335, patients_with_changed_records=1), "The records of one patient changed."),
        (
            RegistryNews(335, patients_with_changed_records=1200),
            "The records of 1,200 patients changed.",
        ),
        (RegistryNews(335), "No number changed."),
    ],
)
def test_what_came_in(news: RegistryNews, note: str) -> None:
    assert change_note(replace(SAME, registry=news, files=(FILE,))) == note


@pytest.mark.parametrize(
    ("read_again", "files", "note"),
    [
        (
            (ReadAgain("the mapping of north", 2),),
            (),
            "The records of three patients changed; changed by the mapping of north (two files "
            "read again); no delivery was received (day 2022-06-06 -> 2022-06-07).",
        ),
        (
            (ReadAgain("the mapping of north", 1),),
            (FILE,),
            "The records of three patients changed; changed by the mapping of north (one file read "
            "again).",
        ),
        (
            (ReadAgain("the dictionary of imaging", 4), ReadAgain("the mapping of north", 1)),
            (FILE,),
            "The records of three patients changed; changed by the dictionary of imaging (four "
            "files read again) and the mapping of north (one file read again).",
        ),
    ],
)
def test_a_changed_mapping_or_dictionary_is_the_cause(
    read_again: tuple[ReadAgain, ...], files: tuple[DeliveredFile, ...], note: str
) -> None:
    news = RegistryNews(335, patients_with_changed_records=3)
    diff = replace(SAME, registry=news, read_again=read_again, files=files, tables_added=("x",))
    assert change_note(diff) == note


def test_as_many_came_as_went() -> None:
    came = PatientChange("p1", "a", "entered", "not in the registry", "rescue_stenting", ())
    went = replace(came, patient_key="p2", change="left")
    moved = replace(came, patient_key="p3", change="changed group")
    diff = replace(SAME, files=(FILE,), patients=(came, went, moved))
    assert change_note(diff) == (
        "The cohort stays at 127 (41 with rescue stenting, 86 without): one patient came and one "
        "went, one patient changed group."
    )


def test_a_p_value_that_becomes_significant_is_told_first() -> None:
    lines = [replace(DEATHS, label=label) for label in ("mRS 0-2", "ASPECTS", "Male sex")]
    cells = {"p_display": ("0.060", "0.040")}
    crossing = replace(DEATHS, label="Age", p_value=(0.06, 0.04), cells=cells)
    diff = replace(SAME, files=(FILE,), lines=(*lines, crossing))
    assert change_note(diff) == (
        "P of age 0.060 -> 0.040, p of mRS 0-2 0.775 -> 0.742, p of ASPECTS 0.775 -> 0.742 and "
        "1 more p-value."
    )


def test_cells_that_moved_without_a_p_value() -> None:
    line = replace(DEATHS, cells={"rs_display": ("1", "2")})
    diff = replace(SAME, files=(FILE,), lines=(line, line))
    assert change_note(diff) == "Two lines of Tables 1 and 2 changed."


def test_what_no_delivery_explains_names_its_cause() -> None:
    diff = replace(
        SAME, lines=(DEATHS,), causes=("commit aaaaaaa -> bbbbbbb", "the study's definition")
    )
    assert change_note(diff) == (
        "P of death within 90 days 0.775 -> 0.742; no delivery was received (commit aaaaaaa -> "
        "bbbbbbb, the study's definition)."
    )


def test_files_set_aside_are_named_up_to_three() -> None:
    aside = [
        replace(FILE, source_file=f"a/2022-06-07/x{n}.csv", status="set_aside") for n in range(5)
    ]
    assert change_note(replace(SAME, files=tuple(aside))) == (
        "No number changed; five files are rejected: a/2022-06-07/x0.csv, a/2022-06-07/x1.csv, "
        "a/2022-06-07/x2.csv and 2 more."
    )


def test_a_release_that_is_compared_with_none() -> None:
    assert first_note(
        RegistryNews(1), GroupSizes(1, 0), "There is no earlier release to compare with"
    ) == (
        "There is no earlier release to compare with: one patient in the registry, 1 (1 with "
        "rescue stenting, 0 without) in the study."
    )
    assert past_day_note(date(2022, 2, 15), RegistryNews(335), GROUPS) == (
        "The state of 2022-02-15, not published: 335 patients in the registry, 127 (41 with rescue "
        "stenting, 86 without) in the study."
    )


def test_words() -> None:
    assert [counted(n, "scan", spell=True) for n in (0, 1, 2, 12, 13, 1300)] == [
        "no scans", "one scan", "two scans", "twelve scans", "13 scans", "1,300 scans",
    ]  # fmt: skip
    assert listed(["a"], 2) == "a"
    assert listed(["a", "b"], 2) == "a and b"
    assert listed(["a", "b", "c"], 2, "file") == "a, b and 1 more file"
    assert listed(["a", "b", "c", "d"], 2, "file") == "a, b and 2 more files"
    assert listed([], 2) == ""
    labels = ["Death within 90 days", "mRS 0-2", "ASPECTS", "Baseline NIHSS", "IV"]
    assert [within_sentence(label) for label in labels] == [
        "death within 90 days", "mRS 0-2", "ASPECTS", "baseline NIHSS", "IV",
    ]  # fmt: skip
