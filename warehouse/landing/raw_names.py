"""Names of delivered files and folders in everything that is written.

Their own names where these are plain words; else what they are and a keyed digest of the name
(``admissions~3f9a1c2b4d.csv``), which stays the same and reveals no name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path, PurePath

from warehouse.definitions.config import mapping_path
from warehouse.definitions.dictionary import EXTRACTS, DictionaryError
from warehouse.definitions.site import SiteMapping, load_site
from warehouse.files import lies_there
from warehouse.landing.delivery_file import DELIVERY_FILE
from warehouse.landing.errors import PostponedError, UnreadableFileError
from warehouse.landing.file_names import ENDINGS, IGNORED
from warehouse.landing.foreign_formats import BY_ENDING
from warehouse.landing.plain_words import PlainWords
from warehouse.landing.pseudonyms import (
    Pseudonymizer,
    known_pseudonymizer,
    throwaway_pseudonymizer,
)
from warehouse.landing.zip_archive import ENDING as ZIP
from warehouse.landing.zip_archive import base_name, is_archive, members_of
from warehouse.settings import Settings

FIRST_YEAR = 2010
"""No delivery is older: what looks like an earlier day may be a day of birth."""
MARK = "~"
DIGEST_LENGTH = 10
MOST_DIGITS_OF_SITE = 6
# Files are named by the site, with an ending; a name may have 255 bytes.
MOST_BYTES_OF_SITE = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SITE = re.compile(r"\w[\w-]*")
_PLAIN_SITE = re.compile(r"[A-Za-z](?:[A-Za-z_-]|(?<![0-9])[0-9]{1,4}(?![0-9]))*")
_ENDING = re.compile(
    rf"({'|'.join(map(re.escape, (*ENDINGS, *BY_ENDING, ZIP)))})?(\.gz)?$", re.IGNORECASE
)
_DIGEST = re.compile(rf"{MARK}([0-9a-f]{{{DIGEST_LENGTH}}})")


def is_site(name: str, sites_dir: Path | None = None) -> bool:
    """Whether a folder of that name may be a site's: everything that is written names it.

    Whoever gives a site a mapping has chosen its name; others are plain identifiers.
    """
    if not may_name_site(name):
        return False
    is_plain = bool(_PLAIN_SITE.fullmatch(name))
    few_digits = sum(map(str.isdigit, name)) <= MOST_DIGITS_OF_SITE
    return (is_plain and few_digits) or lies_there(mapping_path(name, sites_dir))


def may_name_site(name: str) -> bool:
    """Whether a site with a mapping may have that name: files and folders do."""
    return bool(_SITE.fullmatch(name)) and len(name.encode()) <= MOST_BYTES_OF_SITE


def delivery_day(name: str) -> date | None:
    """The day that a folder is named by, as 2021-03-05; None when it is named otherwise."""
    with suppress(ValueError):
        return date.fromisoformat(name) if _DAY.fullmatch(name) else None
    return None


def is_plain(name: str, words: PlainWords) -> bool:
    """Whether a file or folder may be called by its own name: plain words, or a delivery's day."""
    stem, day = name.removesuffix(_ending(name)), delivery_day(name)
    return bool(day and day.year >= FIRST_YEAR) or words.shown(stem) == stem


def raw_names(settings: Settings, sites_dir: Path | None = None) -> RawNames:
    """Return the names of the installation's raw files.

    Without a sound secret, digests are of no use, and landing refuses.
    """
    known = known_pseudonymizer(settings.secret_path)
    return RawNames(settings.raw_dir, known or throwaway_pseudonymizer(), sites_dir)


class RawNames:
    """Names of files and folders below the raw folder, as they may be shown."""

    def __init__(
        self, raw_dir: Path, pseudonyms: Pseudonymizer, sites_dir: Path | None = None
    ) -> None:
        self.pseudonyms = pseudonyms
        self._raw_dir = raw_dir
        self._sites_dir = sites_dir
        self._words: dict[str, PlainWords] = {}

    def is_site(self, name: str) -> bool:
        """Whether a folder of that name may be a site's."""
        return is_site(name, self._sites_dir)

    def shown(self, path: Path) -> str:
        """The path below the folder of raw files."""
        site, *rest = path.relative_to(self._raw_dir).parts
        place = self._raw_dir / site
        names = [site if self.is_site(site) else self._shown(place, "")]
        for name in rest:
            place /= name
            names.append(self._shown(place, site))
        return "/".join(names)

    def shown_at(self, site: str, name: str) -> str:
        """The path, as it is shown, of a file that people name: by its own name or as shown.

        ``name`` may begin with the folder of raw files and with the site's; what stands behind
        ``#`` is the part of a wide file.
        """
        parts = [part for part in PurePath(name.removeprefix("data/raw/")).parts if part != "/"]
        *folders, last = parts if parts[:1] == [site] else [site, *parts]
        file, mark, part = last.rpartition("#")
        if not _ending(file):
            file, mark, part = last, "", ""
        place = "/".join((*folders, file))
        path = self.located(place) if _DIGEST.search(place) else self._raw_dir / place
        return (self.shown(path) if path else place) + mark + part

    def all_of(self, path: Path) -> frozenset[str]:
        """Every name that a file may have been landed under: its own, and with a digest."""
        site, day, name = path.relative_to(self._raw_dir).parts
        return frozenset(f"{site}/{day}/{text}" for text in (name, self._hidden(path, site)))

    def located(self, raw_file: str) -> Path | None:
        """The raw file that was landed under a name; None when it is gone."""
        path = self._raw_dir / raw_file
        if path.exists():
            return path
        digest = _DIGEST.search(path.name)
        if digest is None or not path.parent.is_dir():
            return None
        site = path.relative_to(self._raw_dir).parts[0]
        entries = path.parent.iterdir()
        return next((at for at in entries if self._digest(at.name, site) == digest[1]), None)

    def hidden(self) -> Iterator[tuple[str, Path]]:
        """Return the files with a replaced name: that name and the path."""
        for pattern in ("*", "*/*", "*/*/*"):
            for path in sorted(self._raw_dir.glob(pattern)):
                name = self.shown(path)
                if MARK in name and not path.name.startswith(IGNORED):
                    yield name, path
                yield from self._hidden_members(path)

    def _hidden_members(self, path: Path) -> Iterator[tuple[str, Path]]:
        """The members of a zip archive with a replaced name."""
        if not is_archive(path):
            return
        with suppress(UnreadableFileError, PostponedError):
            for place in (path / base_name(member) for member in members_of(path)):
                name = self.shown(place)
                if MARK in name.rpartition("/")[2]:
                    yield name, place

    def _shown(self, path: Path, site: str) -> str:
        is_shown = path.name == DELIVERY_FILE or is_plain(path.name, self._plain(site))
        return path.name if is_shown else self._hidden(path, site)

    def _hidden(self, path: Path, site: str) -> str:
        """The extract that a name begins with, or what it is, and a digest of the name."""
        kind = "folder" if os.path.isdir(path) else "file"  # noqa: PTH112  # it never raises
        name = path.name.lower()
        kind = next((extract for extract in EXTRACTS if name.startswith(extract)), kind)
        return f"{kind}{MARK}{self._digest(path.name, site)}{_ending(path.name)}"

    def _digest(self, name: str, site: str) -> str:
        # What is no UTF-8 has no bytes in Python; ascii() has some for it.
        return self.pseudonyms.pseudonym("raw_name", site, ascii(name))[:DIGEST_LENGTH]

    def _plain(self, site: str) -> PlainWords:
        """The words of names in a site's folder; a wrong mapping is reported elsewhere."""
        if site not in self._words:
            mapping = SiteMapping(site=site if self.is_site(site) else "")
            with suppress(DictionaryError, OSError):
                mapping = load_site(mapping.site, self._sites_dir) if mapping.site else mapping
            self._words[site] = PlainWords(mapping)
        return self._words[site]


def _ending(name: str) -> str:
    match = _ENDING.search(name)
    return match[0] if match else ""
