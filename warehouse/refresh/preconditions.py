"""Preconditions of a refresh: a sensible day, a sound clock, and at least one delivery."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from warehouse.errors import WarehouseError
from warehouse.history import CLOCK_TOLERANCE, read_records, utc_now
from warehouse.landing.manifest import read_log
from warehouse.settings import Settings
from warehouse.work_database import read_manifests

log = logging.getLogger(__name__)


class FutureDayError(WarehouseError):
    """A refresh was asked for a day that is still to come."""

    concerns = "caller"


class ClockError(WarehouseError):
    """The clock is behind the last refresh, and deliveries of days to come were used then."""


class NoDeliveriesError(WarehouseError):
    """No file was ever delivered, so there is nothing to build from."""


def require_day(as_of: date | None) -> None:
    """Raises FutureDayError for a day to come."""
    if as_of is not None and as_of > date.today():
        raise FutureDayError(
            f"{as_of} is in the future, and its deliveries are not known yet, so nothing was done. "
            f"Give a day up to today."
        )


def require_clock(settings: Settings) -> None:
    """Raises ClockError when deliveries of days that seem to come would drop out of the release.

    Where there are none, the clock was wrong when the last refresh ran, and is right now.
    """
    last = next(reversed(read_records(settings.history_dir)), None)
    if last is None or utc_now() >= last.started_at - CLOCK_TOLERANCE:
        return
    differs = (
        f"The clock says {utc_now()} UTC, but an earlier refresh began on {last.started_at} UTC."
    )
    days = [file.delivered_on for file in read_log(settings.landed_dir).values()]
    later = [day for day in days if day > date.today()]
    if not later:
        log.warning("%s It was wrong then, if it is right now; no delivery is lost.", differs)
        return
    raise ClockError(
        f"{differs} The deliveries of {min(later)} to {max(later)} ({len(later):,} files) would "
        f"drop out of the release, so nothing was done. The last release stays as it is. Set the "
        f"clock right; if it is right now and was wrong then, give the day once: "
        f"warehouse refresh --as-of {date.today()}"
    )


def require_deliveries(settings: Settings, as_of: date, skipped_lines: Iterable[str]) -> None:
    """Raises NoDeliveriesError that says where deliveries belong, and what lies there instead."""
    if read_manifests(settings.landed_dir, as_of):
        return
    left = "".join(f"\n  - {line}" for line in skipped_lines)
    raw_dir = settings.raw_dir
    raise NoDeliveriesError(
        f"No file was delivered up to {as_of}, so there is nothing to build from. Put the files "
        f"below {raw_dir}/<site>/<day of delivery>/, for example "
        f"{raw_dir}/our_hospital/{as_of}/admissions.csv, and refresh again."
        + (f"\nWhat lies there cannot be used:{left}" if left else "")
    )
