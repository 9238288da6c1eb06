"""Which of the releases on disk is meant."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.history import RefreshRecord
from warehouse.releases.on_disk import Release, newest_two, previous_release
from warehouse.releases.pair import ReleasesError

GOLDEN = golden("releases")


def release(day: int, status: str = "published", *, is_current: bool = False) -> Release:
    identity = f"202206{day:02}T020000Z"
    record = RefreshRecord(identity, datetime(2022, 6, day, 2), date(2022, 6, day), status=status)
    return Release(Path(f"{identity}.duckdb"), record, is_current)


def test_days_in_the_past_are_not_before_the_current_release() -> None:
    """Newest first, as they are listed; one was built by hand for a reviewer in between."""
    releases = [
        release(6, "built"),
        release(5, is_current=True),
        release(4, "built"),
        release(3),
        release(2),
    ]
    assert previous_release(releases) == releases[3]
    assert newest_two(releases) == (releases[3].path, releases[1].path)
    with pytest.raises(ReleasesError, match=GOLDEN("no_release_before_the_current_one")):
        previous_release(releases[:3])
    with pytest.raises(ReleasesError, match=GOLDEN("not_yet_two_releases_to_compare")):
        newest_two(releases[:3])
