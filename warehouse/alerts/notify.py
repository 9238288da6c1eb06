"""Alerts after a refresh, however it ended, and when none ran.

Errors of alerts are logged and never fail a refresh.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from warehouse.alerts import run_news
from warehouse.alerts.data_news import (
    keep_notified_queries,
    new_queries,
    skipped_alerts,
    standing_alerts,
)
from warehouse.alerts.message import compose
from warehouse.alerts.models import Alert, Audience
from warehouse.alerts.outbox import channels_of, put, queued_paths, send_queued
from warehouse.alerts.sent_log import SentKeys, notified_queries_path, sent_alerts
from warehouse.errors import reason_without_values
from warehouse.history import RefreshRecord, last_published
from warehouse.settings import Settings, SettingsError
from warehouse.status import read_status

log = logging.getLogger(__name__)


class RefreshDone(Protocol):
    """Part of a refresh that alerts need."""

    settings: Settings
    record: RefreshRecord
    landing: Any


class Alerts:
    """The alerts of one refresh, which becomes known after it holds the lock."""

    refresh: RefreshDone | None = None

    @property
    def is_published(self) -> bool:
        """Whether the refresh gave people a release."""
        return self.refresh is not None and self.refresh.record.release is not None


@contextmanager
def alerting(settings: Settings) -> Iterator[Alerts]:
    """Alert about the refresh in the block when it has ended, and send queued messages."""
    alerts = Alerts()
    try:
        yield alerts
    except BaseException as error:
        if alerts.is_published:
            _safely(_notify_refresh, alerts.refresh)
        elif not run_news.is_not_notified(error):
            _safely(_notify_failure, settings, error)
        raise
    if alerts.is_published:
        _safely(_notify_refresh, alerts.refresh)


def notify_missed(settings: Settings, due_at: list[datetime]) -> None:
    """Alert that no refresh ran at these hours, if there are any."""
    if due_at:
        _safely(_notify_operator, settings, "missed", run_news.missed_alert(due_at))


def notify_status(settings: Settings) -> None:
    """Alert when the last good release is older than allowed, and send queued messages."""
    _safely(_notify_status, settings)


def put_test(settings: Settings) -> None:
    """Queue a test message for every audience.

    Raises SettingsError when nobody is.
    """
    if not any(channels_of(settings, audience) for audience in Audience):
        raise SettingsError(
            "No alert is sent: no recipient is set. Set WAREHOUSE_ALERT_OPERATOR_MAIL, "
            "WAREHOUSE_ALERT_DATA_MANAGER_MAIL or a webhook (docs/alerts.md)."
        )
    for audience in Audience:
        if channels_of(settings, audience):
            words = f"A test: this is how alerts reach the {audience.words}."
            put(settings, compose(settings, [Alert("test", audience, words)], ""))


def send_again(settings: Settings) -> int:
    """Send what could not be sent before; returns how many messages still wait."""
    with sent_alerts(settings):
        return send_queued(settings)


def _safely(tell: Callable[..., None], *arguments: Any) -> None:
    try:
        tell(*arguments)
    except Exception as error:  # an alert is never worth a night's work
        log.warning("alerts could not be made: %s", reason_without_values(error))


def _notify_failure(settings: Settings, error: BaseException) -> None:
    _notify_operator(settings, "run", run_news.failure_alert(settings, error))


def _notify_status(settings: Settings) -> None:
    status = read_status(settings)
    if status.release_damage:
        read = f"{status.release_read}, which people read: {status.release_damage}"
        _notify_operator(settings, "damage", run_news.damage_alert(read))
    if status.is_late:
        _notify_operator(settings, "late", run_news.late_alert(settings, status.release_text))
    elif queued_paths(settings):
        send_again(settings)


def _notify_operator(settings: Settings, kind: str, alert: Alert) -> None:
    with sent_alerts(settings) as sent:
        _post(settings, sent, kind, [alert])
        send_queued(settings)


def _notify_refresh(refresh: RefreshDone) -> None:
    settings, record = refresh.settings, refresh.record
    with sent_alerts(settings) as sent:
        _post(settings, sent, "run", _run_alerts(refresh, sent))
        last = last_published(settings.history_dir)
        # A release of an earlier day knows less; what was open then was sent long ago.
        if last is not None and last.as_of <= record.as_of:
            _notify_data(refresh, sent)
        send_queued(settings)


def _run_alerts(refresh: RefreshDone, sent: SentKeys) -> list[Alert]:
    settings, record = refresh.settings, refresh.record
    repaired = refresh.landing.repaired if refresh.landing else ()
    return [
        *run_news.repair_alerts(record, repaired),
        *run_news.recovery_alerts(sent.get("run", [])),
        *run_news.interruption_alerts(settings, record.refresh_id),
        *([run_news.reports_alert(record)] if record.reason else []),
    ]


def _notify_data(refresh: RefreshDone, sent: SentKeys) -> None:
    settings, record = refresh.settings, refresh.record
    release = settings.releases_dir / str(record.release)
    problems = notified_queries_path(settings)
    left = skipped_alerts(refresh.landing.skipped_lines if refresh.landing else [])
    alerts = [*new_queries(release, problems), *standing_alerts(release), *left]
    _post(settings, sent, "data", alerts, _introduction(record))
    if channels_of(settings, Audience.DATA_MANAGER):
        keep_notified_queries(release, problems)


def _post(
    settings: Settings, sent: SentKeys, kind: str, alerts: list[Alert], introduction: str = ""
) -> None:
    """Put new alerts into the outbox and note them as sent; nothing where there is no channel."""
    new = [alert for alert in alerts if alert.key not in sent.get(kind, [])]
    for audience in Audience:
        if not channels_of(settings, audience):
            return
        if theirs := [alert for alert in new if alert.audience is audience]:
            put(settings, compose(settings, theirs, introduction))
    sent[kind] = [alert.key for alert in alerts]


def _introduction(record: RefreshRecord) -> str:
    note = record.change_note or ""
    return f"Release {record.refresh_id} (deliveries up to {record.as_of}) is published.\n{note}"
