"""The manifest of a file: what was read, how, what became of it. Writing it commits the file."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from warehouse.definitions.dictionary import EXTRACTS
from warehouse.digests import file_digest, sealed, unsealed, why_not_whole
from warehouse.files import write_atomically

FILE_ID_LENGTH = 16
RAW_LEVELS = 3
# Statuses as earlier versions called them.
_RENAMED = {"set_aside": "rejected"}
_FILE_ID = re.compile(rf"([0-9a-f]{{{FILE_ID_LENGTH}}})\.[a-z]+")
_FOLDERS = re.compile("|".join(("files", "violations", *EXTRACTS)))
# What the log's folders and files are called, from the top. Copies that people and programs make
# are called otherwise ("x (1)", "x - Copy"), or lie in a folder that is.
_NAMES = (
    _FOLDERS,
    re.compile(r"site=\w[\w-]*"),
    re.compile(r"delivered_on=[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    _FILE_ID,
)
_LISTS = ("unknown_columns", "missing_columns", "columns", "rules_at_work")
# Earlier versions kept the note of a delivery, in which anything may stand.
_KEPT_NO_MORE = {"note"}
Status = Literal["landed", "duplicate", "rejected"]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One file of the landed log; ``extract`` is None when the file's name does not say it.

    A wide file has a manifest for each ``part``, whose ``source_file`` ends with ``#<part>``.
    ``columns`` is the header, ``sources`` says from which of them each field was read, ``cells``
    how many cells of a field were filled and how many of these are no value of it, and
    ``conversions`` which field was converted from which unit. ``rules_at_work`` names the keys of
    the site's mapping that found something, here or in a file before. ``mapping_sha256`` and
    ``dictionary_sha256`` show which of the two changed when a file is read again; a manifest
    written before they were kept has neither. ``compared_with`` is the file_id of the file that
    this one was compared with. ``digests`` are those of its Parquet files, ``rows`` (where it was
    landed) and ``violations``. ``limits`` are the settings that kept a file from being read.
    ``content_sha256`` is the digest of the content, unpacked; earlier versions kept none.

    ``rows_in_file`` is the sum of the five after it; it and ``rows_unread`` are None of a file that
    was rejected and whose rows nobody could count. ``rows_no_record`` counts lines that are no
    records, ``rows_left_out`` rows that the site's mapping does not choose, and
    ``has_unread_records`` says whether unread rows are probably records.
    """

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
    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    reason: str | None = None
    duplicate_of: str | None = None
    limits: dict[str, int] = field(default_factory=dict)
    rows_in_file: int | None = 0
    rows_landed: int = 0
    rows_unreadable: int = 0
    rows_no_record: int = 0
    rows_left_out: int = 0
    rows_unread: int | None = 0
    has_unread_records: bool = False
    unknown_columns: tuple[str, ...] = field(default_factory=tuple)
    missing_columns: tuple[str, ...] = field(default_factory=tuple)
    part: str | None = None
    compared_with: str | None = None
    content_sha256: str | None = None
    mapping_sha256: str | None = None
    dictionary_sha256: str | None = None
    is_ascii: bool = False
    columns: tuple[str, ...] = field(default_factory=tuple)
    sources: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    conversions: dict[str, str] = field(default_factory=dict)
    rules_at_work: tuple[str, ...] = field(default_factory=tuple)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def order(self) -> tuple[date, str]:
        """Sorts files by delivery."""
        return self.delivered_on, self.source_file

    @property
    def raw_file(self) -> str:
        """The file below the folder of raw files."""
        return raw_file_of(self.own_name)

    @property
    def own_name(self) -> str:
        """The file, or the member of an archive, without the part that was read of it."""
        return self.source_file.removesuffix(part_suffix(self.part))

    @property
    def record(self) -> dict[str, Any]:
        """The manifest as it is written."""
        tuples = {name: list(getattr(self, name)) for name in _LISTS}
        cells = {name: list(counts) for name, counts in self.cells.items()}
        day = self.delivered_on.isoformat()
        return asdict(self) | tuples | {"delivered_on": day, "cells": cells}


def raw_file_of(own_name: str) -> str:
    """The file below the folder of raw files: site, day and name, without a member of it."""
    return "/".join(own_name.split("/")[:RAW_LEVELS])


def part_suffix(part: str | None) -> str:
    """Return what is added to a file's name for a part of a wide file."""
    return f"#{part}" if part else ""


def file_id(source_file: str, file_sha256: str) -> str:
    """Identity of a content at a place."""
    return sha256(f"{source_file}\0{file_sha256}".encode()).hexdigest()[:FILE_ID_LENGTH]


def partition(manifest: Manifest) -> Path:
    """The folder of a site's delivery below each folder of the log."""
    return Path(f"site={manifest.site}", f"delivered_on={manifest.delivered_on}")


def manifest_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Return the path of a manifest."""
    return landed_dir / "files" / partition(manifest) / f"{manifest.file_id}.json"


def rows_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Return the path of a landed file's rows."""
    folder = landed_dir / str(manifest.extract) / partition(manifest)
    return folder / f"{manifest.file_id}.parquet"


def violations_path(landed_dir: Path, manifest: Manifest) -> Path:
    """Return the path of a file's violations."""
    return landed_dir / "violations" / partition(manifest) / f"{manifest.file_id}.parquet"


def parquet_paths(landed_dir: Path, manifest: Manifest) -> dict[str, Path]:
    """The Parquet files of a manifest, by the names under which it holds their digests."""
    paths = {"violations": violations_path(landed_dir, manifest)}
    if manifest.status == "landed":
        paths["rows"] = rows_path(landed_dir, manifest)
    return paths


def with_digests(landed_dir: Path, manifest: Manifest) -> Manifest:
    """The manifest with the digests of its Parquet files as they are now."""
    paths = parquet_paths(landed_dir, manifest)
    return replace(manifest, digests={name: file_digest(path) for name, path in paths.items()})


def damage(landed_dir: Path, manifest: Manifest) -> dict[Path, str]:
    """Return the damaged Parquet files of a manifest, and why they are damaged."""
    found = {
        path: why_not_whole(path, manifest.digests.get(name, ""))
        for name, path in parquet_paths(landed_dir, manifest).items()
    }
    return {path: why for path, why in found.items() if why}


def read_log(landed_dir: Path) -> dict[str, Manifest]:
    """Every manifest by its file_id; one that cannot be read does not count, so its file is
    landed again.
    """
    read = ((path, read_manifest(path)) for path in manifest_paths(landed_dir))
    return {
        entry.file_id: entry
        for path, entry in read
        if entry and path == manifest_path(landed_dir, entry)
    }


def write_manifest(landed_dir: Path, manifest: Manifest) -> None:
    """Commit a file to the log."""
    text = json.dumps(manifest.record, ensure_ascii=False, indent=1)
    write_atomically(manifest_path(landed_dir, manifest), sealed(text))


def damaged_manifests(landed_dir: Path) -> list[Path]:
    """The manifests that cannot be read: nobody knows any more what their rows are."""
    return [path for path in manifest_paths(landed_dir) if read_manifest(path) is None]


def manifest_paths(landed_dir: Path) -> list[Path]:
    """Return the paths of all manifests of a log, without copies that people made of them."""
    return _own(landed_dir, "files/*/*/*.json")


def all_parquet_paths(landed_dir: Path, file_id: str = "*") -> list[Path]:
    """Return the paths of a log's Parquet files, with or without a manifest; no copies."""
    return _own(landed_dir, f"*/*/*/{file_id}.parquet")


def paths_of(landed_dir: Path, file_id: str) -> list[Path]:
    """Return all paths of a landed file, also those put aside; no copies."""
    return _own(landed_dir, f"*/*/*/{file_id}.*")


def landed_strays(landed_dir: Path) -> list[Path]:
    """Return files in a log that look like its own and are none, such as copies.

    Of a folder that is none of the log's, the folder.
    """
    found = (path for path in landed_dir.rglob("*") if path.suffix in (".json", ".parquet"))
    strays = {_stray(landed_dir, path) for path in found}
    return sorted({*filter(None, strays), *misfiled(landed_dir)})


def _own(landed_dir: Path, pattern: str) -> list[Path]:
    found = landed_dir.glob(pattern)
    return sorted(path for path in found if _stray(landed_dir, path) is None)


def _stray(landed_dir: Path, path: Path) -> Path | None:
    """The first folder on the way to a file, or the file, that is not called as the log calls it.

    None for a file of the log.
    """
    parts = path.relative_to(landed_dir).parts
    for level, part in enumerate(parts):
        if level >= len(_NAMES) or not _NAMES[level].fullmatch(part):
            return landed_dir.joinpath(*parts[: level + 1])
    return None if len(parts) == len(_NAMES) else path


def misfiled(landed_dir: Path) -> list[Path]:
    """Files below another site or day than their manifest says, as in a copied folder.

    A manifest that is damaged does not say it.
    """
    read = {path: read_manifest(path) for path in manifest_paths(landed_dir)}
    other = {
        path for path, entry in read.items() if entry and path != manifest_path(landed_dir, entry)
    }
    places = {path.stem: _below(path) for path in read if path not in other}
    rows = (path for path in all_parquet_paths(landed_dir) if path.stem in places)
    return sorted({*other, *(path for path in rows if _below(path) != places[path.stem])})


def _below(path: Path) -> Path:
    """The site's and the day's folder of a file of the log."""
    return Path(*path.parts[-3:-1])


def read_manifest(path: Path) -> Manifest | None:
    """A manifest; None of one that is damaged, or no file."""
    if not path.is_file():  # to open a pipe would be to wait
        return None
    try:
        return _parse(unsealed(path.read_bytes()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _parse(record: dict[str, Any]) -> Manifest:
    known = {name: value for name, value in record.items() if name not in _KEPT_NO_MORE}
    if limit_mb := known.pop("limit_mb", None):  # as it was written before there were others
        known["limits"] = {"landing_max_file_mb": limit_mb}
    return Manifest(
        **known
        | {"status": _RENAMED.get(record["status"], record["status"])}
        | {"delivered_on": date.fromisoformat(record["delivered_on"])}
        | {name: tuple(record.get(name, ())) for name in _LISTS}
        | {"cells": {name: (n, bad) for name, (n, bad) in record.get("cells", {}).items()}}
    )
