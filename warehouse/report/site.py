"""Report site: linked pages, written from one published release."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from warehouse.releases.reader import Release, open_release
from warehouse.report.codebook import write_codebook
from warehouse.report.comparison import write_comparison
from warehouse.report.followups import write_followups
from warehouse.report.indicators import write_indicators
from warehouse.report.lineage import write_lineage
from warehouse.report.overview import write_overview
from warehouse.report.studies import write_studies
from warehouse.report.study_pages import write_baseline, write_flow, write_outcomes

WRITERS: tuple[Callable[[Release, Path, Path], Path], ...] = (
    write_flow,
    write_baseline,
    write_outcomes,
    write_comparison,
    write_studies,
    write_indicators,
    write_followups,
    write_codebook,
    write_lineage,
    write_overview,
)


def write_report_site(
    release_path: Path, reports_dir: Path, sites_dir: Path | None = None
) -> list[Path]:
    """Write the pages of a published release, the overview last; return their paths.

    Each page is replaced in one step. The release is opened read-only.
    """
    with open_release(release_path) as release:
        return [write(release, reports_dir, sites_dir) for write in WRITERS]
