"""Writing to the landed log: whole files only, in the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.files import remove_partials, replacing, sync_folder
from warehouse.landing.manifest import (
    Manifest,
    all_parquet_paths,
    manifest_path,
    manifest_paths,
    misfiled,
    parquet_paths,
    partition,
    violations_path,
)
from warehouse.landing.schemas import VIOLATION
from warehouse.landing.violations import FileIdentity, Violation, violations_batch

COMPRESSION = "zstd"
# The ending of a manifest whose file is being taken out of the log.
FORGOTTEN = ".forgotten"


class LogSink:
    """Takes the rows and violations of one file into two Parquet files that nobody sees yet."""

    def __init__(
        self, rows: pq.ParquetWriter, violations: pq.ParquetWriter, identity: FileIdentity
    ) -> None:
        self._rows = rows
        self._violations = violations
        self._identity = identity

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Write rows."""
        if rows.num_rows:
            self._rows.write_batch(rows)

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Write violations."""
        batch = violations_batch(violations, self._identity)
        if batch.num_rows:
            self._violations.write_batch(batch)


@contextmanager
def parquet_file(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet file that takes the place of ``path`` when the block ends without an error."""
    with (
        replacing(path) as partial,
        pq.ParquetWriter(partial, schema, compression=COMPRESSION) as writer,
    ):
        yield writer


def write_violations(landed_dir: Path, manifest: Manifest, violations: Iterable[Violation]) -> None:
    """Write the violations of a file that has no landed rows."""
    identity = FileIdentity(
        manifest.file_id, manifest.extract or "", manifest.site, manifest.delivered_on,
        manifest.source_file,
    )  # fmt: skip
    with parquet_file(violations_path(landed_dir, manifest), VIOLATION) as writer:
        LogSink(writer, writer, identity).take_violations(violations)


def sweep(landed_dir: Path, log: Mapping[str, Manifest]) -> None:
    """Remove what an interrupted run left: temporary files, and rows that were being forgotten.

    Rows without a manifest stay: nobody knows whether it was lost. Those of an interrupted landing
    are written again when their file is landed.
    """
    remove_partials(landed_dir)
    for path in landed_dir.glob(f"files/*/*/*{FORGOTTEN}"):
        _finish_forgetting(landed_dir, path)
    for path in all_parquet_paths(landed_dir):
        manifest = log.get(path.stem)
        is_here = manifest and path.parts[-3:-1] == partition(manifest).parts
        if manifest and is_here and path not in parquet_paths(landed_dir, manifest).values():
            path.unlink()


def forget(landed_dir: Path, manifest: Manifest) -> None:
    """Take a file out of the log: its manifest first, so that no half of it remains visible."""
    path = manifest_path(landed_dir, manifest)
    forgotten = path.with_suffix(FORGOTTEN)
    path.replace(forgotten)
    sync_folder(path.parent)
    _finish_forgetting(landed_dir, forgotten)


def without_manifest(landed_dir: Path) -> dict[str, list[Path]]:
    """Parquet files whose manifest is gone, by the id of their file, rows before violations."""
    other = set(misfiled(landed_dir))
    manifests = {path.stem for path in manifest_paths(landed_dir) if path not in other}
    found: dict[str, list[Path]] = {}
    for path in all_parquet_paths(landed_dir):
        if path.stem not in manifests:
            found.setdefault(path.stem, []).append(path)
    return found


def _finish_forgetting(landed_dir: Path, forgotten: Path) -> None:
    for path in all_parquet_paths(landed_dir, forgotten.stem):
        path.unlink()
    forgotten.unlink()
