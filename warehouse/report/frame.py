"""Frame of every report page: its origin, and links to the other pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.releases.reader import Release
from warehouse.report.exposures import page_exposures
from warehouse.tables.origin import Origin, origin_of

PAGES = {
    "index.html": "Overview",
    "flow.html": "Patient flow",
    "baseline.html": "Baseline",
    "outcomes.html": "Outcomes",
    "comparison.html": "The paper",
    "studies.html": "Studies",
    "indicators.html": "Indicators",
    "followups.html": "Follow-up calls",
    "quality.html": "Data quality",
    "codebook.html": "Codebook",
    "lineage.html": "Lineage",
}


@dataclass(frozen=True)
class Frame(Origin):
    """Release, sites and navigation of one page."""

    page: str

    def facts(self) -> dict[str, Any]:
        """Return the variables of the base template."""
        return {
            "page": self.page,
            "tables": page_exposures().get(self.page, {}).get("reads", []),
            "pages": PAGES,
            "refresh": self.refresh,
            "sites": self.sites,
            "synthetic": self.synthetic_notice,
        }


def frame(release: Release, page: str, sites_dir: Path | None = None) -> Frame:
    """The frame of a page about a release."""
    return Frame(**vars(origin_of(release, sites_dir)), page=page)
