{#- The columns of a refresh as its record has them: of this refresh and of the earlier ones. -#}
{% macro staged_refreshes(table) %}

with

source as (

    select * from {{ source('raw', table) }}

),

staged as (

    select
        refresh_id,
        refresh_number,
        started_at,
        as_of,
        status,
        reason,
        change_note,
        rolled_back_at,
        finished_at,
        checked_at,
        release,
        files_landed,
        rows_landed,
        rows_unreadable,
        rows_rejected,
        rows_warned,
        studies,
        followup_pending,
        warehouse_version,
        git_commit,
        -- As text: clients over ODBC cannot read a map.
        array_to_string(
            list_sort(
                list_transform(map_entries(versions), lambda entry: entry.key || ' ' || entry.value)
            ),
            ', '
        ) as versions,
        array_to_string(
            list_sort(
                list_transform(
                    map_entries(settings), lambda entry: entry.key || ' ' || left(entry.value, 12)
                )
            ),
            ', '
        ) as settings
    from source

)

select * from staged
{% endmacro %}
