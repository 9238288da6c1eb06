"""The dbt-duckdb plugin that the profile names: puts the statistics functions on the connection."""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from warehouse.statistics import register


class Plugin(BasePlugin):
    """Registers ``warehouse.statistics.SQL_FUNCTIONS`` when dbt opens the database."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called by dbt-duckdb once per database connection."""
        register(conn)
