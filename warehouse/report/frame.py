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
class SyntheticNotice:
    """What is said wherever rows are shown that describe no real patient."""

    title: str
    meaning: str

    @property
    def sentence(self) -> str:
        """Both in one sentence."""
        return f"{self.title}: {self.meaning[0].lower()}{self.meaning[1:]}"


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
            "synthetic": self.synthetic_notice,
        }

    @property
    def synthetic_notice(self) -> SyntheticNotice | None:
        """Which rows are synthetic: all, or those of the named sites; None where no row is."""
        if not self.synthetic:
            return None
        if self.synthetic == self.sites:
            return SyntheticNotice("Synthetic data", "No row describes a real patient.")
        named = " and ".join(filter(None, [", ".join(self.synthetic[:-1]), self.synthetic[-1]]))
        return SyntheticNotice(
            "Partly synthetic data",
            f"No row of {named} describes a real patient; the rows of the other sites do.",
        )


def frame(release: Release, page: str, sites_dir: Path = SITES_DIR) -> Frame:
    """The frame of a page about a release."""
    rows = release.rows("select distinct site from quality.deliveries order by site")
    sites = [row["site"] for row in rows]
    synthetic = [site for site in sites if site_label(site, sites_dir).synthetic]
    return Frame(page, release.refresh, sites, synthetic)
