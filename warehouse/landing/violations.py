"""Violations found by landing, as rows for the data manager."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from warehouse.definitions.dictionary import Dictionary, DictionaryField
from warehouse.definitions.rule_text import FILE_RULES, action, expected
from warehouse.landing.cell_text import listed
from warehouse.landing.schemas import VIOLATION


@dataclass(frozen=True)
class FileIdentity:
    """Identity that all rows and violations of a file share."""

    file_id: str
    extract: str
    site: str
    delivered_on: date
    source_file: str

    def row_id(self, source_row: int) -> str:
        """The identity of one of its rows."""
        return f"{self.file_id}:{source_row}"


class Violation(NamedTuple):
    """One broken rule; ``source_row`` is None when it is about the file."""

    rule: str
    field: str | None
    severity: str
    found: str | None
    expected: str
    action: str
    source_row: int | None = None
    record_key: str | None = None

    def advised(self, hint: str | None) -> Violation:
        """The same with a hint before what to do."""
        return self._replace(action=f"{hint}. {self.action}") if hint else self


class TypeWords:
    """The words for cells that are not of their field's type, put together once per field."""

    def __init__(self, extract: str, field: DictionaryField, words: Dictionary) -> None:
        self._rule = f"{extract}.{field.name}.type"
        self._field = field.name
        self._severity = words.severity(field, "type")
        self._expected = expected(field, "type", words)
        self._action = action(field, "type", words)
        self._plain_action = action(field, "type", words, is_explained=field.identifier != "key")

    def violation(
        self,
        source_row: int,
        record_key: str | None,
        found: str,
        several: tuple[str, ...] = (),
        is_explained: bool = False,
    ) -> Violation:
        """The violation of one cell: its safe text, and the codes it names if it names several.

        ``is_explained``: what was found says what is wrong.
        """
        expected = f"one code: {listed(several)}" if several else self._expected
        return Violation(
            self._rule, self._field, self._severity, found, expected,
            self._plain_action if is_explained else self._action, source_row, record_key,
        )  # fmt: skip


def file_violation(
    extract: str,
    rule: str,
    found: str | None,
    field: str | None = None,
    source_row: int | None = None,
) -> Violation:
    """A violation of a rule about lines, columns or the file."""
    words = FILE_RULES[rule]
    return Violation(
        f"{extract}.{rule}", field, words.severity, found, words.expected, words.action, source_row
    )


def violations_batch(violations: Iterable[Violation], identity: FileIdentity) -> pa.RecordBatch:
    """Violations of one file in the columns in which they are landed."""
    rows = [
        {
            **violation._asdict(),
            "extract": identity.extract,
            "site": identity.site,
            "delivered_on": identity.delivered_on,
            "source_file": identity.source_file,
            "file_id": identity.file_id,
            "row_id": None
            if violation.source_row is None
            else identity.row_id(violation.source_row),
        }
        for violation in violations
    ]
    return pa.RecordBatch.from_pylist(rows, schema=VIOLATION)
