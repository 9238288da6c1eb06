"""The nightly refresh: land, check, build, release gate, publish, report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import task_run
from prefect.tasks import Task

from warehouse.refresh import steps
from warehouse.refresh.context import RefreshContext, refreshing
from warehouse.refresh.errors import Loss
from warehouse.refresh.retry import may_pass
from warehouse.refresh.summary import RefreshSummary, summarize
from warehouse.settings import settings

# Deliveries are read from, and pages written to, folders that may be on a network share: it may be
# back soon. Errors of checks, dbt or the gate would come again.
RETRY_AFTER_SECONDS = [10.0, 60.0]


def is_last_try(run_count: int) -> bool:
    """Whether a step that is tried now is not tried once more."""
    return run_count > len(RETRY_AFTER_SECONDS)


def may_go_well_again(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a step failed of something that may have passed when it is tried again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, Exception) and may_pass(error)


on_a_share = task(
    cache_policy=NO_CACHE,
    retries=len(RETRY_AFTER_SECONDS),
    retry_delay_seconds=RETRY_AFTER_SECONDS,
    retry_condition_fn=may_go_well_again,
)


@on_a_share
def land(refresh: RefreshContext) -> None:
    """Read what was delivered since the last refresh into the landed log."""
    steps.land_deliveries(refresh, is_last_try=is_last_try(task_run.run_count))


@task(cache_policy=NO_CACHE)
def check(refresh: RefreshContext) -> None:
    """Check every landed row with Great Expectations."""
    steps.check_rows(refresh)


@task(cache_policy=NO_CACHE)
def build(refresh: RefreshContext) -> None:
    """Let dbt derive registry, study and quality tables into a new file, and test them."""
    steps.build_marts(refresh)


@task(cache_policy=NO_CACHE)
def release_gate(refresh: RefreshContext) -> None:
    """Hold the new file against the invariants of a release."""
    steps.pass_release_gate(refresh)


@task(cache_policy=NO_CACHE)
def publish(refresh: RefreshContext) -> None:
    """Swap the new release in."""
    steps.publish_release(refresh)


@on_a_share
def report(refresh: RefreshContext) -> None:
    """Write the pages about it."""
    steps.write_reports(refresh)


@flow(name="refresh")
def refresh_warehouse(
    as_of: date | None = None, full: bool = False, without: Sequence[Loss] = ()
) -> RefreshSummary:
    """Bring the warehouse up to date with everything delivered up to a day (default: today).

    ``full`` lands every delivery again from its raw file; ``without`` says which losses are final.
    """
    with refreshing(settings(), as_of, full=full, without=without) as refresh:
        land(refresh)
        check(refresh)
        build(refresh)
        release_gate(refresh)
        publish(refresh)
        reported = report(refresh, return_state=True)
    summary = summarize(refresh)
    create_table_artifact(key="refresh", table=summary.rows, description=summary.headline)
    create_markdown_artifact(key="refresh-summary", markdown=summary.markdown)
    create_link_artifact(summary.page.as_uri(), key="refresh-pages", description="The report pages")
    reported.result()  # raises here if a report could not be written; the release stands
    return summary
