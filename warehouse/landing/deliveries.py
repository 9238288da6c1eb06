"""Finding delivered files: ``raw/<site>/<delivered_on>/<extract>….<ending>``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from warehouse.definitions.dictionary import DictionaryError, dictionary
from warehouse.definitions.site import Mode, Part, SiteMapping, load_site
from warehouse.disk import TOO_MANY_OPEN
from warehouse.landing.delivery_file import DELIVERY_FILE, DeliveryFileError, read_delivery_file
from warehouse.landing.file_names import IGNORED, Content, contents_at
from warehouse.landing.manifest import part_suffix, raw_file_of
from warehouse.landing.mapping_check import check_mapping
from warehouse.landing.raw_names import FIRST_YEAR, RawNames, delivery_day
from warehouse.landing.unexpected_errors import why_skipped
from warehouse.landing.zip_archive import base_name

NOT_YET = (
    "the day is still to come, so nothing in the folder is read; rename it to the day on which it "
    "was delivered"
)
NO_SITE = (
    "a site's folder is named with Latin letters, then also _, - and a few digits, or like "
    "its mapping in config/sites, for all reports name it; it has 100 of them at most; rename "
    "it, or write that mapping"
)
TOO_OLD = "no delivery is so old; rename the folder to the day on which it was delivered"


@dataclass(frozen=True)
class DeliveredPath:
    """A delivered file; ``extract`` is None when its name does not say which it is.

    A wide file is delivered once for each of its parts, and a zip archive once for each of its
    members (``member`` is its name in it). ``names`` are those that the raw file may
    have been landed under, and ``source_file`` the one that is shown now.
    """

    path: Path
    source_file: str
    site: SiteMapping
    delivered_on: date
    mode: Mode
    extract: str | None
    problem: str | None = None
    part: Part | None = None
    names: frozenset[str] = frozenset()
    member: str | None = None

    @property
    def raw_file(self) -> str:
        """The file below the folder of raw files."""
        suffix = part_suffix(self.part.name if self.part else None)
        return raw_file_of(self.source_file.removesuffix(suffix))


@dataclass(frozen=True)
class SkippedFile:
    """Something that was not read and not remembered; the next refresh looks at it again.

    ``needs_correction``: somebody has to do something about it. What is not yet complete or due
    is read by itself in time.
    """

    source_file: str
    reason: str
    needs_correction: bool = True

    @property
    def line(self) -> str:
        """Name and reason in one line."""
        return f"{shown(self.source_file)}: {self.reason}"


@dataclass
class Found:
    """Content of the folder of raw files."""

    files: list[DeliveredPath] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


class _WrongPlaceError(Exception):
    """A folder or file that does not fit; the message says how it should be."""


def find_deliveries(
    raw_dir: Path, names: RawNames, as_of: date | None = None, sites_dir: Path | None = None
) -> Found:
    """All files delivered up to a day, in order of site, day and name."""
    found = Found()
    for site_dir in _entries(raw_dir, found, names):
        with _leaving(site_dir, found, names):
            mapping = _site(site_dir, names, sites_dir)
            for day_dir in _entries(site_dir, found, names):
                with _leaving(day_dir, found, names):
                    _find_in_day(day_dir, mapping, found, names, as_of)
    return found


def shown(text: str) -> str:
    """A path for people: control characters and undecodable bytes escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def _leaving(path: Path, found: Found, names: RawNames) -> Iterator[None]:
    """Skip a folder or file with the error as the reason; the others are read."""
    try:
        yield
    except (_WrongPlaceError, DictionaryError, DeliveryFileError) as error:
        reason = str(error)
    except PermissionError as error:
        reason = f"it cannot be opened: {error.strerror}"
    except Exception as error:
        reason = why_skipped(error)
    else:
        return
    found.skipped.append(SkippedFile(names.shown(path), reason))


def _find_in_day(
    day_dir: Path, mapping: SiteMapping, found: Found, names: RawNames, as_of: date | None
) -> None:
    delivered_on = _day(day_dir)
    if delivered_on.year < FIRST_YEAR:
        raise _WrongPlaceError(TOO_OLD)
    if delivered_on > date.today():
        raise _WrongPlaceError(NOT_YET)
    if as_of is not None and delivered_on > as_of:
        return
    paths = list(_entries(day_dir, found, names))
    about = read_delivery_file(day_dir)
    for path in paths:
        if path.name == DELIVERY_FILE:
            continue
        with _leaving(path, found, names):
            _require_file(path)
            found.files += [
                DeliveredPath(
                    path,
                    names.shown(place) + part_suffix(content.part.name if content.part else None),
                    mapping,
                    delivered_on,
                    about.mode or mapping.default_mode,
                    content.extract,
                    content.problem,
                    content.part,
                    names.all_of(path),
                    content.member,
                )
                for place, content in _contents(path, mapping)
            ]


def _contents(path: Path, mapping: SiteMapping) -> Iterator[tuple[Path, Content]]:
    """Yield the content of a file, or of an archive's members, each with the place it names."""
    for content in contents_at(path, mapping):
        yield path if content.member is None else path / base_name(content.member), content


def _site(folder: Path, names: RawNames, sites_dir: Path | None) -> SiteMapping:
    _require_folder(folder, "a folder per site")
    if not names.is_site(folder.name):
        raise _WrongPlaceError(NO_SITE)
    return check_mapping(load_site(folder.name, sites_dir), dictionary())


def _day(folder: Path) -> date:
    _require_folder(folder, "a folder per day of delivery")
    day = delivery_day(folder.name)
    if day is None:
        raise _WrongPlaceError(
            "the folder of a delivery is named by its day, such as 2021-03-05; rename it"
        )
    return day


def _require_folder(path: Path, what: str) -> None:
    if path.is_symlink():
        raise _WrongPlaceError("it is a link; put the folder itself here")
    if not path.is_dir():
        raise _WrongPlaceError(f"there must be {what} here, not a file")


def _require_file(path: Path) -> None:
    if path.is_symlink():
        raise _WrongPlaceError("it is a link; put the file itself here")
    if path.is_dir():
        raise _WrongPlaceError("it is a folder; put its files into the folder of the day")
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise _WrongPlaceError("its name is not UTF-8; rename it") from error


def _entries(folder: Path, found: Found, names: RawNames) -> Iterator[Path]:
    """List a folder by name; hidden files, lock files and READMEs do not count."""
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except FileNotFoundError:
        entries = []
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:  # not this folder's fault
            raise
        found.skipped.append(
            SkippedFile(names.shown(folder), f"the folder cannot be opened: {error.strerror}")
        )
        entries = []
    return (path for path in entries if not path.name.startswith(IGNORED))
