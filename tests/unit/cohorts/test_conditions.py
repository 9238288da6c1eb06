"""Conditions of a study read the registry's columns, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from warehouse.cohorts.conditions import (
    FUNCTIONS,
    ConditionError,
    columns_of,
    literal,
    with_values,
)
from warehouse.settings import PROJECT_DIR

COLUMNS = {"age_years", "ivt", "mtici_final", "treated_on"}


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("age_years >= 18 and not ivt", ("age_years", "ivt")),
        ("age_years between 1 and 3 or ivt is null", ("age_years", "ivt")),
        ("mtici_final in ('2b', '3')", ("mtici_final",)),
        ("coalesce(ivt, false)", ("ivt",)),
        ("case when ivt then 1 else 2 end > 1", ("ivt",)),
        ("treated_on >= date '2020-01-01'", ("treated_on",)),
        ("cast(age_years as varchar) like '%a'", ("age_years",)),
        ("mtici_final is distinct from 'a'", ("mtici_final",)),
        ("list_contains(['2b', '3'], mtici_final)", ("mtici_final",)),
        ("date_diff('day', treated_on, treated_on) > 1", ("treated_on",)),
        ("true -- ) and a comment", ()),
        (f"treated_on > {literal(date(2020, 1, 1))}", ("treated_on",)),
    ],
)
def test_the_columns_of_an_expression(expression: str, read: tuple[str, ...]) -> None:
    assert columns_of(expression, COLUMNS) == read


@pytest.mark.parametrize(
    "expression",
    [
        "(select 1) = 1",
        "exists (select 1 from raw.admissions)",
        "age_years in (select 1)",
        "age_years from raw.admissions",
        "1) from read_csv('/etc/passwd') where (true",
        "1) , (2",
        "1) union (select 2",
        "true; drop table x",
        "read_text('/etc/passwd') is null",
        "getenv('HOME') = ''",
        "system.main.getenv('HOME') = ''",
        "strokes.age_years > 1",
        "birth_date is null",
        "sum(age_years) > 1",
        "row_number() over () > 1",
        "list_filter([1], x -> x > 1) is null",
        "$1",
        "*",
        "columns('a.*')",
        "age_years::hugeint > 1",
        "mtici_final collate nocase = 'a'",
        "age_years > 1 order by 1",
        "age_years > 1) or (1 = 1",
        "age_years > 1 limit 1",
        "age_years as old",
        "distinct age_years",
        "treated_on < current_date",
        "treated_on > treated_on - interval 24 hour",
        "patient_key = 'p'",
        "age_years >",
        "",
        "true" + " and true" * 1000,
    ],
)
def test_what_leaves_the_registry_is_refused(expression: str) -> None:
    with pytest.raises(ConditionError):
        columns_of(expression, COLUMNS)


def test_the_docs_name_each_function() -> None:
    text = (PROJECT_DIR / "docs" / "studies.md").read_text("utf-8")
    _, _, named = text.partition("and these functions: ")
    listed = set(named.partition(". DuckDB")[0].replace("`", "").replace(",", " ").split())
    assert listed == {name for name in FUNCTIONS if name.isidentifier()}


def test_a_mistyped_column_is_named_with_what_is_meant() -> None:
    with pytest.raises(ConditionError, match="age_year; is age_years meant"):
        columns_of("age_year > 1", COLUMNS)


def test_parameters_are_values_and_never_sql() -> None:
    values = {"limit": 18, "codes": ("a", "it's"), "text": "x' or 'y"}
    assert with_values("age_years < {limit}", values) == "age_years < 18"
    assert literal(values["codes"]) == "['a', 'it''s']"
    filled = with_values("mtici_final = {text}", values)
    assert columns_of(filled, COLUMNS) == ("mtici_final",)
    with pytest.raises(ConditionError, match="limmit; is limit meant"):
        with_values("age_years < {limmit}", values)
    with pytest.raises(ConditionError, match="stands within quotes"):
        with_values("mtici_final = '{text}'", values)
