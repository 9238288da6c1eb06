"""Rows that show what a site says today, and rules that compare a row with those of other records.

Current is the newest version of each record, as its file was last delivered, unless a later full
delivery of the site no longer has it: so a query ends when the other row is corrected or withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NAMED_MOST = 5
CURRENT_ROWS = """
    select landed.rowid as landed_row, landed.site, landed.record_key, {columns}
    from raw.{extract} as landed
    inner join (
        select file_id, max(delivered_on) as delivered_on from raw.places group by all
    ) as last_places using (file_id)
    left join (
        select site, max(delivered_on) as full_on
        from (
            select site, delivered_on from raw.files where extract = '{extract}'
            group by all having bool_and(mode = 'full' and status in ('landed', 'duplicate'))
        )
        group by site
    ) as full_deliveries on landed.site = full_deliveries.site
    where
        landed.record_key is not null
        and {where}
        and coalesce(last_places.delivered_on >= full_deliveries.full_on, true)
        and landed.rowid not in (
            select landed_row
            from checks.{extract}_versions
            inner join (
                select file_id, max(position) as position from raw.places group by all
            ) using (file_id)
            qualify row_number() over (
                partition by record order by position desc, source_row desc
            ) > 1
        )
"""


def none_like_it(
    extract: str, name: str, columns: Iterable[str], where: str, pair: str
) -> dict[str, Any]:
    """Return the parts of a rule that a row breaks beside which there is another current one.

    ``columns`` and ``where`` are SQL over ``landed``, ``pair`` is SQL that is true for two rows
    ``ours`` and ``theirs``, which have the columns, landed_row, site and record_key. File and line
    of the other rows are looked up for the rows that break the rule alone, and the first are named:
    where 300 rows are alike, each of them would name 299.
    """
    current = CURRENT_ROWS.format(extract=extract, columns=", ".join(columns), where=where)
    return {
        "holds": f"not {name}__found",
        "derived": {
            f"{name}__found": f"""landed.rowid in (
                with found as ({current})
                select ours.landed_row from found as ours semi join found as theirs on {pair}
            )"""
        },
        "beside": f"""(
            with found as ({current})
            select
                array_to_string(
                    list_transform(
                        min(row(other.source_file, other.source_row), {NAMED_MOST}),
                        lambda place: place[1] || ', line ' || place[2]
                    ),
                    '; '
                )
                || case when count(*) > {NAMED_MOST}
                    then format('; and {{:,}} more', count(*) - {NAMED_MOST}) else '' end
            from found as ours
            inner join found as theirs on {pair}
            inner join raw.{extract} as other on theirs.landed_row = other.rowid
            where ours.landed_row = broken.landed_row
        )""",
    }


def of_several(extract: str, group: str, key: str = "record_key") -> str:
    """SQL that is true for a row of ``landed`` whose group of values has several records."""
    return (
        f"hash({group}) in (select hash({group}) from raw.{extract} as landed "
        f"group by all having min({key}) <> max({key}))"
    )
