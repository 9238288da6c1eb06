"""Codes that a column of a treated stroke may have, and their labels for people."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.field_uses import fields_of
from warehouse.definitions.dictionary import dictionary


class Labels(NamedTuple):
    """Labels by code, and the code list that has them; no list where they are made of the codes."""

    code_list: str
    labels: dict[str, str]


def codes_of(column: str) -> tuple[str, ...]:
    """Return the texts that a column of a treated stroke may have; none where any text is right."""
    return tuple(labels_of(column).labels)


@cache
def labels_of(column: str) -> Labels:
    """Return the labels of a column's codes; none where any text is right.

    What shows another column of a code list, such as the circulation of an artery, has no labels
    there: they are made of its words.
    """
    known = stroke_columns().get(column)
    if known is None or known.sql_type != "varchar":
        return Labels("", {})
    words = dictionary()
    for extract, name in fields_of(column):
        fields = {field.landed_name: field for field in words.extracts[extract].landed_fields}
        listed = words.codes(fields[name]) if name in fields else None
        if listed is not None and known.of_codes == "code":
            return Labels(listed.name, {code.code: code.label for code in listed.codes})
        if listed is not None:
            texts = [{"label": code.label, **code.attributes} for code in listed.codes]
            found = dict.fromkeys(str(text[known.of_codes]) for text in texts)
            return Labels(
                "", {text: text[:1].upper() + text[1:].replace("_", " ") for text in found}
            )
    return Labels("", {})


def _in_words(text: str) -> str:
    return text[:1].upper() + text[1:].replace("_", " ")
