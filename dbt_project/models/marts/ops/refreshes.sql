-- A release is readable only once it was published, so the refresh that builds this file appears as
-- `published`; what it counts is taken from its own marts.
-- One model: half of it names the columns of this refresh.

with

refresh as (select * from {{ ref('stg_refresh') }}),
refresh_history as (select * from {{ ref('stg_refresh_history') }}),
criteria as (select * from {{ ref('criteria') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),
deliveries as (select * from {{ ref('deliveries') }}),

pending as (

    select count(*) as followup_pending
    from criteria
    semi join study_definition on criteria.study = study_definition.study
    where criteria.step_name = 'followup_pending' and criteria.status = 'excluded'

),

row_counts as (

    select
        cast(coalesce(sum(rows_rejected), 0) as bigint) as rows_rejected,
        cast(coalesce(sum(rows_warned), 0) as bigint) as rows_warned
    from deliveries

),

this_refresh as (

    select
        refresh.refresh_id,
        refresh.refresh_number,
        'published' as status,
        refresh.reason,
        refresh.change_note,
        refresh.refresh_id || '.duckdb' as release_file,
        refresh.warehouse_version,
        refresh.git_commit,
        refresh.files_landed,
        refresh.rows_landed,
        refresh.rows_unreadable,
        row_counts.rows_rejected,
        row_counts.rows_warned,
        pending.followup_pending,
        refresh.versions,
        refresh.settings,
        refresh.as_of,
        refresh.rolled_back_at,
        refresh.started_at,
        refresh.checked_at,
        refresh.finished_at
    from refresh
    cross join row_counts
    cross join pending

),

earlier_refreshes as (

    select
        refresh_id,
        refresh_number,
        status,
        reason,
        change_note,
        release as release_file,
        warehouse_version,
        git_commit,
        files_landed,
        rows_landed,
        rows_unreadable,
        rows_rejected,
        rows_warned,
        followup_pending,
        versions,
        settings,
        as_of,
        rolled_back_at,
        started_at,
        checked_at,
        finished_at
    from refresh_history

),

all_refreshes as (

    select * from this_refresh
    union all
    select * from earlier_refreshes

)

select * from all_refreshes
order by refresh_number
