-- Nothing of it is among the deliveries: it was not landed, so no rule could judge it.

with

unread as (

    select * from {{ ref('stg_unread') }}

),

published as (

    select
        source_file,
        reason,
        is_to_mend
    from unread

)

select * from published
order by source_file
