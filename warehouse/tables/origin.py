"""Where tables and pages come from: the release, its sites, and which of them are synthetic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.definitions.site import site_label
from warehouse.releases.reader import Release, Row
from warehouse.text import listed


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
class Origin:
    """The refresh that made a release, and its sites.

    ``synthetic`` are the sites whose mapping says that their rows describe no real patient.
    """

    refresh: Row
    sites: list[str]
    synthetic: list[str]

    @property
    def synthetic_notice(self) -> SyntheticNotice | None:
        """Which rows are synthetic: all, or those of the named sites; None where no row is."""
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
    """The origin of what is made from a release."""
    rows = release.rows("select distinct site from quality.deliveries order by site")
    sites = [row["site"] for row in rows]
    synthetic = [site for site in sites if site_label(site, sites_dir).synthetic]
    return Origin(release.refresh, sites, synthetic)
