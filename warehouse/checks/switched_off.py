"""Rules that a site has switched off: what breaks them there is not stored, and they check nothing.

Great Expectations counts them all the same: the counts are compared before.
"""

from __future__ import annotations

import duckdb

# Of each of these tables, what breaks a rule that is off at the site.
FORGET = (
    """
    delete from checks.{extract}_broken as broken using raw.switched_off as off
    where off.is_off and broken.site = off.site and broken.rule = off.rule
    """,
    """
    delete from checks.{extract}_deliveries_broken as broken using raw.switched_off as off
    where off.is_off and broken.site = off.site and broken.rule = off.rule
    """,
    """
    delete from raw.delivery_findings as found using raw.switched_off as off
    where off.is_off and found.site = off.site and found.rule = off.rule
    """,
    """
    delete from raw.check_failures as failures
    using raw.switched_off as off, raw.{extract} as landed
    where
        off.is_off and failures.rule = off.rule
        and failures.row_id = landed.row_id and landed.site = off.site
    """,
)
CHECK_NOTHING = """
    update raw.check_results as results
    set rows_checked = 0, rows_failed = 0, status = 'not_applicable'
    from raw.switched_off as off
    where
        off.is_off and results.extract = $extract
        and results.site = off.site and results.rule = off.rule
"""


def forget_what_breaks_them(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Delete the failures and findings of an extract by rules that are off at their site."""
    if connection.execute("select count(*) from raw.switched_off where is_off").fetchone() == (0,):
        return
    for statement in FORGET:
        connection.execute(statement.format(extract=extract))


def check_nothing(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Store that rules which are off at a site have checked nothing there."""
    connection.execute(CHECK_NOTHING, {"extract": extract})
