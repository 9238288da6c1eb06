"""Follow-ups of a patient that contradict each other: flagged, for either may be wrong.

The rows that count are compared, so that a correction of either one ends the query.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.checks.held_versions import store_found
from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.followups import IS_DEATH
from warehouse.expectations.known_outcomes import STROKES_AGREE

# A stroke, a procedure and a scan are of somebody alive, as is each extract checked by then.
TIMES_ALIVE = {
    extract.name: extract.time
    for extract in dictionary().extracts.values()
    if extract.position < dictionary().extracts["followups"].position
}
SEEN_ALIVE = " union all ".join(
    f"""
        select
            landed.site, landed.patient_key, landed.admission_key,
            cast(landed.{time} as date), landed.source_file || ', line ' || landed.source_row,
            false
        from raw.{extract} as landed
        inner join checks.{extract}_states as states on landed.rowid = states.landed_row
        semi join several using (site, patient_key)
        where states.version_status = 'current'
    """
    for extract, time in TIMES_ALIVE.items()
)
# Only patients with an admission number can have several strokes, and only those with a time point
# several follow-ups of one. The row with the death is asked about; of two dates of death, the row
# that came later. Of a stroke's own procedures and scans other rules say so.
CONTRADICTIONS = f"""
    with several as (
        select site, patient_key from raw.admissions where admission_key <> patient_key
        union
        select site, patient_key from raw.followups where time_point is not null
    ),
    followups as (
        select
            landed.*,
            (states.position, landed.source_row) as place,
            landed.source_file || ', line ' || landed.source_row as line,
            coalesce(death_date, case when {IS_DEATH} then assessed_on end) as dead_on,
            case when not {IS_DEATH} then assessed_on end as alive_on
        from raw.followups as landed
        inner join checks.followups_states as states on landed.rowid = states.landed_row
        semi join several using (site, patient_key)
        where states.version_status = 'current'
    ),
    alive as (
        select site, patient_key, admission_key, alive_on, line, true as is_followup from followups
        union all
        {SEEN_ALIVE}
    ),
    contradictions as (
        select followups.row_id, 'alive later in ' || arg_max(alive.line, alive.alive_on) as found
        from followups
        inner join alive using (site, patient_key)
        where
            (alive.is_followup or followups.admission_key <> alive.admission_key)
            and followups.dead_on < alive.alive_on
        group by followups.row_id
        union all
        select followups.row_id, 'another date of death than in ' || min(other.line)
        from followups
        inner join followups as other using (site, patient_key)
        where followups.death_date <> other.death_date and followups.place > other.place
        group by followups.row_id
    )
    select row_id, string_agg(found, '; ' order by found) from contradictions
    group by row_id
    order by row_id
"""
WARN = """
    update raw.record_states set is_warned = true
    where
        extract = 'followups'
        and landed_row in (
            select landed.rowid from raw.followups as landed
            semi join checks.stroke_conflicts using (row_id)
        )
"""


def store_contradictions(
    connection: duckdb.DuckDBPyConnection, stamp: tuple[str, datetime]
) -> None:
    """Flag the follow-ups that contradict another row of the patient, and store the rule's results.

    The states of the follow-ups must be stored. ``stamp`` is the refresh id and the time.
    """
    found = connection.execute(CONTRADICTIONS).fetchall()
    store_found(connection, STROKES_AGREE, "stroke_conflicts", found, stamp)
    connection.execute(WARN)
