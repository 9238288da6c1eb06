"""Export of a release's registry as files of the OMOP Common Data Model 5.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse.definitions.config import settings_path, shown_path
from warehouse.exports.export import origin
from warehouse.exports.folders import new_folder
from warehouse.exports.omop.concepts import CONCEPTS, load_concepts, unmapped
from warehouse.exports.omop.tables import CDM_SOURCE, TABLES, fill_tables
from warehouse.releases.reader import Row, open_release
from warehouse.tables.origin import origin_of
from warehouse.text import counted, listed

SITES_NAMED = 10
README = "README.txt"
INTRODUCTION = """\
The thrombectomy registry as tables of the OMOP Common Data Model 5.4, one CSV file each.
{notes}

person_source_value and visit_source_value are pseudonyms. Concept ids are those of
{concepts}; 0 is no concept, and the source value says what was recorded.

"""


def export_omop(release_path: Path, folder: Path, sites_dir: Path | None = None) -> list[str]:
    """Write a CSV file for each table into a new folder; returns what was written, in lines.

    Raises ExportError if the folder is not new or empty, DictionaryError if the file of concepts
    is wrong, ReleaseFileError if the release is damaged.
    """
    concepts = load_concepts()
    with open_release(release_path) as release:
        notes = origin(release, sites_dir)
        source = _source(release.refresh, origin_of(release, sites_dir).sites, notes)
    with duckdb.connect() as connection:
        left_out = fill_tables(connection, release_path, concepts)
        values = ", ".join(f"${name} as {name}" for name in source)
        connection.execute(f"insert into {CDM_SOURCE} by name select {values}", source)
        lines = [f"{table}: {_rows(connection, table, left_out)}" for table in TABLES]
        unknown = counted(len(list(unmapped(concepts))), "field or code", "fields or codes")
        lines.append(f"{unknown} of {len(concepts)} have no concept id (0)")
        with new_folder(folder) as target:
            for table in TABLES:
                path = str(target / f"{table}.csv").replace("'", "''")
                connection.execute(f"copy (from {table} order by all) to '{path}' (header)")
            text = INTRODUCTION.format(
                notes=" ".join(notes), concepts=shown_path(settings_path(CONCEPTS))
            )
            (target / README).write_text(text + "\n".join([*lines, ""]), encoding="utf-8")
    return lines


def _rows(connection: duckdb.DuckDBPyConnection, table: str, left_out: Mapping[str, int]) -> str:
    (rows,) = connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[misc]
    missing = left_out.get(table)
    return counted(rows, "row") + (
        f", {missing:,} left out (no day, or no year of birth)" if missing else ""
    )


def _source(refresh: Row, sites: Sequence[str], notes: Sequence[str]) -> Row:
    """The row of cdm_source; its dates are the release's, so that its files stay the same."""
    return {
        "cdm_source_name": "Thrombectomy registry",
        "cdm_source_abbreviation": "Thrombectomy",
        "cdm_holder": listed(sites, shown=SITES_NAMED, what="site")[:255],
        "source_description": " ".join(notes),
        "cdm_etl_reference": f"thrombectomy-warehouse {refresh['warehouse_version']}",
        "source_release_date": refresh["as_of"],
        "cdm_release_date": refresh["as_of"],
        "cdm_version": "5.4",
        "cdm_version_concept_id": 0,
        "vocabulary_version": "not loaded",
    }
