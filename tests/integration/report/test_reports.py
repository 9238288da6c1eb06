"""What a refresh leaves for people to read, and what happens when it cannot."""

from __future__ import annotations

import signal

import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from openpyxl import load_workbook

from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.refreshed import Refreshed
from tests.support.stopped import query_met_by
from warehouse.dbt.build import DbtFolders, run_dbt
from warehouse.history import read_records
from warehouse.refresh import reports, steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.errors import ReportsError
from warehouse.settings import Settings

GOLDEN = golden("report")


def test_the_workbook_lists_every_open_query(refreshed: Refreshed) -> None:
    path = refreshed.settings.reports_dir / "queries" / "synthetic_centre.xlsx"
    rows = list(load_workbook(path)["open"].iter_rows(min_row=4, values_only=True))
    assert sorted((row[1], str(row[2]), row[4] or "", row[-1]) for row in rows) == sorted(
        refreshed.rows(
            """
            select source_file, coalesce(cast(source_row as varchar), 'whole file'),
                coalesce(field, ''), rule
            from quality.violations where status = 'open'
            """
        )
    )


def test_the_share_of_follow_ups_done_has_one_decimal(refreshed: Refreshed) -> None:
    """As on the other pages; it is cut, so that 100.0% means all."""
    page = Page(refreshed.settings.reports_dir / "followups.html")
    assert page.rows("completeness") == [["synthetic_centre", "335", "325", "97.0%", "0", "0"]]


def test_a_report_that_fails_is_reported_and_the_release_stays(
    data_settings: Settings, refreshed: Refreshed
) -> None:
    """The folder of the workbooks is a file; the page is written all the same."""
    published = refreshed.settings.published_path
    data_settings.releases_dir.mkdir(parents=True)
    (data_settings.releases_dir / "published.duckdb").write_bytes(published.read_bytes())
    data_settings.reports_dir.mkdir()
    blocked = data_settings.reports_dir / "queries"
    blocked.touch()

    with pytest.raises(ReportsError) as failed, refreshing(data_settings) as refresh:
        refresh.record.release = "published.duckdb"
        refresh.record.status = "published"
        steps.write_reports(refresh)

    record = read_records(data_settings.history_dir)[-1]
    assert (record.status, record.reason) == ("published", str(failed.value))
    assert failed.value.exit_code == 4
    assert GOLDEN("query_workbooks_errno_not_directory", blocked=blocked) in str(failed.value)
    assert "quality page" not in str(failed.value)
    assert (data_settings.reports_dir / "quality.html").exists()


def test_ctrl_c_in_a_query_of_a_report_is_no_failed_report(
    data_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB makes a RuntimeError of it; the record says that the release is there."""
    monkeypatch.setitem(reports.REPORTS, "quality page", lambda _: query_met_by(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), refreshing(data_settings) as refresh:
        refresh.record.release = "20220601T020000Z.duckdb"
        refresh.record.status = "published"
        steps.write_reports(refresh)

    record = read_records(data_settings.history_dir)[-1]
    assert record.status == "published"
    assert str(record.reason).startswith(GOLDEN("it_was_stopped_keyboardinterrupt_after_release"))


def test_ctrl_c_in_dbt_is_no_failed_build(
    data_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_arguments: object) -> dbtRunnerResult:
        return dbtRunnerResult(success=False, exception=KeyboardInterrupt())

    monkeypatch.setattr(dbtRunner, "invoke", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_dbt(DbtFolders.of(data_settings), "build")
