"""What people open in the morning: pages and workbooks, written from a published release alone."""

from __future__ import annotations

from warehouse.report.quality import write_quality_report

__all__ = ["write_quality_report"]
