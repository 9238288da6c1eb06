"""What every page of the report shares: where it comes from, and the way to the other pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.definitions.site import SITES_DIR, site_label
from warehouse.report.exposures import page_exposures
from warehouse.report.release import Release, Row

PAGES = {
    "index.html": "Overview",
    "flow.html": "Patient flow",
    "baseline.html": "Baseline",
    "outcomes.html": "Outcomes",
    "comparison.html": "The paper",
    "indicators.html": "Indicators",
    "followups.html": "Follow-up calls",
    "quality.html": "Data quality",
    "codebook.html": "Codebook",
    "lineage.html": "Lineage",
}


@dataclass(frozen=True)
class Frame:
    """Release, sites and navigation of one page.

    ``synthetic`` are the sites whose mapping says that their rows describe no real patient.
    """

    page: str
    refresh: Row
    sites: list[str]
    synthetic: list[str]

    def facts(self) -> dict[str, Any]:
        """What the templates' frame needs."""
        return {
            "page": self.page,
            "tables": page_exposures().get(self.page, {}).get("reads", []),
            "pages": PAGES,
            "refresh": self.refresh,
            "sites": self.sites,
            "synthetic": self.synthetic,
        }


def frame(release: Release, page: str, sites_dir: Path = SITES_DIR) -> Frame:
    """The frame of a page about a release."""
    rows = release.rows("select distinct site from quality.deliveries order by site")
    sites = [row["site"] for row in rows]
    synthetic = [site for site in sites if site_label(site, sites_dir).synthetic]
    return Frame(page, release.refresh, sites, synthetic)
