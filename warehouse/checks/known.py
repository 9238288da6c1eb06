"""What later rules know of a patient from the extracts already judged.

``checks.admission``, ``checks.procedure`` and ``checks.scan`` hold one row per site and patient,
made of the newest accepted version of each record.
"""

from __future__ import annotations

import duckdb

from expectations.rule import KNOWN_AS, codes_that, patient_of

KNOWN_COLUMNS = {
    "admissions": """
        onset_at,
        arrived_at,
        prestroke_mrs,
        etiology,
        platelets_giga_per_l,
        glucose_mmol_per_l,
        baseline_nihss,
        aspects
    """,
    "procedures": f"""
        any_value(site) as known_site,
        min(coalesce(known_since, delivered_on)) as known_since,
        min(puncture_at) as first_puncture_at,
        min(ended_at) as first_ended_at,
        bool_or(rescue_stent in {codes_that("rescue_stent", "is_placed")}) as has_stent,
        coalesce(bool_or(artery_perforation), false) as has_perforation,
        bool_and(mtici_final in {codes_that("mtici", "is_failed_reperfusion")}) as stayed_closed
    """,
    "imaging": f"""
        max(imaged_at) as last_imaged_at,
        bool_or(
            hemorrhage_type in {codes_that("hemorrhage_type", "parenchymal_hematoma_grade", "2")}
        ) as has_large_hematoma
    """,
}
# A patient has one admission: its key is the patient's number.
GROUPED = {"admissions": "", "procedures": "group by all", "imaging": "group by all"}
# The newest accepted version of each record: all rows, less the rejected ones and, of the few
# records that were delivered more than once, less all versions but one.
CREATE_KNOWN = """
    create or replace table checks.{known} as
    with rejected as (
        select landed.rowid as landed_row
        from raw.{extract} as landed
        semi join (
            select row_id from raw.landing_violations where severity = 'reject'
            union
            select row_id from raw.check_failures where severity = 'reject'
        ) as named using (row_id)
    ),
    files as (
        select
            delivered_on,
            source_file,
            row_number() over (order by delivered_on, source_file) as position,
        from (select distinct delivered_on, source_file from checks.{extract}_versions)
    ),
    accepted_versions as (
        select
            versions.record,
            versions.landed_row,
            versions.delivered_on,
            (files.position << 32) + versions.source_row as version,
        from checks.{extract}_versions as versions
        inner join files using (delivered_on, source_file)
        anti join rejected on versions.landed_row = rejected.landed_row
    ),
    newest as (
        select
            arg_max(landed_row, version) as landed_row,
            min(delivered_on) as known_since,
        from accepted_versions
        group by record
    ),
    passed_over as (
        select landed_row from rejected
        union all
        select landed_row from checks.{extract}_versions
        anti join newest using (landed_row)
    )
    select
        {patient} as known_patient,
        {columns}
    from raw.{extract} as landed
    left join newest on landed.rowid = newest.landed_row
    where
        landed.patient_key is not null
        and landed.record_key is not null
        and landed.rowid not in (from passed_over)
    {grouped}
"""


def create_known_table(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Keep what later rules need of the judged rows of an extract, if anything."""
    if extract in KNOWN_AS:
        connection.execute(
            CREATE_KNOWN.format(
                extract=extract,
                known=KNOWN_AS[extract],
                patient=patient_of("landed"),
                columns=KNOWN_COLUMNS[extract],
                grouped=GROUPED[extract],
            )
        )
