"""Studies as folders: the paper's by default, own ones beside the settings, errors that help."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.support.golden import golden
from warehouse.cohorts.expected_patients import check_study
from warehouse.definitions.abbreviations import load_abbreviations
from warehouse.definitions.config import OUTCOMES, STUDY, config_lines, shipped_path, study_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.outcomes import load_outcomes
from warehouse.definitions.study import RESERVED, StudyDefinition
from warehouse.definitions.study_files import (
    default_study,
    load_studies,
    load_study,
    study_names,
    study_of,
)
from warehouse.definitions.styles import load_styles
from warehouse.definitions.thresholds import load_thresholds
from warehouse.definitions.yaml_keys import PUT_BACK
from warehouse.settings import settings

GOLDEN = golden("definitions")
FIXTURES = Path(__file__).parents[2] / "fixtures"
PARAMETERS = {
    "minimum_age_years": 18,
    "onset_to_puncture_max_hours": 24,
    "prestroke_mrs_below": 2,
    "stenosis_threshold_pct": 70,
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The empty config folder of a warehouse."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    folder = tmp_path / "data/config"
    folder.mkdir(parents=True)
    yield folder
    settings.cache_clear()


def put(own: Path, name: str, **keys: Any) -> Path:
    """Write a study of one's own; keys of the YAML."""
    path = own / "studies" / name / STUDY
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(keys), encoding="utf-8")
    return path


PART = {"group": "left", "label": "Left", "where": "ivt"}
SIDE = {"subgroup": "side", "label": "Side", "groups": [PART]}


def test_the_default_is_the_papers_definition() -> None:
    study = load_study()
    assert study.as_row() == {
        "study": "guo_2023",
        "title": (GOLDEN("rescue_stenting_after_failed_thrombectomy_in")),
        "citation": GOLDEN("guo_et_al_front_neurol"),
        "registration": "",
        "reference": None,
        "quartile_type": 6,
        "is_of_first_strokes": True,
        "site_codes": ("synthetic_centre",),
        "period_start": date(2018, 8, 1),
        "period_end": date(2022, 1, 31),
        "sich_nihss_increase": 4,
        "sich_fatal_days": 7,
        "followup_day_min": 60,
        "followup_day_max": 120,
        "mortality_window_days": 90,
        "is_of_the_paper": True,
        "small_samples": "approximate",
    }
    assert study.parameters == PARAMETERS


def test_every_column_has_a_description_and_one_type() -> None:
    columns = StudyDefinition.columns()
    assert [name for name, _, description in columns if not description] == []
    assert {name for name, _, _ in columns} == {*load_study().as_row(), "place"}
    published = {name: kind for name, kind, _ in StudyDefinition.published_columns()}
    assert "is_of_the_paper" not in published
    assert published["site_codes"] == "varchar[]"
    assert published["period_end"] == "date"
    assert published["followup_day_max"] == "integer"


@pytest.mark.parametrize(
    "changed",
    [
        {"sites": ["our_hospital"]},
        {"sites": ["synthetic_centre", "our_hospital"]},
        {"sites": "all"},
        {"period": {"start": date(2018, 8, 1)}},
        {"paper_cohort": None},
    ],
)
def test_another_study_is_not_the_papers(own: Path, changed: dict[str, Any]) -> None:
    put(own, "ours", extends="guo_2023", **changed)
    assert not load_study("ours").is_of_the_paper


def test_a_study_extends_another_and_replaces_what_it_says(own: Path) -> None:
    put(
        own,
        "ours",
        extends="guo_2023",
        sites=["north"],
        parameters={"minimum_age_years": 20},
        period={"start": date(2024, 1, 1), "end": None},
    )
    study, shipped = load_study("ours"), load_study("guo_2023")
    assert study.parameters == PARAMETERS | {"minimum_age_years": 20}
    assert (study.sites, study.period.end) == (("north",), None)
    labels = [
        (each.label, other.label) for each, other in zip(study.flow, shipped.flow, strict=True)
    ]
    assert [pair for pair in labels if len({*pair}) > 1] == [
        ("Younger than 20 years", "Younger than 18 years")
    ]
    assert study.tables == shipped.tables


def test_own_studies_come_first_and_the_papers_only_where_there_is_none(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert study_names()[0] == default_study() == "guo_2023"
    put(own, "ours", extends="guo_2023", sites=["north"])
    put(own, "also", extends="guo_2023", sites=["north"])
    assert study_names()[:2] == ["also", "ours"]
    assert "guo_2023" not in study_names()
    assert load_studies()[0].name == "also"
    monkeypatch.setenv("WAREHOUSE_DEFAULT_STUDY", "ours")
    settings.cache_clear()
    assert [study.name for study in load_studies()][:2] == ["ours", "also"]
    monkeypatch.setenv("WAREHOUSE_DEFAULT_STUDY", "none")
    settings.cache_clear()
    with pytest.raises(DictionaryError, match="default_study"):
        default_study()


def test_a_study_of_any_groups_is_the_default_one(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "another", extends="first_pass_effect", groups=[])
    assert study_names()[:1] == ["another"]
    assert "guo_2023" not in study_names()
    assert load_studies()[0].name == "another"
    monkeypatch.setenv("WAREHOUSE_DEFAULT_STUDY", "first_pass_effect")
    settings.cache_clear()
    assert load_studies()[0].name == "first_pass_effect"


def _lines(variable: str) -> dict[str, Any]:
    return {"sections": [{"section": "S", "lines": [{"variable": variable, "label": "L"}]}]}


TABLE = {"table": "table1", "title": "T"} | _lines("ivt")
FIRST = {"step": "a", "label": "A"}
ANESTHESIA = {"variable": "anesthesia", "label": "L", "summary": "levels"}
LEVELS = TABLE | {
    "sections": [{"section": "S", "lines": [ANESTHESIA | {"levels": ["local", "local"]}]}]
}
WRONG = "Of {minimum_age_yeers} years"
LINE = {"variable": "ivt", "label": WRONG}
SECTION = TABLE["sections"][0]
GROUPS = [
    {"group": name, "prefix": name, "label": name.title(), "where": "ivt"}
    for name in ("one", "two")
]
OTHER_LINE = _lines("is_male")
OWN_VALUE = {"variable": "old", "description": "Old.", "value": "age_years > 80"}


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"period": {"start": date(2018, 8, 1), "end": date(2017, 1, 31)}}, "period"),
        ({"parameters": {"minimum_age": 20}}, "minimum_age; is minimum_age_years meant?"),
        ({"sites": []}, "sites: it must not be empty"),
        ({"period": {"start": "soon"}}, "period.start: it must be a day"),
        (
            {"flow": [{"step": "a", "label": "A", "because": [{"text": 1}]}]},
            "flow.a.because.1.text",
        ),
        ({"tite": "x"}, "tite: there is no such key; is title meant?"),
        ({"small_samples": "exakt"}, "small_samples"),
        ({"extends": "guo_2032"}, "'guo_2032'"),
        (
            {"groups": [{"group": "a", "prefix": "x", "label": "A"}]},
            "groups.a.where: it must be there",
        ),
        ({"flow": [{"step": "a", "label": "A", "keep": "ivt"}]}, "flow"),
        ({"groups": [{"group": "a", "prefix": "x", "label": "A", "where": "ivt"}]}, "two groups"),
        ({"parameters": {"followup_day_max": 5}}, "followup_day_max"),
        ({"flow": [FIRST, {"step": "b", "label": "B", "keep": "", "because": "no"}]}, "flow.b"),
        ({"flow": [FIRST, {"step": "b", "label": ""}]}, "flow.b.label"),
        ({"tables": [LEVELS]}, "level local of anesthesia"),
        ({"subgroups": [SIDE | {"groups": [PART, {**PART}]}]}, "left is there twice"),
        ({"subgroups": [SIDE | {"groups": [PART | {"group": "all"}]}]}, "all is no name"),
        ({"subgroups": [SIDE, SIDE | {"groups": [PART | {"group": "l"}]}]}, "side is there twice"),
        (
            {"subgroups": [SIDE | {"groups": [{"group": "left"}]}]},
            "subgroups.side.groups.left.where",
        ),
        ({"tables": [TABLE, TABLE | OTHER_LINE]}, "table1 is there twice"),
        (
            {"tables": [TABLE, TABLE | OTHER_LINE | {"table": "table1_subgroups"}]},
            "table1_subgroups is there twice",
        ),
        ({"variables": [OWN_VALUE, {**OWN_VALUE}]}, "old is there twice"),
        ({"groups": [GROUPS[0], GROUPS[1] | {"label": "one "}]}, "label of groups one is there"),
        (
            {"subgroups": [SIDE | {"groups": [PART, PART | {"group": "l"}]}]},
            "label of side left is there twice",
        ),
        (
            {"subgroups": [SIDE, SIDE | {"subgroup": "s", "groups": [PART | {"group": "l"}]}]},
            "label of subgroups side is there twice",
        ),
        *(
            (keys, f"{place}: there is no parameter minimum_age_yeers; is minimum_age_years meant?")
            for keys, place in (
                ({"title": WRONG}, "title"),
                (
                    {"flow": [FIRST, {"step": "b", "label": WRONG}], "parameters": PARAMETERS},
                    "flow.b.label",
                ),
                ({"groups": [GROUPS[0], GROUPS[1] | {"label": WRONG}]}, "groups.two.label"),
                ({"subgroups": [SIDE | {"label": WRONG}]}, "subgroups.side.label"),
                (
                    {"subgroups": [SIDE | {"groups": [PART | {"label": WRONG}]}]},
                    "subgroups.side.groups.left.label",
                ),
                ({"tables": [TABLE | {"title": WRONG}]}, "tables.table1.title"),
                (
                    {"tables": [TABLE | {"sections": [SECTION | {"section": WRONG}]}]},
                    "tables.table1.sections.1.section",
                ),
                (
                    {"tables": [TABLE | {"sections": [{**SECTION, "lines": [LINE]}]}]},
                    "tables.table1.sections.1.lines.ivt.label",
                ),
                ({"variables": [OWN_VALUE | {"description": WRONG}]}, "variables.old.description"),
            )
        ),
        ({"flow": [FIRST, {**FIRST}]}, "flow.2.step: step a is there twice"),
        (
            {"groups": [GROUPS[0], GROUPS[1] | {"group": "one"}]},
            "groups.2.group: group one is there twice",
        ),
        (
            {"groups": [GROUPS[0], GROUPS[1] | {"prefix": "one"}]},
            "groups.two.prefix: prefix one is there twice",
        ),
        ({"groups": GROUPS, "reference": "tow"}, "reference: there is no group tow; is two meant?"),
        (
            {"groups": GROUPS, "reference": "x"},
            "reference: there is no group x; use one of one",
        ),
        ({"groups": [], "reference": "one"}, "reference: there is no group one; leave it out"),
        ({"groups": [GROUPS[0], GROUPS[1] | {"prefix": "all"}]}, "groups.two.prefix: all is"),
        ({"tables": [TABLE | {"table": "cohort"}]}, "tables.cohort.table: "),
        ({"parameters": {"limit": 1}}, "parameters.limit: no condition or text uses"),
        *(({"parameters": {"limit": value}}, "parameters.limit: it") for value in (None, {}, [[]])),
        ({"parameters": {"Limit": 1}}, "parameters.Limit: it must have small letters"),
        ({"sites": 1}, "sites: it must be all, a site"),
        ({"sites": [1]}, "sites: it must be all, a site"),
        *(({"title": title}, "title: it must not be empty") for title in ("", "  ")),
        ({"title": None}, "title: it has no value"),
        ({"tables": [TABLE | {"title": ""}]}, "tables.table1.title: it must not be empty"),
        ({"groups": [GROUPS[0], GROUPS[1] | {"where": " "}]}, "groups.two.where: it must not be"),
        (
            {"flow": [{**FIRST, "keep": "ivt", "because": None}]},
            "flow.a.because: it must be a text, or several",
        ),
        ({"extends": 3}, "extends: it must be the name"),
        ({"extends": "guo_202"}, "is guo_2023 meant?"),
        ({"extends": "ours"}, "extends: the study extends itself"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(
    own: Path, keys: dict[str, Any], place: str
) -> None:
    put(own, "ours", **{"extends": "guo_2023", **keys})
    with pytest.raises(DictionaryError) as refused:
        load_study("ours")
    assert str(refused.value).startswith("config/studies/ours/study.yaml: ")
    assert place in re.sub(r" \(line \d+\)", "", str(refused.value))


OF_LINES = """\
extends: guo_2023
title: Title

flow:
  - {step: screened, label: Screened}
  - step: own
    label: Own
    keep: %s
    because: [none, "{age_year}"]
  - {step: analyzed, label: Analyzed}
groups:
  - {group: a, prefix: a, label: A, where: ivt}
  - group: b
    prefix: b
    label: B
tables:
  - table: t
    title: T
    sections:
      - section: S
        lines:
          - {variable: age_years, label: A, summary: mean_sd}
          - variable: ivt
            label: L
            tets: t
"""


def test_a_message_names_the_line(own: Path) -> None:
    path = put(own, "ours")
    path.write_text(OF_LINES % "ivt", encoding="utf-8")
    with pytest.raises(DictionaryError) as refused:
        load_study("ours")
    assert "groups.b.where (line 13): " in str(refused.value)
    assert "tables.t.sections.1.lines.ivt.tets (line 25): " in str(refused.value)
    text = OF_LINES.replace("tets", "test").replace("label: B", "label: B\n    where: not ivt")
    for keep, column, place in (
        ("age_yers > 1", "age_year", "flow.own.keep (line 8): "),
        ("age_years > 'x'", "age_years", "flow.own.keep (line 8): "),
        ("ivt", "age_year", "flow.own.because (line 9): "),
    ):
        path.write_text((text % keep).replace("{age_year}", f"{{{column}}}"), encoding="utf-8")
        with pytest.raises(DictionaryError) as refused:
            check_study(load_study("ours"))
        assert place in str(refused.value)
    path.write_text(text.replace("{age_year}", "no") % "ivt", encoding="utf-8")
    with pytest.raises(DictionaryError) as refused:
        check_study(load_study("ours"))
    assert "tables.ivt.test (line 26): " in str(refused.value)
    second = "  - {group: b, prefix: a, label: C, where: ivt}\ntables:"
    for wrong, place in (
        ("extends: guo_2023\ntables: []\nsites: 1\n", "sites (line 3): "),
        ("\nextends: ours\n", "extends (line 2): "),
        (f"reference: x\n{text % 'ivt'}", "reference (line 1): "),
        ((text % "ivt").replace("tables:", second), "groups.3.group (line 17): "),
        ((text % "ivt").replace("prefix: b", "prefix: a"), "groups.b.prefix (line 14): "),
        ((text % "ivt").replace("{step: analyzed", "{step: own"), "flow.3.step (line 10): "),
        ("extends: guo_2023\n\ttitle: T\n", "line 2: a tab"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(DictionaryError) as refused:
            load_study("ours")
        assert place in str(refused.value)


def test_every_text_has_the_values_of_its_parameters(own: Path) -> None:
    text = "Of {minimum_age_years} years"
    put(
        own,
        "ours",
        extends="guo_2023",
        title=text,
        groups=[GROUPS[0], GROUPS[1] | {"label": text}],
        subgroups=[SIDE | {"label": text, "groups": [PART | {"label": text}]}],
        tables=[TABLE | {"title": text, "sections": [SECTION | {"section": text}]}],
        variables=[
            {"variable": "old", "description": text, "value": "degree > {stenosis_threshold_pct}"}
        ],
    )
    study, filled = load_study("ours"), "Of 18 years"
    (line,), (part,) = study.line_rows(), study.subgroup_rows()
    assert [study.title, study.groups[1].label, study.variables[0].description] == [filled] * 3
    assert [study.as_row()["title"], study.group_rows()[1]["label"]] == [filled] * 2
    assert [line["title"], line["section"]] == [filled] * 2
    assert [part["label"], part["characteristic_label"]] == [filled] * 2


def test_a_misspelled_study_is_named_with_what_is_meant() -> None:
    with pytest.raises(DictionaryError, match="is guo_2023 meant"):
        load_study("guo_203")


def test_studies_that_extend_each_other_are_refused(own: Path) -> None:
    put(own, "first", extends="second")
    put(own, "second", extends="first")
    with pytest.raises(DictionaryError, match="extend each other"):
        load_study("first")


def test_who_replaces_the_flow_needs_no_parameter_of_the_former_one(own: Path) -> None:
    flow = [FIRST, {"step": "young", "label": "Y", "keep": "age_years < {minimum_age_years}"}]
    flow = [FIRST, flow[1] | {"because": "young"}, {"step": "z", "label": "Z"}]
    put(own, "ours", extends="guo_2023", sites="south", flow=flow, tables=[])
    study = load_study("ours")
    # The other one is read by the variables, which it keeps.
    assert study.parameters == {"minimum_age_years": 18, "stenosis_threshold_pct": 70}
    assert study.site_codes == ("south",)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_study_has_the_name_of_a_schema_that_is_there(name: str) -> None:
    content = yaml.safe_load(study_path("guo_2023", shipped=True).read_text("utf-8"))
    with duckdb.connect() as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_schemas()").fetchall()
    assert {schema for (schema,) in schemas} <= RESERVED
    with pytest.raises(DictionaryError, match=rf"\b{name}\b"):
        study_of(name, content, study_path("guo_2023", shipped=True))


def test_the_file_of_version_0_1_is_a_study_of_ones_own(own: Path) -> None:
    """Its limits were keys of their own, and it said how outcomes are defined."""
    text = (FIXTURES / "study_0_1.yaml").read_text(encoding="utf-8")
    text = text.replace("[synthetic_centre]", "[north]").replace("years: 18", "years: 21")
    (own / STUDY).write_text(text.replace("min: 60", "min: 70"), encoding="utf-8")
    study = load_study()
    assert (study.name, study.sites) == ("own_study", ("north",))
    assert study.parameters == PARAMETERS | {"minimum_age_years": 21}
    assert load_outcomes().followup_window_days.min == 70
    (line,) = config_lines()
    assert line.startswith("config/study.yaml is")
    assert "It counts;" in line
    (own / OUTCOMES).write_text(shipped_path(OUTCOMES).read_text(encoding="utf-8"))
    with pytest.raises(DictionaryError, match="sich_nihss_increase"):
        load_study()
    shutil.move(own / STUDY, own / "former.txt")
    assert load_study().name == "guo_2023"


def test_what_is_no_text_or_no_file_is_refused(tmp_path: Path) -> None:
    """Of every YAML file of the dictionary: one kind of error."""
    garbage, folder = tmp_path / "garbage.yaml", tmp_path / "folder.yaml"
    garbage.write_bytes(b"\xff\xfe")
    folder.mkdir()
    wrong = {
        garbage: " is not valid YAML: it holds a character that is no text, or is not UTF-8",
        folder: f": it is not a regular file but a folder; {PUT_BACK}",
    }
    for load in (load_outcomes, load_thresholds, load_styles, load_abbreviations):
        for path, problem in wrong.items():
            with pytest.raises(DictionaryError) as refused:
                load(path)
            assert str(refused.value) == f"{path}{problem}"
