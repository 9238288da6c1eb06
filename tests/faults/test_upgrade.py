"""A data folder of version 0.1.0 with 100 nights, made by its own code, and the first refresh.

One of these nights was killed after its checks, and done again.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults import nights
from tests.faults.processes import done
from warehouse.history import kept_paths, read_records
from warehouse.settings import Settings
from warehouse.status import Level, read_status
from warehouse.verification import verify
from warehouse.verification.checked import GONE, INTACT

MADE_BY_0_1_0 = Path(__file__).parents[1] / "fixtures" / "version_0_1_0" / "data.tar.xz"
# Of these deliveries only what version 0.1.0 landed is left; the others can be landed again.
ONLY_LANDED = ("2022-03-01", "2022-03-10", "2022-03-19")
RESULTS = """
select refresh_id, count(*), sum(hash(rule, extract, site, delivered_on, rows_checked, rows_failed))
from {}
group by refresh_id
order by refresh_id
"""
REGISTERED = """
select
    (select count(*) from registry.patients),
    (select count(*) from registry.procedures),
    (select count(*) from registry.imaging),
    (select count(*) from registry.followups)
"""
DELIVERED = """
select source_file, status, rows_accepted + rows_rejected
from quality.deliveries
order by source_file
"""
OPEN = """
select violation_id, first_seen_on
from quality.violations
where status = 'open' and source_file not like '%/2022-03-01/%'
"""
FOUND = "select rule, source_file, source_row, violation_id from quality.violations"
# This correction of the first day's patient, to an onset nine days later, was accepted by 0.1.0.
HELD = ("admissions.identity.kept", "small_hospital/2022-03-10/admissions.csv", 4)
KEPT = (REGISTERED, DELIVERED, OPEN, FOUND)


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """The folder of version 0.1.0."""
    with tarfile.open(MADE_BY_0_1_0) as packed:
        packed.extractall(tmp_path, filter="data")
    settings = Settings(data=tmp_path / "data")
    for day in ONLY_LANDED:
        shutil.rmtree(next(settings.raw_dir.glob(f"*/{day}")))
    return settings


def test_a_folder_of_version_0_1_0_with_100_nights_is_upgraded(old: Settings) -> None:
    stored = old.history_dir / "check_results"
    results = asked(RESULTS.format(f"read_parquet('{stored}/*.parquet')"))
    before = {query: asked(query, old.published_path) for query in KEPT}
    assert (len(results), sum(n for _, n, _ in results)) == (101, 174_816)

    done(nights.refresh, old.data)

    release = old.published_path
    *nights_before, last = read_records(old.history_dir)
    assert (len(nights_before), last.status, last.refresh_number) == (101, "published", 102)
    assert asked(RESULTS.format("quality.check_results"), release)[:-1] == results
    now = {query: asked(query, release) for query in KEPT}
    assert (before[REGISTERED], now[REGISTERED]) == ([(21, 20, 21, 21)], [(20, 20, 20, 20)])
    assert now[DELIVERED] == before[DELIVERED]
    assert set(now[OPEN]) >= set(before[OPEN])
    assert set(now[FOUND]) >= set(before[FOUND])
    assert [found[:3] for found in set(now[FOUND]) - set(before[FOUND])] == [HELD]
    assert list(stored.iterdir()) == []
    assert all(path.exists() for path in kept_paths(old.history_dir))
    assert read_status(old).level is Level.OK
    assert {file.state for file in verify(old).files} == {INTACT, GONE}
    first = written(old)
    done(nights.land_only, old.data)
    assert written(old) == first


def asked(query: str, release: Path | None = None) -> list[Any]:
    """The rows of a query on a release, or on files."""
    with duckdb.connect(release or ":memory:", read_only=release is not None) as connection:
        return connection.execute(query).fetchall()


def written(settings: Settings) -> dict[Path, int]:
    """When each landed file and each file of the history was written."""
    files = (*settings.landed_dir.rglob("*.*"), *settings.history_dir.rglob("*.*"))
    return {path: path.stat().st_mtime_ns for path in files if path.is_file()}
