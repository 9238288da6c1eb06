"""The strokes that rows can belong to, accepted or waiting.

A stroke waits whose admission is rejected, or held as a conflict of identity.
"""

from __future__ import annotations

import duckdb

from warehouse.checks.patient_context import IS_KNOWN
from warehouse.definitions.dictionary import EXTRACTS
from warehouse.expectations.identity import SAME_STROKE_DAYS

NUMBERED = " union ".join(
    f"select site, patient_key from raw.{extract} where admission_key <> patient_key"
    for extract in EXTRACTS
)
# A stroke without a readable onset has its place in time by the arrival.
BEGAN_AT = "coalesce(landed.onset_at, landed.arrived_at)"
# The strokes that rows can belong to, and those that wait: they are rejected or held, and no
# accepted admission is of the same stroke. A full delivery without it, and a correction that the
# site's mapping accepts, settle it. Of patients with a number of an admission anywhere, or a
# waiting stroke: all others have one stroke.
CREATE_STROKES = f"""
    create or replace table checks.strokes as
    with not_accepted as (
        select
            landed.site,
            landed.patient_key,
            landed.admission_key as number,
            landed.admission_key <> landed.patient_key as has_number,
            case when not has_number then cast({BEGAN_AT} as date) end as onset_on,
            arg_max({BEGAN_AT}, states.position) as onset_at,
            arg_max(
                case when conflicts.row_id is null then 'rejected: ' else 'held: ' end
                || landed.source_file || ', line ' || landed.source_row,
                (states.position, landed.source_row)
            ) as waits_for
        from raw.admissions as landed
        inner join checks.admissions_states as states on landed.rowid = states.landed_row
        left join checks.admissions_conflicts as conflicts using (row_id)
        where
            not states.is_accepted
            and states.withdrawn_on is null
            and landed.patient_key is not null
            and landed.row_id not in (from checks.admissions_overruled)
        group by all
    ),
    concerned as ({NUMBERED} union select site, patient_key from not_accepted),
    accepted as (
        select landed.site, landed.patient_key, landed.admission_key, landed.onset_at
        from raw.admissions as landed
        inner join checks.admissions_states as states on landed.rowid = states.landed_row
        semi join concerned using (site, patient_key)
        where {IS_KNOWN}
    ),
    waiting as (
        select *
        from not_accepted
        semi join accepted using (site, patient_key)
        where not exists (
            select 1 from accepted
            where
                accepted.site = not_accepted.site
                and accepted.patient_key = not_accepted.patient_key
                and (
                    (not_accepted.has_number and accepted.admission_key = not_accepted.number)
                    or accepted.onset_at = not_accepted.onset_at
                    or (
                        not (
                            not_accepted.has_number
                            and accepted.admission_key <> accepted.patient_key
                        )
                        and not_accepted.onset_at
                            between accepted.onset_at - interval {SAME_STROKE_DAYS} day
                            and accepted.onset_at + interval {SAME_STROKE_DAYS} day
                    )
                )
        )
    )
    select *, admission_key as number, null as waits_for from accepted
    union all by name
    select site, patient_key, null as admission_key, onset_at, number, waits_for from waiting
"""


def create_strokes_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Build ``checks.strokes``: the strokes that rows can belong to, by site and patient."""
    connection.execute(CREATE_STROKES)
