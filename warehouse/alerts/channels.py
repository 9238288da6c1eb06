"""Sending a message: by mail (SMTP) and to a webhook (HTTP POST of JSON)."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from warehouse.alerts.message import Message
from warehouse.settings import Settings

TIMEOUT_SECONDS = 10
# Whatever keeps a message from being sent: it waits, and the refresh goes on.
NOT_SENT = (OSError, smtplib.SMTPException, HTTPException, ValueError)


class CannotBuildError(Exception):
    """The message cannot be made into a mail or into JSON, today or ever."""


class _NoRedirect(HTTPRedirectHandler):
    """A webhook that sends us elsewhere is an error: the message could leave the building."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def send_mail(settings: Settings, message: Message, recipients: Sequence[str]) -> list[str]:
    """Send a message; returns the recipients that the server refused while it took others.

    Raises one of NOT_SENT when nobody gets it, CannotBuildError when nobody ever will.
    """
    mail = _mail(settings, message, recipients)
    with _mail_server(settings) as server:
        if settings.mail_user:
            server.login(settings.mail_user, _password(settings))
        return list(server.send_message(mail, to_addrs=recipients))


def send_webhook(settings: Settings, message: Message, url: str) -> None:
    """POST a message as JSON. Raises one of NOT_SENT unless the listener answers with success."""
    content = {
        "text": f"{message.subject}\n{message.text}",
        "subject": message.subject,
        "audience": message.audience,
        "identity": message.identity,
        "created_at": message.created_at,
    }
    request = Request(
        url, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8"}
    )
    opener = build_opener(_NoRedirect, HTTPSHandler(context=_certificates(settings)))
    with opener.open(request, timeout=TIMEOUT_SECONDS):
        pass


def why_not_sent(error: BaseException) -> str:
    """The reason in a few words, without addresses that hold a secret."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered {error.smtp_code} {error.smtp_error!r}"
    kind = type(error).__name__
    return f"{kind}: {error}" if isinstance(error, OSError) else kind


def _mail_server(settings: Settings) -> smtplib.SMTP:
    host, port = settings.mail_host or "", settings.mail_server_port
    if settings.mail_security == "tls":
        certificates = _certificates(settings)
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=certificates)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if settings.mail_security == "starttls":
        server.starttls(context=_certificates(settings))
    return server


def _certificates(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.alert_ca_file:
        # Read here, because the error of a missing file does not name it there.
        certificates = settings.alert_ca_file.read_text(encoding="ascii", errors="ignore")
        context.load_verify_locations(cadata=certificates)
    return context


def _password(settings: Settings) -> str:
    if settings.mail_password_file:
        return settings.mail_password_file.read_text(encoding="utf-8").strip()
    return settings.mail_password.get_secret_value() if settings.mail_password else ""


def _mail(settings: Settings, message: Message, recipients: Sequence[str]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = settings.mail_sender
    mail["To"] = ", ".join(recipients)
    try:
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(datetime.fromisoformat(message.created_at))
        # The same for each attempt, so that a mail server recognizes a repetition.
        mail["Message-ID"] = f"<{message.identity}@thrombectomy-warehouse>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.as_bytes()
    except Exception as error:
        raise CannotBuildError from error
    return mail
