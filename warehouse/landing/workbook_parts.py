"""Parts of a zipped workbook: the sheets that it names, and parts that are not what they seem.

Libraries pass over a sheet whose part they do not find, and its rows would be lost in silence.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat

from openpyxl.packaging.relationship import Relationship, get_dependents, get_rels_path

from warehouse.landing.sheet_marks import holds

_BLOCK_BYTES = 1 << 12
# Root elements. A chart or a dialog has no rows.
_WITH_ROWS, _WITHOUT_ROWS = {"worksheet", "macrosheet"}, {"chartsheet", "dialogsheet"}
_WITHOUT_CELLS = {"svg", "libraries", "library", "module", "window", "manifest"}
UNPLACED = "the workbook does not say which part of the file it is"
EXTERNAL = "its rows are outside of the workbook, which has a link only"
LEADS_OUT = "the place of its part leads out of the workbook"
MISSING = "its part is missing from the file"
NO_SHEET = "its part is empty, damaged or no sheet"
MISCALLED = "the workbook calls it a chart or a dialog, and it has rows"
# The record with which a sheet of a binary workbook begins, and the one with which its rows do.
_BINARY_SHEET, _BINARY_ROWS = b"\x81\x01", b"\x91\x01\x00"


class NamedSheet(NamedTuple):
    """A sheet as a workbook names it, with the id of its relation."""

    name: str
    relation: str | None


@dataclass(frozen=True)
class LostSheet:
    """A sheet that the workbook names and nobody can read: the number and name of it, and why."""

    number: int
    name: str
    why: str


def relations_of(archive: zipfile.ZipFile, part: str) -> Mapping[str, Relationship]:
    """The relations of a part of a workbook; none where it says nothing of them."""
    path = get_rels_path(part)
    if path not in archive.namelist():
        return {}
    relations: Mapping[str, Relationship] = get_dependents(archive, path).to_dict()
    return relations


def lost_sheets(
    archive: zipfile.ZipFile, part: str, named: Iterable[NamedSheet]
) -> Iterator[LostSheet]:
    """Yield the sheets that the workbook at ``part`` names and that cannot be read."""
    relations = relations_of(archive, part)
    known: dict[tuple[str, str], str | None] = {}
    for number, sheet in enumerate(named, start=1):
        relation = relations.get(sheet.relation or "")
        if relation is None:
            yield LostSheet(number, sheet.name, UNPLACED)
            continue
        key = (relation.target, relation.Type)
        if key not in known:
            known[key] = _fault(archive, relation)
        if (why := known[key]) is not None:
            yield LostSheet(number, sheet.name, why)


def _fault(archive: zipfile.ZipFile, relation: Relationship) -> str | None:
    """Return why a part cannot be read as a sheet; None where it can, or has no rows."""
    if relation.TargetMode == "External":
        return EXTERNAL
    if relation.target.startswith("../") or posixpath.isabs(relation.target):
        return LEADS_OUT
    if relation.target not in archive.namelist():
        return MISSING
    root = root_of(archive, relation.target)
    if root in _WITH_ROWS:
        called = f"{relation.Type} {relation.target}"  # calamine goes by the folder
        return MISCALLED if any(kind in called for kind in _WITHOUT_ROWS) else None
    return None if root in _WITHOUT_ROWS else NO_SHEET


def root_of(archive: zipfile.ZipFile, part: str) -> str | None:
    """The name of a part's root element, or of the like of it in a binary one; None without one."""
    if not part.endswith(".bin"):
        return _beginning(archive, part).root
    with archive.open(part) as content:
        if content.read(len(_BINARY_SHEET)) != _BINARY_SHEET:
            return None
    return "worksheet" if holds(archive, part, (_BINARY_ROWS,)) else "chartsheet"


def declares_entities(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a part has a DTD, by which its text may be other than it looks, and without end.

    Pictures and the macros of LibreOffice may have one, and no cell.
    """
    beginning = _beginning(archive, part)
    return beginning.has_dtd and beginning.root not in _WITHOUT_CELLS


class _Beginning(NamedTuple):
    root: str | None
    has_dtd: bool


def _beginning(archive: zipfile.ZipFile, part: str) -> _Beginning:
    """The root element of an XML part, and whether there is a DTD before it."""
    elements: list[str] = []
    dtds: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: elements.append(name)
    parser.StartDoctypeDeclHandler = lambda name, *_: dtds.append(name)
    with archive.open(part) as content, suppress(expat.ExpatError):
        while not elements and (block := content.read(_BLOCK_BYTES)):
            parser.Parse(block)
    root = elements[0].rpartition(":")[2] if elements else None
    return _Beginning(root, bool(dtds))
