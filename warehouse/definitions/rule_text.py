"""Texts of rules: what is expected, and what to do when it is broken, from the dictionary.

Landing and the Great Expectations suites share them, so that a data manager reads the same words
from both.
"""

from __future__ import annotations

from typing import NamedTuple

from warehouse.definitions.dictionary import (
    Constraints,
    Dictionary,
    DictionaryField,
    Severity,
    UsualRange,
)

TYPE_EXAMPLES = {
    "string": "text",
    "integer": "a whole number such as 42",
    "number": "a number such as 7.5",
    "boolean": "yes or no, written true or false",
    "date": "a date such as 2021-03-05",
    "datetime": "a date and time such as 2021-03-05 14:30",
}
# The file that a site's person may change; the code lists are shared by all sites.
MAPPING = "the site's mapping (config/sites)"
REJECTED_FILE = (
    "Until then the whole file is rejected: overwrite it, or remove it once the corrected one has "
    "come under a later day."
)
CONSEQUENCES: dict[Severity, str] = {
    "reject": "Until then the row stays out of the warehouse's tables.",
    "warn": "Until then the row is used and flagged.",
}


def expected(field: DictionaryField, constraint: str, dictionary: Dictionary) -> str:
    """Describe what a cell of this field must be: "between 0 and 42", "one of 0, 1, 2a, 2b, 2c, 3".

    ``constraint`` is one of required, type, codes, range, usual, pattern, unique, reference;
    ValueError for any other.
    """
    words = {
        "required": lambda: (
            f"a value in every row{_or_unless(field)}: {expected_type(field, dictionary)}"
        ),
        "type": lambda: expected_type(field, dictionary),
        "codes": lambda: _one_of(field, dictionary),
        "range": lambda: _between(field.constraints, field),
        "usual": lambda: f"usually {_between(field.usual, field)}",
        "pattern": lambda: f"text of the form {field.constraints.pattern}",
        "unique": lambda: "a value that no other row of the delivery has",
        "reference": lambda: f"a {field.title.lower()} that is among the admissions",
    }
    if constraint not in words:
        raise ValueError(f"{field.name}: no words for the constraint {constraint!r}")
    return words[constraint]()


def _or_unless(field: DictionaryField) -> str:
    unless = field.constraints.unless
    return f", or one of {unless}" if unless else ""


def expected_type(field: DictionaryField, dictionary: Dictionary) -> str:
    """Describe a readable value of this field, without its range."""
    if field.type == "boolean":
        return TYPE_EXAMPLES["boolean"]
    if field.identifier == "key":
        return f"the {field.title.lower()} itself, stored as text"
    if field.codes:
        return _one_of(field, dictionary)
    if field.unit and field.type in ("integer", "number"):
        return f"{TYPE_EXAMPLES[field.type]}, in {field.unit}"
    return TYPE_EXAMPLES[field.type]


def meaning(field: DictionaryField, dictionary: Dictionary) -> str:
    """Describe a field in one text: title, description, and its codes with labels, or its range."""
    codes = dictionary.codes(field) if field.type != "boolean" else None
    values = "yes or no"
    if codes:
        values = ", ".join(f"{code.code} ({code.label})" for code in codes.codes)
    elif field.type != "boolean":
        values = _between(field.constraints, field)
    return f"{field.title}. {field.description.rstrip('.')}. Values: {values}."


def action(
    field: DictionaryField, constraint: str, dictionary: Dictionary, is_explained: bool = False
) -> str:
    """Advise the data manager on a broken constraint, and say what happens until then.

    Where it is explained what is wrong with the cell, no other way to write it is suggested.
    """
    step = _step(field, "explained" if is_explained else constraint)
    return f"{step} {_until_then(field, constraint, dictionary)}"


def _until_then(field: DictionaryField, constraint: str, dictionary: Dictionary) -> str:
    severity = dictionary.severity(field, constraint)
    if constraint in ("type", "range") and severity == "warn":
        return "Until then the row is used without this value."
    return CONSEQUENCES[severity]


def _step(field: DictionaryField, constraint: str) -> str:
    title = field.title
    match constraint:
        case "required":
            return f"Fill in {title} at the source and deliver the row again."
        case "usual":
            return f"Check {title} at the source{_shown_in(field)}. Right values need nothing."
        case "unique":
            return (
                f"Keep one row per {title}, or give each a number of its own, and deliver the "
                "file again."
            )
        case "reference":
            return (
                f"Correct {title}, or deliver the admission that it belongs to; an admission that "
                "was rejected has to be corrected first."
            )
        case "type" if field.identifier == "key":
            return (
                f"Fill in {title} at the source, as text so that no digit is lost (in Excel: "
                "format the column as Text first), and deliver the row again."
            )
    return f"Correct {title} at the source and deliver the row again{_or_say(field, constraint)}."


def _shown_in(field: DictionaryField) -> str:
    """Say in which unit a query shows a value, which the file may have in another."""
    others = " or ".join(known.unit for known in field.convertible_units)
    return f"; the query shows it in {field.unit}, and the file may have {others}" if others else ""


def _or_say(field: DictionaryField, constraint: str) -> str:
    """Advise on the site's mapping, where the cells are right and written in another way."""
    if field.codes and constraint in ("codes", "type"):
        return (
            f"; if the spelling is right, map it to a code of {field.name} under recode in "
            f"{MAPPING}"
        )
    if _is_time(field) and constraint == "type":
        return f"; if all of them are written so, add the format under formats in {MAPPING}"
    if field.convertible_units and constraint == "range":
        return (
            f"{_shown_in(field)}. If all of them are in such a unit and {MAPPING} names none, name "
            "it there under units"
        )
    return ""


def _one_of(field: DictionaryField, dictionary: Dictionary) -> str:
    codes = dictionary.codes(field)
    if codes is None:
        raise ValueError(f"{field.name} has no code list")
    return f"one of {', '.join(codes.values)}"


def _between(bounds: Constraints | UsualRange | None, field: DictionaryField) -> str:
    if bounds is None:
        raise ValueError(f"{field.name} has no such range")
    low, high = _bound(bounds.minimum), _bound(bounds.maximum)
    unit = f" {field.unit}" if field.unit else ""
    since, until = ("on or after", "on or before") if _is_time(field) else ("at least", "at most")
    if low is None:
        return f"{until} {high}{unit}"
    if high is None:
        return f"{since} {low}{unit}"
    return f"between {low} and {high}{unit}"


def _bound(value: int | float | str | None) -> str | None:
    """A bound as people write it: midnight needs no clock."""
    return None if value is None else str(value).removesuffix("T00:00:00").replace("T", " ")


def _is_time(field: DictionaryField) -> bool:
    return field.type in ("date", "datetime")


class FileRule(NamedTuple):
    """A rule of landing that is about a line, a column or a file, not about a cell."""

    severity: Severity
    title: str
    expected: str
    action: str


FILE_RULES = {
    "line.readable": FileRule(
        "reject",
        "Line that does not fit the header",
        "as many fields as the header has, and every quote closed",
        "Correct the line at the source and deliver it again. Until then the row is missing.",
    ),
    "lines.records": FileRule(
        "warn",
        "Line that is no record",
        "one header, and a record on every line below it",
        "Deliver titles, repeated headers, units, totals and remarks apart from the table. Until "
        "then such lines are counted and not read; if one of them is a record, give it its "
        "identifier and its values.",
    ),
    "columns.named": FileRule(
        "warn",
        "Column without a name",
        "a name above every column that has cells",
        "Give the column a header, or move remarks into a column with one. Until then its cells "
        "are not read, and the rows are.",
    ),
    "sheets.read": FileRule(
        "warn",
        "Sheet that was not read",
        "rows in visible sheets with the header of the extract",
        "If the sheet holds records, show it and give it the header of the one that is read. "
        "Otherwise remove it, or name it under ignored_sheets in the site's mapping. Until then "
        "its rows are counted as unread; where they may be records, a full delivery withdraws "
        "nobody.",
    ),
    "tables.single": FileRule(
        "warn",
        "Second table in a file",
        "one table, and none of another extract below it",
        "Deliver the second table as a file or a sheet of its own. Until then its rows are counted "
        "as unread, and a full delivery withdraws nobody.",
    ),
    "file.layout": FileRule(
        "warn",
        "Hidden, merged or extra cells",
        "one table with nothing hidden, merged or added",
        "Check that these rows were read as they are meant, and deliver a plain table next time: "
        "no hidden rows, no merged cells, one sheet, as many fields as the header has.",
    ),
    "columns.known": FileRule(
        "warn",
        "Unknown column",
        "only columns that the dictionary names",
        "Nothing, if the column is not needed: it was not read (list it under "
        f"ignored_columns in {MAPPING} to stop this). Otherwise name its field under headers.",
    ),
    "columns.required": FileRule(
        "reject",
        "Required column missing",
        "a column for every required variable",
        "Deliver the file with this column, or give its header in the site's mapping. "
        f"{REJECTED_FILE}",
    ),
    "file.readable": FileRule(
        "reject",
        "Unreadable file",
        "a file of a format that docs/formats.md describes",
        f"Correct the file and deliver it again. {REJECTED_FILE}",
    ),
    "columns.new": FileRule(
        "warn",
        "New column",
        "the columns of the file before",
        "Nothing, if the column is meant to be new. Otherwise deliver the file without it.",
    ),
    "columns.missing": FileRule(
        "warn",
        "Column missing since the last file",
        "the columns of the file before",
        "Deliver the column again, unless it is no longer recorded. Its values are missing.",
    ),
    "columns.renamed": FileRule(
        "warn",
        "Column renamed since the last file",
        "the column under the name that it had in the file before",
        "Until then the column is not read and its values are missing.",
    ),
    "columns.retyped": FileRule(
        "warn",
        "Column with other contents than before",
        "cells that can be read as in the file before",
        "Find out whether the export writes this column in another way (code, unit, date format). "
        f"Correct it, or declare the new way in {MAPPING} (recode, units, formats).",
    ),
    "file.format_changed": FileRule(
        "warn",
        "File format changed",
        "the format of the file before",
        "Nothing, if the change is meant: the file was read. Otherwise export it as before.",
    ),
    "file.encoding_changed": FileRule(
        "warn",
        "Encoding changed",
        "the encoding of the file before",
        "Check that letters are right; the file was read in the encoding found. Declare the "
        "encoding in the site's mapping if it is meant.",
    ),
    "file.delimiter_changed": FileRule(
        "warn",
        "Delimiter changed",
        "the delimiter of the file before",
        "Nothing, if the change is meant: the file was read. Otherwise export it as before.",
    ),
    "mapping.at_work": FileRule(
        "warn",
        "Entry of the site's mapping that matches nothing",
        "a column, and cells, to which the entry applies",
        f"Correct the entry in {MAPPING}, or remove it: it has matched nothing in any delivery.",
    ),
    "markers.possible_value": FileRule(
        "warn",
        "Missing-value marker that is a possible value",
        "a marker that no value of the field can be",
        "The cells were read as this value. If they are missing, name the marker for this field "
        f"under missing in {MAPPING}; if they are values, name the field there with [].",
    ),
    "markers.undeclared": FileRule(
        "warn",
        "Text that usually means that a value is missing",
        "a missing-value marker that the dictionary or the site's mapping names",
        "If these cells mean that there is no value, name the text under missing_values (or under "
        f"missing, for this field alone) in {MAPPING}. If it is a code, map it under recode. Until "
        "then each of them is an unreadable cell, or a code that does not exist.",
    ),
    "codes.half_known": FileRule(
        "warn",
        "Spellings read by the code list beside one that it lacks",
        "a code list that has all spellings of the column, or none",
        "Find out what each spelling of the column means: M beside H is a woman in Spanish, 1 "
        "beside 2 may be no, and 3 beside 4 and 5 may be an mTICI of 2b. If they are read as they "
        f"are meant, name all of them under recode in {MAPPING}.",
    ),
    "dates.complete": FileRule(
        "warn",
        "Date without a month, a day or a clock",
        "a complete date, with a clock where the field is a time",
        f"Deliver the complete date. If the source has no more, nothing: {MAPPING} says what "
        "stands for the rest, and the row is used and flagged.",
    ),
    "dates.half_swapped": FileRule(
        "warn",
        "Day and month swapped in some dates",
        "dates of one kind: all real dates, or all texts",
        "Compare some of the dates with the source: a spreadsheet has probably read days as "
        "months where it could. Export the file again without opening it in a spreadsheet.",
    ),
    "records.some": FileRule(
        "warn",
        "Full delivery without a record",
        "at least one record in a full delivery, after others that had some",
        "Deliver the whole export again, or set mode: delta in delivery.yaml. Until then nobody is "
        "withdrawn. If the site has no record any more, ask for this loss to be accepted "
        "(config/accepted_losses.yaml): then all are withdrawn.",
    ),
    "file.resent": FileRule(
        "warn",
        "Old file sent again over newer values",
        "no record with other values in a delivery between",
        "Nothing, if the old values are right: they count again. Otherwise deliver the newer "
        "values again, under a later day.",
    ),
}
