"""Content of a delivered file, by its name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from warehouse.definitions.dictionary import EXTRACTS
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.foreign_formats import foreign_ending
from warehouse.landing.zip_archive import base_name, is_archive, members_of

# Hidden files, lock files of spreadsheets, explanations.
IGNORED = (".", "~$", "README")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
STATISTICS = (".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt")
ENDINGS = (".csv", ".tsv", ".txt", *WORKBOOKS, ".parquet", *STATISTICS, ".jsonl", ".ndjson")


class Content(NamedTuple):
    """Extract or part that a file's name stands for; or the fault of the name.

    ``member`` is the name within the zip archive that the file is.
    """

    extract: str | None
    problem: str | None = None
    part: Part | None = None
    member: str | None = None


def contents_at(path: Path, mapping: SiteMapping) -> list[Content]:
    """Return the content of a file by its name, or of a zip archive by the names of its members.

    The only member of an archive may have any name: then the archive's says what it is. Raises
    PostponedError when an archive cannot be opened.
    """
    if not is_archive(path):
        return contents_of(path.name, mapping)
    try:
        members = [name for name in members_of(path) if not base_name(name).startswith(IGNORED)]
        if not members:
            raise UnreadableFileError("the zip archive is empty")
    except UnreadableFileError as error:
        named = contents_of(path.name, mapping)
        return [content._replace(problem=error.reason) for content in named]
    found = [
        content._replace(member=name)
        for name in members
        for content in contents_of(base_name(name), mapping)
    ]
    if len(members) > 1 or found[0].extract is not None:
        return found
    name = path.stem + PurePosixPath(members[0]).suffix
    return [content._replace(member=members[0]) for content in contents_of(name, mapping)]


def contents_of(name: str, mapping: SiteMapping) -> list[Content]:
    """Return the content by a file's name: one extract, or the parts that the mapping names."""
    problem = None
    if not name.lower().removesuffix(".gz").endswith(ENDINGS):
        foreign = foreign_ending(name)
        problem = f"the name ends with none of {' '.join(ENDINGS)} (or these + .gz)"
        problem += f"; it is {foreign}" if foreign else ""
    for file, parts in mapping.files.items():
        if _begins(name, file):
            return [Content(part.extract, problem, part) for part in parts]
    for extract in EXTRACTS:
        if _begins(name, extract):
            return [Content(extract, problem)]
    known = ", ".join([*EXTRACTS, *mapping.files])
    return [Content(None, f"the name begins with none of {known}; rename the file")]


def _begins(name: str, start: str) -> bool:
    """Whether a name begins with a word; a letter after it would make it another word."""
    rest = name[len(start) :]
    return name.lower().startswith(start.lower()) and not rest[:1].isalpha()
