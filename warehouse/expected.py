"""Expected deliveries by the sites' mappings, and those that did not arrive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.definitions.config import mapped_sites
from warehouse.definitions.dictionary import EXTRACTS, DictionaryError
from warehouse.definitions.site import SiteMapping, load_site

OVERDUE = """
select site, extract, last_delivered_on, usual_days, expected_on
from quality.expected_deliveries
where status = 'overdue'
order by expected_on, site, extract
"""


@dataclass(frozen=True)
class Overdue:
    """An extract of a site that did not arrive when it usually does."""

    site: str
    extract: str
    last_delivered_on: date | None
    usual_days: int
    expected_on: date

    @property
    def line(self) -> str:
        """Description in one line."""
        last = f"last on {self.last_delivered_on}" if self.last_delivered_on else "never delivered"
        every = "every day" if self.usual_days == 1 else f"every {self.usual_days} days"
        return (
            f"{self.extract} of {self.site}: overdue since {self.expected_on} ({last}, usually "
            f"{every}); ask the site, or set expected_every_days in its mapping"
        )


def overdue_deliveries(release_path: Path) -> list[Overdue]:
    """Return the deliveries that are overdue on the day of a release, the longest first."""
    with duckdb.connect(release_path, read_only=True) as connection:
        return [Overdue(*row) for row in connection.execute(OVERDUE).fetchall()]


def expected_deliveries(
    named: Iterable[str], sites_dir: Path | None = None
) -> list[dict[str, Any]]:
    """Rows of ``raw.expected_deliveries``: one per extract of each site that is ``named``.

    A site whose mapping says how often it delivers is expected without that.
    """
    announced = {site for site in mapped_sites(sites_dir) if _is_announced(site, sites_dir)}
    return [
        _row(_mapping(site, sites_dir), extract)
        for site in sorted({*named, *announced})
        for extract in EXTRACTS
    ]


def _is_announced(site: str, sites_dir: Path | None) -> bool:
    every = _mapping(site, sites_dir).expected_every_days.values()
    return any(days != "never" for days in every)


def _mapping(site: str, sites_dir: Path | None) -> SiteMapping:
    """The site's mapping; while it is wrong, which is a query of its own, it says nothing."""
    try:
        return load_site(site, sites_dir)
    except DictionaryError:
        return SiteMapping(site=site)


def _row(mapping: SiteMapping, extract: str) -> dict[str, Any]:
    every = mapping.expected_every_days.get(extract)
    return {
        "site": mapping.site,
        "extract": extract,
        "every_days": None if every == "never" else every,
        "is_expected": every != "never",
    }
