"""Text that no spreadsheet calculates, wherever it came from and wherever it is pasted to."""

from __future__ import annotations

import re

# What spreadsheets take for the start of a formula, the full-width forms of East Asian ones too.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def inert(text: str) -> str:
    """Text with an apostrophe in front where it begins like a formula, and fit for an XLSX file.

    So neither a spreadsheet nor a CSV file saved from it ever calculates what was delivered.
    """
    text = NOT_IN_XML.sub("\ufffd", text)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
