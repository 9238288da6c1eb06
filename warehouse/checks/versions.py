"""Rows of records that were delivered more than once: only these may contradict each other.

Rules on repeated and reused keys, and the search for a record's newest version, look at these rows
alone instead of grouping all rows of the extract again.
"""

from __future__ import annotations

import duckdb

from warehouse.definitions.dictionary import Extract


def create_versions_table(connection: duckdb.DuckDBPyConnection, extract: Extract) -> None:
    """Build ``checks.<extract>_versions``: one row per landed row whose key its site has twice.

    ``landed_row`` is the row's number in ``raw.<extract>``, ``record`` a hash of site and key (as
    in ``admission_of``), ``content`` one of all that was delivered.
    """
    content = ", ".join(str(field.landed_name) for field in extract.landed_fields)
    connection.execute(
        f"""
        create or replace table checks.{extract.name}_versions as
        with repeated as (
            select hash(site, record_key) as record
            from raw.{extract.name}
            where record_key is not null
            group by all
            having count(*) > 1
        )
        select
            rowid as landed_row,
            hash(site, record_key) as record,
            file_id,
            record_key,
            patient_key,
            delivered_on,
            source_file,
            source_row,
            hash(({content}, unparsed_fields)) as content,
        from raw.{extract.name}
        where record_key is not null and hash(site, record_key) in (from repeated)
        """
    )
