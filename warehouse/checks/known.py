"""What later rules know of a patient from the extracts already judged.

``checks.admission``, ``checks.procedure`` and ``checks.scan`` hold one row per site and patient,
made of the rows that count (``warehouse.checks.records``).
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
        min(known_since) as known_since,
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
# Of the patient of a withdrawn admission, what was known last: it goes with the patient.
CREATE_KNOWN = """
    create or replace table checks.{known} as
    select
        {patient} as known_patient,
        {columns}
    from raw.{extract} as landed
    inner join checks.{extract}_states as states on landed.rowid = states.landed_row
    where
        landed.patient_key is not null
        and (
            states.version_status = 'current'
            or (
                states.version_status = 'withdrawn'
                and (landed.site, landed.patient_key) in (
                    select (site, patient_key) from raw.withdrawn_patients
                )
            )
        )
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
