"""Whether an installation is sound: releases, history and log whole, nothing left over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from warehouse.history import read_records
from warehouse.landing.manifest import damage, damaged_manifests, read_log
from warehouse.publish import is_published, mart_digests
from warehouse.refresh.steps import COMPARED_SCHEMAS
from warehouse.settings import Settings

# Each number is counted from another mart of the same release; in a mix they would differ.
CONSISTENT = """
select
    (select count(*) from study.cohort) as in_cohort,
    (select arg_max(n_remaining, step) from study.patient_flow) as in_flow,
    (select max(rs_denominator + non_rs_denominator) from study.table2_outcomes) as in_table,
    (select n_excluded + n_remaining from study.patient_flow order by step limit 1) as treated,
    (select count(*) from registry.patients) as registered,
    (select arg_max(release_file, refresh_number) from ops.refreshes) as release_file
"""


def answer(path: Path) -> tuple[Any, ...]:
    """The numbers of a release that must agree, by a connection of its own."""
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(CONSISTENT).fetchall()[0]


def is_one_release(numbers: tuple[Any, ...]) -> bool:
    """Whether all numbers are of one release."""
    in_cohort, in_flow, in_table = numbers[:3]
    return in_cohort == in_flow == in_table > 0


def digests(settings: Settings) -> dict[str, str]:
    """Digests of the published marts."""
    return mart_digests(settings.published_path, COMPARED_SCHEMAS)


def log_content(settings: Settings) -> dict[str, Any]:
    """Every byte of the landed log, but for the moments of landing."""
    content: dict[str, Any] = {}
    for path in sorted(settings.landed_dir.rglob("*.*")):
        if path.is_file():
            name = path.relative_to(settings.landed_dir).as_posix()
            content[name] = path.read_bytes()
            if path.suffix == ".json":
                content[name] = {**json.loads(content[name]), "landed_at": None, "sha256": None}
    return content


def require_sound(settings: Settings) -> None:
    """Nothing is damaged and nothing is missing; what was begun may still lie there."""
    assert is_one_release(answer(settings.published_path))
    present = {path.name for path in settings.releases_dir.glob("[0-9]*.duckdb")}
    for name in present:
        assert is_one_release(answer(settings.releases_dir / name)), name
    records = read_records(settings.history_dir)
    promised = [record.release for record in records if record.status == "published"]
    assert set(promised[-settings.releases_kept + 1 :]) <= present
    newest = {promised[-1], f"{records[-1].refresh_id}.duckdb"}
    assert any(
        is_published(settings.releases_dir / name, settings.published_path) for name in newest
    )
    for path in settings.history_dir.rglob("*.parquet"):
        pq.ParquetFile(path).read()
    for path in settings.history_dir.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    assert damaged_manifests(settings.landed_dir) == []
    for manifest in read_log(settings.landed_dir).values():
        assert damage(settings.landed_dir, manifest) == {}


def leftovers(settings: Settings) -> list[str]:
    """What a refresh that ended well must not leave."""
    records = read_records(settings.history_dir)
    released = {record.release for record in records if record.status == "published"}
    landed = read_log(settings.landed_dir)
    left = [
        path
        for path in settings.data.rglob("*")
        if path.name.endswith((".partial", ".wal", ".tmp"))
        or path.name.startswith(".candidate")
        or (path.parent == settings.releases_dir and path.name not in released)
        or (path.suffix == ".parquet" and path.is_relative_to(settings.landed_dir)
            and path.stem not in landed)
        or path.parent == settings.state_dir / "tmp"
        or (path.parent == settings.work_path.parent
            and path not in (settings.work_path, settings.built_path))
    ]  # fmt: skip
    left += [
        Path(f"{record.refresh_id}: running") for record in records if record.status == "running"
    ]
    return [str(path) for path in left]
