"""Messages on their way: each waits as a file until every channel of its audience has taken it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from warehouse.alerts.channels import NOT_SENT, send_mail, send_webhook, why_not_sent
from warehouse.alerts.message import Message
from warehouse.alerts.models import Audience
from warehouse.disk import TOO_MANY_OPEN
from warehouse.files import make_folder, open_regular, write_atomically
from warehouse.settings import Settings

log = logging.getLogger(__name__)
MOST_BYTES = 4 << 20


class NoMessageError(Exception):
    """A file of the outbox is no message of ours; the text says why, and quotes nothing of it."""


@dataclass(frozen=True)
class QueuedMessage:
    """A message that one channel still has to take; ``recipients`` only those left of a mail."""

    message: Message
    channel: str
    recipients: tuple[str, ...] = ()
    attempts: int = 0
    last_error: str = ""


def channels_of(settings: Settings, audience: Audience) -> list[str]:
    """The channels by which an audience is reached; the other one's where it has none."""
    return _channels(settings, _reached(settings, audience))


def put(settings: Settings, message: Message) -> None:
    """Let a message wait for each channel of its audience."""
    for channel in channels_of(settings, message.audience):
        _write(settings, QueuedMessage(message, channel))


def queued_paths(settings: Settings) -> list[Path]:
    """Return the files of queued messages, oldest first."""
    return sorted((settings.alerts_dir / "outbox").glob("*.json"))


def queued_messages(settings: Settings) -> list[QueuedMessage]:
    """Return queued messages, oldest first, with the reason why they wait."""
    return [_read(path) for path in queued_paths(settings)]


def unsendable_dir(settings: Settings) -> Path:
    """Return the folder of messages that can never be sent."""
    return settings.alerts_dir / "unsendable"


def send_queued(settings: Settings) -> int:
    """Try to send all that waits; returns how many messages still do.

    After a failure, a channel gets no more messages in this round. Never raises because of one: a
    message that cannot even be read or built is put aside, for it would stop all that come after.
    """
    down: set[str] = set()
    for path in queued_paths(settings):
        try:
            _try(settings, path, down)
        except OSError:  # of this disk
            raise
        except Exception as error:
            _put_aside(settings, path, error)
    return len(queued_paths(settings))


def _try(settings: Settings, path: Path, down: set[str]) -> None:
    waiting = _read(path)
    if waiting.channel in down:
        return
    try:
        refused = SENDERS[waiting.channel](settings, waiting)
    except NOT_SENT as error:
        down.add(waiting.channel)
        _wait_longer(settings, waiting, waiting.recipients, why_not_sent(error))
        return
    if refused:
        _wait_longer(settings, waiting, tuple(refused), "the server refused a recipient")
    else:
        path.unlink()
        log.info("notified the %s by %s", waiting.message.audience.words, waiting.channel)


def _put_aside(settings: Settings, path: Path, error: Exception) -> None:
    make_folder(unsendable_dir(settings))
    place = unsendable_dir(settings) / path.name
    while place.exists():
        place = place.with_name(f"{place.name}_")
    path.rename(place)
    why = error if isinstance(error, NoMessageError) else type(error.__cause__ or error).__name__
    log.warning(
        "error: an alert cannot be sent (%s); its file is in %s: look at it, and delete it",
        why,
        place.parent,
    )


def _by_mail(settings: Settings, waiting: QueuedMessage) -> list[str]:
    audience = _reached(settings, waiting.message.audience)
    recipients = waiting.recipients or getattr(settings, f"alert_{audience}_mail")
    return send_mail(settings, waiting.message, recipients)


def _by_webhook(settings: Settings, waiting: QueuedMessage) -> list[str]:
    audience = _reached(settings, waiting.message.audience)
    url = getattr(settings, f"alert_{audience}_webhook").get_secret_value()
    send_webhook(settings, waiting.message, url)
    return []


SENDERS: dict[str, Callable[[Settings, QueuedMessage], list[str]]] = {
    "mail": _by_mail,
    "webhook": _by_webhook,
}


def _reached(settings: Settings, audience: Audience) -> Audience:
    """Return the audience that is reached: the other one where this one has no channel."""
    if _channels(settings, audience):
        return audience
    return next(other for other in Audience if other is not audience)


def _channels(settings: Settings, audience: Audience) -> list[str]:
    return [name for name in SENDERS if getattr(settings, f"alert_{audience}_{name}")]


def _wait_longer(
    settings: Settings, waiting: QueuedMessage, recipients: tuple[str, ...], reason: str
) -> None:
    later = replace(
        waiting, recipients=recipients, attempts=waiting.attempts + 1, last_error=reason
    )
    _write(settings, later)
    log.warning(
        "an alert to the %s could not be sent by %s (%s); it waits and is tried again",
        waiting.message.audience.words,
        waiting.channel,
        reason,
    )


def _write(settings: Settings, waiting: QueuedMessage) -> None:
    path = settings.alerts_dir / "outbox" / _file_name(waiting)
    write_atomically(path, json.dumps(asdict(waiting), indent=2).encode())


def _file_name(waiting: QueuedMessage) -> str:
    name = f"{waiting.message.created_at}-{waiting.message.identity}-{waiting.channel}.json"
    return name.replace(":", "")


def _read(path: Path) -> QueuedMessage:
    try:
        with open_regular(path) as handle:
            content = handle.read(MOST_BYTES + 1)
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:
            raise
        raise NoMessageError(error.strerror or str(error)) from error
    if len(content) > MOST_BYTES:
        raise NoMessageError(f"it is larger than {MOST_BYTES >> 20} MB")
    stored = json.loads(content)
    message = stored.pop("message")
    message["audience"] = Audience(message["audience"])
    stored["recipients"] = tuple(stored["recipients"])
    waiting = QueuedMessage(Message(**message), **stored)
    if path.name != _file_name(waiting):
        raise NoMessageError("it is a copy: its name is not that of its message")
    return waiting
