"""Alerts for operators about refreshes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from warehouse.alerts.models import Alert, Audience
from warehouse.errors import WarehouseError, reason_without_values
from warehouse.history import HistoryError, RefreshRecord, last_published, read_records
from warehouse.settings import Settings

FAILURE = "failure"


def failure_alert(settings: Settings, error: BaseException) -> Alert:
    """A refresh that failed: why, what stays, what to do."""
    concerns = getattr(error, "concerns", Audience.OPERATOR.value)
    reason = reason_without_values(error)
    return Alert(
        key=f"{FAILURE}:{concerns}:{_same_on_another_night(reason)}",
        audience=Audience(concerns),
        text=f"The refresh failed.\n{reason}\n{_what_stays(settings)}",
    )


def reports_alert(record: RefreshRecord) -> Alert:
    """A release whose reports could not all be written."""
    return Alert(
        key=f"reports:{_same_on_another_night(record.reason or '')}",
        audience=Audience.OPERATOR,
        text=f"A release was published, and its reports are not complete.\n{record.reason}",
    )


def damage_alert(release: str) -> Alert:
    """The release that people read is not as it was published; ``release`` says which and why."""
    return Alert(
        key=f"damage:{release}",
        audience=Audience.OPERATOR,
        text=(
            f"Release {release}. Go back to another one (warehouse rollback), or refresh, and tell "
            f"whoever used it. warehouse verify checks all files."
        ),
    )


def repair_alerts(record: RefreshRecord, repaired: Sequence[str]) -> list[Alert]:
    """Return alerts for damaged landed files, each time: failing disks fail again."""
    if not repaired:
        return []
    text = (
        f"{len(repaired):,} landed files were damaged, and were made again from their raw files. "
        f"Look at the disk, or at who edits files there; warehouse verify checks all files.\n"
        + "\n".join(repaired)
    )
    return [Alert(f"repaired:{record.refresh_id}", Audience.OPERATOR, text)]


def _same_on_another_night(reason: str) -> str:
    """Return a digest of the words, without numbers: the same error on another night is equal."""
    return hashlib.sha256(re.sub(r"\d+", "#", reason).encode()).hexdigest()[:12]


def interruption_alerts(settings: Settings, before: str) -> list[Alert]:
    """The refresh before another, where it was interrupted: killed, or the machine went down."""
    records = read_records(settings.history_dir)
    earlier = list(takewhile(lambda record: record.refresh_id != before, records))
    if not earlier or earlier[-1].status != "interrupted":
        return []
    last = earlier[-1]
    text = (
        f"The refresh that began at {utc(last.started_at)} was interrupted "
        f"({last.reason}). Nothing of it was published; this refresh did its work."
    )
    return [Alert(f"interrupted:{last.refresh_id}", Audience.OPERATOR, text)]


def missed_alert(due_at: list[datetime]) -> Alert:
    """Nights on which no refresh began, because nothing was there to start it."""
    first, last = min(due_at), max(due_at)
    moments = (
        f"{first:%Y-%m-%d %H:%M}"
        if len(due_at) == 1
        else (f"{len(due_at)} hours between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M}")
    )
    return Alert(
        key=f"missed:{last.isoformat()}",
        audience=Audience.OPERATOR,
        text=(
            f"Missed: no refresh was done at {moments} UTC, because the machine or the schedule "
            f"was not running. It is made up now, once. If nobody stopped them, look why."
        ),
    )


def late_alert(settings: Settings, summary: str) -> Alert:
    """The last good release is older than allowed."""
    last = last_published(settings.history_dir)
    return Alert(
        key=f"late:{last.refresh_id if last else 'none'}",
        audience=Audience.OPERATOR,
        text=(
            f"{summary}\nAnalysts work with old data. See whether the schedule runs (warehouse "
            f"schedule, or its service), and what `warehouse status` says of the last failure."
        ),
    )


def recovery_alerts(sent: list[str]) -> list[Alert]:
    """Return alerts that refreshes work again, for those who got the alert of a failure."""
    audiences = {key.split(":")[1] for key in sent if key.startswith(f"{FAILURE}:")}
    return [
        Alert(f"recovered:{audience}", Audience(audience), "The refresh works again.")
        for audience in sorted(audiences)
    ]


def is_not_notified(error: BaseException) -> bool:
    """Whether an error concerns only the person at the keyboard, such as a refresh at work."""
    return isinstance(error, WarehouseError) and error.concerns == "caller"


def utc(moment: datetime) -> str:
    """Format a time of the history."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _what_stays(settings: Settings) -> str:
    try:
        last = last_published(settings.history_dir)
    except HistoryError:  # it may be the very cause of the alert
        return "The last release stays as it is."
    if last is None:
        return "There is no release yet."
    return f"The release of {utc(last.finished_at or last.started_at)} stays and can be used."
