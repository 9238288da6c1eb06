"""What registry or statistics cannot make of a study is refused before anything is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.cohorts import expected_patients
from warehouse.cohorts.codes import codes_of
from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.conditions import ConditionError
from warehouse.cohorts.definition_checks import require_sound
from warehouse.cohorts.expected_patients import ExpectedPatients, differences, load_expected
from warehouse.cohorts.membership import StudySql
from warehouse.definitions.config import study_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import study_of

A = {"group": "a", "label": "A", "where": "ivt"}
B = {"group": "b", "label": "B", "where": "not ivt"}


def study(keep: str = "age_years >= 18", **keys: Any) -> StudyDefinition:
    """A small study with one criterion and two groups."""
    flow = [
        {"step": "screened", "label": "Screened"},
        {"step": "own", "label": "Own", "keep": keep, "because": "no"},
        {"step": "analyzed", "label": "Analyzed"},
    ]
    content = {"title": "T", "sites": "all", "period": {"start": "2020-01-01"}, "flow": flow}
    groups = [A | {"prefix": "a"}, B | {"prefix": "b"}]
    return study_of("small", content | {"groups": groups} | keys, study_path("small"))


def of_line(variable: str, **line: Any) -> StudyDefinition:
    """A study with one line in its table."""
    section = {"section": "S", "lines": [{"variable": variable, "label": "V", **line}]}
    return study(tables=[{"table": "t", "title": "T", "sections": [section]}])


def refused(wrong: StudyDefinition) -> str:
    """The place and the text of what is refused of a study."""
    with pytest.raises(ConditionError) as error:
        require_sound(StudySql(wrong))
    return str(error.value)


def test_columns_of_codes_and_columns_of_free_text() -> None:
    assert codes_of("circulation") == ("anterior", "posterior", "none")
    assert codes_of("etiology_label")[:2] == ("Large-artery atherosclerosis", "Cardioembolism")
    assert codes_of("mtici_final") == ("0", "1", "2a", "2b", "2c", "3")
    texts = {name for name, each in stroke_columns().items() if each.sql_type == "varchar"}
    assert {name for name in texts if not codes_of(name)} == {
        *("admission_key", "patient_key", "procedure_key", "site", "source_file")
    }


@pytest.mark.parametrize(
    ("keep", "found", "meant"),
    [
        ("circulation = 'posteror'", "posteror", "posterior"),
        ("'Anterior' <> circulation", "Anterior", "anterior"),
        ("mtici_final in ('2b', '2c', '3', '4')", "4", "0, 1, 2a, 2b, 2c, 3"),
        ("not etiology in ['cardioembolic']", "cardioembolic", "cardioembolism"),
        ("list_contains(['genral'], anesthesia)", "genral", "general"),
        ("case sex when 'm' then true else false end", "m", "female, male"),
        ("etiology_label = 'Cardioembolic'", "Cardioembolic", "Cardioembolism"),
        ("nullif(circulation, 'posteror') is null", "posteror", "posterior"),
        ("coalesce(circulation, 'a') <> 'no code'", "no code", "a, anterior, none, posterior"),
        ("'ANTERIOR' = lower(circulation)", "ANTERIOR", "anterior"),
        ("upper(circulation) in ('POSTERIOR', 'anterior')", "anterior", "ANTERIOR"),
        ("trim(circulation) <> 'antrior'", "antrior", "anterior"),
        ("cast(circulation as varchar) = 'antrior'", "antrior", "anterior"),
        ("nullif(circulation, 'none') = 'none'", "none", "anterior, posterior"),
        ("case when ivt then circulation else 'x' end = 'posteror'", "posteror", "posterior"),
        ("case when age_years > 80 then 'old' else 'young' end = 'odl'", "odl", "old"),
        ("mtici_final between '2x' and '3'", "2x", "2a, 2b, 2c"),
        ("mtici_final not between '2b' and '4'", "4", "2a, 2b, 2c"),
        ("list_contains(['antrior'], lower(circulation))", "antrior", "anterior"),
        ("greatest(circulation, 'b') = 'c'", "c", "anterior, b, none, posterior"),
        ("circulation || sex = 'antriormale'", "antriormale", "anteriormale"),
        ("concat(circulation, '!') = '?'", "?", "!, anterior!"),
        ("circulation = sex", "sex", "anterior"),
        ("circulation like 'antr%'", "antr%", "anterior"),
        ("lower(circulation) not like 'A_terior'", "A_terior", "anterior"),
        ("contains(circulation, 'xx')", "xx", "anterior"),
        ("starts_with(circulation, 'terior')", "terior", "anterior"),
        ("lower(circulation) = 3", "3", "in quotes"),
    ],
)
def test_a_text_that_is_no_code_of_its_column(keep: str, found: str, meant: str) -> None:
    text = refused(study(keep))
    assert [text.partition(":")[0], found in text, meant in text] == ["flow.own.keep", True, True]


@pytest.mark.parametrize(
    "keep",
    [
        "circulation = 'anterior'",
        "mtici_final between '2b' and '3'",
        "lower(etiology_label) like 'cardio%'",
        "circulation is distinct from null",
        "circulation is null",
        "site = 'anywhere'",
        "coalesce(circulation, 'unknown') <> 'unknown'",
        "lower(circulation) = 'anterior' and upper(sex) = 'MALE'",
        "case when ivt then circulation end = 'anterior'",
        "lower(site) = 'NORTH' or trim(site, 'x') = 'y'",
        "coalesce(cast(passes as varchar), 'none') = '3'",
        "greatest(site, circulation) = 'zz' or circulation like 'anterio_'",
        "contains(circulation, 'terior') and starts_with(mtici_final, '2')",
        "concat(circulation, sex) = 'male'",
        "date_part('month', treated_on) = 3",
    ],
)
def test_other_comparisons_of_texts_are_right(keep: str) -> None:
    require_sound(StudySql(study(keep)))


@pytest.mark.parametrize(
    "keep",
    [
        *("age_years = null", "sex <> null", "sex not in ('male', null)"),
        *("sex = cast(null as varchar)", "age_years between 1 and null"),
    ],
)
def test_a_comparison_with_null_is_refused(keep: str) -> None:
    assert refused(study(keep)).startswith("flow.own.keep: ")


@pytest.mark.parametrize(
    ("keep", "part"),
    [
        ("age_years = 'seventy'", "'seventy'"),
        ("'' < age_years", "''"),
        ("ivt or not age_years in (70, 'x')", "'x'"),
        ("age_years between '1' and 'x'", "'x'"),
        ("case when ivt then ivt = 'perhaps' end", "'perhaps'"),
        ("treated_on > '2021-13-40'", "'2021-13-40'"),
        ("date '2021-02-30' < treated_on", "'2021-02-30'"),
        ("try_cast('2021-02-30' as date) < treated_on", "'2021-02-30'"),
        ("date_diff('day', '2021-13-40', treated_on) > 1", "'2021-13-40'"),
        ("coalesce(age_years, 'none') > 1", "'none'"),
        ("list_contains([1, 'x'], age_years)", "'x'"),
        ("age_years + ivt > 3", "age_years is a number, ivt is true or false"),
        ("lower(age_years) = 'a'", "lower(age_years) can never be known; age_years is a number."),
        ("date_part('yeer', treated_on) = 2", "is one of year, quarter,"),
        ("age_years > (", "no SQL expression near (;"),
        ("age_years = 1 = 2", "no SQL expression;"),
        ("'open = 1", "no SQL expression;"),
        ("age_years => 1", "the sign => is not"),
        ("case when ivt then 1 else 2 end", "it is a number, and must be true or false"),
    ],
)
def test_a_value_that_no_column_can_have(keep: str, part: str) -> None:
    wrong = study(keep)
    text = refused(wrong)
    assert [text.startswith("flow.own.keep: "), part in text] == [True, True]
    assert [word for word in ("Error", "Binder", "VARCHAR", "INT32") if word in text] == []


@pytest.mark.parametrize(
    "keep", ["mtici_final = 3", "mtici_final in (1, 3)", "circulation <> 1", "site = 1"]
)
def test_a_text_that_is_compared_with_a_number(keep: str) -> None:
    """Of each other text, it would be unknown."""
    text = refused(study(keep))
    assert [text.startswith("flow.own.keep: "), "in quotes" in text] == [True, True]


@pytest.mark.parametrize(
    "keep",
    [
        "age_years > '70'",
        "ivt = 'yes'",
        "treated_on > '2021-12-31'",
        "cast(mtici_final as integer) = 3",
        "date_diff('day', date '2021-12-31', treated_on) > 1",
        "1 / 0 > age_years or ivt",
    ],
)
def test_a_value_that_a_column_can_have(keep: str) -> None:
    require_sound(StudySql(study(keep)))


def test_a_level_that_is_no_code() -> None:
    wrong = of_line("anesthesia", summary="levels", levels=["general", "locel"])
    assert refused(wrong).startswith("tables.anesthesia.levels: ")
    require_sound(StudySql(of_line("anesthesia", summary="levels", levels=["general", "local"])))


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ({"variable": "anesthesia", "summary": "levels", "test": "t"}, "chi2"),
        ({"variable": "age_years", "summary": "mean_sd", "test": "chi2"}, "t, ranksum"),
        ({"variable": "ivt", "test": "student"}, "chi2, fisher_two_sided"),
    ],
)
def test_a_test_that_the_values_cannot_have(line: dict[str, Any], known: str) -> None:
    text = refused(of_line(**line))
    assert text.startswith(f"tables.{line['variable']}.test: ")
    assert f"there are {known}" in text


@pytest.mark.parametrize(
    ("groups", "test", "known"),
    [
        (2, "kruskal", "t, ranksum"),
        (2, "anova", "t, ranksum"),
        (3, "ranksum", "anova, kruskal"),
        (3, "t", "anova, kruskal"),
        (2, "ranksum", None),
        (3, "kruskal", None),
    ],
)
def test_a_test_is_named_as_it_is_printed(groups: int, test: str, known: str | None) -> None:
    """Kruskal-Wallis of two groups was printed as a rank sum."""
    line = {"variable": "age_years", "label": "Age", "summary": "median_iqr", "test": test}
    table = {"table": "t", "title": "T", "sections": [{"section": "S", "lines": [line]}]}
    three = [A | {"prefix": "a"}, B | {"prefix": "b"}, {"group": "c", "prefix": "c", "label": "C"}]
    three[2]["where"] = "passes > 9"
    own = study(groups=three[:groups], tables=[table])
    if known is None:
        require_sound(StudySql(own))
    else:
        text = refused(own)
        found = [text.startswith("tables.age_years.test: "), f"{groups} groups" in text]
        assert [*found, f"there are {known}" in text] == [True] * 3


@pytest.mark.parametrize("prefixes", [("p", "q"), ("a", "a_vs"), ("exact_p", "b")])
def test_prefixes_give_each_column_once(prefixes: tuple[str, str]) -> None:
    groups = [each | {"prefix": prefix} for each, prefix in zip((A, B), prefixes, strict=True)]
    if prefixes == ("p", "q"):
        assert refused(study(groups=groups)).startswith("groups: ")
    else:
        require_sound(StudySql(study(groups=groups)))


def test_a_variable_has_a_name_of_its_own() -> None:
    part = {"group": "old", "label": "Old", "where": "age_years >= 80"}
    subgroups = [{"subgroup": "age", "label": "Age", "groups": [part]}]
    for name in ("age_years", "study_group", "subgroup_age"):
        variables = [{"variable": name, "description": "V", "value": "age_years / 10"}]
        wrong = study(variables=variables, subgroups=subgroups)
        assert refused(wrong).startswith(f"variables.{name}: ")


def test_an_expected_patient_with_a_code_that_is_none() -> None:
    expected = ExpectedPatients.model_validate(
        {"typical": {"ivt": True}, "patients": [{"patient": "back", "differs": {"sex": "m"}}]}
    )
    with pytest.raises(DictionaryError, match=r"patients\.back\.differs\.sex"):
        differences(study(), expected)


@pytest.mark.parametrize(
    "wrong",
    [
        {"leaves_at": "screened"},
        {"group": "all"},
        {"subgroups": {"aeg": "old"}},
        {"subgroups": {"age": "young"}},
        {"values": {"none": 1}},
    ],
)
def test_an_expected_patient_names_what_the_study_has(
    wrong: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = {"group": "old", "label": "Old", "where": "age_years >= 80"}
    own = study(subgroups=[{"subgroup": "age", "label": "Age", "groups": [part]}])
    path = tmp_path / "expected_patients.yaml"
    monkeypatch.setattr(expected_patients, "expected_path", lambda _: path)
    right = {"patient": "p", "group": "a", "subgroups": {"age": "unknown"}}
    path.write_text(json.dumps({"patients": [right]}), "utf-8")
    assert load_expected(own) is not None
    path.write_text(json.dumps({"patients": [right | wrong]}), "utf-8")
    with pytest.raises(DictionaryError, match="has no"):
        load_expected(own)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [("age_years", True), ("ivt", True), ("[1, 2]", False), ("sex", False), ("treated_on", False)],
)
def test_a_variable_is_a_number_or_yes_or_no(expression: str, fits: bool) -> None:
    own = study(variables=[{"variable": "v", "description": "V", "value": expression}])
    if fits:
        require_sound(StudySql(own))
    else:
        assert refused(own).startswith("variables.v: ")


def test_a_group_that_a_condition_names_is_one_of_the_study() -> None:
    require_sound(StudySql(study("study_group = 'a'")))
    assert refused(study("study_group <> 'A'")).startswith("flow.own.keep: ")


@pytest.mark.parametrize(
    "keep", ["age_years / passes > 30", "1 / (age_years / passes) < 1", "age_years % passes = 0"]
)
def test_a_condition_that_divides_by_zero_is_unknown(keep: str) -> None:
    patient = {"patient": "zero", "differs": {"passes": 0, "age_years": 40}, "leaves_at": "own"}
    typical = {"treated_on": "2020-01-01", "ivt": True}
    expected = ExpectedPatients.model_validate({"typical": typical, "patients": [patient]})
    assert differences(study(keep), expected) == []
    assert differences(study(f"not ({keep})"), expected) == []


def test_a_division_by_zero_is_unknown() -> None:
    value = "age_years / (baseline_nihss - 10)"
    own = study(variables=[{"variable": "quotient", "description": "Q", "value": value}])
    typical = {"treated_on": "2020-01-01", "age_years": 40, "ivt": True}
    patients = [
        {"patient": f"nihss_{nihss}", "differs": {"baseline_nihss": nihss}, "group": "a"}
        | {"values": {"quotient": quotient}}
        for nihss, quotient in ((10, None), (20, 4))
    ]
    expected = ExpectedPatients.model_validate({"typical": typical, "patients": patients})
    assert differences(own, expected) == []
