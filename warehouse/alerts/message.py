"""The words of an alert: who it is from, what is new, where to look."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from warehouse.alerts.models import Alert, Audience
from warehouse.definitions.site import site_label
from warehouse.landing.raw_names import is_site
from warehouse.settings import Settings

LINES_SHOWN = 30
CLOSING = "Each of these is sent once. This message contains no patient values."
WHERE = {
    Audience.DATA_MANAGER: (
        "Where the lines are and what to do: data quality page, {reports}/quality.html; workbooks, "
        "{reports}/queries/<site>.xlsx."
    ),
    Audience.OPERATOR: (
        "On the warehouse's machine: `warehouse status`, and `make server` for Prefect's pages."
    ),
}


@dataclass(frozen=True)
class Message:
    """Message to one audience; ``identity`` is the same when it is sent again."""

    identity: str
    created_at: str
    audience: Audience
    subject: str
    text: str


def compose(settings: Settings, alerts: list[Alert], introduction: str) -> Message:
    """Write a message with the alerts of one audience (at least one)."""
    audience = alerts[0].audience
    shown = [f"- {_indented(alert.text)}" for alert in alerts[:LINES_SHOWN]]
    if left := len(alerts) - len(shown):
        shown.append(f"- and {left:,} more rules and files")
    where = WHERE[audience].format(reports=settings.reports_dir)
    above = [introduction.strip(), ""] if introduction.strip() else []
    text = _sendable("\n".join([*above, *shown, "", where, CLOSING, ""]))
    created_at = datetime.now(UTC).isoformat(timespec="microseconds")
    identity = hashlib.sha256(f"{created_at}{audience}{text}".encode()).hexdigest()[:20]
    subject = _sendable(f"[{installation(settings)}] {_subject(alerts)}")
    return Message(identity, created_at, audience, subject, text)


def installation(settings: Settings) -> str:
    """Name the warehouse: its sites, and whether their data is synthetic."""
    raw = settings.raw_dir
    folders = [path.name for path in raw.iterdir() if path.is_dir()] if raw.exists() else []
    sites = sorted(filter(is_site, folders))
    named = ", ".join(
        f"{site} (synthetic data)" if site_label(site).synthetic else site for site in sites
    )
    return f"Thrombectomy warehouse: {named or 'no site yet'}"


def _sendable(text: str) -> str:
    """A text without halves of characters, of which no mail can be made."""
    return text.encode(errors="backslashreplace").decode()


def _subject(alerts: list[Alert]) -> str:
    if len(alerts) == 1:
        return alerts[0].text.splitlines()[0]
    if alerts[0].audience is Audience.OPERATOR:
        return f"{alerts[0].text.splitlines()[0]} And {len(alerts) - 1} more"
    return f"{len(alerts)} new things to look at in the data"


def _indented(text: str) -> str:
    return "\n  ".join(text.splitlines())
