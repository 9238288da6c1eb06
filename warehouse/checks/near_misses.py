"""Rows whose patient is unknown, although a number that looks the same is among the admissions."""

from __future__ import annotations

import duckdb

# The numbers are compared by a keyed hash of their letters and digits (patient_alike), so that the
# query can say where the other one stands, and never what it is.
SAY_WHERE = """
    update raw.check_failures
    set expected = raw.check_failures.expected
        || '; one that differs from it only in case, signs or leading zeros is in '
        || alike.source_file || ', line ' || alike.source_row
    from raw.{extract} as landed
    inner join (
        select
            site,
            patient_alike,
            arg_max(source_file, (delivered_on, source_file, source_row)) as source_file,
            arg_max(source_row, (delivered_on, source_file, source_row)) as source_row,
            arg_max(patient_key, (delivered_on, source_file, source_row)) as patient_key
        from raw.admissions
        where patient_alike is not null and patient_key is not null
        group by site, patient_alike
    ) as alike
        on
            landed.site = alike.site
            and landed.patient_alike = alike.patient_alike
            and landed.patient_key <> alike.patient_key
    where
        raw.check_failures.row_id = landed.row_id
        and raw.check_failures.rule = '{extract}.patient_id.reference'
"""


def describe_near_misses(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Add to what is expected of such a row the file and line of the number that it may mean."""
    connection.execute(SAY_WHERE.format(extract=extract))
