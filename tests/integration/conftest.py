"""One real refresh of the shipped deliveries, which the tests of this folder look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.refreshed import SHIPPED_RAW, Refreshed
from tests.support.serving import own_installation, prepared_state
from warehouse.settings import Settings

__all__ = ["own_installation", "prepared_state"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file.

    Not for the session: Playwright's event loop would be in the way of Prefect's.
    """
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def prefect_server(session_settings: Settings) -> Iterator[Settings]:
    """A throw-away Prefect server for all flows of the session."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield session_settings


@pytest.fixture(scope="session")
def refreshed(prefect_server: Settings) -> Refreshed:
    """The shipped deliveries, refreshed by the real flow into an empty data folder.

    Tests look at it and do not change it.
    """
    from warehouse.flows.refresh import refresh_warehouse

    shutil.copytree(SHIPPED_RAW, prefect_server.raw_dir)
    return Refreshed(prefect_server, refresh_warehouse())


@pytest.fixture
def copy_of_refreshed(refreshed: Refreshed, tmp_path: Path) -> Refreshed:
    """A copy of the refreshed installation, for a test that goes on from there."""
    shutil.copytree(refreshed.settings.data, tmp_path / "data")
    return Refreshed(Settings(data=tmp_path / "data"), refreshed.summary)
