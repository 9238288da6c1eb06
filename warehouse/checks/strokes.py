"""Assignment of rows to strokes: the key of its admission, where it does not name one itself.

A row with an admission number belongs to the admission of that number. Without one it belongs to
the stroke of its patient that fits in time (``warehouse.checks.known_strokes``): the latest before
the extract's ``time``, if ``FITS`` has no other. What fits a stroke that waits, waits with it, and
does not go to another.
"""

from __future__ import annotations

import duckdb

from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.identity import SAME_STROKE_DAYS
from warehouse.expectations.time_points import KEY_END, NEAR_DAY

# Rows of a patient with several strokes that are of none of them, or of one that waits and has no
# number.
NO_ADMISSION, WAITING_ADMISSION = "none", "waiting"
# Until a site numbers its admissions, a patient has one: an admission without a number is the one
# with a number whose onset is nearest, if that is near enough to be the same stroke.
KEY_ADMISSIONS = f"""
    create or replace table checks.renumbered as
    select landed.row_id, arg_min(
        numbered.admission_key,
        (abs(date_diff('minute', numbered.onset_at, landed.onset_at)), numbered.admission_key)
    ) as record_key
    from raw.admissions as landed
    inner join raw.admissions as numbered
        on landed.site = numbered.site and landed.patient_key = numbered.patient_key
    where
        landed.admission_key = landed.patient_key
        and numbered.admission_key <> numbered.patient_key
        and landed.onset_at
            between numbered.onset_at - interval {SAME_STROKE_DAYS} day
            and numbered.onset_at + interval {SAME_STROKE_DAYS} day
    group by landed.row_id
"""
LATEST = """arg_max(candidates.stroke, candidates.stroke.onset_at)
                filter (candidates.stroke.onset_at <= candidates.happened_at)"""
# By extract: the time of a row, in words and in SQL, and the stroke that fits it, where that is not
# the latest onset before it. So it is for a death. An assessment belongs to the stroke before it
# whose day 90, or day of its time point, is nearest.
FITS = {
    "followups": (
        "assessment or death",
        "coalesce(death_date, assessed_on) + interval 1 day - interval 1 second",
        f"""case
            when any_value(candidates.is_death) then {LATEST}
            else
                arg_min(
                    candidates.stroke,
                    abs(
                        date_diff('day', candidates.stroke.onset_at, candidates.happened_at)
                        - candidates.near_day
                    )
                ) filter (candidates.stroke.onset_at <= candidates.happened_at)
        end""",
    ),
}
# Rows to be placed: of patients with more than one stroke, or one that has a number; and rows that
# name a number. One that names no accepted admission may be of a stroke without a number.
CREATE_PLACED = """
    create or replace table checks.{extract}_placed as
    with special as (
        select site, patient_key from checks.strokes
        group by all
        having count(*) > 1 or bool_or(admission_key <> patient_key)
    ),
    asked as (
        select
            landed.rowid as landed_row,
            landed.site,
            landed.patient_key,
            landed.admission_key,
            landed.admission_key <> landed.patient_key as is_named,
            (landed.site, landed.admission_key)
                in (select (site, number) from checks.strokes) as is_known_number,
            {at} as happened_at,
            {is_death} as is_death,
            {near_day} as near_day
        from raw.{extract} as landed
        left join special using (site, patient_key)
        where special.site is not null or is_named
    ),
    candidates as (
        select
            asked.*,
            struct_pack(
                admission_key := strokes.admission_key,
                number := strokes.number,
                onset_at := strokes.onset_at,
                waits_for := strokes.waits_for
            ) as stroke,
            asked.is_named and asked.admission_key = strokes.number as is_the_named
        from asked
        inner join checks.strokes as strokes using (site, patient_key)
    ),
    chosen as (
        select
            candidates.landed_row,
            count(*) as n_strokes,
            any_value(candidates.happened_at) as placed_at,
            bool_or(candidates.is_the_named) as is_by_number,
            case when count(*) = 1 then any_value(candidates.stroke) else {fits} end as stroke
        from candidates
        where
            is_the_named
            or not is_named
            or (not is_known_number and stroke.number = patient_key)
        group by landed_row
    )
    select
        asked.landed_row,
        case when asked.is_named then asked.admission_key end as named,
        chosen.stroke.admission_key as admission_key,
        nullif(chosen.stroke.number, asked.patient_key) as waiting_number,
        chosen.stroke.waits_for is not null as is_waiting,
        case
            when chosen.landed_row is null and asked.is_known_number
                then 'it names an admission of another patient'
            when chosen.landed_row is null
                then 'it names an admission that is not among those of the patient'
            when chosen.stroke.waits_for is not null
                then case when chosen.is_by_number then 'the admission that it names is '
                    else 'the stroke that fits is ' end || chosen.stroke.waits_for
            when chosen.stroke is null and chosen.placed_at is null
                then 'no time of ' || $words || '; the patient has ' || chosen.n_strokes
                    || ' strokes'
            when chosen.stroke is null
                then 'time of ' || $words || ' before each of the patient''s '
                    || chosen.n_strokes || ' strokes'
        end as reason
    from asked
    -- Of a patient without any accepted admission another rule says so.
    semi join checks.strokes as strokes using (site, patient_key)
    left join chosen using (landed_row)
"""
PLACE_ROWS = f"""
    update raw.{{extract}} as landed
    set admission_key = coalesce(
        placed.admission_key,
        placed.named,
        placed.waiting_number,
        case when placed.is_waiting then '{WAITING_ADMISSION}' else '{NO_ADMISSION}' end
    )
    from checks.{{extract}}_placed as placed
    where landed.rowid = placed.landed_row
"""
# A follow-up is the follow-up of a stroke: its record has the key of the admission, and the time
# point.
KEY_FOLLOWUPS = f"""
    create or replace table checks.renumbered as
    select landed.row_id, placed.admission_key || {KEY_END} as record_key
    from raw.followups as landed
    inner join checks.followups_placed as placed
        on landed.rowid = placed.landed_row
    where
        placed.admission_key is not null
        and landed.record_key <> placed.admission_key || {KEY_END}
"""
RENUMBER = """
    update raw.{table} as landed
    set {columns}
    from checks.renumbered as renumbered
    where landed.row_id = renumbered.row_id
"""


def key_admissions(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the admissions without a number the key of the same stroke with one."""
    connection.execute(KEY_ADMISSIONS)
    _renumber(connection, "admissions", "admission_key", "record_key")


def place_rows(connection: duckdb.DuckDBPyConnection, extract: str) -> int:
    """Give each row of an extract the ``admission_key`` of its stroke.

    The admissions must have been checked. ``checks.<extract>_placed`` (landed_row, admission_key,
    reason) says of the rows that were placed where, or why nowhere: these keep the number that they
    name, or have ``NO_ADMISSION`` or ``WAITING_ADMISSION``. Returns how many records have another
    key by that.
    """
    by_dictionary = dictionary().extracts[extract]
    words, at, fits = FITS.get(extract, (by_dictionary.record, by_dictionary.time, LATEST))
    is_death, near_day = "false", "null"
    if extract == "followups":
        is_death, near_day = "death_date is not null", NEAR_DAY
    connection.execute(
        CREATE_PLACED.format(
            extract=extract, at=at, is_death=is_death, near_day=near_day, fits=fits
        ),
        {"words": words},
    )
    connection.execute(PLACE_ROWS.format(extract=extract))
    if extract != "followups":
        return 0
    connection.execute(KEY_FOLLOWUPS)
    return _renumber(connection, "followups", "record_key")


def _renumber(connection: duckdb.DuckDBPyConnection, extract: str, *columns: str) -> int:
    """Give the rows of ``checks.renumbered``, and landing's violations of them, their key."""
    count = len(connection.table("checks.renumbered").fetchall())
    if count == 0:
        return 0
    named = ", ".join(f"{column} = renumbered.record_key" for column in columns)
    connection.execute(RENUMBER.format(table=extract, columns=named))
    key = "record_key = renumbered.record_key"
    connection.execute(RENUMBER.format(table="landing_violations", columns=key))
    return count
