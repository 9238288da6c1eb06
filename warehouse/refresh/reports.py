"""The reports of a refresh, written one by one after publication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from warehouse.data_docs.site import write_data_docs
from warehouse.dbt.build import DbtFolders
from warehouse.history import RefreshRecord
from warehouse.report import (
    write_dbt_docs,
    write_quality_report,
    write_query_workbooks,
    write_report_site,
)
from warehouse.report.dbt_docs import PAGE as DBT_DOCS_PAGE
from warehouse.report.frame import PAGES
from warehouse.report.not_shown import write_not_shown
from warehouse.report.quality import PAGE as QUALITY_PAGE
from warehouse.report.workbooks import FOLDER as WORKBOOKS_FOLDER
from warehouse.settings import Settings
from warehouse.stop_signals import not_losing_signals


class Reported(Protocol):
    """Subject of reports: a release of an installation."""

    settings: Settings
    record: RefreshRecord


def failed_reports(reported: Reported, names: Iterable[str]) -> dict[str, Exception]:
    """Write reports about a release; returns what went wrong, by the name of the report."""
    errors: dict[str, Exception] = {}
    for name in names:
        try:
            with not_losing_signals():
                REPORTS[name](reported)
        except Exception as error:  # whatever it is, the other reports are still of use
            errors[name] = error
    return errors


def say_not_shown(settings: Settings, release: str, reasons: Mapping[str, str]) -> None:
    """Put, in the place of reports that could not be written of a release, that and why.

    ``reasons`` are by the report's name. Workbooks that are of another release are deleted.
    """
    for name, reason in reasons.items():
        write_not_shown(settings.reports_dir, PAGES_OF.get(name, ()), release, reason)
        if name == WORKBOOKS:
            for workbook in (settings.reports_dir / WORKBOOKS_FOLDER).glob("*.xlsx"):
                workbook.unlink()


def update_data_docs(reported: Reported) -> Path:
    """Write the pages of this refresh into Data Docs; returns their index."""
    settings = reported.settings
    return write_data_docs(
        settings.history_dir,
        settings.reports_dir,
        reported.record.refresh_id,
        settings.data_docs_kept,
    )


def _of_release(write: Callable[[Path, Path], object]) -> Callable[[Reported], object]:
    return lambda reported: write(_release_path(reported), reported.settings.reports_dir)


def _write_dbt_docs(reported: Reported) -> None:
    write_dbt_docs(DbtFolders.of(reported.settings), reported.settings.reports_dir)


def _release_path(reported: Reported) -> Path:
    return reported.settings.releases_dir / str(reported.record.release)


WORKBOOKS = "query workbooks"
# A name for people, and what writes it.
REPORTS: dict[str, Callable[[Reported], object]] = {
    "quality page": _of_release(write_quality_report),
    "report pages": _of_release(write_report_site),
    "dbt docs": _write_dbt_docs,
    WORKBOOKS: _of_release(write_query_workbooks),
    "Data Docs": update_data_docs,
}
# Those that are of a release, and not of a refresh.
PAGES_OF = {
    "quality page": [QUALITY_PAGE],
    "report pages": [page for page in PAGES if page != QUALITY_PAGE],
    "dbt docs": [DBT_DOCS_PAGE.as_posix()],
}
REPORTS_OF_EACH_REFRESH = ("Data Docs",)
