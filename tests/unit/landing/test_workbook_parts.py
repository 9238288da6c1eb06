"""Workbooks that name a sheet which nobody can read: rejected, for its rows may be of the extract.

All rows are invented (synthetic).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest

from tests.support.format_files import WRITERS, ods, record, wide, xlsb, zipped
from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from tests.support.opened_table import rows_of, table_of
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.ods_parts import NO_NAME, UNSEEN
from warehouse.landing.workbook_parts import (
    EXTERNAL,
    LEADS_OUT,
    MISCALLED,
    MISSING,
    NO_SHEET,
    UNPLACED,
)
from warehouse.landing.workbook_table import SAME_SHEETS
from warehouse.landing.zip_kind import ENTITIES, SAME_NAME
from warehouse.settings import Settings

GOLDEN = golden("landing")
ROWS = (FOLLOWUPS, "P1,2021-03-01,telephone,1,no", "P2,2021-03-02,telephone,2,no")
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SECOND = "xl/worksheets/sheet2.xml"
PLACE = b"/xl/worksheets/sheet2.xml"
CHART = b"<chartsheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'/>"


def two_sheets(title: str = "Second") -> dict[str, bytes]:
    """The parts of a workbook with a row in each of two sheets."""
    book = openpyxl.Workbook()
    second = book.create_sheet(title)
    for sheet, row in ((book.active, ROWS[1]), (second, ROWS[2])):
        sheet.append(ROWS[0].split(","))
        sheet.append(row.split(","))
    content = io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_changed(member: str, before: bytes, after: bytes) -> dict[str, bytes]:
    parts = two_sheets()
    assert before in parts[member]
    return parts | {member: parts[member].replace(before, after)}


def packed(parts: Mapping[str, bytes]) -> bytes:
    return zipped(*parts.items())


def said(sheet: str, why: str) -> str:
    return GOLDEN("the_sheet_cannot_be_read", sheet=sheet, why=why)


def without(name: str) -> dict[str, bytes]:
    return {part: content for part, content in two_sheets().items() if part != name}


# What is wrong with the second sheet, and what is said of it.
LOST = {
    "no part": (without(SECOND), MISSING),
    "no relation": (with_changed(RELATIONS, b'Id="rId2"', b'Id="rId99"'), UNPLACED),
    "no id": (with_changed(BOOK, b'r:id="rId2"', b""), UNPLACED),
    "outside": (
        with_changed(RELATIONS, PLACE + b'"', PLACE + b'" TargetMode="External"'),
        EXTERNAL,
    ),
    "leads out": (with_changed(RELATIONS, PLACE, b"../../sheet2.xml"), LEADS_OUT),
    "leads out from the root": (with_changed(RELATIONS, PLACE, b"/../sheet2.xml"), LEADS_OUT),
    "another part": (with_changed(RELATIONS, PLACE, b"styles.xml"), NO_SHEET),
    "empty": (two_sheets() | {SECOND: b""}, NO_SHEET),
    "no XML": (two_sheets() | {SECOND: b"rows"}, NO_SHEET),
    "called a chart": (
        with_changed(RELATIONS, b'worksheet" Target="' + PLACE, b'chartsheet" Target="' + PLACE),
        MISCALLED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LOST)
def test_a_sheet_that_cannot_be_read_is_named(case: str) -> None:
    parts, why = LOST[case]
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(parts), "followups", ignored_sheets=["Third"])
    assert refused.value.reason.startswith(said("'Second'", why))


def test_a_sheet_whose_name_may_be_of_a_person_is_shown_by_its_number() -> None:
    parts = {name: part for name, part in two_sheets("Zorro").items() if name != SECOND}
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(parts), "followups")
    assert refused.value.reason.startswith(said("number 2", MISSING))


def test_a_workbook_without_relations_names_its_first_sheet() -> None:
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(without(RELATIONS)), "followups")
    assert refused.value.reason.startswith(said("'Sheet'", UNPLACED))


def test_a_lost_sheet_that_the_mapping_ignores_is_no_fault() -> None:
    with table_of(packed(without(SECOND)), "followups", ignored_sheets=["second"]) as table:
        assert [len(batch.rows) for batch in table.batches()] == [1]
        assert table.notes.ignored_sheets == {"second": True}


@pytest.mark.parametrize("root", [b"chartsheet", b"dialogsheet"])
def test_a_sheet_that_holds_a_chart_or_a_dialog_has_no_rows(root: bytes) -> None:
    parts = with_changed(RELATIONS, b'worksheet" Target="' + PLACE, root + b'" Target="' + PLACE)
    parts[SECOND] = CHART.replace(b"chartsheet", root)
    assert [row[0] for row in rows_of(packed(parts), "followups")] == [2]


def test_a_full_workbook_without_a_part_withdraws_nobody(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put("mode: full\n", "delivery.yaml")
    registry.put(packed(without(SECOND)), "followups.xlsx")
    [file] = registry.land().files
    assert (file.status, file.rows_landed, file.rows_unread) == ("rejected", 0, None)
    found = "no rows of the sheet 'Second'"
    assert registry.violations() == [("followups.file.readable", None, "reject", found)]


def dtd(content: bytes) -> bytes:
    """An XML part with an entity that nothing names."""
    begin, end = re.match(rb"(<\?xml.*?\?>)?\s*", content, re.DOTALL).span()  # type: ignore[union-attr]
    return content[begin:end] + b'<!DOCTYPE x [<!ENTITY d "9">]>' + content[end:]


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


WITH_DTD = {
    "xlsx": [BOOK, RELATIONS, "[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"],
    "xlsm": [BOOK, "xl/worksheets/sheet1.xml"],
    "xlsb": ["xl/_rels/workbook.bin.rels"],
    "ods": ["content.xml"],
}


@pytest.mark.parametrize(
    ("ending", "part"), [(ending, part) for ending, parts in WITH_DTD.items() for part in parts]
)
def test_entities_are_refused_in_every_part(ending: str, part: str) -> None:
    parts = parts_of(WRITERS[ending](ROWS[0].split(","), [ROWS[1].split(",")]))
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(parts | {part: dtd(parts[part])}), "followups")
    assert refused.value.reason == ENTITIES


def test_an_entity_in_a_cell_is_not_expanded() -> None:
    """In UTF-16, too, where the letters of a DTD do not stand side by side."""
    sheet = "xl/worksheets/sheet1.xml"
    plain = two_sheets()
    named = dtd(plain[sheet]).replace(b"<v>1</v>", b"<v>&d;1</v>").decode()
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(plain | {sheet: named.encode("utf-16")}), "followups")
    assert refused.value.reason == ENTITIES


@pytest.mark.parametrize("root", ["svg", "library:library"])
def test_a_picture_or_a_macro_may_have_a_dtd(root: str) -> None:
    names = 'xmlns:library="http://openoffice.org/2000/library"'
    picture = f'<!DOCTYPE {root} [<!ENTITY a "b">]><{root} {names}/>'.encode()
    assert len(rows_of(packed(two_sheets() | {"xl/media/image1.svg": picture}), "followups")) == 2


@pytest.mark.parametrize("ending", WITH_DTD)
def test_two_parts_of_one_name_are_refused(ending: str) -> None:
    parts = parts_of(WRITERS[ending](ROWS[0].split(","), [ROWS[1].split(",")]))
    with pytest.warns(UserWarning):
        content = zipped(*parts.items(), list(parts.items())[-1])
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(content, "followups")
    assert refused.value.reason == SAME_NAME


def binary(relation: str) -> dict[str, bytes]:
    """A binary workbook with a second sheet that has this relation and the rows of the first."""
    parts = parts_of(xlsb(ROWS[0].split(","), [ROWS[1].split(",")]))
    second = record(156, struct.pack("<II", 0, 2) + wide("rId2") + wide("Second"))
    book, relations = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
    parts[book] = parts[book].replace(record(144), second + record(144))
    parts[relations] = parts[relations].replace(b"</R", relation.encode() + b"</R")
    return parts | {"xl/chartsheets/sheet2.bin": parts["xl/worksheets/sheet1.bin"]}


RELATION = (
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/worksheet" Target="{}"/>'
)
BINARY = {
    "": UNPLACED,
    RELATION.format("worksheets/sheet2.bin"): MISSING,
    RELATION.format('worksheets/sheet1.bin" TargetMode="External'): EXTERNAL,
    RELATION.format("../../sheet1.bin"): LEADS_OUT,
    RELATION.format("styles.bin"): NO_SHEET,
    RELATION.format("chartsheets/sheet2.bin"): MISCALLED,
}


@pytest.mark.parametrize("relation", BINARY)
def test_a_sheet_of_a_binary_workbook_that_cannot_be_read_is_named(relation: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(binary(relation)), "followups")
    assert refused.value.reason.startswith(said("'Second'", BINARY[relation]))


def test_a_lost_sheet_of_a_binary_workbook_may_be_ignored() -> None:
    content = packed(binary(RELATION.format("worksheets/sheet2.bin")))
    assert len(rows_of(content, "followups", ignored_sheets=["Second"])) == 1


X = ' xmlns:x="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'


def _with_second_table(opening: str, closing: str = "</table:table>") -> bytes:
    """An ODS with a row in each of two sheets; the second one begins and ends like this."""
    parts = parts_of(ods(ROWS[0].split(","), [ROWS[1].split(",")]))
    content = parts["content.xml"].decode()
    first = re.search("<table:table .*</table:table>", content, re.DOTALL)[0]  # type: ignore[index]
    second = first.replace('<table:table table:name="Sheet1">', opening)
    second = second.replace("</table:table>", closing)
    return packed(parts | {"content.xml": content.replace(first, first + second).encode()})


@pytest.mark.parametrize(
    ("opening", "closing", "sheet", "why"),
    [
        ("<table:table>", "</table:table>", "number 2", NO_NAME),
        (f'<x:table{X} x:name="Second">', "</x:table>", "'Second'", UNSEEN),
    ],
)
def test_a_sheet_of_an_ods_that_calamine_passes_over_is_named(
    opening: str, closing: str, sheet: str, why: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(_with_second_table(opening, closing), "followups")
    assert refused.value.reason.startswith(said(sheet, why))


def test_both_sheets_of_an_ods_are_read() -> None:
    content = _with_second_table('<table:table table:name="Second">')
    assert len(rows_of(content, "followups")) == 2


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_two_sheets_of_one_name_are_refused(ending: str) -> None:
    """Of an ODS the rows of the last were read twice, and those of the first not at all."""
    parts = with_changed(BOOK, b'"Second"', b'"Sheet"')
    if ending == "ods":
        parts = parts_of(ods(ROWS[0].split(","), [ROWS[1].split(",")]))
        end = b"</table:table>"
        table = re.search(rb"<table:table .*" + end, parts["content.xml"], re.DOTALL)[0]  # type: ignore[index]
        parts["content.xml"] = parts["content.xml"].replace(end, end + table)
    with pytest.raises(UnreadableFileError) as refused:
        rows_of(packed(parts), "followups")
    assert refused.value.reason == SAME_SHEETS
