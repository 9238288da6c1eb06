"""Concept ids of the registry's fields and codes, by ``omop_concepts.csv``.

A hospital's file in the config folder replaces the shipped one as a whole. It has the shipped
fields and codes with other ids; 0 is OMOP's *No matching concept*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from warehouse.definitions.config import CONCEPTS, settings_path, shipped_path, shown_path
from warehouse.definitions.dictionary import DictionaryError, read_rows

# What is read; the other columns are for people.
COLUMNS = ("field", "code", "concept_id")
LARGEST_ID = 2**31 - 1


class Concept(NamedTuple):
    """A field (code empty) or a code of a field, and OMOP's id of it; 0 for none."""

    field: str
    code: str
    concept_id: int


def load_concepts() -> list[Concept]:
    """The concepts in force: each field and code of the shipped file once.

    What the hospital's own file lacks has the id 0. Raises DictionaryError naming file and line.
    """
    path = settings_path(CONCEPTS)
    shipped = {(row["field"], row["code"]) for row in read_rows(shipped_path(CONCEPTS), *COLUMNS)}
    ids: dict[tuple[str, str], int] = {}
    for line, row in enumerate(read_rows(path, *COLUMNS), start=2):
        key = (row["field"], row["code"])
        if key not in shipped or key in ids:
            found = f"{row['field']} {row['code']}".strip()
            problem = "is there twice" if key in ids else "is no field or code of the export"
            raise DictionaryError(
                f"{shown_path(path)}, line {line}: {found} {problem}, so nothing was exported. "
                f"Remove the line, or write it as in {shown_path(shipped_path(CONCEPTS))}."
            )
        ids[key] = _id(row["concept_id"], f"{shown_path(path)}, line {line}")
    return [Concept(*key, ids.get(key, 0)) for key in sorted(shipped)]


def unmapped(concepts: list[Concept]) -> Iterator[Concept]:
    """The fields and codes that have no concept."""
    return (concept for concept in concepts if not concept.concept_id)


def _id(text: str, where: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) <= LARGEST_ID:
        return int(text)
    raise DictionaryError(
        f"{where}: concept_id is {text!r}, expected a whole number up to {LARGEST_ID}, so nothing "
        "was exported. Write the id, or 0 where there is none."
    )
