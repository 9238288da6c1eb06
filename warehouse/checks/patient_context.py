"""Context of an admission for later rules, from the extracts already checked.

``checks.admission``, ``checks.procedure`` and ``checks.scan`` hold one row per site and admission,
made of the rows that count (``warehouse.checks.records``).
"""

from __future__ import annotations

import duckdb

from warehouse.expectations.derived_values import DURATION
from warehouse.expectations.rule import KNOWN_AS, admission_of, codes_that

# After an impossible duration nobody knows the end; its own query says so.
CONTEXT_COLUMNS = {
    "admissions": """
        withdrawn.withdrawn_on as patient_withdrawn_on,
        withdrawn.withdrawn_file as patient_withdrawn_file,
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
        any_value(landed.site) as known_site,
        min(known_since) as known_since,
        min(puncture_at) as first_puncture_at,
        max(puncture_at) as last_puncture_at,
        min(ended_at) filter (date_diff('minute', puncture_at, ended_at) <= {DURATION.highest})
            as first_ended_at,
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
# Of a withdrawn admission, what was known last: its other rows go with it.
IS_KNOWN = """
    landed.patient_key is not null
    and (
        states.version_status = 'current'
        or (
            states.version_status = 'withdrawn'
            and (landed.site, landed.admission_key) in (
                select (site, admission_key) from raw.withdrawn_patients
            )
        )
    )
"""
CREATE_CONTEXT = """
    create or replace table checks.{known} as
    select
        {admission} as known_admission,
        {columns}
    from raw.{extract} as landed
    inner join checks.{extract}_states as states on landed.rowid = states.landed_row
    left join raw.withdrawn_patients as withdrawn
        on landed.site = withdrawn.site and landed.admission_key = withdrawn.admission_key
    where {is_known}
    {grouped}
"""


def create_context_table(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Store what later rules need from the checked rows of an extract, if anything."""
    if extract in KNOWN_AS:
        connection.execute(
            CREATE_CONTEXT.format(
                extract=extract,
                known=KNOWN_AS[extract],
                admission=admission_of("landed"),
                columns=CONTEXT_COLUMNS[extract],
                is_known=IS_KNOWN,
                grouped="" if extract == "admissions" else "group by all",
            )
        )
