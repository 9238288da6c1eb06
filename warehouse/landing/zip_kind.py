"""What a zip archive is: a workbook of one of three kinds, another document, or files."""

from __future__ import annotations

import os
import zipfile
import zlib
from contextlib import suppress
from typing import BinaryIO

from warehouse.landing.calamine_book import PASSWORD
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.foreign_formats import BY_MEMBER, OTHER_DOCUMENT, STRICT
from warehouse.landing.limits import Limits
from warehouse.landing.workbook_parts import declares_entities

ZIP_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, NotImplementedError,
)  # fmt: skip
NO_WORKBOOK = (
    "it is a zip archive, not a workbook; let its name end with .zip, or, where it is in a zip "
    "archive itself, put its files into the outer one"
)
SAME_NAME = "two parts of the workbook have the same name in its archive; save it again"
ENTITIES = "it declares entities (DTD), which workbooks never need; save it again in a spreadsheet"
ENCRYPTED = 1  # a flag of the zip format
XLSX, XLSB, ODS = "xlsx", "xlsb", "ods"
_STRICT_NAMESPACE = b"purl.oclc.org/ooxml/spreadsheetml/main"
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
# The first member that is there counts.
_KINDS = {"xl/workbook.bin": XLSB, "content.xml": ODS, "[Content_Types].xml": XLSX}


def workbook_kind(handle: BinaryIO, limits: Limits) -> str:
    """The kind of a workbook in a zip archive.

    Raises UnreadableFileError where it is none, is damaged, has a password, declares entities, has
    two parts of one name, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(handle) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if any(member.flag_bits & ENCRYPTED for member in archive.infolist()):
                raise UnreadableFileError(PASSWORD)
            kind = _kind(archive)
            _require_plain(archive)
    except ZIP_DAMAGE as error:
        raise UnreadableFileError("the workbook is damaged or cut off; save it again") from error
    limits.require_size(size, packed=handle.seek(0, os.SEEK_END))
    return kind


def names_of_document(archive: zipfile.ZipFile) -> str | None:
    """The ending of the workbook or document that an archive is; None for one of files."""
    members = set(archive.namelist())
    kinds = {**_KINDS, **dict.fromkeys(BY_MEMBER, "its own ending")}
    return next((kind for member, kind in kinds.items() if member in members), None)


def _kind(archive: zipfile.ZipFile) -> str:
    members = set(archive.namelist())
    for member, what in BY_MEMBER.items():
        if member in members:
            raise UnreadableFileError(f"it is {what}")
    kind = next((kind for member, kind in _KINDS.items() if member in members), None)
    if kind is None:
        raise UnreadableFileError(NO_WORKBOOK)
    if kind == ODS and "mimetype" in members and not _begins(archive, "mimetype", _ODS_TYPE):
        raise UnreadableFileError(f"it is {OTHER_DOCUMENT}")
    if "xl/workbook.xml" in members and _begins(archive, "xl/workbook.xml", _STRICT_NAMESPACE):
        raise UnreadableFileError(f"it is {STRICT}")
    return kind


def _require_plain(archive: zipfile.ZipFile) -> None:
    """Raise where a part is there twice, so that two readers see two, or declares entities."""
    parts = [member.filename for member in archive.infolist() if not member.is_dir()]
    if len(set(parts)) < len(parts):
        raise UnreadableFileError(SAME_NAME)
    for part in parts:
        with suppress(*ZIP_DAMAGE):  # of a part that is not read, or its reader says so
            if declares_entities(archive, part):
                raise UnreadableFileError(ENTITIES)


def _begins(archive: zipfile.ZipFile, member: str, text: bytes) -> bool:
    """Whether a text stands in the first bytes of a member."""
    with archive.open(member) as handle:
        return text in handle.read(4096)
