-- When each extract of a site came last, how often it usually comes, and whether it is overdue.
-- The usual gap is the one that the site's mapping gives; else that of the extract's delivery days;
-- with too few of those, of the days on which the site delivered anything. What never came is
-- expected one usual gap after the site's first delivery.

with

expected_deliveries as (select * from {{ source('raw', 'expected_deliveries') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),
rhythms as (select * from {{ ref('int_delivery_rhythms') }}),
refresh as (select * from {{ ref('stg_refresh') }}),

-- A delivery is overdue by half a gap, and by three days, so that a nightly one may rest over a
-- long weekend.
limits as (

    select
        0.5 as tolerance_share,
        3 as tolerance_min_days

),

counted as (

    select
        expected_deliveries.site,
        expected_deliveries.extract,
        expected_deliveries.is_expected,
        own.last_delivered_on,
        cast(coalesce(own.n_delivery_days, 0) as integer) as n_delivery_days,
        list_contains(study_definition.site_codes, expected_deliveries.site) as is_study_site,
        coalesce(expected_deliveries.every_days, own.usual_days, of_site.usual_days) as usual_days,
        case
            when expected_deliveries.every_days is not null then 'mapping'
            when own.usual_days is not null then 'extract'
            when of_site.usual_days is not null then 'site'
        end as usual_by,
        coalesce(own.last_delivered_on, of_site.first_delivered_on) as counted_from
    from expected_deliveries
    cross join study_definition
    left join rhythms as own
        on
            expected_deliveries.site = own.site
            and expected_deliveries.extract = own.extract
    left join rhythms as of_site
        on
            expected_deliveries.site = of_site.site
            and of_site.extract = 'any'

),

due as (

    select
        counted.*,
        case when counted.is_expected then counted.counted_from + counted.usual_days end
            as expected_on,
        greatest(
            ceil(counted.usual_days * limits.tolerance_share), limits.tolerance_min_days
        ) as tolerance_days
    from counted
    cross join limits

),

with_status as (

    select
        due.*,
        case
            when refresh.as_of - due.expected_on > due.tolerance_days
                then cast(refresh.as_of - due.expected_on as integer)
        end as days_overdue,
        case
            when not due.is_expected then 'not expected'
            when refresh.as_of - due.expected_on > due.tolerance_days then 'overdue'
            when due.last_delivered_on is null then 'never delivered'
            when due.expected_on is null then 'no rhythm yet'
            else 'in time'
        end as status
    from due
    cross join refresh

)

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
order by site, extract
