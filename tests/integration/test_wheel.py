"""The wheel, installed over the locked packages: it holds all that a refresh and an export need."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.nights import PATIENTS_A_DAY, SITE, deliver
from warehouse.exports.omop.tables import TABLES
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.rest  # it installs, and refreshes as a command
DAY = date(2026, 10, 31)


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What a command prints, which must succeed; its home is empty."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=kept | {"HOME": str(cwd)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into, without dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    source = folder / "source"
    run("git", "clone", "-q", PROJECT_DIR, source, cwd=folder)
    build = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, source)
    run(*pip, *build, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(*pip, "install", "--no-deps", "--no-index", "--target", folder / "site", wheel, cwd=folder)
    return folder / "site"


def test_the_wheel_has_one_package(installed: Path) -> None:
    packages = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert packages == {"bin", "warehouse"}


def test_a_delivery_is_refreshed_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    command = installed / "bin" / "warehouse"
    run(command, "init", SITE, cwd=tmp_path, PYTHONPATH=str(installed))
    deliver(tmp_path / "data" / "raw", 0, DAY)
    run(command, "refresh", "--as-of", str(DAY), cwd=tmp_path, PYTHONPATH=str(installed))
    with duckdb.connect(tmp_path / "data/warehouse/warehouse.duckdb", read_only=True) as release:
        assert release.execute("select count(*) from registry.patients").fetchone() == (
            PATIENTS_A_DAY - 1,  # one of them has a NIHSS of 55
        )
    assert (tmp_path / "data" / "reports" / "index.html").exists()
    run(command, "export", "omop", "--output", "omop", cwd=tmp_path, PYTHONPATH=str(installed))
    assert len(list((tmp_path / "omop").glob("*.csv"))) == len(TABLES)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "omop"}
