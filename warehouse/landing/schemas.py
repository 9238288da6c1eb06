"""The columns of a landed row and of a landing violation: names, types, meaning."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from warehouse.definitions.dictionary import DictionaryField, Extract

ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
}
SQL_TYPES = {
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp",
    pa.list_(pa.string()): "varchar[]",
}


class Column(NamedTuple):
    """A column: its name, its Arrow type and what it means."""

    name: str
    type: pa.DataType
    description: str

    @property
    def sql_type(self) -> str:
        """The DuckDB type that the column has once it is loaded."""
        return SQL_TYPES[self.type]


LINEAGE = (
    Column("row_id", pa.string(), "Identity of the delivered row: file_id and source_row."),
    Column("site", pa.string(), "The site that delivered the row."),
    Column("delivered_on", pa.date32(), "Day of the delivery."),
    Column("source_file", pa.string(), "Delivered file, relative to the folder of raw files."),
    Column("file_id", pa.string(), "Identity of the delivered file."),
    Column(
        "source_row",
        pa.int32(),
        "Line of the file on which the record starts; the header is line 1.",
    ),
    Column(
        "record_key",
        pa.string(),
        "Pseudonym of the business key; null when the row has no key.",
    ),
    Column(
        "patient_alike",
        pa.string(),
        "Pseudonym of the patient's number without case, signs and leading zeros, for the search "
        "of near misses; null when the row has no such number.",
    ),
)
UNPARSED = Column(
    "unparsed_fields",
    pa.list_(pa.string()),
    "Fields whose cell held something that could not be read; their value is null.",
)
VIOLATION = pa.schema(
    [
        ("rule", pa.string()),
        ("extract", pa.string()),
        ("site", pa.string()),
        ("delivered_on", pa.date32()),
        ("source_file", pa.string()),
        ("file_id", pa.string()),
        ("source_row", pa.int32()),
        ("row_id", pa.string()),
        ("record_key", pa.string()),
        ("field", pa.string()),
        ("severity", pa.string()),
        ("found", pa.string()),
        ("expected", pa.string()),
        ("action", pa.string()),
    ]
)


def landed_columns(extract: Extract) -> tuple[Column, ...]:
    """The columns of a landed row of this extract, in order."""
    fields = tuple(_column(field) for field in extract.landed_fields)
    return (*LINEAGE, *fields, UNPARSED)


def landed_schema(extract: Extract) -> pa.Schema:
    """The Arrow schema of this extract's landed files."""
    return pa.schema([(column.name, column.type) for column in landed_columns(extract)])


def _column(field: DictionaryField) -> Column:
    unit = f" Unit: {field.unit}." if field.unit else ""
    name = field.landed_name or field.name
    return Column(name, ARROW_TYPES[field.type], f"{field.description.strip()}{unit}")
