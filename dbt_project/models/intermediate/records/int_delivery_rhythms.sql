-- The usual gap is the median of the newest ones: a changed rhythm is followed.
-- An unreadable file is no delivery: its rows are as missing as those of a file that did not come.

with

files as (select * from {{ source('raw', 'files') }}),

limits as (

    select
        2 as gaps_min,
        {{ var('rhythm_gaps_max', 12) }} as gaps_max

),

delivery_days as (

    select distinct
        files.site,
        extracts.extract,
        files.delivered_on
    from files
    cross join unnest([files.extract, 'any']) as extracts (extract)
    where files.status in ('landed', 'duplicate') and files.extract is not null

),

gaps as (

    select
        site,
        extract,
        delivered_on,
        delivered_on - lag(delivered_on) over (
            partition by site, extract
            order by delivered_on
        ) as gap_days,
        row_number() over (
            partition by site, extract
            order by delivered_on desc
        ) as age_rank
    from delivery_days

),

rhythms as (

    select
        gaps.site,
        gaps.extract,
        cast(count(*) as integer) as n_delivery_days,
        min(gaps.delivered_on) as first_delivered_on,
        max(gaps.delivered_on) as last_delivered_on,
        case
            when
                count(gaps.gap_days) filter (where gaps.age_rank <= limits.gaps_max)
                >= limits.gaps_min
                then
                    cast(
                        ceil(
                            median(gaps.gap_days) filter (where gaps.age_rank <= limits.gaps_max)
                        ) as integer
                    )
        end as usual_days
    from gaps
    cross join limits
    group by gaps.site, gaps.extract, limits.gaps_min, limits.gaps_max

)

select * from rhythms
