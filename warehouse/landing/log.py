"""Writing to the landed log: whole files only, in the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.files import remove_partials, replacing, sync_folder
from warehouse.landing.layout import VIOLATION
from warehouse.landing.manifest import (
    Manifest,
    manifest_path,
    parquet_paths,
    rows_path,
    violations_path,
)
from warehouse.landing.violations import FileIdentity, Violation, violations_batch

COMPRESSION = "zstd"


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
    """Remove what an interrupted run left: temporary files, and rows that no manifest speaks of.

    A manifest that is there but cannot be read keeps its rows.
    """
    remove_partials(landed_dir)
    manifests = {path.stem for path in (landed_dir / "files").rglob("*.json")}
    for path in landed_dir.rglob("*.parquet"):
        manifest = log.get(path.stem)
        if path.stem not in manifests or (
            manifest and path not in parquet_paths(landed_dir, manifest).values()
        ):
            path.unlink()


def forget(landed_dir: Path, manifest: Manifest) -> None:
    """Take a file out of the log: its manifest first, so that no half of it remains visible."""
    path = manifest_path(landed_dir, manifest)
    path.unlink()
    sync_folder(path.parent)
    violations_path(landed_dir, manifest).unlink(missing_ok=True)
    rows_path(landed_dir, manifest).unlink(missing_ok=True)
