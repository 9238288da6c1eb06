"""Exports of a study by its name: its groups, all patients, and no effects of three groups."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from scipy.stats import chi2_contingency

from tests.support.exported import svg_texts
from tests.support.refreshed import Refreshed
from warehouse.definitions.config import study_path
from warehouse.definitions.study_files import study_content, study_of
from warehouse.definitions.styles import load_styles
from warehouse.explain import Explainer
from warehouse.exports import locked
from warehouse.exports.choices import FORMATS, Content, ExportError, Format
from warehouse.exports.export import ExportRequest, exported, requested
from warehouse.exports.locked import _requests, every_export, path_of
from warehouse.exports.tables import study_table
from warehouse.releases.reader import Release
from warehouse.statistics.notes import OF_DIFFERENCE
from warehouse.study_rerun import rerun
from warehouse.tables.studies import StudyResults

STUDY = "first_pass_effect"


def made(refreshed: Refreshed, content: Content, form: Format, **more: object) -> bytes:
    """The bytes of an export of the study."""
    request = ExportRequest(content, form, "nejm", **{"study": STUDY} | more)
    return exported(request, refreshed.settings.published_path)


def test_a_table_has_each_group_and_all_patients(refreshed: Refreshed) -> None:
    sizes = refreshed.rows(
        f"""
        select groups.label, count(*) from studies.study_groups as groups
        inner join studies.members as members
            on groups.study = members.study and groups.study_group = members.study_group
        where groups.study = '{STUDY}' group by all order by any_value(groups.place)
        """
    )
    content = made(refreshed, Content.table1, Format.csv, overall=True).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    named = [("All patients", sum(n for _, n in sizes)), *sizes]
    assert headings[2:6] == [f"{label} (N={n})" for label, n in named]
    assert headings[6:] == ["Statistic", "P Value"]
    (male,) = (line for line in lines if len(line) > 1 and line[1].startswith("Male sex"))
    counted = refreshed.rows(
        f"""
        select study_group, value from studies.table_cells
        where study = '{STUDY}' and variable = 'is_male' and statistic = 'n' and subgroup = 'all'
        """
    )
    found = dict(counted)
    assert [int(cell.split(" ")[0]) for cell in male[2:6]] == [
        found[group] for group in ("all", "first_pass", "more_passes", "incomplete")
    ]


def test_a_table_of_a_subgroup_has_its_patients_alone(refreshed: Refreshed) -> None:
    content = made(refreshed, Content.table2, Format.csv, subgroup="posterior", overall=True)
    headings, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    sizes = refreshed.rows(
        """
        select study_group, count(*), count(*) filter (where is_dead_90d)
        from first_pass_effect.cohort where circulation = 'posterior'
        group by cube (study_group) order by count(*)
        """
    )
    shown = {heading.rpartition("=")[2].rstrip(")") for heading in headings[2:6]}
    assert shown == {str(n) for _, n, _ in sizes}
    (dead,) = (line for line in lines if line[1].startswith("Death"))
    assert sorted(int(cell.split(" ")[0]) for cell in dead[2:6]) == sorted(n for *_, n in sizes)


def test_a_csv_file_says_what_it_is(refreshed: Refreshed) -> None:
    content = made(refreshed, Content.table2, Format.csv, subgroup="posterior")
    lines = [*csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    (title,) = (line for line in lines if line[0].startswith("Table 2. "))
    assert title[0].endswith(", Posterior circulation")
    assert {*title[1:]} == {""}
    assert {len(line) for line in lines} == {len(lines[0])}


def test_missing_values_have_lines_on_request(refreshed: Refreshed) -> None:
    chosen = {"study": "guo_2023", "overall": True}
    contents = [
        made(refreshed, Content.table1, Format.csv, **chosen, missing=missing).decode("utf-8-sig")
        for missing in (True, False)
    ]
    lines = [*csv.reader(io.StringIO(contents[0]))]
    found = {
        above[1].partition(" \N{EM DASH}")[0]: [int(cell.split(" ")[0]) for cell in line[2:5]]
        for above, line in pairwise(lines)
        if len(line) > 1 and line[1].startswith("Missing")
    }
    assert found == {
        "Systolic blood pressure": [1, 1, 0],
        "Intravenous thrombolysis": [1, 0, 1],
    }
    assert [each.count("Missing values:") for each in contents] == [0, 1]


@pytest.mark.parametrize("wrong", [{"content": Content.flow}, {"subgroup": "left"}])
def test_a_subgroup_that_is_not_there_is_refused(
    refreshed: Refreshed, wrong: dict[str, object]
) -> None:
    request = {"content": Content.table1, "form": Format.svg, "subgroup": "anterior"} | wrong
    with pytest.raises(ExportError):
        made(refreshed, **request)


@pytest.mark.parametrize("form", FORMATS[Content.table2])
def test_each_format_of_a_table_is_written(refreshed: Refreshed, form: Format) -> None:
    assert len(made(refreshed, Content.table2, form)) > 500


def test_the_flow_divides_into_the_groups_of_the_study(refreshed: Refreshed) -> None:
    texts = svg_texts(made(refreshed, Content.flow, Format.svg))
    for label in ("First-pass effect", "Complete by more passes", "Incomplete"):
        assert label in texts


def test_the_default_study_is_exported_by_its_name_as_without(refreshed: Refreshed) -> None:
    forms = [
        (content, forms[0], overall)
        for content, forms in FORMATS.items()
        if content is not Content.table4
        for overall in (False, True)
    ]
    for content, form, overall in forms:
        unnamed, named = (
            made(refreshed, content, form, study=study, overall=overall)
            for study in (None, "guo_2023")
        )
        assert unnamed == named, content


def test_two_groups_of_any_study_have_ratios_and_methods(refreshed: Refreshed) -> None:
    own = {"study": "bridging_thrombolysis"}
    assert "Thrombectomy alone" in " ".join(
        svg_texts(made(refreshed, Content.forest, Format.svg, **own))
    )
    bars = svg_texts(made(refreshed, Content.mrs, Format.svg, **own))
    assert [text for text in bars if text.startswith("Thromb")] == [
        f"{label} (N={n})"
        for label, n in refreshed.rows(
            """
            select label, count(*) from studies.members
            inner join studies.study_groups using (study, study_group)
            where study = 'bridging_thrombolysis' group by all order by any_value(place)
            """
        )
    ]
    paragraphs = made(refreshed, Content.methods, Format.text, **own).decode().split("\n\n")
    assert paragraphs[1].startswith("Patients. Thrombolysis before thrombectomy")


@pytest.mark.parametrize(
    ("content", "study"),
    [(Content.forest, STUDY), (Content.table3, STUDY), (Content.table1, "none")],
)
def test_what_a_study_has_not_is_refused(
    refreshed: Refreshed, content: Content, study: str
) -> None:
    with pytest.raises(ExportError):
        made(refreshed, content, FORMATS[content][0], study=study)


@pytest.fixture
def with_reference(refreshed: Refreshed) -> Iterator[StudyResults]:
    """The study with a group that the others are held to, ratios, and two further lines.

    One is of levels; the other has the same value in all patients, and so no difference.
    """
    one = {"variable": "one", "description": "Always 1.", "value": "1"}
    content = study_content(STUDY) | {"reference": "incomplete", "lock": None, "variables": [one]}
    content["groups"][2] |= {"label": "mTICI 0-2b"}
    content["tables"][1]["sections"][0]["lines"] += [
        {"variable": "anesthesia", "label": "Anesthesia", "summary": "levels"},
        {"variable": "one", "label": "One", "summary": "mean_sd"},
    ]
    study = study_of(STUDY, content, study_path(STUDY))
    with rerun(refreshed.settings.published_path, study) as pair:
        yield StudyResults(Release(pair.connection, 1), STUDY)


def test_a_contrast_has_two_of_three_groups_with_their_test_and_ratios(
    with_reference: StudyResults,
) -> None:
    pairs = [("first_pass", "incomplete"), ("more_passes", "incomplete")]
    assert with_reference.contrasts == pairs
    results = with_reference.of_contrast(pairs[1])
    table = results.table(2)
    styled = study_table(results, table, load_styles()["nejm"])
    assert "mTICI" in styled.title
    assert [heading.name for heading in styled.headings] == [
        *("Characteristic", "Complete by more passes", "mTICI 0-2b", "Statistic", "P Value"),
        *("Risk difference, percentage points", "Risk ratio", "Odds ratio"),
    ]
    (dead,) = (row for row in table.rows if row["variable"] == "is_dead_90d")
    counts = [
        [dead[f"{group}_n"], dead[f"{group}_denominator"]] for group in ("more", "incomplete")
    ]
    yes_no = [[n, size - n] for n, size in counts]
    assert dead["test"] == "chi2"
    assert dead["p_value"] == pytest.approx(chi2_contingency(yes_no, correction=False).pvalue)
    assert dead["odds_ratio"] == pytest.approx(
        yes_no[0][0] * yes_no[1][1] / (yes_no[0][1] * yes_no[1][0])
    )


def test_a_lock_has_the_contrasts_of_subgroups(with_reference: StudyResults) -> None:
    requests = {path_of(each): each for each in _requests(with_reference, STUDY)}
    assert len(requests) == len([*_requests(with_reference, STUDY)])
    request = requests["nejm/table2-posterior-more_passes-vs-incomplete.csv"]
    results = replace(requested(with_reference.release, request), schema=STUDY)
    (dead,) = (row for row in results.table(2).rows if row["variable"] == "is_dead_90d")
    counted = with_reference.release.rows(
        f"select study_group, count(*) as n from {STUDY}.cohort "
        "where circulation = 'posterior' and is_dead_90d is not null group by all"
    )
    sizes = {row["study_group"]: row["n"] for row in counted}
    shown = [dead[f"{group}_denominator"] for group in ("more", "incomplete")]
    assert shown == [sizes["more_passes"], sizes["incomplete"]]


def test_a_lock_says_how_far_its_exports_are(
    refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locked, "exported_of", lambda *_: b"")
    with caplog.at_level("INFO"):
        written = [*every_export(refreshed.settings.published_path, "guo_2023")]
    shown = [[*map(int, re.findall(r"\d+", record.message))] for record in caplog.records]
    assert shown == [[n, len(written)] for n in range(0, len(written), 100)]
    assert len(written) > 100


def test_levels_have_the_denominator_of_their_line(with_reference: StudyResults) -> None:
    rows = with_reference.release.rows(
        f"select level, first_denominator, first_n, all_denominator from {STUDY}.table2_outcomes "
        "where variable = 'anesthesia'"
    )
    (line,) = (row for row in rows if row["level"] == "-")
    assert line["first_denominator"] == sum(row["first_n"] for row in rows if row is not line)
    for name in ("first_denominator", "all_denominator"):
        assert [row[name] for row in rows] == [line[name]] * 4


def test_the_number_of_a_level_is_explained_as_such(with_reference: StudyResults) -> None:
    (n,) = (
        row["first_n"]
        for row in with_reference.release.rows(
            f"select first_n from {STUDY}.table2_outcomes "
            "where variable = 'anesthesia' and level = 'general'"
        )
    )
    found = Explainer(with_reference.release.connection).explain(
        f"{STUDY}.table2_outcomes:anesthesia,general:first_n"
    )
    assert (found.value, found.n_counted) == (n, n)
    assert "The row: Anesthesia, general." in found.definition


def test_a_forest_plot_has_yes_no_lines_and_no_note_on_another_effect(
    with_reference: StudyResults,
) -> None:
    results = with_reference.of_contrast(("first_pass", "incomplete"))
    assert results.ratios is not None
    assert {row["summary"] for row in results.ratios.rows} == {"n_pct"}
    assert {row["summary"] for row in results.table(2).rows} > {"n_pct", "levels"}
    released = with_reference.release.rows(
        f"select first_vs_incomplete_effect_note as note from {STUDY}.table2_outcomes "
        "where variable = 'one'"
    )
    assert [row["note"] in OF_DIFFERENCE for row in released] == [True]
    notes = {row["effect_note"] for row in results.table(2).rows} - {None}
    assert {each for each in notes if any(text in each for text in OF_DIFFERENCE)} == set()


def test_levels_are_named_by_the_labels_of_their_codes(with_reference: StudyResults) -> None:
    rows = [row for row in with_reference.table(2).rows if row["variable"] == "anesthesia"]
    assert [(row["level"], row["label"]) for row in rows] == [
        (None, "Anesthesia"),
        ("conscious_sedation", "Conscious sedation"),
        ("general", "General anesthesia"),
        ("local", "Local anesthesia"),
    ]


@pytest.mark.parametrize("contrast", ["first_pass-more_passes", "none", "-"])
def test_a_contrast_that_is_not_there_is_refused(refreshed: Refreshed, contrast: str) -> None:
    with pytest.raises(ExportError):
        made(refreshed, Content.table2, Format.csv, contrast=contrast)
