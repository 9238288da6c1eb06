"""Pre-flight: check files before they are delivered, as the next refresh would.

Findings of landing are printed at once; then Great Expectations checks the rows, together with the
landed rows of their patients. Nothing remains: all scratch is in a temporary folder.
"""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.definitions.config import mapped_sites, mapping_path
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping, load_site, site_label
from warehouse.errors import WarehouseError
from warehouse.files import lies_there
from warehouse.landing.deliveries import NO_SITE
from warehouse.landing.errors import PostponedError
from warehouse.landing.file_names import Content, contents_at
from warehouse.landing.manifest import read_log
from warehouse.landing.mapping_check import check_mapping
from warehouse.landing.plain_words import PlainWords
from warehouse.landing.pseudonyms import known_pseudonymizer, throwaway_pseudonymizer
from warehouse.landing.raw_names import is_plain, is_site
from warehouse.landing.zip_archive import base_name, is_archive
from warehouse.preflight.checks import Checked, check_rows
from warehouse.preflight.lacking import lacking_lines
from warehouse.preflight.landing import CheckedFile, Context, ScratchLog
from warehouse.preflight.report import LINES_OF_ALL, LINES_SHOWN, Verdict, listed
from warehouse.settings import Settings

Say = Callable[[str], None]
UNKNOWN_SITE = SiteMapping(site="")


class PreflightError(WarehouseError):
    """The files cannot be checked; the message says what to do."""


@dataclass(frozen=True)
class Question:
    """Request: files, and what their names and places do not show.

    ``every``: each finding by itself with all its lines.
    """

    files: Sequence[Path]
    site: str | None = None
    extract: str | None = None
    sites_dir: Path | None = None
    every: bool = False

    @property
    def shown(self) -> int:
        """Lines that are shown of each finding."""
        return LINES_OF_ALL if self.every else LINES_SHOWN


def preflight(question: Question, settings: Settings, say: Say = print) -> Verdict:
    """Check files and print their faults, line by line.

    Raises PreflightError when a file cannot be opened or placed, DictionaryError when the site's
    mapping is wrong, CheckError when a rule cannot be worked out.
    """
    for path in question.files:
        _look_for(question, path)
    of_site = load_site(_site(question, settings), question.sites_dir)
    mapping = check_mapping(of_site, dictionary())
    files = [file for path in question.files for file in _parts(question, path, mapping)]
    context = _context(question, settings, mapping.site, say)
    with tempfile.TemporaryDirectory(prefix="warehouse-check-") as folder:
        scratch = ScratchLog(Path(folder), settings, mapping, context)
        for file in files:
            _land(file, scratch, question, say)
        checked = _check(files, scratch, question, say)
        for line in lacking_lines(read_log(scratch.landed_dir).values(), question.every):
            say(line)
    verdict = Verdict(
        sum(file.facts.rows_landed for file in files),
        checked.rows_rejected,
        checked.rows_warned,
        sum(file.facts.rows_unreadable for file in files),
        tuple(file.name for file in files if file.facts.reason is not None),
    )
    say(f"Verdict: {verdict.text}")
    return verdict


def _called(question: Question, path: Path, mapping: SiteMapping = UNKNOWN_SITE) -> str:
    """Name a file for people: its own name where that is plain words, else its place."""
    is_only = [other.name for other in question.files].count(path.name) == 1
    if is_only and is_plain(path.name, PlainWords(mapping)):
        return path.name
    return f"file number {question.files.index(path) + 1}"


def _look_for(question: Question, path: Path) -> None:
    """Raises PreflightError when there is no file at a path."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        problem = f"it cannot be opened: {error.strerror}"
        raise PreflightError(f"{_called(question, path)}: {problem}. Check the path.") from error
    if stat.S_ISDIR(mode):
        raise PreflightError(f"{_called(question, path)}: it is a folder; name the files in it.")


def _site(question: Question, settings: Settings) -> str:
    """The site that was named, or whose folder the first file lies in, or the only one."""
    path = question.files[0]
    place, site = path.resolve(), question.site
    if site is None and place.is_relative_to(settings.raw_dir) and place.parent != settings.raw_dir:
        site = place.relative_to(settings.raw_dir).parts[0]
    if site is not None:
        if not is_site(site, question.sites_dir):
            raise PreflightError(f"No refresh reads the files of such a site: {NO_SITE}.")
        return site
    sites = mapped_sites(question.sites_dir)
    real = [site for site in sites if not site_label(site, question.sites_dir).synthetic] or sites
    if len(real) == 1:
        return real[0]
    raise PreflightError(
        f"{_called(question, path)}: its site is unknown, so nothing was checked. "
        f"Give --site; there are mappings of "
        f"{', '.join(sites) or 'no site'}."
    )


def _parts(question: Question, path: Path, mapping: SiteMapping) -> Iterator[CheckedFile]:
    """Yield the content of a file: one extract, or the parts of a wide file."""
    called = _called(question, path, mapping)
    if question.extract is not None and question.extract not in dictionary().extracts:
        known = ", ".join(dictionary().extracts)
        raise PreflightError(f"There is no extract {question.extract}; use {known}.")
    if question.extract is not None and not is_archive(path):
        yield CheckedFile(path, called, question.extract, shown=question.shown)
        return
    for number, content in enumerate(_contents(path, mapping, called), start=1):
        named = called + _member_suffix(content, number, mapping)
        is_given = question.extract is not None and content.member is not None
        extract = question.extract if is_given else content.extract
        if extract is None or (content.problem is not None and not is_given):
            hint = "" if question.extract else ", or give --extract"
            raise PreflightError(f"{named}: {content.problem}{hint}.")
        yield CheckedFile(path, named, extract, content.part, content.member, shown=question.shown)


def _member_suffix(content: Content, number: int, mapping: SiteMapping) -> str:
    """Name a member behind its archive, as files are called."""
    if content.member is None:
        return ""
    name = base_name(content.member)
    return f"/{name if is_plain(name, PlainWords(mapping)) else f'file number {number}'}"


def _contents(path: Path, mapping: SiteMapping, called: str) -> list[Content]:
    """Return the content of a file, or of the members of a zip archive."""
    try:
        return contents_at(path, mapping)
    except PostponedError as error:
        raise PreflightError(f"{called}: {error}.") from error


def _context(question: Question, settings: Settings, site: str, say: Say) -> Context:
    """Return the landed files of the site, if its pseudonyms can be made."""
    log = read_log(settings.landed_dir).values()
    landed = [entry for entry in log if entry.status == "landed"]
    is_known = site in {entry.site for entry in landed}
    if landed and not is_known and not lies_there(mapping_path(site, question.sites_dir)):
        say(f"Nothing of {site} has landed and it has no mapping: is the site's name right?")
    pseudonyms = known_pseudonymizer(settings.secret_path)
    makers = {entry.secret_fingerprint for entry in landed}
    if pseudonyms is not None and makers == {pseudonyms.fingerprint}:
        return Context(pseudonyms, tuple(entry for entry in landed if entry.site == site))
    why = "its pseudonym secret is not here" if landed else "nothing has landed yet"
    say(f"Checked without the landed log ({why}): rules across deliveries cannot fire.")
    return Context(throwaway_pseudonymizer())


def _land(file: CheckedFile, scratch: ScratchLog, question: Question, say: Say) -> None:
    try:
        scratch.land(file, say)
    except PostponedError as error:
        raise PreflightError(f"{file.name}: {error}.") from error
    for line in (f"{file.name}: {file.outcome}", *listed(file.findings.values(), question.every)):
        say(line)


def _check(
    files: Sequence[CheckedFile], scratch: ScratchLog, question: Question, say: Say
) -> Checked:
    """Check the rows, if there are any, and print the findings."""
    if not any(file.facts.rows_landed for file in files):
        return Checked({}, 0, 0)
    say("Great Expectations checks the rows (it takes some seconds to start) ...")
    checked = check_rows(scratch, [file.file_id for file in files], question.shown, say)
    for file in files:
        findings = checked.findings.get(file.file_id, [])
        count = sum(finding.count for finding in findings)
        for line in (
            f"{file.name}: {count:,} findings on its rows",
            *listed(findings, question.every),
        ):
            say(line)
    return checked
