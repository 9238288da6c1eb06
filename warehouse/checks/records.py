"""The state of every record: which of its delivered rows counts, and what became of the others.

A record is (extract, site, key); each row with its key is a version of it on each day on which its
content was delivered. Of the accepted versions the newest counts (day of delivery; content that is
new on that day after content that was known; then file, then line). It is ``current``, unless a
later full delivery no longer has the key, or the patient: then it is ``withdrawn``. Older accepted
versions are ``superseded``. A ``rejected`` version counts for nothing, however new it is.

This is the one place that decides it: later rules look at the rows that count, and dbt reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.definitions.accepted_losses import AcceptedLoss, accepted_losses
from warehouse.definitions.dictionary import EXTRACTS

CREATE_RECORDS = """
-- The days on which a landed content was delivered, and the first of its files on each. A copy
-- within a day is no delivery of its own.
create or replace table raw.places as
with landed as (
    select file_id, extract, site, source_file, delivered_on from raw.files where status = 'landed'
),
delivered as (
    select *, delivered_on as first_on from landed
    union all
    select
        landed.file_id,
        landed.extract,
        landed.site,
        min(copies.source_file) as source_file,
        copies.delivered_on,
        landed.delivered_on as first_on
    from raw.files as copies
    inner join landed on copies.duplicate_of = landed.source_file
    where copies.status = 'duplicate' and copies.delivered_on <> landed.delivered_on
    group by all
)
select
    file_id,
    extract,
    site,
    source_file,
    delivered_on,
    delivered_on > first_on as is_resent,
    count(*) over (partition by file_id) > 1 as is_sent_again,
    row_number() over (order by delivered_on, delivered_on = first_on, source_file) as position
from delivered;
create or replace table raw.next_deliveries (
    extract varchar, site varchar, delivered_on date,
    next_landed_on date, next_landed_file varchar, next_full_on date, next_full_file varchar
);
create or replace table raw.record_states (
    extract varchar, landed_row bigint, position bigint,
    is_accepted boolean, is_warned boolean, version_status varchar,
    next_version_on date, next_version_file varchar, withdrawn_on date, withdrawn_file varchar
);
create or replace view raw.record_versions as {versions};
create or replace table raw.withdrawn_patients (
    site varchar, admission_key varchar, withdrawn_on date, withdrawn_file varchar
);
create or replace table raw.accepted_losses (site varchar, delivered_on date);
"""
# A `full` delivery holds every record that the site has, so what it lacks no longer exists. It can
# say so only when it was read completely: the content of each of its files landed, now or before,
# no line unreadable, no sheet with records unread and no row without a key, and not held: of an
# export that looks cut, nobody believes what it lacks. An export without any record failed, most
# likely; it is believed when the loss is accepted.
STORE_NEXT_DELIVERIES = """
    delete from raw.next_deliveries where extract = '{extract}';
    insert into raw.next_deliveries
    with files_without_key as (
        select distinct source_file from raw.{extract} where record_key is null
    ),
    files_with_records as (
        select distinct source_file from raw.{extract} where record_key is not null
    ),
    held as (select site, delivered_on from raw.held_deliveries where extract = '{extract}'),
    contents as (
        select
            source_file,
            coalesce(rows_unreadable, 0) = 0
            and not coalesce(has_unread_records, false)
            and source_file not in (from files_without_key)
            and (site, delivered_on) not in (select (site, delivered_on) from held) as is_whole
        from raw.files
        where extract = '{extract}' and status = 'landed'
    ),
    deliveries as (
        select
            files.site,
            files.delivered_on,
            min(files.source_file) filter (files.status = 'landed') as landed_file,
            min(files.source_file) filter (contents.source_file is not null) as first_file,
            bool_and(files.mode = 'full' and coalesce(contents.is_whole, false))
            and (files.site, files.delivered_on) not in (select (site, delivered_on) from held)
            and (
                bool_or(contents.source_file in (from files_with_records))
                or (files.site, files.delivered_on)
                    in (select (site, delivered_on) from raw.accepted_losses)
            ) as is_complete
        from raw.files as files
        left join contents
            on contents.source_file
                = case when files.status = 'duplicate' then files.duplicate_of
                    else files.source_file end
        where files.extract = '{extract}'
        group by files.site, files.delivered_on
    )
    select
        '{extract}', deliveries.site, deliveries.delivered_on,
        min(later.delivered_on) filter (later.landed_file is not null),
        arg_min(later.landed_file, later.delivered_on),
        min(later.delivered_on) filter (later.is_complete),
        arg_min(later.first_file, later.delivered_on) filter (later.is_complete)
    from deliveries
    left join deliveries as later
        on deliveries.site = later.site and deliveries.delivered_on < later.delivered_on
    group by all
"""
# Each landed row with its verdict, once for each day on which it was delivered: rejected when
# landing or a check says so, when it has no key and so belongs to no record, or when the delivery
# is held. Of `repeated` there are few: only these are put in order.
# A record is withdrawn by the first complete full delivery after it was last seen, if that has no
# row with its key. A rejected row with the key still shows that the record exists. A row without a
# key is settled by the next one: whatever it was about is there with its key, or is no longer.
CREATE_STATES = """
    create or replace table checks.{extract}_states as
    with objections as (
        select
            row_id,
            bool_or(severity = 'reject') as is_rejected,
            bool_or(severity = 'warn') as is_warned
        from (
            select row_id, severity from raw.landing_violations
            union all
            select row_id, severity from raw.check_failures
        )
        where row_id is not null
        group by row_id
    ),
    decided as (
        select
            landed.rowid as landed_row,
            landed.site,
            landed.record_key,
            landed.admission_key,
            landed.source_row,
            places.position,
            places.delivered_on,
            places.is_sent_again,
            landed.record_key is not null
            and not coalesce(objections.is_rejected, false)
            and held.site is null as is_accepted,
            coalesce(objections.is_warned, false) as is_warned
        from raw.{extract} as landed
        inner join raw.places using (file_id)
        left join objections using (row_id)
        left join raw.held_deliveries as held
            on
                held.extract = '{extract}'
                and landed.site = held.site
                and places.delivered_on = held.delivered_on
    ),
    next_full as (
        select site, delivered_on, next_full_on, next_full_file
        from raw.next_deliveries
        where extract = '{extract}' and next_full_on is not null
    ),
    repeated as (
        select
            decided.*,
            hash(decided.site, decided.record_key) as record,
            next_full.next_full_on,
            case when decided.is_accepted then decided.position end as accepted_position,
            row_number() over (
                partition by record, decided.is_accepted
                order by decided.position desc, decided.source_row desc
            ) as age_rank,
            min(case when decided.is_accepted then decided.delivered_on end)
                over (partition by record) as known_since,
            min(decided.delivered_on) over (
                partition by record
                order by decided.delivered_on
                range between interval 1 day following and unbounded following
            ) as next_seen_on
        from decided
        left join next_full
            on decided.site = next_full.site and decided.delivered_on = next_full.delivered_on
        where
            decided.record_key is not null
            and (
                decided.is_sent_again
                or decided.landed_row in (select landed_row from checks.{extract}_versions)
            )
    ),
    in_order as (
        select
            landed_row,
            position,
            age_rank,
            known_since,
            min(accepted_position) over (
                partition by record
                order by position
                groups between 1 following and unbounded following
            ) as next_position,
            min(case when next_full_on < next_seen_on or next_seen_on is null then next_full_on end)
                over (
                    partition by record
                    order by delivered_on
                    range between current row and unbounded following
                ) as withdrawn_on
        from repeated
    ),
    withdrawing as (
        select distinct site, next_full_on as withdrawn_on, next_full_file as withdrawn_file
        from next_full
    ),
    stated as (
        select
            decided.*,
            coalesce(in_order.age_rank, 1) = 1 as is_newest,
            coalesce(in_order.known_since, decided.delivered_on) as known_since,
            in_order.next_position,
            case
                when in_order.landed_row is not null then in_order.withdrawn_on
                else next_full.next_full_on
            end as record_withdrawn_on,
            patient.site is not null as is_patient_withdrawn,
            -- A row that came when its patient had gone has no day on which it went.
            case when decided.delivered_on < patient.withdrawn_on then patient.withdrawn_on end
                as patient_withdrawn_on,
            patient.withdrawn_file as patient_withdrawn_file
        from decided
        left join in_order using (landed_row, position)
        left join next_full
            on decided.site = next_full.site and decided.delivered_on = next_full.delivered_on
        left join raw.withdrawn_patients as patient
            on decided.site = patient.site and decided.admission_key = patient.admission_key
    )
    select
        stated.landed_row,
        stated.position,
        stated.is_accepted,
        stated.is_warned,
        case
            when not stated.is_accepted then 'rejected'
            when not stated.is_newest then 'superseded'
            when stated.record_withdrawn_on is not null or stated.is_patient_withdrawn
                then 'withdrawn'
            else 'current'
        end as version_status,
        stated.known_since,
        next_place.delivered_on as next_version_on,
        next_place.source_file as next_version_file,
        least(stated.record_withdrawn_on, stated.patient_withdrawn_on) as withdrawn_on,
        case
            when stated.record_withdrawn_on <= stated.patient_withdrawn_on
                or stated.patient_withdrawn_on is null
                then withdrawing.withdrawn_file
            else stated.patient_withdrawn_file
        end as withdrawn_file
    from stated
    left join raw.places as next_place on stated.next_position = next_place.position
    left join withdrawing
        on
            stated.site = withdrawing.site
            and stated.record_withdrawn_on = withdrawing.withdrawn_on
"""
STORE_STATES = """
    insert into raw.record_states by name
    select '{extract}' as extract, states.* exclude (known_since)
    from checks.{extract}_states as states
"""
# A row is stored once, so its state names it by its number in `raw.<extract>`, to which no row is
# added and from which none is deleted once the checks have begun.
VERSIONS = """
    select
        landed.row_id, '{extract}' as extract, landed.site, landed.record_key, landed.patient_key,
        landed.admission_key, places.source_file, landed.source_file as landed_file,
        landed.source_row, places.delivered_on,
        states.* exclude (extract, landed_row, position)
    from raw.{extract} as landed
    inner join raw.record_states as states
        on states.extract = '{extract}' and landed.rowid = states.landed_row
    inner join raw.places on states.position = places.position
"""
# A resent file may bring back values that another file had replaced: mostly by mistake.
STORE_RESTORED = """
    insert into raw.landing_violations by name
    with sightings as (
        select
            states.*,
            versions.record,
            lag(versions.content) over (
                partition by versions.record order by states.position, versions.source_row
            ) as content_before,
            versions.content
        from checks.{extract}_states as states
        inner join checks.{extract}_versions as versions using (landed_row)
        where states.is_accepted
    )
    select
        places.extract || '.file.resent' as rule, places.extract, places.site,
        places.delivered_on, places.source_file, places.file_id, 'warn' as severity,
        count(distinct sightings.record)
        || case when count(distinct sightings.record) = 1 then ' record' else ' records' end
            as found,
        rules.expected, rules.action
    from sightings
    inner join raw.places using (position)
    left join raw.rules as rules on rules.rule = places.extract || '.file.resent'
    where
        places.is_resent
        and sightings.content <> sightings.content_before
        and sightings.next_version_on is distinct from places.delivered_on
    group by all
"""
# A full delivery without a record, after others with some: it withdraws nobody, and must say so.
# Of a held one, the query that holds it says it.
STORE_EMPTY = """
    insert into raw.landing_violations by name
    with empty as (
        select
            files.site,
            files.delivered_on,
            min(files.source_file) as source_file
        from raw.files as files
        left join raw.files as originals on files.duplicate_of = originals.source_file
        where files.extract = '{extract}'
        group by files.site, files.delivered_on
        having
            bool_and(files.mode = 'full' and coalesce(originals.status, files.status) = 'landed')
            and not bool_or(
                coalesce(files.duplicate_of, files.source_file)
                in (select source_file from raw.{extract} where record_key is not null)
            )
    )
    select
        files.extract || '.records.some' as rule, files.extract, files.site,
        files.delivered_on, files.source_file, files.file_id, 'warn' as severity,
        'no record' as found, rules.expected, rules.action
    from empty
    inner join raw.files as files on empty.source_file = files.source_file
    left join raw.rules as rules on rules.rule = files.extract || '.records.some'
    where
        (empty.site, empty.delivered_on) not in (
            select (site, delivered_on) from raw.held_deliveries where extract = '{extract}'
        )
        and (empty.site, empty.delivered_on) not in (
            select (site, delivered_on) from raw.accepted_losses
        )
        and exists (
            from raw.places as earlier
            inner join raw.{extract} as landed using (file_id)
            where
                landed.record_key is not null
                and earlier.site = empty.site
                and earlier.delivered_on < empty.delivered_on
        )
"""
# An admission is withdrawn with its procedures, scans and follow-up: without it the registry has no
# such stroke. They come back with the admission.
STORE_WITHDRAWN_PATIENTS = """
    insert into raw.withdrawn_patients
    select site, record_key, withdrawn_on, withdrawn_file
    from raw.record_versions
    where extract = 'admissions' and version_status = 'withdrawn'
"""


def create_record_tables(
    connection: duckdb.DuckDBPyConnection, accepted: Sequence[AcceptedLoss] | None = None
) -> None:
    """Make the tables of the records' states, empty but for the places of the landed contents.

    ``accepted`` are other losses than the project's (``accepted_losses.yaml``).
    """
    versions = " union all by name ".join(VERSIONS.format(extract=name) for name in EXTRACTS)
    connection.execute(CREATE_RECORDS.format(versions=versions))
    for loss in accepted_losses() if accepted is None else accepted:
        connection.execute(
            "insert into raw.accepted_losses values (?, ?)", [loss.site, loss.delivered_on]
        )


def create_states(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Work out the state of each row of an extract by what rejects rows so far.

    ``checks.<extract>_versions`` must be there, and the admissions must have come first: who is
    withdrawn from them is withdrawn from the other extracts. ``checks.<extract>_states`` holds the
    states by ``landed_row``, the row's number in ``raw.<extract>``, and ``position``, the place.
    """
    connection.execute(STORE_NEXT_DELIVERIES.format(extract=extract))
    connection.execute(CREATE_STATES.format(extract=extract))


def store_record_versions(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Store the states of an extract (``create_states``), when all that rejects rows is known."""
    connection.execute(STORE_STATES.format(extract=extract))
    connection.execute(STORE_RESTORED.format(extract=extract))
    connection.execute(STORE_EMPTY.format(extract=extract))
    if extract == "admissions":
        connection.execute(STORE_WITHDRAWN_PATIENTS)
