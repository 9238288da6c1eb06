"""The tables that the rules of an extract look at."""

from __future__ import annotations

import duckdb

from warehouse.checks.tables import create_check_table
from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.suites import Suite


def test_an_extract_of_which_later_rules_know_nothing_is_not_joined() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema checks")
        connection.execute(
            "create table raw.imaging as select 's' as site, date '2022-06-01' as delivered_on"
        )
        connection.execute("create table raw.time_zones (site text, time_zone text, earliest date)")
        connection.execute(
            "create table raw.site_ranges (site text, extract text, field text, "
            "minimum double, maximum double, usual_minimum double, usual_maximum double)"
        )
        create_check_table(
            connection, dictionary().extracts["imaging"], Suite((), ()), ["followups"]
        )
        assert connection.sql("from checks.imaging").columns == [
            "landed_row",
            "site",
            "delivered_on",
        ]
