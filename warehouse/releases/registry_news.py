"""Changes of the registry between two releases, in numbers."""

from __future__ import annotations

from warehouse.dbt.project import mart
from warehouse.releases.changes import RegistryNews
from warehouse.releases.mart_changes import details_of, registry_tables
from warehouse.releases.pair import ReleasePair

# A follow-up is filled in if a patient of the earlier release had no mRS at 90 days.
FILLED_IN = """
create or replace temp table filled_in as
select new.patient_key
from after.registry.followups as new
semi join before.registry.patients as known on new.admission_key = known.admission_key
left join before.registry.followups as old
    on new.admission_key = old.admission_key and old.time_point = 'day_90'
where new.time_point = 'day_90' and new.mrs is not null and old.mrs is null
"""
CHANGED = """
select new.patient_key
from {details} as details
inner join after.registry.{table} as new using ({key})
where details.change = 'changed'
"""
# Rows that are new of patients who are not.
FURTHER = """
(
    select count(*) from {details} as details
    inner join after.registry.{table} as new using ({key})
    semi join before.registry.patients as known on new.patient_key = known.patient_key
    where details.change = 'added'
)
"""
NEWS = """
select
    (select count(*) from after.registry.patients),
    (select count(*) from {patients} where change = 'added'),
    (select count(*) from {patients} where change = 'removed'),
    (select count(*) from filled_in),
    {procedures},
    {imaging},
    (
        select count(distinct patient_key) from ({changed})
        where patient_key not in (from filled_in)
    )
"""


def registry_news(pair: ReleasePair) -> RegistryNews:
    """Return the changes, from the tables of changed rows that ``mart_changes`` creates."""
    pair.connection.execute(FILLED_IN)
    tables = registry_tables(pair)
    query = NEWS.format(
        patients=details_of("registry.patients"),
        procedures=_of_table(FURTHER, "procedures"),
        imaging=_of_table(FURTHER, "imaging"),
        changed=" union all ".join(_of_table(CHANGED, table) for table in tables),
    )
    return RegistryNews(*pair.row(query))


def _of_table(query: str, table: str) -> str:
    key = ", ".join(mart("registry", table).keys[0])
    return query.format(table=table, key=key, details=details_of(f"registry.{table}"))
