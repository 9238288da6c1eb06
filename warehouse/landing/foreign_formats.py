"""Files in formats that are not read, named as what they are, with what to do."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from warehouse.landing.errors import UnreadableFileError

_MAGIC_BYTES = 16
SAVE_AS_XLSX = "save it as Excel Workbook (.xlsx)"
SAVE_AS_CSV = "save it as CSV (UTF-8)"
XLSB = f"a binary Excel workbook (.xlsb); {SAVE_AS_XLSX}"
ODS = f"an OpenDocument spreadsheet (.ods); {SAVE_AS_XLSX}"
SPSS = f"an SPSS file (.sav); {SAVE_AS_CSV}, with codes and not with labels"
STATA = f"a Stata file (.dta); {SAVE_AS_CSV} (export delimited)"
SAS = f"a SAS file; {SAVE_AS_CSV} (proc export)"
STRICT = (
    "a Strict Open XML workbook; save it as Excel Workbook (.xlsx), not as Strict Open XML "
    "Spreadsheet"
)
BY_MAGIC = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls) or one with a password; "
    "save it as Excel Workbook (.xlsx), without a password",
    b"%PDF": "a PDF; deliver a CSV or XLSX file",
    b"Rar!": "a RAR archive; deliver what is in it",
    b"7z\xbc\xaf": "a 7-Zip archive; deliver what is in it",
    b"BZh": "a bzip2 file; deliver it as CSV or .csv.gz",
    b"\xfd7zXZ": "an xz file; deliver it as CSV or .csv.gz",
    b"\x28\xb5\x2f\xfd": "a zstd file; deliver it as CSV or .csv.gz",
    b"\x1f\x8b": "packed twice; pack it once",
    b"ARROW1": "an Arrow or Feather file; save it as Parquet",
    b"ORC": "an ORC file; save it as Parquet",
    b"PARE": "an encrypted Parquet file; deliver it unencrypted",
    b"SQLite format": "an SQLite database; deliver its tables as CSV",
    b"\x89PNG": "a picture; deliver a CSV or XLSX file",
    b"\x7fELF": "a program; deliver a CSV or XLSX file",
    b"$FL2": SPSS,
    b"$FL3": SPSS,
    b"<stata_dta>": STATA,
    b"HEADER RECORD***": SAS,
    b"\x00" * 12 + b"\xc2\xea\x81\x60": SAS,
    b"RDX": f"an R workspace; {SAVE_AS_CSV} (write.csv)",
    b"X\n\x00\x00\x00": f"an R object (.rds); {SAVE_AS_CSV} (write.csv)",
    b"<?xml": f"an XML file; if it is from Excel, {SAVE_AS_XLSX}",
    b"<html": f"a web page; if it is from a report, {SAVE_AS_XLSX}",
    b"<!DOCTYPE": f"a web page; if it is from a report, {SAVE_AS_XLSX}",
    b"{\\rtf": f"a text document; {SAVE_AS_CSV}",
}
# A member of a zip archive that shows what it is; the first that is there counts.
BY_MEMBER = {
    "xl/workbook.bin": XLSB,
    "content.xml": ODS,
    "word/document.xml": f"a Word document; put its table into Excel and {SAVE_AS_XLSX}",
    "ppt/presentation.xml": "a PowerPoint file; deliver a CSV or XLSX file",
    "Index/Document.iwa": f"an Apple Numbers file; export it to Excel or {SAVE_AS_CSV}",
}
BY_ENDING = {
    ".xls": f"an old Excel file; {SAVE_AS_XLSX}",
    ".xlsm": f"an Excel workbook with macros; {SAVE_AS_XLSX}",
    ".xlsb": f"a binary Excel workbook; {SAVE_AS_XLSX}",
    ".ods": f"an OpenDocument spreadsheet; {SAVE_AS_XLSX}",
    ".numbers": f"an Apple Numbers file; export it to Excel or {SAVE_AS_CSV}",
    ".sav": f"an SPSS file; {SAVE_AS_CSV}, with codes and not with labels",
    ".zsav": f"an SPSS file; {SAVE_AS_CSV}, with codes and not with labels",
    ".por": f"an SPSS file; {SAVE_AS_CSV}, with codes and not with labels",
    ".dta": f"a Stata file; {SAVE_AS_CSV} (export delimited)",
    ".sas7bdat": f"a SAS file; {SAVE_AS_CSV} (proc export)",
    ".xpt": f"a SAS file; {SAVE_AS_CSV} (proc export)",
    ".rds": f"an R object; {SAVE_AS_CSV} (write.csv)",
    ".rdata": f"an R workspace; {SAVE_AS_CSV} (write.csv)",
    ".mdb": f"an Access database; export its tables: {SAVE_AS_CSV}",
    ".accdb": f"an Access database; export its tables: {SAVE_AS_CSV}",
    ".docx": f"a Word document; put its table into Excel and {SAVE_AS_XLSX}",
    ".pdf": "a PDF; deliver a CSV or XLSX file",
    ".zip": "a zip archive; deliver what is in it",
    ".json": f"a JSON file; {SAVE_AS_CSV}",
    ".xml": f"an XML file; {SAVE_AS_CSV}",
}
_STRICT_NAMESPACE = b"purl.oclc.org/ooxml/spreadsheetml/main"


def refuse_foreign(content: BinaryIO) -> bytes:
    """The first bytes of a file. Raises UnreadableFileError where they are of a foreign format."""
    magic = content.read(_MAGIC_BYTES)
    content.seek(0)
    for start, what in BY_MAGIC.items():
        if magic.startswith(start):
            raise UnreadableFileError(f"it is {what}")
    return magic


def refuse_foreign_zip(archive: zipfile.ZipFile) -> None:
    """Raise UnreadableFileError where a zip archive is a document other than a workbook."""
    members = set(archive.namelist())
    for member, what in BY_MEMBER.items():
        if member in members:
            raise UnreadableFileError(f"it is {what}")
    if "xl/workbook.xml" in members:
        with archive.open("xl/workbook.xml") as handle:
            if _STRICT_NAMESPACE in handle.read(4096):
                raise UnreadableFileError(f"it is {STRICT}")


def foreign_ending(name: str) -> str | None:
    """Name the format of a file ending and advise; None for an unknown ending."""
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    return BY_ENDING.get(f".{ending}")
