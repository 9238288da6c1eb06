"""Rows that contradict another version of their record, by ``warehouse.checks.identity``.

A number of an admission, a procedure or a scan is of one patient. A follow-up has no number: it
belongs to its admission.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.checks.held_versions import REJECTED_ROWS, AcceptedCorrections, store_found
from warehouse.checks.identity import Identities, Version
from warehouse.expectations.identity import KEPT_IDENTITY, SAME_STROKE_DAYS, YEAR_OF_BIRTH

# Which versions can contradict one another: few. Only patients whose admissions have numbers can
# have several records.
BORN = YEAR_OF_BIRTH.format(table="landed")
TWO_PATIENTS = "min(landed.patient_key) <> max(landed.patient_key)"
RECORDS_OF_TWO = {
    "admissions": f"""
        min(landed.birth_date) <> max(landed.birth_date)
        or min(landed.sex) <> max(landed.sex)
        or max({BORN}) - min({BORN}) > 1
        or {TWO_PATIENTS}
        or max(landed.onset_at) > min(landed.onset_at) + interval {SAME_STROKE_DAYS} day
    """
}
PATIENTS_OF_TWO = {
    "admissions": f"""
        select site, patient_key
        from raw.admissions as landed
        where (site, patient_key) in (
            select (site, patient_key) from raw.admissions where admission_key <> patient_key
        )
        group by all
        having
            min(birth_date) <> max(birth_date)
            or min(sex) <> max(sex)
            or max({BORN}) - min({BORN}) > 1
    """
}
NO_PATIENTS = "select site, patient_key from raw.{extract} where false"
IDENTITY = {"admissions": f"landed.birth_date, landed.sex, landed.onset_at, {BORN}"}
# Of a row that belongs to no known stroke, nobody knows whose it is: it is compared with nothing,
# so that a mistyped patient number can be corrected.
SUSPECTS = """
    with records as (
        select versions.record
        from checks.{extract}_versions as versions
        inner join raw.{extract} as landed on versions.landed_row = landed.rowid
        group by versions.record
        having {records_of_two}
    ),
    patients as ({patients_of_two}),
    rejected as ({rejected_rows}),
    of_nobody as (
        select failures.row_id
        from raw.check_failures as failures
        inner join raw.rules as rules using (rule)
        where rules."constraint" = 'reference' and failures.severity = 'reject'
    )
    select
        landed.row_id, landed.site, landed.source_file, landed.source_row,
        landed.record_key, landed.patient_key,
        landed.row_id in (from rejected) or held.site is not null as is_rejected,
        {identity}
    from raw.{extract} as landed
    inner join raw.places using (file_id)
    left join raw.held_deliveries as held
        on
            held.extract = '{extract}'
            and landed.site = held.site
            and places.delivered_on = held.delivered_on
    anti join of_nobody on landed.row_id = of_nobody.row_id
    where
        landed.record_key is not null
        and landed.patient_key is not null
        and (
            hash(landed.site, landed.record_key) in (select record from records)
            or (landed.site, landed.patient_key) in (select (site, patient_key) from patients)
        )
    order by places.position, landed.source_row
"""
CREATE_OVERRULED = "create or replace table checks.{extract}_overruled (row_id varchar)"


def store_conflicts(
    extract: str,
    connection: duckdb.DuckDBPyConnection,
    corrections: AcceptedCorrections,
    stamp: tuple[str, datetime],
) -> None:
    """Reject the rows that contradict those before them, and store the rule's results.

    What other rules reject must be stored. ``checks.<extract>_conflicts`` has the rows (row_id) and
    what was found, ``checks.<extract>_overruled`` the rejected rows that an accepted correction
    corrects. ``stamp`` is the refresh id and the time.
    """
    suspects = SUSPECTS.format(
        extract=extract,
        records_of_two=RECORDS_OF_TWO.get(extract, TWO_PATIENTS),
        patients_of_two=PATIENTS_OF_TWO.get(extract, NO_PATIENTS.format(extract=extract)),
        rejected_rows=REJECTED_ROWS,
        identity=IDENTITY.get(extract, "null, null, null, null"),
    )
    versions = [Version(*row) for row in connection.execute(suspects).fetchall()]
    identities = Identities(corrections)
    conflicts = list(identities.conflicts(versions))
    store_found(connection, KEPT_IDENTITY[extract], f"{extract}_conflicts", conflicts, stamp)
    connection.execute(CREATE_OVERRULED.format(extract=extract))
    overruled = [(row_id,) for row_id in sorted(identities.overruled)]
    if overruled:
        connection.executemany(f"insert into checks.{extract}_overruled values (?)", overruled)
