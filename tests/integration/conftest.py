"""One real refresh of the shipped deliveries, which the tests of this folder look at."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.refreshed import Refreshed, copy_data, refreshed_by_the_flow
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
def refreshed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Refreshed:
    """The shipped deliveries, refreshed by the real flow into an empty data folder.

    Tests look at it and do not change it. The worker that needs it first makes it for all.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    kept = shared / "refreshed.pickle"
    with (shared / "refreshed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            refreshed = refreshed_by_the_flow(request.getfixturevalue("prefect_server"))
            kept.write_bytes(pickle.dumps(refreshed))
    return cast(Refreshed, pickle.loads(kept.read_bytes()))


@pytest.fixture
def copy_of_refreshed(refreshed: Refreshed, tmp_path: Path) -> Refreshed:
    """A copy of the refreshed installation, for a test that goes on from there."""
    copy_data(refreshed.settings.data, tmp_path / "data")
    return Refreshed(Settings(data=tmp_path / "data"), refreshed.summary)
