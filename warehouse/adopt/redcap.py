"""A REDCap data dictionary: labels of the columns of an export, and meanings of their cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from warehouse.landing.header_names import header_key
from warehouse.landing.survey import DATA_DICTIONARY, Column, Sheet

_YES_NO = {"1": "Yes", "0": "No"}
_BOX = "___"


class RedcapField(NamedTuple):
    """A variable of a project: its label, and its choices (raw value -> label)."""

    label: str
    kind: str
    choices: dict[str, str]


def redcap_fields(sheet: Sheet) -> dict[str, RedcapField]:
    """The variables of a data dictionary by name; empty where the sheet is none."""
    keys = [header_key(column.header) for column in sheet.columns]
    if not set(DATA_DICTIONARY) <= set(keys):
        return {}
    found = {}
    for record in sheet.records:
        row = dict(zip(keys, record, strict=False))
        name, kind = (row[key].strip().casefold() for key in DATA_DICTIONARY)
        choices = _choices(row.get("choices,_calculations,_or_slider_labels", ""))
        choices = _YES_NO if kind in ("yesno", "truefalse") else choices
        has_choices = kind in ("radio", "dropdown", "checkbox", "yesno", "truefalse")
        found[name] = RedcapField(row.get("field_label", ""), kind, choices if has_choices else {})
    return found


def described(columns: Sequence[Column], fields: dict[str, RedcapField]) -> None:
    """Add what a data dictionary says to the columns of an export."""
    for column in columns:
        name, is_box, raw = column.header.casefold().partition(_BOX)
        if known := fields.get(name):
            column.label = f"{known.label} {known.choices.get(raw, '')}" if is_box else known.label
            column.choices = {} if is_box else known.choices or column.choices


def sheet_of(fields: dict[str, RedcapField]) -> Sheet:
    """The export that a data dictionary describes, without rows."""
    names = [
        f"{name}{_BOX}{raw}" if known.kind == "checkbox" else name
        for name, known in fields.items()
        for raw in (known.choices if known.kind == "checkbox" else [""])
        if known.kind != "descriptive"
    ]
    sheet = Sheet([Column(name) for name in names], file_format="REDCap data dictionary")
    described(sheet.columns, fields)
    return sheet


def _choices(text: str) -> dict[str, str]:
    """Choices as REDCap writes them: ``1, Male | 2, Female``."""
    pairs = (part.partition(",") for part in text.split("|"))
    return {raw.strip(): label.strip() for raw, comma, label in pairs if comma}
