"""An installation after a real refresh, from which each test goes on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.faults import nights
from tests.faults.processes import done
from warehouse.settings import PROJECT_DIR, Settings

SHIPPED = PROJECT_DIR / "data" / "raw" / "synthetic_centre"
LAST_DAY = "2022-06-07"


FULL = os.environ.get("FULL", "") not in ("", "0")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without FULL=1, what is marked for it is not selected."""
    left_out = [item for item in items if item.get_closest_marker("full_counts") and not FULL]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether the counts are those of the acceptance (``make test-faults FULL=1``)."""
    return FULL


@pytest.fixture(scope="session")
def before_last_delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that has refreshed all but the last delivery."""
    data = tmp_path_factory.mktemp("template") / "data"
    for day in sorted(SHIPPED.iterdir()):
        if day.name != LAST_DAY:
            shutil.copytree(day, data / "raw" / SHIPPED.name / day.name)
    done(nights.refresh, data)
    return data


@pytest.fixture
def installation(before_last_delivery: Path, tmp_path: Path) -> Settings:
    """A copy of it, to which the last delivery has come."""
    shutil.copytree(before_last_delivery, tmp_path / "data")
    settings = Settings(data=tmp_path / "data")
    shutil.copytree(SHIPPED / LAST_DAY, settings.raw_dir / SHIPPED.name / LAST_DAY)
    return settings
