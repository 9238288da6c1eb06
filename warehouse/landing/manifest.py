"""The manifest of a file: what was read, how, what became of it. Writing it commits the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from warehouse.files import write_atomically

FILE_ID_LENGTH = 16
Status = Literal["landed", "duplicate", "set_aside"]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One file of the landed log; ``extract`` is None when the file's name does not say it."""

    file_id: str
    site: str
    delivered_on: date
    extract: str | None
    source_file: str
    file_sha256: str
    size_bytes: int
    mode: str
    status: Status
    contract_sha256: str
    secret_fingerprint: str
    landed_at: str
    note: str | None = None
    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    reason: str | None = None
    duplicate_of: str | None = None
    limit_mb: int | None = None
    rows_in_file: int = 0
    rows_landed: int = 0
    rows_unreadable: int = 0
    unknown_columns: tuple[str, ...] = field(default_factory=tuple)
    missing_columns: tuple[str, ...] = field(default_factory=tuple)

    @property
    def order(self) -> tuple[date, str]:
        """Sorts files by delivery."""
        return self.delivered_on, self.source_file


def file_id(source_file: str, file_sha256: str) -> str:
    """Identity of a content at a place."""
    return sha256(f"{source_file}\0{file_sha256}".encode()).hexdigest()[:FILE_ID_LENGTH]


def partition(manifest: Manifest) -> Path:
    """The folder of a site's delivery below each folder of the log."""
    return Path(f"site={manifest.site}", f"delivered_on={manifest.delivered_on}")


def manifest_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Where a manifest stands."""
    return landed_dir / "files" / partition(manifest) / f"{manifest.file_id}.json"


def rows_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Where the rows of a landed file stand."""
    folder = landed_dir / str(manifest.extract) / partition(manifest)
    return folder / f"{manifest.file_id}.parquet"


def violations_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Where what landing objects to stands."""
    return landed_dir / "violations" / partition(manifest) / f"{manifest.file_id}.parquet"


def read_log(landed_dir: Path) -> dict[str, Manifest]:
    """Every manifest by its file_id; one that cannot be read does not count, so its file is
    landed again.
    """
    return {manifest.file_id: manifest for manifest in _manifests(landed_dir)}


def write_manifest(landed_dir: Path, manifest: Manifest) -> None:
    """Commit a file to the log."""
    record = asdict(manifest) | {"delivered_on": manifest.delivered_on.isoformat()}
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    write_atomically(manifest_path(landed_dir, manifest), text.encode())


def _manifests(landed_dir: Path) -> Iterator[Manifest]:
    for path in sorted((landed_dir / "files").glob("site=*/delivered_on=*/*.json")):
        try:
            yield _parse(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError):
            continue


def _parse(record: dict[str, Any]) -> Manifest:
    lists = ("unknown_columns", "missing_columns")
    return Manifest(
        **record
        | {"delivered_on": date.fromisoformat(record["delivered_on"])}
        | {name: tuple(record[name]) for name in lists}
    )
