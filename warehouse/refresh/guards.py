"""What stops a refresh before it does anything wrong: the day, the clock, and nothing delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from warehouse.errors import WarehouseError
from warehouse.history import read_records, utc_now
from warehouse.load import read_manifests
from warehouse.settings import Settings

# Clocks are put right by seconds, and at most by the hour of summer time.
CLOCK_TOLERANCE = timedelta(hours=1)


class FutureDayError(WarehouseError):
    """A refresh was asked for a day that is still to come."""

    concerns = "caller"


class ClockError(WarehouseError):
    """The clock is behind an earlier refresh, so that today's deliveries cannot be told."""


class NoDeliveriesError(WarehouseError):
    """Nothing was ever delivered, so that there is nothing to build from."""


def require_day(as_of: date | None) -> None:
    """Raises FutureDayError for a day to come."""
    if as_of is not None and as_of > date.today():
        raise FutureDayError(
            f"{as_of} is still to come, and what will be delivered by then is not known. "
            f"Give a day up to today."
        )


def require_clock(settings: Settings) -> None:
    """Raises ClockError when deliveries of days that seem to come would drop out of the release."""
    records = read_records(settings.history_dir)
    newest = max((record.started_at for record in records), default=None)
    if newest is not None and utc_now() < newest - CLOCK_TOLERANCE:
        raise ClockError(
            f"The clock says {utc_now()} UTC, but an earlier refresh began on {newest} UTC. "
            f"Deliveries of the days between would drop out of the release, so nothing was done. "
            f"The last release stays as it is. Set the clock right; if it is right now and was "
            f"wrong then, give the day: warehouse refresh --as-of {date.today()}"
        )


def require_deliveries(settings: Settings, as_of: date, left_lines: Iterable[str]) -> None:
    """Raises NoDeliveriesError that says where deliveries belong, and what lies there instead."""
    if read_manifests(settings.landed_dir, as_of):
        return
    left = "".join(f"\n  - {line}" for line in left_lines)
    raw_dir = settings.raw_dir
    raise NoDeliveriesError(
        f"No file was delivered up to {as_of}, so there is nothing to build from. Put the files "
        f"below {raw_dir}/<site>/<day of delivery>/, for example "
        f"{raw_dir}/our_hospital/{as_of}/admissions.csv, and refresh again."
        + (f"\nWhat lies there cannot be used:{left}" if left else "")
    )
