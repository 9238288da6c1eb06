"""``warehouse status`` and ``warehouse alerts``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.errors import WarehouseError
from warehouse.settings import settings
from warehouse.text import one_line

UNKNOWN = 3


class Form(StrEnum):
    """Format of the printed status."""

    TEXT = "text"
    JSON = "json"


def status(
    form: Annotated[Form, typer.Option("--format", help="One line, or JSON.")] = Form.TEXT,
    notify: Annotated[
        bool,
        typer.Option("--notify", help="Alert the operator, once, when the release is too old."),
    ] = False,
    # The name of --notify in version 0.1.0, which installed timers may use.
    tell: Annotated[bool, typer.Option("--tell", hidden=True)] = False,
) -> None:
    """Print the state in one line. Exit code: 0 OK, 1 warning, 2 critical, 3 unknown.

    \b
    Examples:
      warehouse status
      warehouse status --format json
    """
    from warehouse.status import read_status

    try:
        now = read_status(settings())
    except Exception as error:  # whatever it is, the one thing to say is that nothing is known
        is_for_people = isinstance(error, WarehouseError | OSError)
        reason = str(error) if is_for_people else f"{type(error).__name__}: {error}"
        reason = one_line(reason).replace("|", "/")
        facts = {"level": "UNKNOWN", "exit_code": UNKNOWN, "reason": reason}
        say(json.dumps(facts) if form is Form.JSON else f"WAREHOUSE UNKNOWN: {reason}")
        raise typer.Exit(UNKNOWN) from error
    say(json.dumps(now.facts, default=str, indent=2) if form is Form.JSON else now.line)
    if notify or tell:
        from warehouse.alerts.notify import notify_status

        notify_status(settings())
    raise typer.Exit(now.level)


def alerts(
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to every recipient first.")
    ] = False,
) -> None:
    """Send the queued alerts. Exit code 1: some could not be sent.

    \b
    Examples:
      warehouse alerts --test
    """
    from warehouse.alerts.notify import put_test, send_again
    from warehouse.alerts.outbox import queued_messages

    if test:
        put_test(settings())
    if send_again(settings()) == 0:
        say("Every channel accepted the test message." if test else "Nothing waits to be sent.")
        return
    for waiting in queued_messages(settings()):
        since, audience = waiting.message.created_at, waiting.message.audience.words
        reason = waiting.last_error or "not tried, because another could not be sent"
        say(f"waits since {since}, {audience} by {waiting.channel}: {reason}")
    raise typer.Exit(1)
