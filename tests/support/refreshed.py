"""What the integration tests look at: an installation after a real refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.summary import RefreshSummary, summarise
from warehouse.settings import PROJECT_DIR, Settings

SHIPPED_RAW = PROJECT_DIR / "data" / "raw"


@dataclass(frozen=True)
class Refreshed:
    """An installation after a refresh."""

    settings: Settings
    summary: RefreshSummary

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query on the published release."""
        with duckdb.connect(self.settings.published_path, read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()


def refresh_without_prefect(settings: Settings, as_of: date | None = None) -> RefreshSummary:
    """The steps of the flow, in a data folder that is not the process's own."""
    with refreshing(settings, as_of) as refresh:
        steps.land_deliveries(refresh)
        steps.check_rows(refresh)
        steps.build_marts(refresh)
        steps.audit_candidate(refresh)
        steps.publish_release(refresh)
        steps.write_reports(refresh)
    return summarise(refresh)
