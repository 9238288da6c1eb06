"""Rows of an unknown patient: where the rejected admission is, or a number that looks alike."""

from __future__ import annotations

import duckdb

from warehouse.checks.held_versions import REJECTED_ROWS

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
# The newest of the patient's admissions, all of which are rejected: else the patient is known.
SAY_REJECTED = """
    update raw.check_failures
    set found = 'its admission '
        || case
            when rejected.is_held then 'stands in a delivery that is held: '
            else 'is rejected: '
        end
        || rejected.source_file || ', line ' || rejected.source_row
    from raw.{extract} as landed
    inner join (
        select
            site,
            patient_key,
            arg_max(source_file, (delivered_on, source_file, source_row)) as source_file,
            arg_max(source_row, (delivered_on, source_file, source_row)) as source_row,
            arg_max(
                row_id in (
                    select row_id from raw.check_failures where rule = 'admissions.delivery.held'
                ),
                (delivered_on, source_file, source_row)
            ) as is_held
        from raw.admissions
        where row_id in ({rejected_rows})
        group by site, patient_key
    ) as rejected
        on landed.site = rejected.site and landed.patient_key = rejected.patient_key
    where
        raw.check_failures.row_id = landed.row_id
        and raw.check_failures.rule = '{extract}.patient_id.reference'
"""


def describe_near_misses(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Say of such a row where its rejected admission is, or the number that it may mean."""
    connection.execute(SAY_WHERE.format(extract=extract))
    connection.execute(SAY_REJECTED.format(extract=extract, rejected_rows=REJECTED_ROWS))
