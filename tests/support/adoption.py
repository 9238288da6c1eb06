"""What the tests of proposed mappings share: a reader, and a proposal for small texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.adopt.run import Adoption, propose
from warehouse.landing.limited_reader import LimitedReader
from warehouse.landing.limits import Limits
from warehouse.landing.pseudonyms import throwaway_pseudonymizer
from warehouse.settings import PROJECT_DIR, Settings

HEADERS = PROJECT_DIR / "tests" / "fixtures" / "adopt" / "headers.yaml"


def reader_in(folder: Path) -> LimitedReader:
    """A reader that keeps its copies in a folder."""
    return LimitedReader(throwaway_pseudonymizer(), Limits.of(Settings()), folder)


def proposed(folder: Path, *texts: str, name: str = "registry.csv") -> Adoption:
    """A mapping proposed for texts: ``registry.csv``, then ``registry1.csv`` and so on."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / (name if not number else f"other{number}.csv"))
        paths[-1].write_text(text, encoding="utf-8")
    return propose(paths, reader_in(folder / "copies"))


def placed(adoption: Adoption) -> dict[str, set[tuple[str, str]]]:
    """Each placed column, and the fields that it is proposed for."""
    sheets = [sheet for file in adoption.files for sheet in file.sheets]
    return {header: set(at) for sheet in sheets for header, at in sheet.placed.items()}


def parts(adoption: Adoption) -> dict[str, dict[str, Any]]:
    """The keys of each part of the mapping, by the part's name; a repeated part stands once."""
    return {
        part.keys.get("part", part.extract): part.keys
        for file in adoption.files
        for part in file.parts
    }


def open_questions(adoption: Adoption) -> list[str]:
    """The fields and columns that the mapping asks about, in order."""
    asked = [
        todo.partition(":")[0] for file in adoption.files for p in file.parts for todo in p.todo
    ]
    for sheet in (sheet for file in adoption.files for sheet in file.sheets):
        asked += ["/".join(headers) for headers, *_ in sheet.matches.ambiguous]
    return asked
