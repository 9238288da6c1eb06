"""Memory that a library did not get is not called damage of the file."""

from __future__ import annotations

import errno
import hashlib
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pytest
from lxml.etree import XMLSyntaxError

from tests.unit.landing.test_bombs import workbook
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing import xlsx_book
from warehouse.landing.limits import Limits
from warehouse.landing.pseudonyms import Pseudonymizer
from warehouse.landing.reader import FileFacts, FileReader, FileTask
from warehouse.landing.violations import FileIdentity

LIMITS = Limits(file_mb=100, memory_mb=48, seconds=60)
NO_MEMORY = "out of memory: line 1, column 0"  # expat's words


class _NoSink:
    def take_rows(self, _rows: object) -> None:
        raise AssertionError

    def take_violations(self, _violations: object) -> None:
        raise AssertionError


def _read(tmp_path: Path) -> FileFacts:
    path = tmp_path / "followups.xlsx"
    path.write_bytes(workbook())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    identity = FileIdentity("f", "followups", "north", date(2021, 3, 5), "followups.xlsx")
    task = FileTask(path, digest, SiteMapping(site="north"), identity)
    reader = FileReader(dictionary(), Pseudonymizer(b"x" * 32), LIMITS, tmp_path)
    return reader.read(task, _NoSink())


def _while_ending() -> Exception:
    """What is raised while an archive is closed for want of memory."""
    try:
        raise MemoryError
    except MemoryError:
        try:
            raise ValueError("I/O operation on closed file")
        except ValueError as error:
            return error


@pytest.mark.parametrize(
    ("error", "limits"),
    [
        (ParseError(NO_MEMORY), {"landing_max_memory_mb": 48}),
        (XMLSyntaxError("Memory allocation failed", 2, 1, 1), {"landing_max_memory_mb": 48}),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), {"landing_max_memory_mb": 48}),
        (_while_ending(), {"landing_max_memory_mb": 48}),
        (ParseError("not well-formed (invalid token): line 1, column 0"), {}),
        (ValueError("could not convert string to float: 'memory'"), {}),
    ],
)
def test_a_workbook_for_which_memory_was_short_names_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, limits: dict[str, int]
) -> None:
    """It is tried again when the limit is another one."""

    def broken(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(xlsx_book.ExcelReader, "__init__", broken)
    facts = _read(tmp_path)
    assert facts.limits == limits
    assert ("48 MB of memory" in str(facts.reason)) == bool(limits)
