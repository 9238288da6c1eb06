"""The nightly refresh: land, check, build, audit, publish, report."""

from __future__ import annotations

from datetime import date

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from warehouse import refresh as steps
from warehouse.refresh import Refresh, refreshing
from warehouse.settings import settings
from warehouse.summary import RefreshSummary, summarise


@task(cache_policy=NO_CACHE)
def land(refresh: Refresh) -> None:
    """Read what was delivered since the last refresh into the landed log."""
    steps.land_deliveries(refresh)


@task(cache_policy=NO_CACHE)
def check(refresh: Refresh) -> None:
    """Let Great Expectations judge every landed row."""
    steps.check_rows(refresh)


@task(cache_policy=NO_CACHE)
def build(refresh: Refresh) -> None:
    """Let dbt derive registry, study and quality tables into a new file, and test them."""
    steps.build_marts(refresh)


@task(cache_policy=NO_CACHE)
def audit(refresh: Refresh) -> None:
    """Hold the new file against the invariants of a release."""
    steps.audit_candidate(refresh)


@task(cache_policy=NO_CACHE)
def publish(refresh: Refresh) -> None:
    """Swap the new release in."""
    steps.publish_release(refresh)


@task(cache_policy=NO_CACHE)
def report(refresh: Refresh) -> None:
    """Write the pages about it."""
    steps.write_reports(refresh)


@flow(name="refresh")
def refresh_warehouse(as_of: date | None = None) -> RefreshSummary:
    """Bring the warehouse up to date with everything delivered up to a day (default: today)."""
    with refreshing(settings(), as_of) as refresh:
        land(refresh)
        check(refresh)
        build(refresh)
        audit(refresh)
        publish(refresh)
        reported = report(refresh, return_state=True)
    summary = summarise(refresh)
    create_table_artifact(key="refresh", table=summary.rows, description=summary.headline)
    create_markdown_artifact(key="refresh-summary", markdown=summary.markdown)
    reported.result()  # raises here if a report could not be written; the release stands
    return summary
