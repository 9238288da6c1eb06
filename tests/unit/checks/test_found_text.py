"""What checks say they found: of whatever a row has, nothing that gives a birth date away."""

from __future__ import annotations

import re
from datetime import datetime

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.checks.found_text import found_text, shown
from warehouse.checks.held_versions import AcceptedCorrections
from warehouse.checks.identity import Identities, Version
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.quotable import a_year_in
from warehouse.expectations.rule import Rule
from warehouse.expectations.suites import rule_book

GOLDEN = golden("checks")

ROW = "select cast({value} as {sql_type}) as {column}, cast('2022-06-01' as date) as delivered_on"


@pytest.mark.parametrize(
    ("column", "sql_type", "value", "text"),
    [
        # A date that its field allows, up to a year after the delivery; of others the year.
        ("arrived_at", "TIMESTAMP", "'2021-07-03 07:57:00'", "2021-07-03 07:57"),
        ("arrived_at", "TIMESTAMP", "'1941-01-14 08:30:00'", "1941"),
        ("arrived_at", "TIMESTAMP", "'2023-06-01 00:00:00'", "2023-06-01 00:00"),
        ("arrived_at", "TIMESTAMP", "'2062-04-26 08:30:00'", "2062"),
        ("death_date", "DATE", "'1977-12-20'", "1977"),
        ("death_date", "DATE", "'2021-12-20'", "2021-12-20"),
        ("first_ended_at", "TIMESTAMP", "'1966-07-17 08:30:00'", "1966"),
        ("first_puncture_on", "DATE", "'2021-12-20'", "2021-12-20"),
        ("birth_date", "DATE", "'2021-12-20'", "2021"),
        ("birth_date", "DATE", "null", "missing"),
        # An interval of years and its one end give the other.
        ("duration_min", "BIGINT", "28235662", "more than 1 year"),
        ("duration_min", "BIGINT", "-28235662", "more than 1 year"),
        ("duration_min", "BIGINT", "12345", "12345"),
        ("onset_to_arrival_hours", "DOUBLE", "180.254", "180.25"),
        ("onset_to_arrival_hours", "DOUBLE", "-8800.5", "more than 1 year"),
        ("day_of_death", "BIGINT", "-366", "-366"),
        ("day_of_death", "BIGINT", "9000", "more than 1 year"),
        ("age_from_dates_years", "BIGINT", "171", "171"),
        # A number has at most one digit more than its field's range.
        ("aspects", "INTEGER", "620426", "999999"), ("aspects", "INTEGER", "22762", "99999"),
        ("aspects", "INTEGER", "1962", "9999"), ("aspects", "INTEGER", "-120", "-120"),
        ("prestroke_mrs", "INTEGER", "15082", "99999"), ("prestroke_mrs", "INTEGER", "77", "77"),
        ("platelets_giga_per_l", "DOUBLE", "1501", "1501"),
        ("platelets_giga_per_l", "DOUBLE", "195.5", "195.5"),
        ("platelets_giga_per_l", "DOUBLE", "22762", "99999"),
        ("glucose_mmol_per_l", "DOUBLE", "90.125", "90.13"),
        ("glucose_mmol_per_l", "DOUBLE", "120.5", "120.5"),
        ("glucose_mmol_per_l", "DOUBLE", "22762.354", "99999.99"),
        ("nihss_change", "INTEGER", "-620411", "-999999"), ("nihss_change", "INTEGER", "-9", "-9"),
        ("passes", "INTEGER", "null", "missing"),
        ("mtici_final", "VARCHAR", "'2d'", "2d"), ("tirofiban", "BOOLEAN", "false", "false"),
    ],
)  # fmt: skip
def test_a_value_is_shown_so_that_it_is_no_birth_date(
    column: str, sql_type: str, value: str, text: str
) -> None:
    row = ROW.format(value=value, sql_type=sql_type, column=column)
    assert duckdb.sql(f"select {shown(column, sql_type)} from ({row})").fetchall() == [(text,)]


def test_rules_that_show_several_values_name_them() -> None:
    """The same date is the same text, whichever rule shows it."""
    rules = {rule.id: rule for rule in rule_book().rules if isinstance(rule, Rule)}
    types = {"onset_at": "TIMESTAMP", "arrived_at": "TIMESTAMP"}
    row = (
        "select timestamp '2021-07-03 04:03' as onset_at, date '2022-06-01' as delivered_on, "
        "timestamp '1941-01-14 08:30' as arrived_at"
    )
    ids = ("onset_before_arrival", "arrived_at.range", "arrived_at.required")
    texts = ", ".join(found_text(rules[f"admissions.{name}"], types) for name in ids)
    assert duckdb.sql(f"select {texts} from ({row})").fetchall() == [
        (GOLDEN("onset_at_arrived_at"), "1941", "missing")
    ]


def test_an_onset_decades_from_another_is_not_counted_in_days() -> None:
    before = Version("a:2", "s", "s/a.csv", 2, "p", "p", onset_at=datetime(2021, 3, 1, 8))
    versions = [
        before,
        before._replace(row_id="b:2", onset_at=datetime(1941, 1, 14, 8)),
        before._replace(row_id="c:2", onset_at=datetime(2021, 5, 1, 8)),
    ]
    assert list(Identities(AcceptedCorrections(())).conflicts(versions)) == [
        ("b:2", GOLDEN("onset_at_more_than_year_from")),
        ("c:2", GOLDEN("onset_at_days_from_that_of")),
    ]


def test_what_is_worked_out_of_dates_has_its_unit_in_its_name() -> None:
    """An interval without one would be shown in full: 9,999 days are 27 years."""
    fields = {f.landed_name for each in dictionary().extracts.values() for f in each.fields}
    shown_by_rules = {
        column
        for suite in rule_book().suites.values()
        for rule in suite.rows
        for column in rule.shown
    }
    others = {column for column in shown_by_rules - fields if a_year_in(column) is None}
    assert {column for column in others if not re.search("_(at|on)$", column)} == {
        "age_at_onset_years", "age_years__checked", "age_from_dates_years", "nihss_change",
        "unplaced", "withdrawn_by",
    }  # fmt: skip
