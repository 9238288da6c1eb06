"""Messages on a refresh that was stopped or killed."""

from __future__ import annotations

from dataclasses import replace

from warehouse.errors import reason_without_values
from warehouse.history import RefreshRecord
from warehouse.publish import is_published
from warehouse.settings import Settings

INTERRUPTED = "the process ended before the refresh did"


def pages_missing(release: str) -> str:
    """Describe a refresh that was stopped in its last step, and what follows from that."""
    return (
        f"after release {release.removesuffix('.duckdb')} was published and before all of its "
        f"pages were written; the release can be used, and the next refresh writes the pages"
    )


def why_ended(error: BaseException, record: RefreshRecord) -> str:
    """Explain why a refresh broke off; of one that was stopped, the state of its release."""
    if isinstance(error, Exception) or record.release is None:
        return reason_without_values(error)
    return f"It was stopped ({type(error).__name__}) {pages_missing(record.release)}."


def as_killed(settings: Settings, record: RefreshRecord) -> RefreshRecord:
    """The record of a refresh whose process is gone, with how it ended: published or not."""
    release = settings.releases_dir / f"{record.refresh_id}.duckdb"
    if not is_published(release, settings.published_path):
        return replace(record, status="interrupted", reason=INTERRUPTED)
    return replace(
        record,
        status="published",
        release=release.name,
        reason=f"the process ended {pages_missing(release.name)}",
    )
