"""Export of a release's registry as a REDCap import: our data dictionary and a file for each site.

All instruments are repeating, one row for each admission, procedure, scan and follow-up. The
patient's pseudonym is the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.adopt.redcap import ADMISSION, Variable, data_dictionary, variables
from warehouse.definitions.dictionary import Dictionary, DictionaryField, Extract, dictionary
from warehouse.exports.export import origin
from warehouse.exports.folders import new_folder, of_this_version
from warehouse.releases.reader import open_release
from warehouse.text import counted

DATA_DICTIONARY, README = "data_dictionary.csv", "README.txt"
INTRODUCTION = """\
The thrombectomy registry as a REDCap import.
{notes}

1. Make an empty project and upload data_dictionary.csv as its data dictionary.
2. Enable repeating instruments for all of its instruments.
3. Import the other files (Data Import Tool; dates are YYYY-MM-DD).

Records are pseudonyms. Names, telephone numbers and dates of birth are empty.

"""


def export_redcap(release_path: Path, folder: Path, sites_dir: Path | None = None) -> list[str]:
    """Write the data dictionary and a file for each site; returns what was written, in lines.

    Raises ExportError if the folder is not new or empty or the release is of an earlier version,
    ReleaseFileError if it is damaged.
    """
    words = dictionary()
    with open_release(release_path) as release, new_folder(folder) as target:
        notes = origin(release, sites_dir)
        connection = release.connection
        with of_this_version(release_path):
            connection.execute(f"create temp view records as {_records(words)}")
            sites = [row["site"] for row in release.rows("select distinct site from records")]
        lines = [_write(connection, site, target) for site in sorted(sites)]
        (target / DATA_DICTIONARY).write_text(data_dictionary(words), encoding="utf-8")
        if cut := _times_with_seconds(connection, words):
            lines.append(f"{counted(cut, 'time')} cut to the minute, as REDCap has them")
        text = INTRODUCTION.format(notes=" ".join(notes)) + "\n".join([*lines, ""])
        (target / README).write_text(text, encoding="utf-8")
    return lines


def _write(connection: duckdb.DuckDBPyConnection, site: str, target: Path) -> str:
    """Write the rows of a site, a record's together, in the order of instruments and instances."""
    name = f"registry_{site}.csv"
    path = str(target / name).replace("'", "''")
    query = "select * exclude (site, position) from records where site = $site"
    order = "order by patient_id, position, redcap_repeat_instance"
    connection.execute(f"create temp table found as {query} {order}", {"site": site})
    connection.execute(f"copy (from found) to '{path}' (header)")
    (rows,) = connection.execute("select count(*) from found").fetchone()  # type: ignore[misc]
    connection.execute("drop table found")
    return f"{name}: {counted(rows, 'row')}"


def _records(words: Dictionary) -> str:
    """The query of all rows: a variable's column has values in the rows of its instrument."""
    record, *others = variables(words)
    published = [each for each in others if each.field.landed_name and each.field.published]
    return " union all ".join(
        _instrument(extract, record.name, published) for extract in words.extracts.values()
    )


def _instrument(extract: Extract, record: str, others: Sequence[Variable]) -> str:
    key = (extract.own_number or ADMISSION).removesuffix("_id") + "_key"
    columns = ", ".join(
        f"{_cell(each.field) if each.extract is extract else 'null'} as {each.name}"
        for each in others
    )
    return (
        f"select patient_key as {record}, '{extract.name}' as redcap_repeat_instrument, "
        f"row_number() over (partition by patient_key order by {extract.time}, {key}) "
        f"as redcap_repeat_instance, {columns}, site, {extract.position} as position "
        f"from registry.{extract.registry_table}"
    )


def _cell(field: DictionaryField) -> str:
    """The expression of a field as REDCap writes it; an admission without number has none."""
    if field.name == ADMISSION:
        return "nullif(admission_key, patient_key)"
    return {
        "boolean": f"cast(cast({field.name} as integer) as varchar)",
        "datetime": f"strftime({field.name}, '%Y-%m-%d %H:%M')",
        "number": f"regexp_replace(cast({field.name} as varchar), '\\.0$', '')",
    }.get(field.type, f"cast({field.name} as varchar)")


def _times_with_seconds(connection: duckdb.DuckDBPyConnection, words: Dictionary) -> int:
    """The number of times that REDCap's field, which ends with the minute, cannot hold."""
    counts = [
        f"select count(*) from registry.{each.extract.registry_table} "
        f"where {each.field.name} <> date_trunc('minute', {each.field.name})"
        for each in variables(words)
        if each.field.type == "datetime"
    ]
    summed = " + ".join(f"({count})" for count in counts)
    (found,) = connection.execute(f"select {summed}").fetchone()  # type: ignore[misc]
    return int(found)
