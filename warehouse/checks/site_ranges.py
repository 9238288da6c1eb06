"""Bounds that sites have of their own, as columns of the checked tables."""

from __future__ import annotations

import duckdb

from warehouse.checks.expectation_sql import literal
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.ranges import BOUNDS, is_number
from warehouse.expectations.rule import own_bound

OWN = "select site, extract, field, {bounds} from raw.site_ranges order by all"


def fields_with_own(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """The extract and the field of each range that a site has of its own."""
    return set(connection.execute("select extract, field from raw.site_ranges").fetchall())


def own_bounds(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """SQL of every bound of a row's site: the column, and a case of the few sites that have one."""
    bounds = [bound for pair in BOUNDS.values() for bound in pair]
    cases: dict[str, list[str]] = {
        own_bound(extract.name, field.name, bound): []
        for extract in dictionary().extracts.values()
        for field in filter(is_number, extract.landed_fields)
        for bound in bounds
    }
    rows = connection.execute(OWN.format(bounds=", ".join(bounds))).fetchall()
    for site, extract_name, field_name, *ends in rows:
        for bound, end in zip(bounds, ends, strict=True):
            if end is not None:
                case = f"when {literal(site)} then {end}"
                cases[own_bound(extract_name, field_name, bound)].append(case)
    return {
        column: f"case landed.site {' '.join(each)} end" if each else "cast(null as double)"
        for column, each in cases.items()
    }
