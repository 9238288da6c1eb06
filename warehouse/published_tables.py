"""The tables and views of a release, as a query."""

from __future__ import annotations

# One row per table or view: schema_name, table_name, n_rows (null of a view), comment.
PUBLISHED_TABLES = """
select schema_name, table_name, estimated_size as n_rows, comment
from duckdb_tables()
where database_name = current_database() and not temporary
union all
select schema_name, view_name, null, comment
from duckdb_views()
where database_name = current_database() and not temporary and not internal
"""
