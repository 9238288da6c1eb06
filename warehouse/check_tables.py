"""The tables around a check, in SQL: what is judged, what was found, who is accepted.

``checks.<extract>`` holds every landed row with the columns that the rules of the extract need;
``checks.current_<extract>`` the newest accepted version of each record of an extract already
judged. The verdicts end in ``raw.rules``, ``raw.check_results`` and ``raw.check_failures``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from expectations.rule import Rule, codes_that
from warehouse.dictionary import Extract

SEPARATOR = ", "
# How a value of a DuckDB type is written in a message; any other type as DuckDB writes it.
AS_TEXT = {
    "TIMESTAMP": "strftime({column}, '%Y-%m-%d %H:%M')",
    "DOUBLE": "round({column}, 2)",
    "FLOAT": "round({column}, 2)",
}

CREATE_RESULTS = """
create or replace table raw.rules (
    rule varchar primary key, extract varchar, field varchar, "constraint" varchar,
    severity varchar, kahn_category varchar, kahn_context varchar, title varchar,
    expected varchar, why varchar, source varchar, action varchar
);
create or replace table raw.check_results (
    refresh_id varchar, checked_at timestamp, rule varchar, extract varchar, site varchar,
    delivered_on date, severity varchar, rows_checked bigint, rows_failed bigint, status varchar
);
create or replace table raw.check_failures (
    rule varchar, extract varchar, row_id varchar, field varchar, severity varchar,
    found varchar, expected varchar
);
create schema if not exists checks;
"""

# Columns of the landed rows that no expectation looks at, once the conditions are worked out.
NOT_JUDGED = ("source_file", "file_id", "source_row", "record_key", "unparsed_fields")

# What the rules of later extracts know of a patient: from the newest accepted version of each
# record, one row per patient.
CONTEXT_COLUMNS = {
    "admissions": ("patient_key", "onset_at", "arrived_at"),
    "procedures": ("patient_key", "puncture_at", "rescue_stent", "artery_perforation"),
}
CONTEXT_NAMES = {"admissions": "admission", "procedures": "procedure"}
CREATE_CONTEXT = {
    "admissions": """
        create or replace table checks.admission as
        select site as known_site, patient_key as known_patient_key, onset_at, arrived_at
        from checks.current_admissions
    """,
    "procedures": f"""
        create or replace table checks.procedure as
        select
            site as known_site,
            patient_key as known_patient_key,
            min(puncture_at) as first_puncture_at,
            bool_or(rescue_stent in {codes_that("rescue_stent", "is_placed")}) as has_stent,
            coalesce(bool_or(artery_perforation), false) as has_perforation,
        from checks.current_procedures
        group by all
    """,
}


def create_result_tables(connection: duckdb.DuckDBPyConnection, rules: Iterable[Rule]) -> None:
    """Make the result tables anew, empty but for the rules."""
    connection.execute(CREATE_RESULTS)
    columns = [
        "id",
        "extract",
        "constraint",
        "severity",
        "kahn_category",
        "kahn_context",
        "title",
        "expected",
        "why",
        "source",
        "action",
    ]
    described = [
        {"field": SEPARATOR.join(rule.fields)} | {name: getattr(rule, name) for name in columns}
        for rule in rules
    ]
    connection.register("described", pa.Table.from_pylist(described))
    connection.execute(
        "insert into raw.rules by name select id as rule, * exclude (id) from described"
    )
    connection.unregister("described")


def create_check_table(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    rules: Sequence[Rule],
    judged: Sequence[str],
) -> None:
    """Build ``checks.<extract>``: landed rows, derived columns, one column per condition.

    ``judged`` names the extracts whose accepted rows are known by now.
    """
    joins = [
        f"left join checks.{CONTEXT_NAMES[name]} on landed.site = {CONTEXT_NAMES[name]}.known_site "
        f"and landed.patient_key = {CONTEXT_NAMES[name]}.known_patient_key"
        for name in judged
        if name in CONTEXT_NAMES
    ]
    derived = _selected(_derived(rules))
    conditions = _selected({rule.column: rule.condition for rule in rules if rule.condition})
    connection.execute(
        f"""
        create or replace table checks.{extract.name} as
        with landed as (select * from raw.{extract.name}),
        contradicted_key as ({_contradicted_keys(extract)}),
        known as (
            select landed.*{derived}
            from landed
            left join contradicted_key
                on landed.file_id = contradicted_key.its_file_id
                and landed.record_key = contradicted_key.its_record_key
            {" ".join(joins)}
        )
        select known.* exclude ({", ".join(NOT_JUDGED)}){conditions} from known
        """
    )


def store_failures(connection: duckdb.DuckDBPyConnection, rule: Rule, failing_rows: str) -> int:
    """Keep the rows that a query finds as failures of a rule; returns how many there are."""
    count = connection.execute(
        f"""
        insert into raw.check_failures
        select ?, ?, judged.row_id, ?, ?, {_found(connection, rule)}, ?
        from ({failing_rows}) as failing
        inner join checks.{rule.extract} as judged on failing.row_id = judged.row_id
        """,
        [rule.id, rule.extract, SEPARATOR.join(rule.fields), rule.severity, rule.expected],
    ).fetchone()
    return int(count[0]) if count else 0


def store_results(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    rules: Sequence[Rule],
    errored: Sequence[str],
    stamp: tuple[str, datetime],
) -> None:
    """Split what was found by delivery: one row per rule, site and day, passes too.

    ``stamp`` is the refresh id and the time of the check.
    """
    counts = ", ".join(
        f"""{"0" if rule.id in errored else _judged_count(rule)} as "{rule.id}\""""
        for rule in rules
    )
    connection.execute(
        f"""
        insert into raw.check_results
        with delivered as (
            select distinct site, delivered_on from raw.files where extract = $extract
            union
            select distinct site, delivered_on from checks.{extract}
        ),
        judged as (
            unpivot (select site, delivered_on, {counts} from checks.{extract} group by all)
            on columns(* exclude (site, delivered_on)) into name rule value rows_checked
        ),
        failed as (
            select rule, site, delivered_on, count(*) as rows_failed
            from raw.check_failures
            inner join checks.{extract} using (row_id)
            where extract = $extract
            group by all
        ),
        counted as (
            select
                delivered.*,
                rules.rule,
                rules.severity,
                coalesce(judged.rows_checked, 0) as rows_checked,
                coalesce(failed.rows_failed, 0) as rows_failed,
            from delivered
            cross join (select * from raw.rules where rule in $rules) as rules
            left join judged using (rule, site, delivered_on)
            left join failed using (rule, site, delivered_on)
        )
        select
            $refresh_id, $checked_at, rule, $extract, site, delivered_on, severity,
            rows_checked,
            rows_failed,
            case
                when rule in $errored then 'errored'
                when rows_failed > 0 and severity = 'reject' then 'failed'
                when rows_failed > 0 then 'warned'
                when rows_checked = 0 then 'not_applicable'
                else 'passed'
            end
        from counted
        order by site, delivered_on, rule
        """,
        {
            "extract": extract,
            "rules": [rule.id for rule in rules],
            "errored": list(errored),
            "refresh_id": stamp[0],
            "checked_at": stamp[1],
        },
    )


def create_current_table(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Keep what later rules need of the newest accepted version of each record, if anything."""
    if extract not in CONTEXT_COLUMNS:
        return
    columns = ", ".join(f"'{column}': {column}" for column in CONTEXT_COLUMNS[extract])
    connection.execute(
        f"""
        create or replace table checks.current_{extract} as
        with rejected as (
            select row_id from raw.landing_violations where severity = 'reject'
            union
            select row_id from raw.check_failures where severity = 'reject'
        ),
        accepted as (
            select
                site,
                record_key,
                {{{columns}}} as known,
                row(delivered_on, source_file, source_row) as version,
            from raw.{extract} as landed
            anti join rejected on landed.row_id = rejected.row_id
            where record_key is not null
        )
        select site, unnest(arg_max(known, version))
        from accepted
        group by site, record_key
        """
    )
    connection.execute(CREATE_CONTEXT[extract])


def drop_check_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the tables that only the checks needed."""
    connection.execute("drop schema checks cascade")


def _derived(rules: Sequence[Rule]) -> dict[str, str]:
    """All derived columns of the rules; ValueError when two rules mean different things by one."""
    columns: dict[str, str] = {}
    for rule in rules:
        for name, sql in rule.derived.items():
            if columns.setdefault(name, sql) != sql:
                raise ValueError(f"{rule.id}: the column {name} is derived differently elsewhere")
    return columns


def _selected(columns: dict[str, str | None]) -> str:
    return "".join(f", {sql} as {name}" for name, sql in columns.items())


def _contradicted_keys(extract: Extract) -> str:
    """SQL of the keys that one file gives to rows of different content."""
    content = ", ".join(str(field.landed_name) for field in extract.landed_fields)
    digest = f"hash(({content}, unparsed_fields))"
    return f"""
        select file_id as its_file_id, record_key as its_record_key
        from landed
        where record_key is not null
        group by all
        having count(*) > 1 and min({digest}) <> max({digest})
    """


def _judged_count(rule: Rule) -> str:
    """SQL that counts the rows that a rule judges: those with a value in each of its columns."""
    if rule.decided_by.judges_missing:
        return "count(*)"
    judged = " and ".join(f"{name} is not null" for name in rule.decided_by.columns)
    return f"count(*) filter ({judged})"


def _found(connection: duckdb.DuckDBPyConnection, rule: Rule) -> str:
    """SQL of the text that says what a failing row has: the value, or each with its name."""
    if rule.constraint == "required":
        return "'missing'"
    if not rule.shown:
        return "null"
    table = connection.table(f"checks.{rule.extract}")
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    texts = {name: _as_text(name, types[name]) for name in rule.shown}
    if len(texts) == 1:
        return texts[rule.shown[0]]
    return " || ', ' || ".join(f"'{name} ' || {text}" for name, text in texts.items())


def _as_text(column: str, sql_type: str) -> str:
    written = AS_TEXT.get(sql_type, "{column}").format(column=f"judged.{column}")
    return f"coalesce(cast({written} as varchar), 'missing')"
