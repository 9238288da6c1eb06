"""REDCap data dictionaries: read for the labels and codes of an export, or written from ours."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from warehouse.definitions.dictionary import Dictionary, DictionaryField, Extract
from warehouse.landing.header_names import header_key
from warehouse.landing.survey import CHECKBOX, DATA_DICTIONARY, Column, Sheet

ADMISSION = "admission_id"
_YES_NO = {"1": "Yes", "0": "No"}

COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_VALIDATION = {
    "date": "date_ymd",
    "datetime": "datetime_ymd",
    "integer": "integer",
    "number": "number",
}


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
        name, is_box, raw = column.header.casefold().partition(CHECKBOX)
        if known := fields.get(name):
            column.label = f"{known.label} {known.choices.get(raw, '')}" if is_box else known.label
            column.choices = {} if is_box else known.choices or column.choices


def sheet_of(fields: dict[str, RedcapField]) -> Sheet:
    """The export that a data dictionary describes, without rows."""
    names = [
        f"{name}{CHECKBOX}{raw}" if known.kind == "checkbox" else name
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


class Variable(NamedTuple):
    """A field of an extract in our REDCap project, and its name there."""

    extract: Extract
    field: DictionaryField
    name: str


def variables(words: Dictionary) -> Iterator[Variable]:
    """The variables of our project, instrument by instrument, the record's number first.

    A project has a name once: an admission number of a later instrument has the instrument's name
    before it. All instruments are repeating, so that scans and procedures need no own number.
    """
    seen = set[str]()
    for extract in words.extracts.values():
        for known in extract.fields:
            if known.name not in seen and known.name != extract.own_number:
                yield Variable(extract, known, known.name)
            elif known.name == ADMISSION:
                yield Variable(extract, known, f"{extract.name}_{known.name}")
            seen.add(known.name)


def data_dictionary(words: Dictionary) -> str:
    """Our extracts as a REDCap data dictionary (CSV): an instrument for each.

    The patient's number is the record.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(variable, words) for variable in variables(words))
    return text.getvalue()


def _row(variable: Variable, words: Dictionary) -> dict[str, str]:
    known, codes = variable.field, words.codes(variable.field)
    kind = "yesno" if known.type == "boolean" else "radio" if codes else "text"
    choices = [f"{code.code}, {code.label}" for code in codes.codes] if codes else []
    limits = (known.constraints.minimum, known.constraints.maximum) if kind == "text" else ()
    low, high = ("" if limit is None else str(limit) for limit in limits or (None, None))
    values = (
        variable.name, variable.extract.name, "", kind, known.title,
        " | ".join(choices) if kind == "radio" else "",
        f"{known.description} ({known.unit})" if known.unit else known.description,
        _VALIDATION.get(known.type, "") if kind == "text" else "",
        low.replace("T", " ").removesuffix(":00"), high,
        "y" if known.identifier or not known.published else "", "",
        "y" if known.constraints.required else "",
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=False))
