"""Errors for people when Prefect's server ends in the middle of a refresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from warehouse.errors import WarehouseError
from warehouse.history import CLOCK_TOLERANCE, read_records, utc_now
from warehouse.settings import Settings


class ServerLostError(WarehouseError):
    """Prefect's server could not be reached any more, and nothing was published."""


class PublishedUnseenError(WarehouseError):
    """Prefect's server could not be reached any more after a release was published."""

    exit_code = 4


@contextmanager
def server_loss_explained(settings: Settings) -> Iterator[None]:
    """Turn the loss of the server during the block into one of these errors; let others pass."""
    begun_at = utc_now()
    try:
        yield
    except Exception as error:
        if not _is_loss(error):
            raise
        last = next(reversed(read_records(settings.history_dir)), None)
        # A refresh of a moment to come ran while the clock was wrong, and not in the block.
        latest = utc_now() + CLOCK_TOLERANCE
        if last and last.release and begun_at <= last.started_at <= latest:
            raise PublishedUnseenError(
                f"Release {last.refresh_id} is published and can be used. Prefect's server "
                f"ended meanwhile, so its pages show only a part of this run. "
                f"{last.reason or 'Nothing needs to be corrected here.'} Start the server "
                f"again if it is to be up (make server)."
            ) from error
        raise ServerLostError(
            "Prefect's server ended during the refresh, so the refresh stopped. Nothing was "
            "published; the last release stays. Refresh again: without a server it brings its own."
        ) from error


def _is_loss(error: BaseException) -> bool:
    """Whether an error is, or was caused by, a server that does not answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, httpx.TransportError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
