"""A study's expected patients: found as expected, and named where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from warehouse.cohorts import expected_patients
from warehouse.cohorts.expected_patients import (
    ExpectedPatients,
    StudyCheckError,
    check_study,
    differences,
    load_expected,
)
from warehouse.cohorts.membership import row_of_study
from warehouse.definitions.config import shipped_studies, study_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import load_study, study_of

LEVELS = {"a": 0, "b": 1}


def study(**keys: Any) -> StudyDefinition:
    """A small study."""
    flow = [
        {"step": "screened", "label": "Screened"},
        {"step": "age", "label": "Young", "keep": "age_years >= 18", "because": "{age_years}"},
        {"step": "analyzed", "label": "Analyzed"},
    ]
    content = {"title": "T", "sites": "all", "period": {"start": "2020-01-01"}, "flow": flow}
    return study_of("small", content | keys, study_path("small"))


@pytest.mark.parametrize("name", shipped_studies())
def test_every_shipped_study_finds_what_it_expects(name: str) -> None:
    shipped = load_study(name)
    expected = load_expected(shipped)
    assert expected is not None
    assert differences(shipped, expected) == []
    steps = {step.step for step in shipped.flow if step.keep}
    assert {patient.leaves_at for patient in expected.patients} >= steps
    assert {patient.group for patient in expected.patients} >= {
        group.study_group for group in shipped.groups
    }


def test_each_kind_of_difference_is_named() -> None:
    expected = ExpectedPatients.model_validate(
        {
            "typical": {"treated_on": "2020-01-01", "age_years": 40},
            "patients": [
                {"patient": "as_expected"},
                {"patient": "young", "differs": {"age_years": 17}},
                {"patient": "before", "differs": {"treated_on": "2019-12-31"}},
                {"patient": "old", "leaves_at": "age"},
                {"patient": "why", "differs": {"age_years": 3}, "leaves_at": "age", "because": "4"},
                {"patient": "grouped", "group": "a"},
                {"patient": "valued", "values": {"is_old": True}},
            ],
        }
    )
    variables = [{"variable": "is_old", "description": "Old", "value": "age_years > 50"}]
    found = [
        (each.patient, each.found, each.expected)
        for each in differences(study(variables=variables), expected)
    ]
    assert found == [
        ("young", "age", None),
        ("before", False, True),
        ("old", None, "age"),
        ("why", "3", "4"),
        ("grouped", "all", "a"),
        ("valued", 0.0, True),
    ]


def test_a_group_of_which_only_deaths_are_known_has_no_outcome() -> None:
    """The dead of a group leave where of its others nothing is known, and stay where it is."""
    flow = [
        {"step": "screened", "label": "Screened"},
        {
            "step": "lost",
            "of_outcome": True,
            "label": "Lost",
            "keep": "mrs_90d is not null",
            "because": "no mRS",
        },
        {"step": "deaths_only", "rule": "outcome_known", "label": "D", "because": "deaths only"},
        {"step": "analyzed", "label": "Analyzed"},
    ]
    groups = [
        {"group": name, "prefix": name, "label": name, "where": f"passes = {number}"}
        for name, number in LEVELS.items()
    ]
    dead = {"mrs_90d": 6, "is_dead_90d": True}
    alive = {"mrs_90d": 1, "is_dead_90d": False}
    expected = ExpectedPatients.model_validate(
        {
            "typical": {"treated_on": "2020-01-01"},
            "patients": [
                {"patient": "a1", "differs": dead | {"passes": 0}, "leaves_at": "deaths_only"},
                {"patient": "a2", "differs": {"passes": 0}, "leaves_at": "lost"},
                {"patient": "b1", "differs": dead | {"passes": 1}, "group": "b"},
                {"patient": "b2", "differs": alive | {"passes": 1}, "group": "b"},
                {"patient": "b3", "differs": {"passes": 1}, "leaves_at": "lost"},
            ],
        }
    )
    assert differences(study(flow=flow, groups=groups), expected) == []


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (
            {
                "groups": [
                    {"group": name, "prefix": name, "label": name, "where": "ag > 1"}
                    for name in LEVELS
                ]
            },
            "groups.a",
        ),
        (
            {"variables": [{"variable": "v", "description": "V", "value": "{limit}"}]},
            "variables.v",
        ),
        (
            {
                "tables": [
                    {
                        "table": "t",
                        "title": "T",
                        "sections": [
                            {"section": "S", "lines": [{"variable": "none", "label": "N"}]}
                        ],
                    }
                ]
            },
            "tables",
        ),
    ],
)
def test_a_wrong_expression_is_named_with_its_place(keys: dict[str, Any], place: str) -> None:
    with pytest.raises(DictionaryError, match=place):
        row_of_study(study(**keys), 1)


@pytest.mark.parametrize(
    ("keep", "found"),
    [
        ("age_years", "number"),
        ("'yes'", "a text"),
        ("case when ivt then 1 else 0 end", "number"),
        ("treated_on", "a day"),
        ("age_years > date '2020-01-01'", "flow.age.keep"),
    ],
)
def test_a_condition_must_be_true_or_false(keep: str, found: str) -> None:
    flow = [
        {"step": "screened", "label": "Screened"},
        {"step": "age", "label": "Young", "keep": keep, "because": "young"},
        {"step": "analyzed", "label": "Analyzed"},
    ]
    with pytest.raises(DictionaryError, match=found):
        check_study(study(flow=flow))


@pytest.mark.parametrize(
    ("variable", "summary", "fits"),
    [
        ("age_years", "n_pct", False),
        ("age_years", "median_iqr", True),
        ("ivt", "n_pct", True),
        ("ivt", "mean_sd", False),
        ("etiology", "levels", True),
        ("etiology", "median_iqr", False),
        ("patient_key", "levels", False),
        ("source_file", "levels", False),
    ],
)
def test_a_line_fits_its_variable(variable: str, summary: str, fits: bool) -> None:
    line = {"variable": variable, "label": "V", "summary": summary}
    tables = [{"table": "t", "title": "T", "sections": [{"section": "S", "lines": [line]}]}]
    if fits:
        assert check_study(study(tables=tables)) == 0
    else:
        with pytest.raises(DictionaryError, match="tables"):
            check_study(study(tables=tables))


def test_what_cannot_be_computed_of_a_stroke_is_unknown() -> None:
    """A cast that fails on the text of one stroke stops no refresh, and is no criterion met."""
    flow = [
        {"step": "screened", "label": "Screened"},
        {
            "step": "grade",
            "label": "Grade",
            "keep": "cast(mtici_final as integer) >= 2",
            "because": "grade {mtici_final}",
        },
        {"step": "analyzed", "label": "Analyzed"},
    ]
    typical = {"treated_on": "2020-01-01"}
    patients = [
        {"patient": "three", "differs": {"mtici_final": "3"}},
        {"patient": "letter", "differs": {"mtici_final": "2b"}, "leaves_at": "grade"},
        {"patient": "one", "differs": {"mtici_final": "1"}, "leaves_at": "grade"},
    ]
    expected = ExpectedPatients.model_validate({"typical": typical, "patients": patients})
    assert differences(study(flow=flow), expected) == []


@pytest.mark.parametrize("age", ["abc", 70.6, True])
def test_a_value_that_its_column_cannot_have_is_named_with_its_patient(age: object) -> None:
    patients = [{"patient": "old", "differs": {"age_years": age}}]
    expected = ExpectedPatients.model_validate({"patients": patients})
    with pytest.raises(DictionaryError, match=r"patients\.old\.differs\.age_years"):
        differences(study(), expected)


LINES = """\
typical:
  treated_on: 2020-01-01
  {typical}
patients:
  - {{patient: one, differs: {{{differs}}}, {found}}}
  - patient: two
    {two}
"""


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"typical": "age_yeers: 4"}, "typical.age_yeers (line 3): |; is age_years meant?"),
        ({"differs": "ivd: true"}, "patients.one.differs.ivd (line 5): |; is ivt meant?"),
        ({"differs": "age_years: x"}, "patients.one.differs.age_years (line 5): |a whole number"),
        ({"typical": "ivt: 3"}, "typical.ivt (line 3): |true or false"),
        ({"typical": "age_years: [3]"}, "typical.age_years (line 3): |it must be one value"),
        ({"typical": "mtici_final: 3"}, "typical.mtici_final (line 3): |in quotes: '3'"),
        ({"two": "leaves_at: aeg"}, "patients.two.leaves_at (line 7): |; is age meant?"),
        ({"two": "group: b"}, "patients.two.group (line 7): |; use one of all"),
        ({"two": "values: {v: 1}"}, "patients.two.values (line 7): |no variable v"),
        ({"two": "values: {v: x}"}, "patients.two.values.v (line 7): |it must be a number"),
        ({"found": "group: A"}, "patients.one.group (line 5): |"),
        ({"found": "leave_at: age"}, "patients.one.leave_at (line 5): |is leaves_at meant?"),
        (
            {"two": "leaves_at: age\n  - patient: two"},
            "patients.3.patient (line 8): |two is there twice",
        ),
        ({"two": "leaves_at: age"}, "patients.one (line 5): |so unknown, are columns|: age_years."),
        ({"typical": "age_years: 40"}, ""),
        (
            {"typical": "age_years: 40", "two": "leaves_at: age"},
            "patients.two (line 6): the step|what is expected.$",
        ),
    ],
)
def test_a_message_on_an_expected_patient_names_the_line(
    parts: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "expected_patients.yaml"
    monkeypatch.setattr(expected_patients, "expected_path", lambda _: path)
    given = {"typical": "", "differs": "", "found": "leaves_at: null", "two": ""}
    path.write_text(LINES.format_map(given | parts), "utf-8")
    if not message:
        assert check_study(study()) == 2
        return
    with pytest.raises((DictionaryError, StudyCheckError)) as refused:
        check_study(study())
    text = f"{refused.value}$"
    assert [part for part in message.split("|") if part not in text] == []


def test_only_columns_that_a_finding_is_made_of_are_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "expected_patients.yaml"
    monkeypatch.setattr(expected_patients, "expected_path", lambda _: path)
    variables = [
        {"variable": "fall", "description": "F", "value": "baseline_nihss - nihss_24h"},
        {"variable": "is_old", "description": "O", "value": "age_years > 80 or ivt"},
    ]
    text = LINES.format(
        typical="age_years: 40", differs="nihss_24h: 3", found="values: {fall: 3}", two=""
    )
    path.write_text(text, "utf-8")
    with pytest.raises(StudyCheckError) as refused:
        check_study(study(variables=variables))
    (lacking,) = [line for line in str(refused.value).splitlines() if "Not given" in line]
    columns = ("age_years", "baseline_nihss", "ivt", "nihss_24h")
    assert [name for name in columns if name in lacking] == ["baseline_nihss"]


def test_the_first_part_of_a_subgroup_counts_and_who_is_in_none_is_said() -> None:
    parts = [
        {"group": "young", "label": "Young", "where": "age_years < 75"},
        {"group": "old", "label": "Old", "where": "age_years >= 75 or ivt"},
    ]
    subgroups = [{"subgroup": "age", "label": "Age", "groups": parts}]
    part_at_age = {70: "young", 80: "old", None: "unknown"}
    patients = [
        {"patient": f"p{place}", "differs": {"age_years": age}, "subgroups": {"age": part}}
        for place, (age, part) in enumerate(part_at_age.items())
    ]
    expected = ExpectedPatients.model_validate(
        {"typical": {"treated_on": "2020-01-01", "ivt": False}, "patients": patients}
    )
    flow = [{"step": "a", "label": "A"}, {"step": "z", "label": "Z"}]
    found = study(flow=flow, subgroups=subgroups)
    assert differences(found, expected) == []
    parts[1]["where"] = "age_years >= 90"
    (difference,) = differences(study(flow=flow, subgroups=subgroups), expected)
    assert (difference.patient, difference.found) == ("p1", "none")
