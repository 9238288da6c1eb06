"""What every test gets: a data folder of its own, and tools that write nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.environment import prepare_environment
from warehouse.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point every tool at a temporary data folder before anything imports Prefect, dbt or GX."""
    data = tmp_path_factory.mktemp("environment")
    before = dict(os.environ)
    os.environ["WAREHOUSE_DATA"] = str(data)
    prepare_environment(Settings())
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def data_settings(tmp_path: Path) -> Settings:
    """Settings of an empty installation below the test's own folder."""
    return Settings(data=tmp_path / "data")
