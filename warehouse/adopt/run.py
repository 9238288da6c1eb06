"""``warehouse adopt``: look at files, propose a mapping, and show the first rows by it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath

import pyarrow as pa
import yaml

from warehouse.adopt.header_parts import explain
from warehouse.adopt.mapping_text import FileProposal, mapping_text
from warehouse.adopt.proposal import Proposer
from warehouse.adopt.redcap import data_dictionary, described, redcap_fields, sheet_of
from warehouse.definitions.dictionary import Dictionary, dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.definitions.site_template import MAPPING_TEMPLATE, filled_template
from warehouse.errors import WarehouseError
from warehouse.files import lies_there, write_atomically
from warehouse.landing.errors import PostponedError, UnreadableFileError
from warehouse.landing.file_names import IGNORED, contents_of
from warehouse.landing.file_snapshot import file_sha256
from warehouse.landing.limited_reader import LimitedReader
from warehouse.landing.limits import Limits
from warehouse.landing.mapping_check import check_mapping
from warehouse.landing.plain_words import PlainWords
from warehouse.landing.pseudonyms import throwaway_pseudonymizer
from warehouse.landing.raw_names import may_name_site
from warehouse.landing.reader import FileTask
from warehouse.landing.report import outcome
from warehouse.landing.survey import Sheet
from warehouse.landing.violations import FileIdentity, Violation
from warehouse.landing.zip_archive import base_name, is_archive, members_of, unzipped
from warehouse.settings import Settings
from warehouse.text import counted

ROWS_SHOWN = 3
NEW_SITE = "new_site"
# Behind the words of a name that is the same in each delivery: dates, numbers, remarks in brackets.
_CHANGING = re.compile(r"[\W_]*(?:\([^)]*\)|[0-9][0-9\W_]*)+$")
Say = Callable[[str], None]


class AdoptError(WarehouseError):
    """No mapping is proposed; the message says why."""


@dataclass
class Adoption:
    """A proposed mapping: its text, and what it says of each file."""

    mapping: SiteMapping
    text: str
    files: Sequence[FileProposal]


@dataclass
class _Preview:
    """The first rows of a part as they would be landed, and what is wrong with it."""

    rows: list[dict[str, object]] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Keep the first rows."""
        self.rows += rows.slice(0, ROWS_SHOWN - len(self.rows)).to_pylist()

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Count the violations by rule."""
        for found in violations:
            self.faults[found.rule] = self.faults.get(found.rule, 0) + 1


def adopt(
    paths: Sequence[Path], settings: Settings, site: str = NEW_SITE, out: Path | None = None,
    say: Say = print,
) -> Adoption:  # fmt: skip
    """Propose a mapping for files, print it or write it to a file, and show the first rows.

    Raises AdoptError where a file is none or cannot be read, the name is none of a site, or
    ``out`` exists and is not the mapping that ``warehouse init`` wrote, which says nothing yet.
    """
    if not may_name_site(site):
        raise AdoptError("This is no name of a site; use letters, digits, _ and -.")
    if out is not None and lies_there(out) and not _says_nothing(out, site):
        raise AdoptError(
            f"{out} is there already, so nothing was written; name another file, or move it away."
        )
    with tempfile.TemporaryDirectory(prefix="warehouse-adopt-") as folder:
        limits = Limits.of(settings)
        reader = LimitedReader(throwaway_pseudonymizer(), limits, Path(folder))
        paths = [one for path in paths for one in _files_of(path, paths, limits, Path(folder))]
        adoption = propose(paths, reader, site)
        if out is None:
            say(mapping_text(site, adoption.files, PlainWords(adoption.mapping)))
        else:
            write_atomically(out, adoption.text.encode())
            say(f"Wrote {out}")
        for number, path in enumerate(paths, start=1):
            if path.name not in {file.called for file in adoption.files}:
                continue  # a data dictionary
            for line in _preview(path, f"file number {number}", adoption.mapping, reader):
                say(line if out else f"# {line}")
    return adoption


def _says_nothing(path: Path, site: str) -> bool:
    """Whether a file is a mapping as ``warehouse init`` wrote it."""
    return path.is_file() and path.read_bytes() == filled_template(MAPPING_TEMPLATE, site)


def write_redcap_dictionary(path: Path, say: Say = print) -> None:
    """Write our fields as a REDCap data dictionary. Raises AdoptError where the file exists."""
    if lies_there(path):
        raise AdoptError(f"{path} is there already, so nothing was written; name another file.")
    write_atomically(path, data_dictionary(dictionary()).encode())
    say(f"Wrote {path}")


def propose(paths: Sequence[Path], reader: LimitedReader, site: str = NEW_SITE) -> Adoption:
    """Propose a mapping for files. Raises AdoptError where one of them cannot be read.

    Data dictionaries among them describe the others; alone, the export that is to come.
    """
    words, surveys = dictionary(), {path: _survey(path, paths, reader) for path in paths}
    found = {path: redcap_fields(sheets[0]) for path, sheets in surveys.items()}
    fields = {name: known for each in found.values() for name, known in each.items()}
    exports = {path: sheets for path, sheets in surveys.items() if not found[path]}
    exports = exports or {path: [sheet_of(found[path])] for path in paths}
    files = []
    for path, sheets in exports.items():
        named = contents_of(path.name, SiteMapping(site=""))[0].extract
        for sheet in sheets:
            described(sheet.columns, fields)
            explain(sheet.columns)
        proposals = [Proposer(words).propose(sheet, named) for sheet in sheets]
        files.append(FileProposal(_key(path, named), path.name, proposals))
    files = list(_one_for_each_name(files))
    text = mapping_text(site, files)
    mapping = SiteMapping.model_validate(yaml.safe_load(text))
    check_mapping(mapping, words)
    return Adoption(mapping, text, files)


def _survey(path: Path, paths: Sequence[Path], reader: LimitedReader) -> list[Sheet]:
    try:
        return reader.survey(path, file_sha256(path))
    except (PostponedError, UnreadableFileError) as error:
        raise _not_read(path, paths, error) from error


def _files_of(path: Path, paths: Sequence[Path], limits: Limits, folder: Path) -> Iterator[Path]:
    """A file; of a zip archive its files, unpacked into a folder, by their names in a refresh."""
    if not is_archive(path):
        yield path
        return
    place = folder / f"archive{paths.index(path) + 1}"
    place.mkdir()
    try:
        members = [name for name in members_of(path) if not base_name(name).startswith(IGNORED)]
        for member in members:
            name = base_name(member)
            if len(members) == 1 and contents_of(name, SiteMapping(site=""))[0].extract is None:
                name = path.stem + PurePosixPath(member).suffix
            with (
                path.open("rb") as handle,
                unzipped(handle, member, limits, folder) as content,
                (place / name).open("wb") as file,
            ):
                shutil.copyfileobj(content, file)
            yield place / name
    except (PostponedError, UnreadableFileError) as error:
        raise _not_read(path, paths, error) from error
    if not members:
        raise _not_read(path, paths, UnreadableFileError("the zip archive is empty"))


def _not_read(path: Path, paths: Sequence[Path], error: Exception) -> AdoptError:
    return AdoptError(
        f"File number {paths.index(path) + 1} was not read, so nothing is proposed: {error}. "
        "Check the path, or give the file in another format."
    )


def _key(path: Path, named: str | None) -> str:
    """The beginning of the names of such files."""
    stem = path.name.removesuffix(".gz")
    stem = stem.rpartition(".")[0] or stem
    return named or _CHANGING.sub("", stem) or stem


def _one_for_each_name(files: Sequence[FileProposal]) -> Iterator[FileProposal]:
    """Leave out files that a mapping cannot distinguish from one before."""
    seen: dict[str, FileProposal] = {}
    for file in files:
        before = seen.setdefault(file.key, file)
        if before is file or (not file.is_needed and not before.is_needed):
            yield file
        elif [p.keys for p in before.parts] != [p.keys for p in file.parts]:
            raise AdoptError(
                "Two of the files have names that begin alike, so that they would be read alike, "
                "and other columns. Give them different names, or name one of them alone."
            )


def _preview(path: Path, called: str, mapping: SiteMapping, reader: LimitedReader) -> Iterator[str]:
    """The first rows of a file as they would be landed, identifiers and birth dates hidden."""
    shown = PlainWords(mapping).shown(path.stem) and path.name
    for content in contents_of(path.name, mapping):
        if content.extract is None:
            yield (
                f"{shown or called}: no column is placed, so nothing of it would be read. If its "
                "lines are values (a concept, a number), a mapping chooses lines by `where`: "
                "docs/mappings/README.md has such a file"
            )
            continue
        identity = FileIdentity("", content.extract, mapping.site, date.today(), path.name)
        task = FileTask(path, file_sha256(path), mapping, identity, content.part)
        yield from _preview_of(task, shown or called, reader)


def _preview_of(task: FileTask, called: str, reader: LimitedReader) -> Iterator[str]:
    sink, part, extract = _Preview(), task.part, task.identity.extract
    facts = reader.read(task, sink)
    name = f"{called}#{part.name}" if part else called
    named = f"{name}: "
    if facts.reason is not None:
        yield f"{named}would be rejected: {facts.reason}"
        if not facts.missing_columns:
            return
        named = "  Without these columns: "
        facts = reader.read(replace(task, is_trial=True), sink)
    yield named + (facts.reason or outcome(facts, f" of {extract}"))
    for row in sink.rows:
        yield "  " + ", ".join(_cells(row, extract, dictionary()))
    faults = {rule: n for rule, n in sink.faults.items() if not rule.endswith("columns.known")}
    if faults:
        counts = (f"{rule.removeprefix(f'{extract}.')} ({n:,} x)" for rule, n in faults.items())
        yield f"  {counted(sum(faults.values()), 'query', 'queries')}: {', '.join(counts)}"


def _cells(row: dict[str, object], extract: str, words: Dictionary) -> Iterator[str]:
    """The filled fields of a landed row; of what is never published only that it is there."""
    for known in words.extracts[extract].landed_fields:
        value = row.get(known.landed_name or "")
        if value is not None:
            is_hidden = known.identifier or not known.published
            yield f"{known.name} {'(hidden)' if is_hidden else value}"
