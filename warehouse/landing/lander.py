"""Landing: what is new among the delivered files is read once and put into the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from warehouse.definitions.dictionary import dictionary
from warehouse.digests import DIFFERS
from warehouse.landing.column_remarks import IGNORED_SHEETS
from warehouse.landing.deliveries import DeliveredPath, SkippedFile, find_deliveries, shown
from warehouse.landing.disk_space import disk_space_for
from warehouse.landing.entries import (
    as_copy_of,
    blank_manifest,
    content_of,
    misnamed,
    originals,
    with_facts,
)
from warehouse.landing.errors import PostponedError
from warehouse.landing.file_stability import STILL_GROWING, still_changing
from warehouse.landing.first_digests import make_first_digests
from warehouse.landing.known_files import KnownFiles
from warehouse.landing.limited_reader import LimitedReader
from warehouse.landing.limits import Limits
from warehouse.landing.log import (
    LogSink,
    forget,
    parquet_file,
    sweep,
    without_manifest,
    write_violations,
)
from warehouse.landing.log_index import LogIndex
from warehouse.landing.manifest import (
    Manifest,
    all_parquet_paths,
    damage,
    damaged_manifests,
    manifest_path,
    read_log,
    rows_path,
    violations_path,
    with_digests,
    write_manifest,
)
from warehouse.landing.pseudonyms import pseudonymizer
from warehouse.landing.raw_names import RawNames
from warehouse.landing.reader import FileFacts, FileTask
from warehouse.landing.report import LandingReport, file_line, lost_fields
from warehouse.landing.schemas import VIOLATION, landed_schema
from warehouse.landing.time_budget import TimeBudget
from warehouse.landing.unexpected_errors import why_skipped
from warehouse.landing.violations import FileIdentity
from warehouse.settings import Settings

WENT_AWAY = "the file went away while it was read"
LOST_MANIFEST = "it was lost"
DAMAGED = (
    "its manifest is damaged and the raw file is gone, so its rows are not used; restore the "
    "manifest from a backup or deliver the file again"
)
LOST = (
    "its manifest is gone and it was not landed again from a raw file, so these rows are not used; "
    "they are kept: restore the manifest ({}.json) from a backup and they are used again, or "
    "deliver the file again"
)


@dataclass(frozen=True)
class FreshLog:
    """Another place for the landed log, and the secrets that it must fit besides its own files'."""

    landed_dir: Path
    fingerprints: Set[str]


def land(
    settings: Settings,
    *,
    progress: Callable[[str], None] = print,
    as_of: date | None = None,
    sites_dir: Path | None = None,
    fresh: FreshLog | None = None,
) -> LandingReport:
    """Land every delivered file (up to a day) that the log does not have yet.

    A file that cannot be read is rejected and the others go on. ``fresh`` is another log
    than that of the settings. Raises SecretError when the pseudonym secret is not the one of the
    landed files (nothing is landed then), DiskFullError when the disk is full.
    """
    landed_dir = fresh.landed_dir if fresh else settings.landed_dir
    log = read_log(landed_dir)
    former = fresh.fingerprints if fresh else frozenset()
    pseudonyms = pseudonymizer(settings.secret_path, former | secrets_of(log.values()))
    sweep(landed_dir, log)
    if made := make_first_digests(landed_dir, log):
        progress(f"digests made of {made:,} landed files (once: an earlier version made none)")
    names = RawNames(settings.raw_dir, pseudonyms, sites_dir)
    lander = _Lander(settings, landed_dir, names, LogIndex(log.values()), progress)
    found = find_deliveries(settings.raw_dir, names, as_of, sites_dir)
    for entry in found.skipped:
        lander.leave(entry)
    lander.land(found.files)
    lander.remember_files(only_these=as_of is None or as_of >= date.today())
    for path in damaged_manifests(landed_dir):
        lander.leave(SkippedFile(lander.place(path), DAMAGED))
    for file_id, paths in without_manifest(landed_dir).items():
        lander.leave(SkippedFile(lander.place(paths[0]), LOST.format(file_id)))
    return lander.report


def secrets_of(log: Iterable[Manifest]) -> set[str]:
    """The fingerprints of the secrets that the files of a log were landed with."""
    return {entry.secret_fingerprint for entry in log if entry.status == "landed"}


class _Lander:
    """One run of landing."""

    def __init__(
        self,
        settings: Settings,
        landed_dir: Path,
        names: RawNames,
        log: LogIndex,
        progress: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._landed_dir = landed_dir
        self._names = names
        self._pseudonyms = names.pseudonyms
        self._log = log
        self._words = dictionary()
        self._progress = progress
        self._limits = Limits.of(settings)
        self._time = TimeBudget(self._limits, settings.landing_max_site_seconds)
        self._reader = LimitedReader(names.pseudonyms, self._limits, settings.state_dir / "work")
        # A fresh log is made of what the raw files hold now, without remembered digests.
        is_fresh = landed_dir != settings.landed_dir
        self._known_files = KnownFiles(
            settings.known_raw_files_path, settings.raw_dir, read_all=is_fresh
        )
        self._files: list[Manifest] = []
        self._left: list[SkippedFile] = []
        self._remembered = 0
        self._landed_before: set[str] = set()
        self._repairs: list[SkippedFile] = []
        self._lost_fields: list[str] = []

    @property
    def report(self) -> LandingReport:
        """Report of the work so far."""
        return LandingReport(
            tuple(self._files),
            tuple(self._left),
            self._remembered,
            frozenset(self._landed_before),
            tuple(self._repairs),
            tuple(self._lost_fields),
        )

    def land(self, delivered: Iterable[DeliveredPath]) -> None:
        """Land the files in order of delivery."""
        settled = self._settled(list(delivered))
        hashed = {blank.file_id: (file, blank) for file, blank in self._hash(settled)}
        self._forget_former_parts([file for file, _ in hashed.values()])
        self._forget_gone_faults()
        rightly_named = [blank for file, blank in hashed.values() if not file.problem]
        first = originals(rightly_named, self._gone())
        for file, blank in sorted(hashed.values(), key=lambda pair: pair[1].order):
            if file.extract is None:  # no rule of an extract can ask about it
                self._left.append(SkippedFile(file.source_file, str(file.problem)))
            try:
                self._land_one(file, as_copy_of(first.get(content_of(blank)), file, blank))
            except PostponedError as error:
                self._known_files.forget(file.path, file.member)
                self.leave(SkippedFile(file.source_file, str(error), error.needs_correction))
            except Exception as error:
                self.leave(SkippedFile(file.source_file, why_skipped(error)))

    def leave(self, entry: SkippedFile) -> None:
        """Report something that is not read in this run."""
        self._left.append(entry)
        self._progress(f"skipped {entry.line}")

    def place(self, path: Path) -> str:
        """A file of the log, for people; a fresh log gets the name of the old one."""
        return f"{self._settings.landed_dir.name}/{path.relative_to(self._landed_dir).as_posix()}"

    def remember_files(self, *, only_these: bool) -> None:
        """Remember which raw files need not be read again; ``only_these``: all were looked at."""
        self._known_files.store(only_these=only_these)

    def _settled(self, delivered: list[DeliveredPath]) -> Iterator[DeliveredPath]:
        """The files that are not being copied into place at this moment."""
        seconds = self._settings.landing_settle_seconds
        changing = still_changing([file.path for file in delivered], seconds)
        for file in delivered:
            if file.path in changing:
                self.leave(SkippedFile(file.source_file, STILL_GROWING, needs_correction=False))
            else:
                yield file

    def _hash(self, delivered: Iterable[DeliveredPath]) -> Iterator[tuple[DeliveredPath, Manifest]]:
        fingerprint = self._pseudonyms.fingerprint
        for file in delivered:
            try:
                self._limits.require_readable(file.path.lstat().st_size)
                digests = self._known_files.digests(file.path, self._limits, file.member)
                yield file, blank_manifest(file, digests, fingerprint)
            except PostponedError as error:
                self.leave(SkippedFile(file.source_file, str(error), error.needs_correction))
            except FileNotFoundError:
                self.leave(SkippedFile(file.source_file, WENT_AWAY, needs_correction=False))
            except Exception as error:
                self.leave(SkippedFile(file.source_file, why_skipped(error)))

    def _land_one(self, file: DeliveredPath, blank: Manifest) -> None:
        before = self._log.before(blank) if blank.status == "landed" else None
        blank = replace(blank, compared_with=before.file_id if before else None)
        known = self._log.get(blank.file_id)
        damaged = damage(self._landed_dir, known) if known else self._lost_manifest(file, blank)
        if known is not None and not damaged and self._is_current(known, blank):
            self._remembered += 1
            self._forget_overwritten(known)
            self._forget_moved(known)
            return
        with disk_space_for(file.path, shown(file.source_file), self._settings.data):
            manifest = self._write(file, blank, before)
            manifest = with_digests(self._landed_dir, manifest)
            write_manifest(self._landed_dir, manifest)
        if known is not None and known.status == "landed":
            self._landed_before.add(known.file_id)
        else:
            self._lost_fields += lost_fields(manifest, before)
        self._log.add(manifest)
        self._files.append(manifest)
        self._progress(file_line(manifest))
        for path, why in damaged.items():
            self._repair(manifest, path, why)
        self._forget_overwritten(manifest)
        self._forget_moved(manifest)

    def _lost_manifest(self, file: DeliveredPath, blank: Manifest) -> dict[Path, str]:
        """The manifest of a file that the log does not know, where it is damaged or lost.

        It is lost where the file's rows are there, and an earlier landing came to its end.
        """
        path = manifest_path(self._landed_dir, blank)
        if path.exists():
            return {path: DIFFERS}
        was_known = self._known_files.was_known(file.path, file.member)
        is_lost = was_known and blank.file_id in self._with_rows
        return {path: LOST_MANIFEST} if is_lost else {}

    @cached_property
    def _with_rows(self) -> frozenset[str]:
        """The ids of the files whose rows are in the log. To look for each by itself is slow."""
        return frozenset(path.stem for path in all_parquet_paths(self._landed_dir))

    def _repair(self, manifest: Manifest, path: Path, why: str) -> None:
        """Report a landed file that was made again, from the raw file."""
        why = f"{why}; it was made again from {shown(manifest.source_file)}"
        self._repairs.append(SkippedFile(self.place(path), why, needs_correction=False))
        self._progress(f"repaired {self._repairs[-1].line}")

    def _is_current(self, known: Manifest, blank: Manifest) -> bool:
        """Whether the log has the file as it would be landed now."""
        same = ("contract_sha256", "mode", "duplicate_of", "compared_with", "content_sha256")
        return all(getattr(known, name) == getattr(blank, name) for name in same) and all(
            getattr(self._settings, name) == limit for name, limit in known.limits.items()
        )

    def _write(self, file: DeliveredPath, blank: Manifest, before: Manifest | None) -> Manifest:
        """Write what the file holds; returns its manifest, which is still to be written."""
        landed_dir = self._landed_dir
        if blank.status == "duplicate":
            write_violations(landed_dir, blank, ())
            return blank
        if file.problem is not None or file.extract is None:
            facts = misnamed(file)
        else:
            facts = self._read(file, blank, before)
        manifest = with_facts(blank, facts)
        if facts.reason is not None:
            write_violations(landed_dir, manifest, facts.violations)
        return manifest

    def _read(self, file: DeliveredPath, blank: Manifest, before: Manifest | None) -> FileFacts:
        """Read the file into the log; of a file that cannot be read, nothing remains there."""
        landed_dir, extract = self._landed_dir, str(file.extract)
        identity = FileIdentity(
            blank.file_id, extract, blank.site, blank.delivered_on, blank.source_file
        )
        task = FileTask(
            file.path, blank.file_sha256, file.site, identity, file.part, before,
            self._sheets_at_work(file), file.member,
        )  # fmt: skip
        self._time.require(blank.site)
        schema = landed_schema(self._words.extracts[extract])
        rows, violations = rows_path(landed_dir, blank), violations_path(landed_dir, blank)
        with (
            parquet_file(violations, VIOLATION) as violations_writer,
            parquet_file(rows, schema) as rows_writer,
        ):
            try:
                facts = self._reader.read(task, LogSink(rows_writer, violations_writer, identity))
            finally:
                self._time.spend(blank.site, blank.size_bytes, self._reader.seconds)
        if facts.reason is not None:
            rows.unlink()
        return facts

    def _sheets_at_work(self, file: DeliveredPath) -> frozenset[str]:
        """The rules about sheets that matched in any file of the site."""
        rules = self._log.rules_at_work(file.site.site)
        return frozenset(rule for rule in rules if rule.startswith(IGNORED_SHEETS))

    def _forget_overwritten(self, manifest: Manifest) -> None:
        """A file that was overwritten where it lay counts as it is now.

        A content that cannot be read does not drive out the landed rows of the one before.
        """
        for entry in self._log.at_place(manifest.source_file):
            is_other = entry.file_id != manifest.file_id
            if is_other and (manifest.status != "rejected" or entry.status != "landed"):
                self._forget(entry)

    def _forget_moved(self, manifest: Manifest) -> None:
        """A file that is gone while its content lies elsewhere was moved: it counts where it is.

        So does a copy that is gone while the first file of its content is still there. A file that
        was packed or unpacked meanwhile is another one: its rows stay, as the release knows them.
        """
        if manifest.status == "landed":
            for entry in self._log.of_content(content_of(manifest)):
                is_same = entry.file_sha256 == manifest.file_sha256 or entry.status != "landed"
                if is_same and self._is_gone(entry):
                    self._forget(entry)

    def _gone(self) -> list[Manifest]:
        """The landed files that are no longer among the raw ones: their rows stay."""
        return [entry for entry in self._log if entry.status == "landed" and self._is_gone(entry)]

    def _is_gone(self, entry: Manifest) -> bool:
        return self._names.located(entry.raw_file) is None

    def _forget_former_parts(self, files: list[DeliveredPath]) -> None:
        """Remove entries of a file that is still there and is now read or named otherwise."""
        raw_files = {name for file in files for name in file.names}
        source_files = {file.source_file for file in files}
        for entry in self._log:
            if entry.raw_file in raw_files and entry.source_file not in source_files:
                self._forget(entry)

    def _forget_gone_faults(self) -> None:
        """A file that was rejected and is no longer there: renamed, most likely, or taken away."""
        for entry in self._log:
            if entry.status == "rejected" and self._is_gone(entry):
                self._forget(entry)

    def _forget(self, entry: Manifest) -> None:
        forget(self._landed_dir, entry)
        self._log.remove(entry)
