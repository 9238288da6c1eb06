"""Report of a release: pages and query workbooks, written only from the published release."""

from __future__ import annotations

from warehouse.report.dbt_docs import write_dbt_docs
from warehouse.report.quality import write_quality_report
from warehouse.report.site import write_report_site
from warehouse.report.workbooks import write_query_workbooks

__all__ = [
    "write_dbt_docs",
    "write_quality_report",
    "write_query_workbooks",
    "write_report_site",
]
