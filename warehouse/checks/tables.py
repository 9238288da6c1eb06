"""The tables that are judged, in SQL: landed rows, their deliveries, and what later rules know.

``checks.<extract>`` holds for every landed row the columns that the rules of the extract look at,
``checks.<extract>_deliveries`` one row per delivery with its measures, and
``checks.current_<extract>`` what is known from the newest accepted version of each record of an
extract already judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from expectations.delivery import DeliveryRule
from expectations.rule import KNOWN_AS, Rule, codes_that
from warehouse.definitions.dictionary import Extract

# What the rules of later extracts know of a patient: from the newest accepted version of each
# record, one row per patient.
CONTEXT_COLUMNS = {
    "admissions": (
        "patient_key",
        "onset_at",
        "arrived_at",
        "prestroke_mrs",
        "etiology",
        "platelets_giga_per_l",
        "glucose_mmol_per_l",
        "baseline_nihss",
        "aspects",
    ),
    "procedures": (
        "patient_key",
        "puncture_at",
        "ended_at",
        "rescue_stent",
        "artery_perforation",
        "mtici_final",
    ),
    "imaging": ("patient_key", "imaged_at", "hemorrhage_type"),
}
CREATE_CONTEXT = {
    "admissions": """
        create or replace table checks.admission as
        select
            site as known_site,
            patient_key as known_patient_key,
            * exclude (site, known_since, patient_key),
        from checks.current_admissions
    """,
    "procedures": f"""
        create or replace table checks.procedure as
        select
            site as known_site,
            patient_key as known_patient_key,
            min(known_since) as known_since,
            min(puncture_at) as first_puncture_at,
            min(ended_at) as first_ended_at,
            bool_or(rescue_stent in {codes_that("rescue_stent", "is_placed")}) as has_stent,
            coalesce(bool_or(artery_perforation), false) as has_perforation,
            bool_and(mtici_final in ('0', '1')) as stayed_closed,
        from checks.current_procedures
        group by all
    """,
    "imaging": f"""
        create or replace table checks.scan as
        select
            site as known_site,
            patient_key as known_patient_key,
            max(imaged_at) as last_imaged_at,
            bool_or(
                hemorrhage_type
                in {codes_that("hemorrhage_type", "parenchymal_hematoma_grade", "2")}
            ) as has_large_hematoma,
        from checks.current_imaging
        group by all
    """,
}


def create_check_table(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    rules: Sequence[Rule],
    delivery_rules: Sequence[DeliveryRule],
    judged: Sequence[str],
) -> None:
    """Build ``checks.<extract>``: one row per landed row, with what the rules look at.

    ``landed_row`` is the row's number in ``raw.<extract>``. ``judged`` names the extracts whose
    accepted rows are known by now.
    """
    joins = [
        f"left join checks.{KNOWN_AS[name]} on landed.site = {KNOWN_AS[name]}.known_site "
        f"and landed.patient_key = {KNOWN_AS[name]}.known_patient_key"
        for name in judged
    ]
    derived = _derived([*rules, *(rule.measure for rule in delivery_rules)])
    conditions = {rule.column: rule.condition for rule in rules if rule.condition}
    columns = _looked_at(extract, rules, delivery_rules)
    connection.execute(
        f"""
        create or replace table checks.{extract.name} as
        with landed as (select rowid as landed_row, * from raw.{extract.name}),
        contradicted_key as ({_contradicted_keys(extract)}),
        known as (
            select {_selected(derived, "landed.*")}
            from landed
            left join contradicted_key
                on landed.file_id = contradicted_key.its_file_id
                and landed.record_key = contradicted_key.its_record_key
            {" ".join(joins)}
        )
        select {_selected(conditions, *columns)} from known
        """
    )


def create_deliveries_table(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[DeliveryRule]
) -> None:
    """Build ``checks.<extract>_deliveries``: one row per site and day, one column per measure.

    A measure that rests on too little is null. Its size stands in ``<measure>__size``.
    """
    aggregates: dict[str, str] = {}
    for rule in rules:
        aggregates |= rule.aggregates
    used = " ".join(rule.value + rule.size for rule in rules)
    earlier = {
        f"{name}__before": f"sum({name}) over earlier"
        for name in aggregates
        if f"{name}__before" in used
    }
    sizes = {f"{rule.column}__size": rule.size for rule in rules}
    measures = {
        rule.column: f"case when {rule.column}__size >= {rule.minimum} then {rule.value} end"
        for rule in rules
    }
    connection.execute(
        f"""
        create or replace table checks.{extract}_deliveries as
        with counted as (
            select {_selected(aggregates, "site", "delivered_on")}
            from checks.{extract}
            group by site, delivered_on
        ),
        with_earlier as (
            select {_selected(earlier, "*")}
            from counted
            window earlier as (
                partition by site
                order by delivered_on
                rows between unbounded preceding and 1 preceding
            )
        ),
        sized as (select {_selected(sizes, "*")} from with_earlier as delivered)
        select {_selected(measures, "site", "delivered_on", *sizes)} from sized as delivered
        """
    )


def measured_rules(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[DeliveryRule]
) -> list[DeliveryRule]:
    """The rules that have a measure of at least one delivery."""
    counts = ", ".join(f"count({rule.column})" for rule in rules)
    row = connection.execute(f"select {counts} from checks.{extract}_deliveries").fetchone()
    return [rule for rule, count in zip(rules, row or (), strict=True) if count]


def create_current_table(connection: duckdb.DuckDBPyConnection, extract: str) -> None:
    """Keep what later rules need of the newest accepted version of each record, if anything."""
    if extract not in CONTEXT_COLUMNS:
        return
    columns = ", ".join(CONTEXT_COLUMNS[extract])
    connection.execute(
        f"""
        create or replace table checks.current_{extract} as
        with rejected as (
            select row_id from raw.landing_violations where severity = 'reject'
            union
            select row_id from raw.check_failures where severity = 'reject'
        ),
        files as (
            select
                delivered_on,
                source_file,
                row_number() over (order by delivered_on, source_file) as position,
            from (select distinct delivered_on, source_file from raw.{extract})
        ),
        accepted as (
            select
                landed.rowid as landed_row,
                landed.site,
                landed.record_key,
                landed.delivered_on,
                (files.position << 32) + landed.source_row as version,
            from raw.{extract} as landed
            inner join files using (delivered_on, source_file)
            anti join rejected on landed.row_id = rejected.row_id
            where landed.record_key is not null
        ),
        newest as (
            select
                arg_max(landed_row, version) as landed_row,
                min(delivered_on) as known_since,
            from accepted
            group by site, record_key
        )
        select landed.site, newest.known_since, {columns}
        from raw.{extract} as landed
        inner join newest on landed.rowid = newest.landed_row
        """
    )
    connection.execute(CREATE_CONTEXT[extract])


def drop_check_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the tables that only the checks needed."""
    connection.execute("drop schema checks cascade")


def _looked_at(
    extract: Extract, rules: Sequence[Rule], delivery_rules: Sequence[DeliveryRule]
) -> list[str]:
    """Columns that are kept for judging and for messages, conditions apart."""
    conditions = {rule.column for rule in rules if rule.condition}
    landed = {field.name: str(field.landed_name) for field in extract.landed_fields}
    names = ["landed_row", "site", "delivered_on"]
    for rule in rules:
        names += [*rule.shown, *rule.decided_by.columns]
    for rule in delivery_rules:
        names += [*(landed[name] for name in rule.fields), *rule.measure.derived]
    return [name for name in dict.fromkeys(names) if name not in conditions]


def _derived(sources: Sequence[object]) -> dict[str, str]:
    """All derived columns; ValueError when two rules mean different things by one name."""
    columns: dict[str, str] = {}
    for source in sources:
        derived: Mapping[str, str] = source.derived  # type: ignore[attr-defined]
        for name, sql in derived.items():
            if columns.setdefault(name, sql) != sql:
                raise ValueError(f"the column {name} is derived as {columns[name]} and as {sql}")
    return columns


def _selected(columns: Mapping[str, str | None], *plain: str) -> str:
    return ", ".join([*plain, *(f"{sql} as {name}" for name, sql in columns.items())])


def _contradicted_keys(extract: Extract) -> str:
    """SQL of the keys that one file gives to rows of different content.

    Only keys that a file has twice are compared: their content is rarely worth hashing.
    """
    content = ", ".join(str(field.landed_name) for field in extract.landed_fields)
    digest = f"hash(({content}, unparsed_fields))"
    return f"""
        select file_id as its_file_id, record_key as its_record_key
        from landed
        where
            record_key is not null
            and hash(file_id, record_key) in (
                select hash(file_id, record_key)
                from landed
                where record_key is not null
                group by all
                having count(*) > 1
            )
        group by all
        having min({digest}) <> max({digest})
    """
