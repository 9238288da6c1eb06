"""Processor time that a site's files may take in one refresh, so that others' night is not lost.

Each file has its own limit (``limits``); this one bounds many files that all come near theirs.
"""

from __future__ import annotations

from warehouse.landing.errors import PostponedError
from warehouse.landing.limits import Limits

# A file takes less than a second, and a large one as long as its own limit grows with its size.
USUAL_SECONDS = 5


class TimeBudget:
    """Seconds, beyond the usual, that the files of each site took to read in this refresh."""

    def __init__(self, limits: Limits, seconds: int) -> None:
        self._limits = limits
        self._seconds = seconds
        self._spent: dict[str, float] = {}

    def require(self, site: str) -> None:
        """Raise PostponedError where a site has had its time."""
        if self._spent.get(site, 0) >= self._seconds:
            raise PostponedError(
                f"time: the files of this site took more than {self._seconds} seconds, so this one "
                "waits for the next refresh; remove the files that are rejected for their time, or "
                "raise landing_max_site_seconds if they are genuine"
            )

    def spend(self, site: str, size: int, seconds: float) -> None:
        """Count what reading a file of so many bytes took."""
        usual = USUAL_SECONDS + self._limits.seconds_for(size) - self._limits.seconds
        self._spent[site] = self._spent.get(site, 0) + max(0.0, seconds - usual)
