"""Which Prefect server an installation takes for its own, and which password it gives it."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

import pytest

from tests.support.mail_server import free_port, web_listener
from warehouse.files import write_atomically
from warehouse.flows.server import running_server_url
from warehouse.settings import Settings


def _announce(settings: Settings, content: bytes) -> None:
    write_atomically(settings.state_dir / "server.json", content)


@pytest.mark.parametrize(("status", "is_ours"), [(401, True), (200, False), (404, False)])
def test_a_server_that_asks_for_no_password_is_not_used(
    data_settings: Settings, status: int, is_ours: bool
) -> None:
    """That of an earlier version, which the upgrade found running, lets anybody in."""
    with web_listener(status=status) as (_, url):
        port = urlsplit(url).port
        _announce(data_settings, json.dumps({"port": port, "process": os.getpid()}).encode())
        expected = f"http://127.0.0.1:{port}/api" if is_ours else None
        assert running_server_url(data_settings) == expected


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b'{"port": 42', b"[]", b"\xff", b'{"port": "x", "process": "y"}'),
        *(b'{"port": "x", "process": 1}', b'{"port": 1e9, "process": 1}'),
        *(b'{"port": 123456789, "process": 1}', b'{"port": 42, "process": 1%s}' % (b"0" * 30)),
    ],
)
def test_a_damaged_announcement_is_none(data_settings: Settings, content: bytes) -> None:
    _announce(data_settings, content)
    assert running_server_url(data_settings) is None


def test_an_announcement_of_a_server_that_is_gone_is_none(data_settings: Settings) -> None:
    assert running_server_url(data_settings) is None
    _announce(data_settings, json.dumps({"port": free_port(), "process": os.getpid()}).encode())
    assert running_server_url(data_settings) is None
