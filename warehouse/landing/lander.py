"""Landing: what is new among the delivered files is read once and put into the log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse.dictionary import contract_sha256, dictionary
from warehouse.landing.deliveries import Delivered, Left, find_deliveries, shown
from warehouse.landing.errors import LeftForLaterError
from warehouse.landing.layout import VIOLATION, landed_schema
from warehouse.landing.log import LogSink, forget, parquet_file, sweep, write_violations
from warehouse.landing.manifest import (
    Manifest,
    file_id,
    read_log,
    rows_path,
    violations_path,
    write_manifest,
)
from warehouse.landing.reader import FileFacts, FileReader, FileTask
from warehouse.landing.report import LandingReport, told
from warehouse.landing.secret import Pseudonymiser, pseudonymiser
from warehouse.landing.source import file_sha256
from warehouse.landing.violations import FileIdentity, file_violation
from warehouse.settings import Settings
from warehouse.site import SITES_DIR, site_sha256

# Part of every file's contract: raise it when landing reads the same file differently.
LANDING_VERSION = 1


def land(
    settings: Settings,
    *,
    progress: Callable[[str], None] = print,
    as_of: date | None = None,
    sites_dir: Path = SITES_DIR,
) -> LandingReport:
    """Land every delivered file (up to a day) that the log does not have yet.

    A file that cannot be read is set aside and the others go on. Raises SecretError when the
    pseudonym secret is not the one of the landed files; nothing is landed then.
    """
    log = read_log(settings.landed_dir)
    fingerprints = {entry.secret_fingerprint for entry in log.values() if entry.status == "landed"}
    pseudonyms = pseudonymiser(settings.secret_path, fingerprints)
    sweep(settings.landed_dir, log)
    lander = _Lander(settings, pseudonyms, log, progress)
    found = find_deliveries(settings.raw_dir, as_of, sites_dir)
    for entry in found.left:
        lander.leave(entry)
    return lander.land(found.files)


class _Lander:
    """One run of landing."""

    def __init__(
        self,
        settings: Settings,
        pseudonyms: Pseudonymiser,
        log: dict[str, Manifest],
        progress: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms
        self._log = log
        self._words = dictionary()
        self._progress = progress
        self._reader = FileReader(
            self._words, pseudonyms, settings.landing_max_file_mb, settings.state_dir / "work"
        )
        self._files: list[Manifest] = []
        self._left: list[Left] = []
        self._remembered = 0

    def land(self, delivered: Iterable[Delivered]) -> LandingReport:
        """Land the files in order of delivery."""
        hashed = {blank.file_id: (file, blank) for file, blank in self._hash(delivered)}
        originals = self._originals([blank for file, blank in hashed.values() if not file.problem])
        for file, blank in sorted(hashed.values(), key=lambda pair: pair[1].order):
            self._land_one(file, _as_copy_of(originals.get(_content(blank)), file, blank))
        return LandingReport(tuple(self._files), tuple(self._left), self._remembered)

    def leave(self, entry: Left) -> None:
        """Report something that is not read in this run."""
        self._left.append(entry)
        self._progress(f"left {shown(entry.source_file)}: {entry.reason}")

    def _hash(self, delivered: Iterable[Delivered]) -> Iterable[tuple[Delivered, Manifest]]:
        for file in delivered:
            try:
                yield file, self._blank(file, file_sha256(file.path))
            except LeftForLaterError as error:
                self.leave(Left(file.source_file, str(error)))
            except FileNotFoundError:
                self.leave(Left(file.source_file, "the file went away while it was read"))

    def _blank(self, file: Delivered, sha256: str) -> Manifest:
        """The manifest of a file before it is read."""
        return Manifest(
            file_id=file_id(file.source_file, sha256),
            site=file.site.site,
            delivered_on=file.delivered_on,
            extract=file.extract,
            source_file=file.source_file,
            file_sha256=sha256,
            size_bytes=file.path.stat().st_size,
            mode=file.mode,
            note=file.note,
            status="landed",
            contract_sha256=_contract(file),
            secret_fingerprint=self._pseudonyms.fingerprint,
            landed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _originals(self, blanks: list[Manifest]) -> dict[tuple[str | None, ...], Manifest]:
        """The first delivered file of each content, those whose raw file is gone included."""
        present = {blank.source_file for blank in blanks}
        gone = (
            entry
            for entry in self._log.values()
            if entry.status == "landed" and entry.source_file not in present
        )
        originals: dict[tuple[str | None, ...], Manifest] = {}
        for entry in sorted([*blanks, *gone], key=lambda entry: entry.order):
            originals.setdefault(_content(entry), entry)
        return originals

    def _land_one(self, file: Delivered, blank: Manifest) -> None:
        known = self._log.get(blank.file_id)
        if known is not None and self._is_current(known, blank):
            self._remembered += 1
            self._forget_overwritten(known)
            return
        try:
            manifest = self._write(file, blank)
        except LeftForLaterError as error:
            self.leave(Left(file.source_file, str(error)))
            return
        write_manifest(self._settings.landed_dir, manifest)
        self._files.append(manifest)
        self._progress(told(manifest))
        self._forget_overwritten(manifest)

    def _is_current(self, known: Manifest, blank: Manifest) -> bool:
        """Whether the log has the file as it would be landed now."""
        same = ("contract_sha256", "mode", "note", "duplicate_of")
        limit = self._settings.landing_max_file_mb
        return all(getattr(known, name) == getattr(blank, name) for name in same) and (
            known.limit_mb in (None, limit)
        )

    def _write(self, file: Delivered, blank: Manifest) -> Manifest:
        """Write what the file holds; returns its manifest, which is still to be written."""
        landed_dir = self._settings.landed_dir
        if blank.status == "duplicate":
            write_violations(landed_dir, blank, ())
            return blank
        if file.problem is not None or file.extract is None:
            facts = _misnamed(file)
        else:
            facts = self._read(file, blank)
        manifest = _with_facts(blank, facts)
        if facts.reason is not None:
            write_violations(landed_dir, manifest, facts.objections)
        return manifest

    def _read(self, file: Delivered, blank: Manifest) -> FileFacts:
        """Read the file into the log; of a file that cannot be read, nothing remains there."""
        landed_dir, extract = self._settings.landed_dir, str(file.extract)
        identity = FileIdentity(
            blank.file_id, extract, blank.site, blank.delivered_on, blank.source_file
        )
        task = FileTask(file.path, blank.file_sha256, file.site, identity)
        schema = landed_schema(self._words.extracts[extract])
        rows, violations = rows_path(landed_dir, blank), violations_path(landed_dir, blank)
        with (
            parquet_file(violations, VIOLATION) as violations_writer,
            parquet_file(rows, schema) as rows_writer,
        ):
            facts = self._reader.read(task, LogSink(rows_writer, violations_writer, identity))
        if facts.reason is not None:
            rows.unlink()
        return facts

    def _forget_overwritten(self, manifest: Manifest) -> None:
        """A file that was overwritten where it lay counts as it is now.

        A content that cannot be read does not drive out the landed rows of the one before.
        """
        for entry in list(self._log.values()):
            same_place = entry.source_file == manifest.source_file
            is_other = same_place and entry.file_id != manifest.file_id
            if is_other and (manifest.status != "set_aside" or entry.status != "landed"):
                forget(self._settings.landed_dir, entry)
                del self._log[entry.file_id]


def _as_copy_of(original: Manifest | None, file: Delivered, blank: Manifest) -> Manifest:
    """The manifest of a file, marked as a duplicate unless it is the first of its content.

    A file with a wrong name is no copy: once it is renamed, its content may be new.
    """
    if original is None or file.problem or original.file_id == blank.file_id:
        return blank
    return replace(blank, status="duplicate", duplicate_of=original.source_file)


def _misnamed(file: Delivered) -> FileFacts:
    """A file whose name says no extract, or whose ending is not read."""
    facts = FileFacts(reason=file.problem)
    if file.extract is not None:
        facts.objections = [file_violation(file.extract, "file.readable", file.problem)]
    return facts


def _content(manifest: Manifest) -> tuple[str | None, ...]:
    return manifest.site, manifest.extract, manifest.file_sha256


def _contract(file: Delivered) -> str:
    """Digest of everything that decides how the file is read."""
    parts = [str(LANDING_VERSION), file.problem or "", site_sha256(file.site)]
    if file.extract is not None:
        parts.append(contract_sha256(file.extract))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _with_facts(blank: Manifest, facts: FileFacts) -> Manifest:
    return replace(
        blank,
        status="landed" if facts.reason is None else "set_aside",
        reason=facts.reason,
        limit_mb=facts.limit_mb,
        file_format=facts.file_format,
        encoding=facts.encoding,
        delimiter=facts.delimiter,
        rows_in_file=facts.rows_in_file,
        rows_landed=facts.rows_landed,
        rows_unreadable=facts.rows_unreadable,
        unknown_columns=facts.unknown_columns,
        missing_columns=facts.missing_columns,
    )
