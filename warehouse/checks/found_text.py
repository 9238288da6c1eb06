"""SQL of the text that says what a failing row has: nothing that may be a patient's birth date."""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.definitions.dictionary import DictionaryField, dictionary
from warehouse.definitions.quotable import MORE_THAN_A_YEAR, a_year_in, small_number
from warehouse.expectations.rule import Rule

DATES = {"DATE": "%Y-%m-%d", "TIMESTAMP": "%Y-%m-%d %H:%M"}
FRACTIONS = ("DOUBLE", "FLOAT")
WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def found_text(rule: Rule, types: Mapping[str, str]) -> str:
    """SQL of the text ``found``: the value, or several values with their names.

    ``types`` are the DuckDB types of the columns of the table that is checked.
    """
    if rule.constraint == "required":
        return "'missing'"
    if not rule.shown:
        return "cast(null as varchar)"
    texts = {name: shown(name, types[name]) for name in rule.shown}
    if len(texts) == 1:
        return texts[rule.shown[0]]
    return " || ', ' || ".join(f"'{name} ' || {text}" for name, text in texts.items())


def shown(column: str, sql_type: str) -> str:
    """SQL of a column's value as every rule shows it, ``missing`` without one.

    A date that its field does not allow, or more than a year after the delivery, is shown as its
    year, one that is not published too; an interval of years as that; a number with more digits
    than its field has as its shape.
    """
    field = _field(column)
    if sql_type in DATES:
        text = _date(column, DATES[sql_type], field)
    elif year := a_year_in(column):
        text = (
            f"case when abs({column}) > {year} then '{MORE_THAN_A_YEAR}' "
            f"else {_number(column, sql_type)} end"
        )
    elif sql_type in (*FRACTIONS, *WHOLE_NUMBERS):
        number = _number(column, sql_type)
        text = (
            f"case when regexp_full_match({number}, '{small_number(field)}') then {number} "
            f"else regexp_replace({number}, '[0-9]', '9', 'g') end"
        )
    else:
        text = f"cast({column} as varchar)"
    return f"coalesce({text}, 'missing')"


def _number(column: str, sql_type: str) -> str:
    if sql_type not in FRACTIONS:
        return f"cast({column} as varchar)"
    return f"regexp_replace(cast(round({column}, 2) as varchar), '\\.0$', '')"


def _date(column: str, written: str, field: DictionaryField | None) -> str:
    """A column of another name (first_puncture_at) may have what any published date may have."""
    year = f"cast(year({column}) as varchar)"
    if field is not None and not field.published:
        return year
    bounds = field.constraints if field is not None else None
    low = bounds.minimum if bounds and bounds.minimum else _earliest()
    high = f"and {column} <= '{bounds.maximum}' " if bounds and bounds.maximum else ""
    return (
        f"case when {column} >= '{low}' {high}and {column} <= delivered_on + interval 1 year "
        f"then strftime({column}, '{written}') else {year} end"
    )


def _field(column: str) -> DictionaryField | None:
    """The field of that name, in whatever extract: rules show those of others, too."""
    fields = (field for each in dictionary().extracts.values() for field in each.landed_fields)
    return next((field for field in fields if field.landed_name == column), None)


def _earliest() -> str:
    return min(
        str(field.constraints.minimum)
        for extract in dictionary().extracts.values()
        for field in extract.landed_fields
        if field.published and field.type in ("date", "datetime") and field.constraints.minimum
    )
