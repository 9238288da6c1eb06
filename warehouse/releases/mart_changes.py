"""Rows added, removed and changed in each mart, identified by the mart's key.

Rows are compared by a hash of their values. So only keys and hashes of a large mart are joined, and
only rows that differ are read completely.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.study import VIEWS
from warehouse.releases.changes import EXAMPLES_KEPT, MartChange, RowChange
from warehouse.releases.pair import ReleasePair

COMPARED_SCHEMAS = ("codes", "registry", "studies", "study")
# Values of the registry once more; and what compares a release with others itself.
NOT_COMPARED = ("studies.strokes", "studies.locks", "studies.lock_changes")
# The source of a row is not compared: a full delivery repeats every row in another file.
LINEAGE = ("source_file", "source_row", "delivered_on")

MOVED = """
create or replace temp table moved as
with before_rows as (
    select {keys}, true as is_there, {values} as value_hash, {lineage} as lineage_hash
    from before.{table}
),
after_rows as (
    select {keys}, true as is_there, {values} as value_hash, {lineage} as lineage_hash
    from after.{table}
)
select {keys},
    case
        when before_rows.is_there is null then 'added'
        when after_rows.is_there is null then 'removed'
        when before_rows.value_hash <> after_rows.value_hash then 'changed'
        else 'delivered again'
    end as change
from before_rows full join after_rows using ({keys})
where before_rows.value_hash is distinct from after_rows.value_hash
    or before_rows.lineage_hash is distinct from after_rows.lineage_hash
"""
DETAILS = """
create or replace temp table {details} as
select {keys}, 'changed' as change, list_filter([{differing}], lambda name: name is not null)
    as columns, {file} as source_file, {line} as source_row
from moved
inner join before.{table} as old using ({keys})
inner join after.{table} as new using ({keys})
where change = 'changed'
union all
select {keys}, 'added', [], {file}, {line}
from moved inner join after.{table} as new using ({keys}) where change = 'added'
union all
select {keys}, 'removed', [], null, null from moved where change = 'removed'
"""
NO_DETAILS = """
create or replace temp table {details} as
select *, '' as change, cast([] as varchar[]) as columns from after.{table} limit 0
"""
EXAMPLES = f"""
select change, columns, source_file, source_row, {{keys}} from {{details}}
qualify row_number() over (partition by change order by {{keys}}) <= {EXAMPLES_KEPT}
order by change, {{keys}}
"""
WHOLE_ROWS = """
select
    (select count(*) from (select {columns} from after.{table}
        except all select {columns} from before.{table})),
    (select count(*) from (select {columns} from before.{table}
        except all select {columns} from after.{table}))
"""


def compared_tables(pair: ReleasePair) -> Iterator[str]:
    """Yield the marts that both releases have; a view with a long table's name shows only that."""
    same = {f"study.{name}" for name, table in VIEWS.items() if name == table}
    for table in pair.after:
        is_compared = table.split(".")[0] in COMPARED_SCHEMAS and table not in NOT_COMPARED
        if table in pair.before and is_compared and table not in same:
            yield table


def registry_tables(pair: ReleasePair) -> tuple[str, ...]:
    """Return the tables of the registry that publish delivered rows, of both releases."""
    both = set(compared_tables(pair))
    return tuple(table for table in dictionary().registry_tables if f"registry.{table}" in both)


def mart_changes(pair: ReleasePair, equal: Collection[str] = ()) -> tuple[MartChange, ...]:
    """Return the changes of each mart; marts in ``equal`` are the same and are not read."""
    changes = []
    for table in compared_tables(pair):
        if table in equal:
            pair.connection.execute(NO_DETAILS.format(table=table, details=details_of(table)))
        else:
            changes.append(mart_change(pair, table))
    return tuple(change for change in changes if change.is_changed or change.delivered_again)


def mart_change(pair: ReleasePair, table: str) -> MartChange:
    """Return the changes of a mart; the temporary table ``details_of(table)`` keeps its rows."""
    key, calendar = _declared(table)
    old, new = pair.before[table], pair.after[table]
    common = [name for name, kind in new.items() if old.get(name) == kind and name not in calendar]
    new_columns = tuple(name for name in new if name not in old)
    gone_columns = tuple(name for name in old if name not in new)
    if not set(key) <= set(common):
        return _without_key(pair, table, common, (new_columns, gone_columns))
    named = _sql(table, key, common)
    pair.connection.execute(MOVED.format(**named))
    counts = dict(pair.rows("select change, count(*) from moved group by all"))
    details = named["details"]
    differs = counts.keys() - {"delivered again"}
    pair.connection.execute((DETAILS if differs else NO_DETAILS).format(**named))
    return MartChange(
        table=table,
        key=key,
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        changed=counts.get("changed", 0),
        delivered_again=counts.get("delivered again", 0),
        columns=dict(pair.rows(_counted("unnest(columns)", details))) if differs else {},
        files=dict(pair.rows(_counted("source_file", details))) if differs else {},
        examples=_examples(pair, key, named) if differs else (),
        new_columns=new_columns,
        gone_columns=gone_columns,
    )


def details_of(table: str) -> str:
    """Return the table of a mart's changed rows: key, change, columns, source_file, source_row."""
    return f"details_of_{table.replace('.', '_')}"


def _declared(table: str) -> tuple[tuple[str, ...], set[str]]:
    """Return the key of a mart, and its columns that change with the day alone, from its yml."""
    declared = mart(*table.split("."))
    calendar = {name for name, meta in declared.column_meta.items() if meta.get("follows_the_day")}
    return declared.keys[0], calendar


def _sql(table: str, key: tuple[str, ...], common: list[str]) -> dict[str, str]:
    """Return the parts of the queries on a mart."""
    values = [name for name in common if name not in key and name not in LINEAGE]
    lineage = [name for name in common if name in LINEAGE]
    differing = [
        f"""case when old."{name}" is distinct from new."{name}" then '{name}' end"""
        for name in values
    ]
    return {
        "table": table,
        "details": details_of(table),
        "keys": _names(key),
        "values": _hash(values),
        "lineage": _hash(lineage),
        "differing": ", ".join(differing) or "null",
        "file": "new.source_file" if "source_file" in common else "null",
        "line": "new.source_row" if "source_row" in common else "null",
    }


def _names(columns: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _hash(columns: Collection[str]) -> str:
    return f"hash({_names(columns)})" if columns else "0"


def _counted(what: str, details: str) -> str:
    return f"""
        select name, count(*) as n from (select {what} as name from {details})
        where name is not null group by name order by n desc, name
    """


def _examples(
    pair: ReleasePair, key: tuple[str, ...], named: dict[str, str]
) -> tuple[RowChange, ...]:
    return tuple(
        RowChange(
            key={name: str(value) for name, value in zip(key, values, strict=True)},
            change=change,
            columns=tuple(columns),
            source_file=source_file,
            source_row=source_row,
        )
        for change, columns, source_file, source_row, *values in pair.rows(EXAMPLES.format(**named))
    )


def _without_key(
    pair: ReleasePair, table: str, common: list[str], other: tuple[tuple[str, ...], ...]
) -> MartChange:
    """Return the changes of a mart without a common key: whole rows are compared."""
    columns = _names([name for name in common if name not in LINEAGE])
    added, removed = pair.row(WHOLE_ROWS.format(table=table, columns=columns))
    return MartChange(table, (), added, removed, 0, 0, {}, {}, (), *other)
