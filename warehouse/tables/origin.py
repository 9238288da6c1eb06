"""Origin of tables and pages: the release, its sites, and its synthetic sites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.definitions.site import site_label
from warehouse.releases.reader import Release, Row
from warehouse.text import listed


@dataclass(frozen=True)
class SyntheticNotice:
    """Notice for rows that describe no real patient."""

    title: str
    meaning: str

    @property
    def sentence(self) -> str:
        """Title and meaning in one sentence."""
        return f"{self.title}: {self.meaning[0].lower()}{self.meaning[1:]}"


@dataclass(frozen=True)
class Origin:
    """Refresh that built a release, and the sites.

    ``synthetic`` are the sites whose mapping declares that no row describes a real patient.
    """

    refresh: Row
    sites: list[str]
    synthetic: list[str]

    @property
    def synthetic_notice(self) -> SyntheticNotice | None:
        """Notice on synthetic rows, of all or of the named sites; None if no row is synthetic."""
        if not self.synthetic:
            return None
        if self.synthetic == self.sites:
            return SyntheticNotice("Synthetic data", "No row describes a real patient.")
        named = listed(self.synthetic, shown=len(self.synthetic))
        return SyntheticNotice(
            "Partly synthetic data",
            f"No row of {named} describes a real patient; the rows of the other sites do.",
        )


def origin_of(release: Release, sites_dir: Path | None = None) -> Origin:
    """Return the origin of a release."""
    rows = release.rows("select distinct site from quality.deliveries order by site")
    sites = [row["site"] for row in rows]
    synthetic = [site for site in sites if site_label(site, sites_dir).synthetic]
    return Origin(release.refresh, sites, synthetic)
