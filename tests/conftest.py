"""What every test gets: tools that write nowhere else than below a temporary data folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.environment import prepare_environment
from warehouse.quiet_exit import QuietEnd
from warehouse.settings import PROJECT_DIR, Settings, settings

end = QuietEnd()
# Fixtures that need Chromium, another DuckDB, or minutes of a schedule at work.
REST_FIXTURES = {"browser", "oldest_client", "own_installation"}
# Where Prefect, which modules of tests import before any fixture runs, and Chromium keep files that
# would be in the home folder otherwise.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ["PREFECT_HOME"] = str(PROJECT_DIR / ".cache" / f"prefect{WORKER}")
os.environ["XDG_CONFIG_HOME"] = str(PROJECT_DIR / ".cache" / "config")
os.environ["XDG_CACHE_HOME"] = str(PROJECT_DIR / ".cache")
# Begun in the background of a script, as CI may do, a process ignores Ctrl-C, and so does all that
# it starts: the commands whose Ctrl-C is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    """Keep the exit code of the session for the end of the process."""
    end.exit_code = int(exitstatus)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark for ``make test-rest`` what needs more than ``make setup`` installs, by its fixtures."""
    for item in items:
        if not REST_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("rest")


@pytest.hookimpl
def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter, as a packed file holds the time and workers compare names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def session_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Point every tool at a temporary data folder before anything imports Prefect, dbt or GX."""
    before = dict(os.environ)
    os.environ["WAREHOUSE_DATA"] = str(tmp_path_factory.mktemp("data"))
    os.environ["WAREHOUSE_LANDING_SETTLE_SECONDS"] = "0"  # nothing is being copied meanwhile
    settings.cache_clear()
    prepare_environment(settings())
    yield settings()
    os.environ.clear()
    os.environ.update(before)
    settings.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def no_waiting_for_the_disk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave out the waits for the disk: tens of thousands, and only tests/faults ask what it keeps.

    Processes that tests start wait for it as always.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "faults" not in request.path.parts:
            patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def data_settings(tmp_path: Path) -> Settings:
    """Settings of an empty installation below the test's own folder."""
    return Settings(data=tmp_path / "data")
