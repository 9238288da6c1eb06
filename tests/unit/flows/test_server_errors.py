"""What a person is told when Prefect's server goes away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.golden import golden
from tests.support.mail_server import free_port
from warehouse.flows.server import Server, ServerError
from warehouse.flows.server_errors import (
    PublishedUnseenError,
    ServerLostError,
    server_loss_explained,
)
from warehouse.refresh.context import refreshing
from warehouse.settings import Settings

GOLDEN = golden("flows")


def _ask_a_server_that_is_gone() -> None:
    httpx.get(f"http://127.0.0.1:{free_port()}/api/health")


def test_before_publication_nothing_was_published(data_settings: Settings) -> None:
    with (
        pytest.raises(ServerLostError, match="the last release stays") as lost,
        server_loss_explained(data_settings),
        refreshing(data_settings),
    ):
        _ask_a_server_that_is_gone()
    assert lost.value.exit_code == 1


def test_after_publication_the_release_counts(data_settings: Settings) -> None:
    with (
        pytest.raises(PublishedUnseenError, match=r"Release .* is published") as lost,
        server_loss_explained(data_settings),
    ):
        with refreshing(data_settings) as refresh:
            refresh.record.release, refresh.record.status = "it.duckdb", "published"
        try:
            _ask_a_server_that_is_gone()
        except httpx.TransportError as error:
            raise RuntimeError("Prefect wraps it") from error
    assert lost.value.exit_code == 4


def test_pages_that_are_missing_are_reported_with_the_loss(data_settings: Settings) -> None:
    """Ctrl-C reaches the server that a refresh brings, too."""
    with (
        pytest.raises(PublishedUnseenError) as lost,
        server_loss_explained(data_settings),
    ):
        try:
            with refreshing(data_settings) as refresh:
                refresh.record.release, refresh.record.status = "it.duckdb", "published"
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            _ask_a_server_that_is_gone()
    assert (GOLDEN("it_was_stopped_keyboardinterrupt_after_release")) in str(lost.value)
    assert GOLDEN("nothing_needs_to_be_corrected") not in str(lost.value)


def test_a_server_that_does_not_start_is_reported_as_that(tmp_path: Path) -> None:
    log_path = tmp_path / "server.log"
    log_path.write_text("it cannot open its database")
    url = f"http://127.0.0.1:{free_port()}/api"
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process,
        pytest.raises(ServerError, match=GOLDEN("within_so_nothing_was_begun")) as error,
    ):
        Server(url, log_path, process).wait_until_up(seconds=0.1)
    assert str(error.value).endswith(GOLDEN("it_cannot_open_its_database"))


def test_other_errors_pass(data_settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), server_loss_explained(data_settings):
        raise ZeroDivisionError
