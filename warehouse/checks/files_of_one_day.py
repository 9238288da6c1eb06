"""Records that two files of a site give other values on one day: the row that counts is flagged.

The files have no order in time, so their names decide which row counts. Only accepted rows are
compared: a rejected one has a query of its own, and content that was known before is older.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.checks.held_versions import store_found
from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.identity import FILES_AGREE

# Rows of days with several files alone are compared: few.
DIFFERENCES = """
    with several as (
        select site, delivered_on from raw.places where extract = '{extract}'
        group by all having count(*) > 1
    ),
    accepted as (
        select
            versions.record,
            versions.content,
            versions.source_row as line,
            states.landed_row,
            states.position,
            states.next_version_on is distinct from places.delivered_on as counts_that_day,
            places.delivered_on,
            places.source_file,
            places.is_resent
        from checks.{extract}_states as states
        inner join raw.places using (position)
        semi join several using (site, delivered_on)
        inner join checks.{extract}_versions as versions using (landed_row)
        where states.is_accepted
    ),
    pairs as (
        select
            ours.landed_row,
            others.landed_row as other_row,
            others.source_file || ', line ' || others.line as other_line
        from accepted as ours
        inner join accepted as others
            on
                ours.record = others.record
                and ours.delivered_on = others.delivered_on
                and ours.is_resent = others.is_resent
                and ours.position <> others.position
                and ours.content <> others.content
        where ours.counts_that_day
    ),
    differences as (
        select
            landed.row_id,
            array_to_string([{differing}], ' and ') as fields,
            pairs.other_line
        from pairs
        inner join raw.{extract} as landed on pairs.landed_row = landed.rowid
        inner join raw.{extract} as other on pairs.other_row = other.rowid
    )
    select row_id, string_agg(distinct fields || ' other than in ' || other_line, '; ')
    from differences
    where fields <> ''
    group by row_id
    order by row_id
"""
WARN = """
    update raw.record_states set is_warned = true
    where
        extract = '{extract}'
        and landed_row in (
            select landed.rowid from raw.{extract} as landed
            semi join checks.{extract}_of_one_day using (row_id)
        )
"""


def store_differing_files(
    extract: str, connection: duckdb.DuckDBPyConnection, stamp: tuple[str, datetime]
) -> None:
    """Flag the rows that another file of their day contradicts, and store the rule's results.

    The states of the extract's rows must be stored. ``stamp`` is the refresh id and the time.
    """
    differing = ", ".join(
        f"case when landed.{field.landed_name} is distinct from other.{field.landed_name} "
        f"then '{field.name}' end"
        for field in dictionary().extracts[extract].landed_fields
    )
    found = connection.execute(DIFFERENCES.format(extract=extract, differing=differing)).fetchall()
    store_found(connection, FILES_AGREE[extract], f"{extract}_of_one_day", found, stamp)
    connection.execute(WARN.format(extract=extract))
