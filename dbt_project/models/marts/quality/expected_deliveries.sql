-- What did not arrive: when each extract of a site came last, how often it usually comes, and
-- whether it is overdue.
-- The usual gap is the one that the site's mapping gives; else the median of the newest gaps
-- between the extract's delivery days; with too few of those, of the days on which the site
-- delivered anything. What never came is expected one usual gap after the site's first delivery.
-- An unreadable file is no delivery: its rows are as missing as those of a file that did not come.

with

files as (

    select * from {{ ref('stg_files') }}

),

expected_deliveries as (

    select * from {{ ref('stg_expected_deliveries') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

refresh as (

    select * from {{ ref('stg_refresh') }}

),

-- The usual rhythm is the median of the newest gaps: a changed rhythm is followed. A delivery
-- is overdue by half a gap, and by three days, so that a nightly one may rest over a long weekend.
limits as (

    select
        2 as gaps_min,
        {{ var('rhythm_gaps_max', 12) }} as gaps_max,
        0.5 as tolerance_share,
        3 as tolerance_min_days

),

study_sites as (

    select unnest(site_codes) as site
    from study_definition

),

-- A site of the study that nobody heard of yet is expected, too, with every extract.
expected as (

    select
        site,
        extract,
        every_days,
        is_expected
    from expected_deliveries
    union all
    select
        study_sites.site,
        extracts.extract,
        cast(null as integer) as every_days,
        true as is_expected
    from study_sites
    cross join
        (values ('admissions'), ('procedures'), ('imaging'), ('followups')) as extracts (extract)
    where study_sites.site not in (select expected_deliveries.site from expected_deliveries)

),

delivery_days as (

    select distinct
        site,
        extract,
        delivered_on
    from files
    where status in ('landed', 'duplicate') and extract is not null

),

days_of_site as (

    select
        site,
        extract,
        delivered_on
    from delivery_days
    union
    select
        site,
        'any' as extract,
        delivered_on
    from delivery_days

),

gaps as (

    select
        site,
        extract,
        delivered_on - lag(delivered_on) over (
            partition by site, extract
            order by delivered_on
        ) as gap_days,
        row_number() over (
            partition by site, extract
            order by delivered_on desc
        ) as age_rank
    from days_of_site

),

rhythms as (

    select
        gaps.site,
        gaps.extract,
        cast(ceil(median(gaps.gap_days)) as integer) as usual_days
    from gaps
    cross join limits
    where gaps.gap_days is not null and gaps.age_rank <= limits.gaps_max
    group by gaps.site, gaps.extract, limits.gaps_min
    having count(*) >= limits.gaps_min

),

seen as (

    select
        site,
        extract,
        count(*) as n_delivery_days,
        min(delivered_on) as first_delivered_on,
        max(delivered_on) as last_delivered_on
    from days_of_site
    group by site, extract

),

counted as (

    select
        expected.site,
        expected.extract,
        expected.is_expected,
        seen.last_delivered_on,
        cast(coalesce(seen.n_delivery_days, 0) as integer) as n_delivery_days,
        expected.site in (select study_sites.site from study_sites) as is_study_site,
        coalesce(expected.every_days, own.usual_days, of_site.usual_days) as usual_days,
        case
            when expected.every_days is not null then 'mapping'
            when own.usual_days is not null then 'extract'
            when of_site.usual_days is not null then 'site'
        end as usual_by,
        coalesce(seen.last_delivered_on, seen_of_site.first_delivered_on) as counted_from
    from expected
    left join seen
        on
            expected.site = seen.site
            and expected.extract = seen.extract
    left join seen as seen_of_site
        on
            expected.site = seen_of_site.site
            and seen_of_site.extract = 'any'
    left join rhythms as own
        on
            expected.site = own.site
            and expected.extract = own.extract
    left join rhythms as of_site
        on
            expected.site = of_site.site
            and of_site.extract = 'any'

),

due as (

    select
        counted.*,
        refresh.as_of,
        greatest(
            ceil(counted.usual_days * limits.tolerance_share), limits.tolerance_min_days
        ) as tolerance_days,
        case when counted.is_expected then counted.counted_from + counted.usual_days end
            as expected_on
    from counted
    cross join limits
    cross join refresh

),

decided as (

    select
        *,
        case when as_of - expected_on > tolerance_days then cast(as_of - expected_on as integer) end
            as days_overdue
    from due

),

with_status as (

    select
        *,
        case
            when not is_expected then 'not expected'
            when days_overdue is not null then 'overdue'
            when last_delivered_on is null then 'never delivered'
            when expected_on is null then 'no rhythm yet'
            else 'in time'
        end as status
    from decided

),

published as (

    select
        site,
        extract,
        is_study_site,
        status,
        usual_by,
        n_delivery_days,
        usual_days,
        last_delivered_on,
        expected_on,
        days_overdue
    from with_status

)

select * from published
order by site, extract
