"""What the integration tests look at: an installation after a real refresh."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.summary import RefreshSummary, summarize
from warehouse.settings import PROJECT_DIR, Settings

PASSING = ("-wal", "-shm", "-journal")
SHIPPED_RAW = PROJECT_DIR / "data" / "raw"
# Months whose mortality is that of the dead alone, though others were treated as well.
OF_THE_DEAD_ALONE = """
    select treated_month from registry.monthly_indicators
    where pct_dead_90d is not null
        and n_dead_90d > 0 and n_dead_90d = n_dead_90d_known and n_dead_90d < n_patients
"""


@dataclass(frozen=True)
class Refreshed:
    """An installation after a refresh."""

    settings: Settings
    summary: RefreshSummary
    artifacts: dict[str, Any] = field(default_factory=dict)  # on Prefect's server, by key

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query on the published release."""
        with duckdb.connect(self.settings.published_path, read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()


def copy_data(data: Path, copy: Path) -> None:
    """Copy a data folder, without what comes and goes in it while its process lives.

    A browser of that process keeps files in state/tmp, Prefect's server a log of its database.
    """
    tmp = str(data / "state" / "tmp")

    def passing(folder: str, names: list[str]) -> list[str]:
        return names if folder == tmp else [name for name in names if name.endswith(PASSING)]

    shutil.copytree(data, copy, ignore=passing)


def refreshed_by_the_flow(settings: Settings) -> Refreshed:
    """The shipped deliveries, refreshed by the flow into the data folder of the process."""
    from prefect.client.orchestration import get_client

    from warehouse.flows.refresh import refresh_warehouse

    shutil.copytree(SHIPPED_RAW, settings.raw_dir)
    summary = refresh_warehouse()
    with get_client(sync_client=True) as client:
        artifacts = {str(each.key): each.data for each in client.read_artifacts()}
    return Refreshed(settings, summary, artifacts)


def refresh_without_prefect(
    settings: Settings, as_of: date | None = None, *, pages: bool = True
) -> RefreshSummary:
    """The steps of the flow, in a data folder that is not the process's own."""
    with refreshing(settings, as_of) as refresh:
        steps.land_deliveries(refresh)
        steps.check_rows(refresh)
        steps.build_marts(refresh)
        steps.pass_release_gate(refresh)
        steps.publish_release(refresh)
        if pages:
            steps.write_reports(refresh)
    return summarize(refresh)
