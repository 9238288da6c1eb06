"""Files in formats that are not read, named as what they are, with what to do."""

from __future__ import annotations

from typing import BinaryIO

from warehouse.landing.errors import UnreadableFileError

_MAGIC_BYTES = 16
SAVE_AS_XLSX = "save it as Excel Workbook (.xlsx)"
SAVE_AS_CSV = "save it as CSV (UTF-8)"
STRICT = (
    "a Strict Open XML workbook; save it as Excel Workbook (.xlsx), not as Strict Open XML "
    "Spreadsheet"
)
OTHER_DOCUMENT = f"a text document; put its table into a spreadsheet and {SAVE_AS_XLSX}"
BY_MAGIC = {
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
    b"\x1c\x00\x00\x00ENCRYPTEDSAV": "an SPSS file with a password; save it without one",
    b"**COMPRESSED**": "a SAS file of PROC CPORT; export it as .xpt with the engine XPORT",
    b"\x00" * 12 + b"\xc2\xea\x81\x63": "a SAS catalog; deliver the table (.sas7bdat)",
    b"RDX": f"an R workspace; {SAVE_AS_CSV} (write.csv)",
    b"X\n\x00\x00\x00": f"an R object (.rds); {SAVE_AS_CSV} (write.csv)",
    b"<?xml": f"an XML file; if it is from Excel, {SAVE_AS_XLSX}",
    b"<html": f"a web page; if it is from a report, {SAVE_AS_XLSX}",
    b"<!DOCTYPE": f"a web page; if it is from a report, {SAVE_AS_XLSX}",
    b"{\\rtf": f"a text document; {SAVE_AS_CSV}",
}
# A member of a zip archive that shows what it is; the first that is there counts.
BY_MEMBER = {
    "word/document.xml": f"a Word document; put its table into Excel and {SAVE_AS_XLSX}",
    "ppt/presentation.xml": "a PowerPoint file; deliver a CSV or XLSX file",
    "Index/Document.iwa": f"an Apple Numbers file; export it to Excel or {SAVE_AS_CSV}",
}
BY_ENDING = {
    ".odt": OTHER_DOCUMENT,
    ".numbers": f"an Apple Numbers file; export it to Excel or {SAVE_AS_CSV}",
    ".rds": f"an R object; {SAVE_AS_CSV} (write.csv)",
    ".rdata": f"an R workspace; {SAVE_AS_CSV} (write.csv)",
    ".mdb": f"an Access database; export its tables: {SAVE_AS_CSV}",
    ".accdb": f"an Access database; export its tables: {SAVE_AS_CSV}",
    ".docx": f"a Word document; put its table into Excel and {SAVE_AS_XLSX}",
    ".pdf": "a PDF; deliver a CSV or XLSX file",
    ".json": "a JSON file; deliver JSON lines (.jsonl, an object on each line) or CSV",
    ".xml": f"an XML file; {SAVE_AS_CSV}",
}


def refuse_foreign(content: BinaryIO) -> bytes:
    """The first bytes of a file. Raises UnreadableFileError where they are of a foreign format."""
    magic = content.read(_MAGIC_BYTES)
    content.seek(0)
    for start, what in BY_MAGIC.items():
        if magic.startswith(start):
            raise UnreadableFileError(f"it is {what}")
    return magic


def foreign_ending(name: str) -> str | None:
    """Name the format of a file ending and advise; None for an unknown ending."""
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    return BY_ENDING.get(f".{ending}")
