"""Digests of a landed log that a version without digests wrote: made once, at the upgrade."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.digests import UNREADABLE, file_digest
from warehouse.landing.manifest import Manifest, parquet_paths, write_manifest


def make_first_digests(landed_dir: Path, log: dict[str, Manifest]) -> int:
    """Give each manifest that has none the digests of its files; returns how many had none.

    What cannot be read now is noted as such, and landed again or refused like any damaged file.
    """
    without = [entry for entry in log.values() if not entry.digests]
    for entry in without:
        digests = {
            name: file_digest(path) if _is_readable(path) else UNREADABLE
            for name, path in parquet_paths(landed_dir, entry).items()
        }
        log[entry.file_id] = replace(entry, digests=digests)
        write_manifest(landed_dir, log[entry.file_id])
    return len(without)


def _is_readable(path: Path) -> bool:
    """Whether every value of a Parquet file can be read."""
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, pa.ArrowException):
        return False
    return True
