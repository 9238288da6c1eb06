"""Patients who entered or left the cohort, with reasons, and changed lines of the study's tables.

Both are computed from the tables of changed rows that ``mart_changes`` leaves on the connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import dictionary
from warehouse.releases.changes import LineChange, PatientChange
from warehouse.releases.mart_changes import details_of, registry_tables
from warehouse.releases.pair import ReleasePair

TABLES = ("study.table1", "study.table2")
COHORT_MOVED = f"""
create or replace temp table cohort_moved as
select
    coalesce(new.patient_key, old.patient_key) as patient_key, change, columns,
    change <> 'changed' or list_contains(columns, 'study_group') as is_regrouped
from {details_of("study.cohort")} as moved
left join after.study.cohort as new using (admission_key)
left join before.study.cohort as old using (admission_key)
"""
# New files that gave a moved patient a record or changed it, and new full deliveries that no longer
# have a record which was there before.
COHORT_FILES = """
create or replace temp table cohort_files as
select distinct cohort_moved.patient_key, new_files.source_file
from cohort_moved
inner join ({records}) as records on cohort_moved.patient_key = records.patient_key
inner join new_files
    on records.source_file = new_files.source_file
    or (
        records.change = 'removed' and new_files.mode = 'full'
        and records.site = new_files.site and records.extract = new_files.extract
    )
"""
RECORDS = """
    select record.patient_key, record.site, '{extract}' as extract, change, moved.source_file
    from {details} as moved inner join after.{table} as record using ({key})
    where change in ('added', 'changed')
    union all
    select record.patient_key, record.site, '{extract}', change, null
    from {details} as moved inner join before.{table} as record using ({key})
    where change = 'removed'
"""
STATUSES = """
    select
        people.patient_key,
        cohort.site,
        coalesce(
            cohort.study_group,
            excluded.label || coalesce(' (' || excluded.reason || ')', ''),
            case
                when patients.patient_key is null then 'not in the registry'
                else 'not treated at the study''s sites in its period'
            end
        ) as status
    from people
    left join {release}.study.cohort as cohort on people.patient_key = cohort.patient_key
    left join (
        select * from {release}.study.eligibility where status = 'excluded'
        qualify row_number() over (partition by patient_key order by step_order desc) = 1
    ) as excluded on people.patient_key = excluded.patient_key
    left join (select distinct patient_key from {release}.registry.patients) as patients
        on people.patient_key = patients.patient_key
"""
PATIENTS = f"""
with people as (
    select patient_key, change from cohort_moved where is_regrouped
),
old as ({STATUSES.format(release="before")}),
new as ({STATUSES.format(release="after")}),
files as (
    select patient_key, list(source_file order by source_file) as files
    from cohort_files group by all
)
select
    people.patient_key,
    coalesce(new.site, old.site) as site,
    case change when 'added' then 'entered' when 'removed' then 'left' else 'changed group' end
        as what,
    old.status,
    new.status,
    coalesce(files.files, [])
from people
inner join old on people.patient_key = old.patient_key
inner join new on people.patient_key = new.patient_key
left join files on people.patient_key = files.patient_key
order by what = 'changed group', what, site, people.patient_key
"""
# A line changes with patients who entered, left or changed group, and with changed values.
LINES = """
with moved_variables as (
    select patient_key, unnest(columns) as variable from cohort_moved where not is_regrouped
),
files as (
    select new.variable, list(distinct cohort_files.source_file) as files
    from after.{table} as new
    cross join cohort_moved
    inner join cohort_files on cohort_moved.patient_key = cohort_files.patient_key
    left join moved_variables
        on cohort_moved.patient_key = moved_variables.patient_key
        and new.variable = moved_variables.variable
    where cohort_moved.is_regrouped or moved_variables.variable is not null
    group by all
)
select
    new.variable, new.label, {values}, {p_values},
    list_sort(coalesce(files.files, []))
from before.{table} as old
inner join after.{table} as new on old.variable = new.variable{level}
left join files on new.variable = files.variable
where {differs}
order by new.line
"""
COHORT_GROUPS = "select study_group, count(*) from {schema}.cohort group by all order by all"


def group_sizes(pair: ReleasePair, release: str) -> dict[str, int]:
    """Return the patients of the cohort by group, in ``before`` or ``after``."""
    return dict(pair.rows(COHORT_GROUPS.format(schema=f"{release}.study")))


def patient_changes(pair: ReleasePair) -> tuple[PatientChange, ...]:
    """Return patients who entered, left or changed group; creates the table ``cohort_files``."""
    pair.connection.execute(COHORT_MOVED)
    records = " union all ".join(RECORDS.format(**names) for names in _registry_details(pair))
    pair.connection.execute(COHORT_FILES.format(records=records))
    return tuple(PatientChange(*row, tuple(files)) for *row, files in pair.rows(PATIENTS))


def _registry_details(pair: ReleasePair) -> Iterator[dict[str, str]]:
    """Yield the extract, table, key and table of changed rows of each registry table."""
    extracts = {extract.registry_table: name for name, extract in dictionary().extracts.items()}
    for name in registry_tables(pair):
        table = f"registry.{name}"
        key = ", ".join(mart("registry", name).keys[0])
        yield {"extract": extracts[name], "table": table, "key": key, "details": details_of(table)}


def line_changes(pair: ReleasePair) -> tuple[LineChange, ...]:
    """Return the changed lines of Tables 1 and 2. Call it after ``patient_changes``."""
    lines: list[LineChange] = []
    for table in _study_tables(pair):
        shared = pair.before[table].keys() & pair.after[table].keys()
        columns = [name for name in pair.after[table] if name in shared and _is_cell(name)]
        values = ", ".join(f"old.{name}, new.{name}" for name in columns)
        differs = " or ".join(f"old.{name} is distinct from new.{name}" for name in columns)
        level = " and old.level = new.level" if "level" in shared else ""
        p_values = "old.p_value, new.p_value" if "p_value" in shared else "null, null"
        rows = pair.rows(
            LINES.format(
                table=table, values=values, differs=differs, level=level, p_values=p_values
            )
        )
        lines += [_line(table, columns, row) for row in rows]
    return tuple(lines)


def _study_tables(pair: ReleasePair) -> list[str]:
    """Return Tables 1 and 2 of the default study that both releases have, outcomes first.

    Those by subgroup have a line for each, and are no tables of everybody.
    """
    named = (name for name in pair.after if name.startswith(TABLES) and name in pair.before)
    return sorted((name for name in named if "subgroup" not in pair.after[name]), reverse=True)


def _is_cell(column: str) -> bool:
    return column.endswith("_display") and column != "all_display"


def _line(table: str, columns: list[str], row: tuple[object, ...]) -> LineChange:
    variable, label, *values, files = row
    *displays, p_value = zip(values[::2], values[1::2], strict=True)
    cells = {name: cell for name, cell in zip(columns, displays, strict=True) if cell[0] != cell[1]}
    return LineChange(table, str(variable), str(label), cells, p_value, tuple(files))
