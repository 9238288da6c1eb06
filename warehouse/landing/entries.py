"""The manifest of a delivered file, before it is read and after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache

from warehouse.definitions.dictionary import contract_sha256, dictionary
from warehouse.definitions.site import site_sha256
from warehouse.landing.deliveries import DeliveredPath
from warehouse.landing.known_files import Digests
from warehouse.landing.manifest import Manifest, file_id
from warehouse.landing.reader import FileFacts
from warehouse.landing.violations import file_violation

# Part of every file's contract: raise it when landing reads the same file differently.
LANDING_VERSION = 16
_FACTS = {entry.name for entry in fields(Manifest)} & {entry.name for entry in fields(FileFacts)}
Content = tuple[str | None, ...]


def blank_manifest(file: DeliveredPath, digests: Digests, fingerprint: str) -> Manifest:
    """The manifest of a file before it is read; the fingerprint is that of the secret."""
    return Manifest(
        file_id=file_id(file.source_file, digests.file),
        site=file.site.site,
        delivered_on=file.delivered_on,
        extract=file.extract,
        part=file.part.name if file.part else None,
        source_file=file.source_file,
        file_sha256=digests.file,
        content_sha256=digests.content,
        size_bytes=file.path.stat().st_size,
        mode=file.mode,
        status="landed",
        contract_sha256=_contract(file),
        secret_fingerprint=fingerprint,
        mapping_sha256=site_sha256(file.site),
        dictionary_sha256=_dictionary_digest(file.extract) if file.extract else None,
        landed_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def content_of(manifest: Manifest) -> Content:
    """Key of a content: equal for a resent file and the first one, packed or not."""
    sha256 = manifest.content_sha256 or manifest.file_sha256
    return manifest.site, manifest.extract, manifest.part, sha256


def originals(blanks: Iterable[Manifest], gone: Iterable[Manifest]) -> dict[Content, Manifest]:
    """The first delivered file of each content: of those that are there, else of those gone."""
    first: dict[Content, Manifest] = {}
    for entries in (blanks, gone):
        for entry in sorted(entries, key=lambda entry: entry.order):
            first.setdefault(content_of(entry), entry)
    return first


def as_copy_of(original: Manifest | None, file: DeliveredPath, blank: Manifest) -> Manifest:
    """The manifest of a file, marked as a duplicate unless it is the first of its content.

    A file with a wrong name is no copy: once it is renamed, its content may be new.
    """
    if original is None or file.problem or original.file_id == blank.file_id:
        return blank
    return replace(blank, status="duplicate", duplicate_of=original.source_file)


def with_facts(blank: Manifest, facts: FileFacts) -> Manifest:
    """The manifest of a file that was read."""
    read = {name: getattr(facts, name) for name in _FACTS}
    status = "landed" if facts.reason is None else "rejected"
    return replace(blank, status=status, rows_in_file=facts.rows_in_file, **read)


def misnamed(file: DeliveredPath) -> FileFacts:
    """A file whose name says no extract, or whose ending is not read."""
    facts = FileFacts(reason=file.problem, rows_unread=None)
    if file.extract is not None:
        facts.violations = [file_violation(file.extract, "file.readable", file.problem)]
    return facts


def _contract(file: DeliveredPath) -> str:
    """Digest of everything that decides how the file is read."""
    parts = [str(LANDING_VERSION), file.problem or "", site_sha256(file.site)]
    if file.extract is not None:
        parts.append(_dictionary_digest(file.extract))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _dictionary_digest(extract: str) -> str:
    return contract_sha256(dictionary(), extract)
