"""Procedures that wait because an earlier one of the stroke is rejected: the first one is unknown.

The first procedure of a stroke decides its group, its times and its passes. A rejected procedure
keeps its place in time, so that a re-intervention does not take that place.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.checks.held_versions import AcceptedCorrections, store_found
from warehouse.expectations.derived_values import PUNCTURE_MAX
from warehouse.expectations.identity import FIRST_KNOWN

# A rejected procedure is open until a version of it is accepted, a full delivery lacks it, or an
# accepted procedure is of that time. Its place is its puncture, or its end where that is earlier or
# alone readable; one without either may be the first of the stroke. One that is too late for the
# stroke, or waits with another one, is not of this stroke. One that belongs to no stroke may be of
# each stroke with a procedure that follows it soon. A procedure waits with all its versions.
WAITING = f"""
    with listed as (
        select
            landed.*,
            states.is_accepted,
            states.version_status = 'current' as counts,
            states.next_version_on is null and states.withdrawn_on is null as is_open,
            (states.position, landed.source_row) as newest_by
        from raw.procedures as landed
        inner join checks.procedures_states as states on landed.rowid = states.landed_row
        where landed.patient_key is not null
    ),
    elsewhere as (
        select row_id from raw.check_failures where rule = 'procedures.puncture_of_this_stroke'
        union all
        select row_id from checks.procedures_overruled
        union all
        select landed.row_id
        from raw.procedures as landed
        inner join checks.procedures_placed as placed on landed.rowid = placed.landed_row
        where placed.is_waiting
    ),
    rejected as (
        select
            *,
            list_min(list_filter(
                [puncture_at, ended_at],
                lambda moment: cast(moment as date) <= delivered_on
            )) as happened_at,
            row_id in (
                select row_id from raw.check_failures
                where rule = 'procedures.admission_id.reference'
            ) as is_unplaced
        from listed
        anti join elsewhere using (row_id)
        where not is_accepted and is_open
        qualify row_number() over (
            partition by site, coalesce(record_key, row_id) order by newest_by desc
        ) = 1
    ),
    unknown as (
        select rejected.*
        from rejected
        where not exists (
            select 1 from listed
            where
                listed.counts
                and listed.site = rejected.site
                and listed.patient_key = rejected.patient_key
                and (
                    listed.record_key = rejected.record_key
                    or listed.puncture_at = rejected.puncture_at
                )
        )
    ),
    waiting as (
        select
            later.site,
            later.record_key,
            arg_min(
                unknown.source_file || ', line ' || unknown.source_row,
                (coalesce(unknown.happened_at, later.puncture_at), unknown.newest_by)
            ) as waits_for
        from unknown
        inner join listed as later using (site, patient_key)
        where
            later.counts
            and coalesce(unknown.happened_at < later.puncture_at, true)
            and case
                when unknown.is_unplaced
                    then coalesce(
                        later.puncture_at
                        <= unknown.happened_at + interval '{PUNCTURE_MAX} days', true
                    )
                else unknown.admission_key = later.admission_key
            end
        group by all
    )
    select distinct
        listed.row_id, listed.site, listed.source_file, listed.source_row,
        'rejected: ' || waiting.waits_for
    from listed
    inner join waiting using (site, record_key)
    where listed.is_accepted
    order by listed.row_id
"""


def hold_later_procedures(
    connection: duckdb.DuckDBPyConnection,
    corrections: AcceptedCorrections,
    stamp: tuple[str, datetime],
) -> bool:
    """Reject the procedures that follow an open rejected one, and store the rule's results.

    ``checks.procedures_states`` must be there; returns whether it has to be made again. ``stamp``
    is the refresh id and the time.
    """
    held = [
        (row_id, found)
        for row_id, *place, found in connection.execute(WAITING).fetchall()
        if not corrections.accept(tuple(place))
    ]
    store_found(connection, FIRST_KNOWN, "procedures_waiting", held, stamp)
    return bool(held)
