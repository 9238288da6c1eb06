"""Loading the landed log into the work database, from which checks and dbt read.

The schema ``raw`` of the work database holds every landed row up to a day, the manifests of the
files, what landing objected to and left unread, the study's definition, and the history of earlier
refreshes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.cohorts.field_uses import field_uses
from warehouse.cohorts.membership import row_of_study
from warehouse.definitions.dictionary import EXTRACTS, Dictionary, DictionaryError, dictionary
from warehouse.definitions.published import published_rows
from warehouse.definitions.ranges import range_rows
from warehouse.definitions.rule_text import meaning
from warehouse.definitions.site import earliest_of, load_site, time_zone_of
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import load_studies as read_studies
from warehouse.definitions.study_files import load_study
from warehouse.errors import WarehouseError
from warehouse.expected import expected_deliveries
from warehouse.files import remove_whatever
from warehouse.history import (
    HistoryError,
    RefreshRecord,
    check_results_path,
    kept_paths,
    read_records,
    require_kept,
)
from warehouse.history import violations_path as kept_violations_path
from warehouse.landing.deliveries import shown
from warehouse.landing.manifest import Manifest, damage, read_log, rows_path, violations_path
from warehouse.landing.mapping_check import check_mapping
from warehouse.landing.missing_fields import missing_fields
from warehouse.landing.raw_names import RawNames
from warehouse.old_quotes import OldQuotes
from warehouse.raw_columns import (
    ACCEPTED_CORRECTIONS,
    CHECK_RESULT_CHANGES,
    CHECK_RESULTS,
    EARLIER_VIOLATIONS,
    EXPECTED_DELIVERIES,
    FIELD_USES,
    FILES,
    LANDING_VIOLATIONS,
    MISSING_FIELDS,
    PUBLISHED,
    REFRESH,
    RULES_OFF,
    SITE_RANGES,
    SITE_THRESHOLDS,
    SKIPPED_FILES,
    STEPS,
    STUDIES,
    STUDY_DEFINITION,
    STUDY_GROUPS,
    STUDY_LINES,
    STUDY_STEPS,
    STUDY_SUBGROUPS,
    STUDY_VARIABLES,
    TIME_ZONES,
    landed_columns,
)

# The tables that change with every refresh, also where nothing else has changed.
OF_EACH_NIGHT = (
    *("refresh", "refresh_history", "steps"),
    *("check_result_changes", "earlier_violations"),
)
WHAT_TO_DO = (
    "Restore them from a backup, or put the raw file that each was made from back to its place and "
    "refresh again: it is landed again from there."
)


class DamagedLogError(WarehouseError):
    """A file of the landed log is not as it was written; the message says what to do."""


def read_manifests(landed_dir: Path, as_of: date) -> list[dict[str, Any]]:
    """Manifests of all files delivered up to a day, in order of delivery.

    One that is damaged is left out: landing has landed its file again, or reported that it cannot.
    """
    return [entry.record for entry in files_due(landed_dir, as_of)]


@contextmanager
def new_work_database(work_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a fresh work database with an empty schema ``raw``."""
    work_path.parent.mkdir(parents=True, exist_ok=True)
    for path in work_path.parent.glob(f"{work_path.name}*"):  # its log and spilled data too
        remove_whatever(path)
    with duckdb.connect(work_path) as connection:
        connection.execute("create schema raw")
        yield connection


def load_landed(
    connection: duckdb.DuckDBPyConnection,
    landed_dir: Path,
    words: Dictionary,
    as_of: date,
    sites_dir: Path | None = None,
) -> None:
    """Load the rows, files and landing violations of all deliveries up to a day.

    ``sites_dir`` holds the mappings of the sites, which say how often they deliver and what zone
    their clock has. Raises DamagedLogError for a file of the log that is not as it was written.
    """
    due = files_due(landed_dir, as_of)
    require_whole(landed_dir, due)
    for name in EXTRACTS:
        columns = landed_columns(words.extracts[name])
        landed = [entry for entry in due if entry.extract == name and entry.status == "landed"]
        rows = [rows_path(landed_dir, entry) for entry in landed]
        _create_from_parquet(connection, name, columns, rows)
    violations = [violations_path(landed_dir, entry) for entry in due]
    _create_from_parquet(connection, "landing_violations", LANDING_VIOLATIONS, violations)
    quotes = OldQuotes(connection, words, sites_dir)
    quotes.hide_in_violations("landing_violations")
    quotes.hide_in_rows()
    _create_from_rows(connection, "files", FILES, [entry.record for entry in due])
    _create_from_rows(connection, "missing_fields", MISSING_FIELDS, missing_fields(due, words))
    variables = [
        {"variable": field.name, "description": meaning(field, words)}
        for field in words.study_variables
    ]
    _create_from_rows(connection, "study_variables", STUDY_VARIABLES, variables)
    _load_mappings(connection, {entry.site for entry in due}, sites_dir)


def _load_mappings(
    connection: duckdb.DuckDBPyConnection, sites: set[str], sites_dir: Path | None
) -> None:
    """Load what the mappings of the sites that delivered say of expectations, clocks and rules."""
    # A site of the study that delivered nothing yet is expected, too.
    study_sites = load_study().site_codes
    expected = expected_deliveries({*sites, *study_sites}, sites_dir)
    _create_from_rows(connection, "expected_deliveries", EXPECTED_DELIVERIES, expected)
    zones = [
        {
            "site": site,
            "time_zone": time_zone_of(site, sites_dir),
            "earliest": earliest_of(site, sites_dir),
        }
        for site in sorted(sites)
    ]
    _create_from_rows(connection, "time_zones", TIME_ZONES, zones)
    rules_off = [row for site in sorted(sites) for row in _rules_off(site, sites_dir)]
    _create_from_rows(connection, "rules_off", RULES_OFF, rules_off)
    own = [row for site in sorted(sites) for row in _site_thresholds(site, sites_dir)]
    _create_from_rows(connection, "site_thresholds", SITE_THRESHOLDS, own)
    ranges = [row for site in sorted(sites) for row in _site_ranges(site, sites_dir)]
    _create_from_rows(connection, "site_ranges", SITE_RANGES, ranges)
    _create(connection, "accepted_corrections", ACCEPTED_CORRECTIONS)


def load_accepted_corrections(
    connection: duckdb.DuckDBPyConnection, names: RawNames, sites_dir: Path | None = None
) -> None:
    """Load the corrections that the mappings of the loaded sites accept, files as ``names`` shows.

    Whoever writes a mapping reads the name in the folder, or in a query.
    """
    sites = connection.execute("select distinct site from raw.files order by site").fetchall()
    entries = accepted_corrections([site for (site,) in sites], names, sites_dir)
    _create_from_rows(connection, "accepted_corrections", ACCEPTED_CORRECTIONS, entries)


def load_skipped_files(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]]
) -> None:
    """Load what this refresh could not land, as ``LandingReport.skipped_rows`` has it."""
    _create_from_rows(connection, "skipped_files", SKIPPED_FILES, rows)


def load_studies(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the studies that are built, the default one first.

    Raises DictionaryError for a study whose file, or one of whose conditions, is wrong.
    """
    studies = read_studies()
    default = studies[0].as_row() | {"place": 1}
    if studies[0].sites == "all":
        sites = connection.execute("select distinct site from raw.files order by site").fetchall()
        default["site_codes"] = [site for (site,) in sites]
    _create_from_rows(connection, "study_definition", STUDY_DEFINITION, [default])
    load_study_tables(connection, studies)
    uses = [use._asdict() for use in field_uses(studies)]
    _create_from_rows(connection, "field_uses", FIELD_USES, uses)


def load_study_tables(
    connection: duckdb.DuckDBPyConnection, studies: Sequence[StudyDefinition]
) -> None:
    """Load studies with their steps, groups and lines; the first is the default one.

    Raises DictionaryError for a study one of whose conditions is wrong.
    """
    of_studies = [row_of_study(study, place) for place, study in enumerate(studies, start=1)]
    for table, columns, rows in (
        ("studies", STUDIES, of_studies),
        ("study_steps", STUDY_STEPS, [row for each in studies for row in each.step_rows()]),
        ("study_groups", STUDY_GROUPS, [row for each in studies for row in each.group_rows()]),
        (
            "study_subgroups",
            STUDY_SUBGROUPS,
            [row for each in studies for row in each.subgroup_rows()],
        ),
        ("study_lines", STUDY_LINES, [row for each in studies for row in each.line_rows()]),
    ):
        _create_from_rows(connection, table, columns, rows)
    published = [published_rows(study) for study in studies]
    for table, columns in PUBLISHED.items():
        name = table.removeprefix("published_")
        found = [
            row | {"printed_group": row.get("group")} for each in published for row in each[name]
        ]
        _create_from_rows(connection, table, columns, found)


def load_history(
    connection: duckdb.DuckDBPyConnection,
    history_dir: Path,
    record: RefreshRecord,
    sites_dir: Path | None = None,
) -> None:
    """Load this refresh and what earlier ones found, in place of what the last one loaded."""
    earlier = [row for row in read_records(history_dir) if row.refresh_id != record.refresh_id]
    _create_from_rows(connection, "refresh", REFRESH, [asdict(record)])
    _create_from_rows(connection, "refresh_history", REFRESH, [asdict(row) for row in earlier])
    _create_from_rows(connection, "steps", STEPS, [row for each in earlier for row in _steps(each)])
    require_kept(*kept_paths(history_dir))
    load_check_results(connection, history_dir)
    path = kept_violations_path(history_dir)
    _load_table(connection, "earlier_violations", EARLIER_VIOLATIONS, path)
    OldQuotes(connection, dictionary(), sites_dir).hide_in_violations("earlier_violations")


def load_check_results(connection: duckdb.DuckDBPyConnection, history_dir: Path) -> None:
    """Load the check results of earlier refreshes as ``raw.check_result_changes``."""
    path = check_results_path(history_dir)
    _load_table(connection, "check_result_changes", CHECK_RESULT_CHANGES, path)


def load_results_of_refresh(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Load all results of one refresh, as versions before 0.2 stored them."""
    _load_table(connection, "check_results", CHECK_RESULTS, path)


def _load_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], path: Path
) -> None:
    """Load a Parquet file of the history; one that is not there has no rows."""
    try:
        _create_from_parquet(connection, table, columns, [path] if path.exists() else [])
    except duckdb.Error as error:
        raise HistoryError(
            f"A file of the history cannot be read: {error}\nRestore it from the backup, or move "
            f"it away to go on without it: what it says of earlier refreshes is then missing from "
            f"the quality tables, and violations count as new again."
        ) from error


def accepted_corrections(
    sites: Iterable[str], names: RawNames, sites_dir: Path | None = None
) -> list[dict[str, Any]]:
    """Return the corrections that the mappings of sites accept, as rows of their table."""
    return [row for site in sites for row in _accepted_corrections(site, names, sites_dir)]


def _accepted_corrections(
    site: str, names: RawNames, sites_dir: Path | None
) -> list[dict[str, Any]]:
    """Return the corrections that a site accepts; none while its mapping is wrong."""
    try:
        entries = load_site(site, sites_dir).accepted_corrections
    except DictionaryError:
        return []
    return [
        {"site": site, "file": names.shown_at(site, entry.file), "line": entry.line}
        for entry in entries
    ]


def _rules_off(site: str, sites_dir: Path | None) -> list[dict[str, Any]]:
    """Return the rules that a site switches off, and why; none while its mapping is wrong."""
    try:
        reasons = load_site(site, sites_dir).rules_off
    except DictionaryError:
        return []
    return [{"site": site, "rule": rule, "because": why} for rule, why in sorted(reasons.items())]


def _site_thresholds(site: str, sites_dir: Path | None) -> list[dict[str, Any]]:
    """Return the thresholds that a site has of its own; none while its mapping is wrong."""
    try:
        own = load_site(site, sites_dir).thresholds
    except DictionaryError:
        return []
    return [
        {
            "site": site,
            "rule": rule,
            "max_failed_share": threshold.max_failed_share,
            "min_rows": threshold.min_rows,
            "consequence": threshold.then,
        }
        for rule, threshold in sorted(own.items())
    ]


def _site_ranges(site: str, sites_dir: Path | None) -> list[dict[str, Any]]:
    """Return the ranges that a site has of its own; none while its mapping is wrong."""
    try:
        mapping = load_site(site, sites_dir)
        check_mapping(mapping, dictionary())
    except DictionaryError:
        return []
    return list(range_rows(mapping, dictionary()))


def _steps(record: RefreshRecord) -> list[dict[str, Any]]:
    return [{"refresh_id": record.refresh_id, **asdict(step)} for step in record.steps]


def files_due(landed_dir: Path, as_of: date) -> list[Manifest]:
    """Manifests of the files delivered up to a day, in order of delivery."""
    due = [entry for entry in read_log(landed_dir).values() if entry.delivered_on <= as_of]
    return sorted(due, key=lambda entry: entry.order)


def require_whole(landed_dir: Path, manifests: list[Manifest]) -> None:
    """Raise DamagedLogError if one of these files of the log is not as it was written."""
    damaged = [
        f"\n  - {path.resolve()}: {why}; made from {shown(entry.source_file)}"
        for entry in manifests
        if entry.digests  # landing makes those of an earlier version's files
        for path, why in damage(landed_dir, entry).items()
    ]
    if damaged:
        raise DamagedLogError(
            f"Of the landed files, these are not as they were written, so nothing was built from "
            f"them:{''.join(damaged)}\n{WHAT_TO_DO}"
        )


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> None:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    connection.execute(f"create or replace table raw.{table} ({declared})")


def _create_from_parquet(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    paths: list[Path],
) -> None:
    _create(connection, table, columns)
    if paths:
        relation = connection.read_parquet(
            [str(path) for path in paths], union_by_name=True, hive_partitioning=False
        )
        known = [name for name in columns if name in relation.columns]
        chosen = {name: f'"{name}"' for name in known}
        if "admission_key" in columns:
            chosen["admission_key"] = admission_key(known)
        connection.execute(
            f"insert into raw.{table} ({', '.join(chosen)}) "
            f"select {', '.join(chosen.values())} from relation"
        )


def admission_key(delivered: Collection[str]) -> str:
    """SQL of a row's admission; where no number of one was delivered, the patient has one alone."""
    return "coalesce(admission_key, patient_key)" if "admission_key" in delivered else "patient_key"


def _create_from_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: Sequence[dict[str, Any]],
) -> None:
    _create(connection, table, columns)
    if rows:
        casts = ", ".join(_cast(name, kind) for name, kind in columns.items())
        text_rows = [{name: _as_duckdb_text(row.get(name)) for name in columns} for row in rows]
        arrow_rows = pa.Table.from_pylist(
            text_rows, schema=pa.schema([(name, pa.string()) for name in columns])
        )
        connection.register("arrow_rows", arrow_rows)
        connection.execute(f"insert into raw.{table} select {casts} from arrow_rows")
        connection.unregister("arrow_rows")


def _cast(name: str, kind: str) -> str:
    """SQL that reads a column of text as its type; lists and maps are written as JSON."""
    nested = kind.endswith("[]") or kind.startswith("map")
    source = f'cast("{name}" as json)' if nested else f'"{name}"'
    return f'cast({source} as {kind}) as "{name}"'


def _as_duckdb_text(value: Any) -> str | None:
    """A value as text that DuckDB casts back; lists and maps in JSON form."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=str) if isinstance(value, list | tuple | dict) else str(value)
