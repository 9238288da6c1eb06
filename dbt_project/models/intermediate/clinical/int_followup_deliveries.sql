-- How far a site's follow-up is known: the day of its newest delivery that brought an accepted
-- follow-up. A file with its header alone, rows that are all rejected, a held delivery and a file
-- whose content was known before say nothing new of anybody, so none of them counts. Nor does a
-- delivery of deaths alone while a due patient has no follow-up: the dead are known without a call.
-- Rows of other time points than 90 days say nothing of the calls at 90 days, but of deaths.

with

files as (select * from {{ source('raw', 'files') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
delivered_followups as (select * from {{ source('raw', 'followups') }}),
mrs as (select * from {{ ref('mrs') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
followups as (select * from {{ ref('int_followups') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),

deliveries as (

    select
        files.site,
        files.delivered_on,
        bool_or(
            delivered_followups.death_date is null
            and not coalesce(mrs.is_death, false)
            and {{ other_time_point('delivered_followups.time_point') }} is null
        ) as has_living
    from files
    inner join record_versions
        on
            files.source_file = record_versions.landed_file
            and files.delivered_on = record_versions.delivered_on
    inner join delivered_followups
        on record_versions.row_id = delivered_followups.row_id
    left join mrs
        on delivered_followups.mrs = mrs.code
    where
        files.extract = 'followups'
        and files.status = 'landed'
        and record_versions.extract = 'followups'
        and record_versions.is_accepted
    group by files.site, files.delivered_on

),

unknown as (

    select
        index_procedures.site,
        min(cast(index_procedures.puncture_at as date) + study_definition.followup_day_max)
            as open_until
    from index_procedures
    cross join study_definition
    left join followups
        on
            index_procedures.admission_key = followups.admission_key
            and (
                followups.other_time_point is null
                or followups.death_date is not null
                or followups.is_dead_at_assessment
            )
    where followups.admission_key is null
    group by index_procedures.site

),

newest as (

    select
        deliveries.site,
        max(deliveries.delivered_on) as followups_delivered_on
    from deliveries
    left join unknown
        on deliveries.site = unknown.site
    where
        deliveries.has_living
        or coalesce(deliveries.delivered_on <= unknown.open_until, true)
    group by deliveries.site

)

select * from newest
