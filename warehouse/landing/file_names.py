"""Content of a delivered file, by its name."""

from __future__ import annotations

from typing import NamedTuple

from warehouse.definitions.dictionary import EXTRACTS
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.foreign_formats import foreign_ending

# Hidden files, lock files of spreadsheets, explanations.
IGNORED = (".", "~$", "README")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
STATISTICS = (".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt")
ENDINGS = (".csv", ".tsv", ".txt", *WORKBOOKS, ".parquet", *STATISTICS, ".jsonl", ".ndjson")


class Content(NamedTuple):
    """Extract or part that a file's name stands for; or the fault of the name."""

    extract: str | None
    problem: str | None = None
    part: Part | None = None


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
