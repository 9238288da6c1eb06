"""Parquet with other types, damaged or cut off, and its relatives."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq

from tests.faults.damaged.case import (
    CELLS,
    GOOD,
    NAMES,
    NO_DATE,
    NO_MRS,
    ONE,
    UNKNOWN_COLUMN,
    Damaged,
    Landed,
    SetAside,
    named,
)


def _row(**columns: Any) -> bytes:
    """A Parquet file of one good row, but for these columns."""
    table = {name: [cell] for name, cell in zip(NAMES, CELLS, strict=True)} | columns
    content = io.BytesIO()
    pq.write_table(pa.table(table), content)
    return content.getvalue()


def _written(write: Callable[[Any, io.BytesIO], object]) -> bytes:
    content = io.BytesIO()
    write(pa.table({name: [str(cell)] for name, cell in zip(NAMES, CELLS, strict=True)}), content)
    return content.getvalue()


_MOMENT = datetime(2021, 3, 5)

PARQUET = [
    Damaged("parquet, named csv", _row(), ONE),
    *named(
        "followups.parquet",
        Damaged("parquet", _row(), ONE),
        Damaged("csv, named parquet", GOOD, ONE),
        Damaged("parquet, cut off", _row()[:-9], SetAside("damaged or cut off")),
        Damaged(
            "parquet, damaged in the middle",
            _row()[:40] + bytes(30) + _row()[70:],
            SetAside("damaged"),
        ),
        Damaged("parquet, the first bytes alone", b"PAR1", SetAside("damaged or cut off")),
        Damaged(
            "parquet without rows",
            _row(**{name: pa.array([], pa.string()) for name in NAMES}),
            Landed(0),
        ),
        Damaged(
            "parquet with empty rows",
            _row(**{name: pa.array([None], pa.string()) for name in NAMES}),
            Landed(0),
        ),
        Damaged("numbers for keys", _row(patient_id=pa.array([17], pa.int64())), ONE),
        Damaged("whole decimals", _row(mrs=pa.array([Decimal("2.00")], pa.decimal128(5, 2))), ONE),
        Damaged(
            "broken decimals",
            _row(mrs=pa.array([Decimal("2.50")], pa.decimal128(5, 2))),
            NO_MRS,
        ),
        Damaged("floats", _row(mrs=pa.array([2.0], pa.float32())), ONE),
        Damaged("not a number", _row(mrs=pa.array([float("nan")], pa.float64())), ONE),
        Damaged("infinite", _row(mrs=pa.array([float("inf")], pa.float64())), NO_MRS),
        Damaged("a number of twenty digits", _row(mrs=pa.array([2**63], pa.uint64())), NO_MRS),
        Damaged(
            "everything as text",
            _row(assessed_on=["2021-03-05"], mrs=["2"], lost_to_followup=["no"]),
            ONE,
        ),
        Damaged("dates as milliseconds", _row(assessed_on=pa.array([CELLS[1]], pa.date64())), ONE),
        Damaged(
            "dates as timestamps",
            _row(assessed_on=pa.array([_MOMENT], pa.timestamp("ns"))),
            ONE,
        ),
        Damaged(
            "dates with a time",
            _row(assessed_on=pa.array([datetime(2021, 3, 5, 9)], pa.timestamp("us"))),
            NO_DATE,
        ),
        Damaged(
            "dates in a time zone",
            _row(assessed_on=pa.array([_MOMENT], pa.timestamp("us", "Asia/Shanghai"))),
            NO_DATE,
        ),
        Damaged(
            "dates far beyond",
            _row(assessed_on=pa.array([2**62], pa.timestamp("us"))),
            SetAside("damaged"),
        ),
        Damaged("a list", _row(mrs=pa.array([[2]], pa.list_(pa.int64()))), NO_MRS),
        Damaged(
            "a structure",
            _row(mrs=pa.array([{"a": 2}], pa.struct([("a", pa.int64())]))),
            NO_MRS,
        ),
        Damaged(
            "a map", _row(mrs=pa.array([[("a", 2)]], pa.map_(pa.string(), pa.int64()))), NO_MRS
        ),
        Damaged("bytes", _row(mode=pa.array([b"telephone"], pa.binary())), ONE),
        Damaged("bytes that are no text", _row(mode=pa.array([b"\xff\xfe"], pa.binary())), ONE),
        Damaged("a time", _row(assessed_on=pa.array([time(9)], pa.time64("us"))), NO_DATE),
        Damaged(
            "a duration", _row(assessed_on=pa.array([timedelta(3)], pa.duration("us"))), NO_DATE
        ),
        Damaged("a column of nothing", _row(mode=pa.array([None], pa.null())), ONE),
        Damaged(
            "a dictionary",
            _row(mode=pa.array(["telephone"], pa.string()).dictionary_encode()),
            ONE,
        ),
        Damaged(
            "no known column",
            _written(lambda table, file: pq.write_table(table.rename_columns(list("abcde")), file)),
            SetAside("required columns are missing"),
        ),
        Damaged(
            "the same column twice in parquet",
            _written(
                lambda table, file: pq.write_table(
                    table.rename_columns(["patient_id", "mrs", "mode", "mrs", "lost_to_followup"]),
                    file,
                )
            ),
            SetAside("two columns hold mrs"),
        ),
        Damaged(
            "ten thousand columns in parquet",
            _row(**{f"c{n}": [n] for n in range(10_000)}),
            UNKNOWN_COLUMN,
        ),
        Damaged(
            "Feather", _written(pyarrow.feather.write_feather), SetAside("an Arrow or Feather file")
        ),
        Damaged("ORC", _written(pyarrow.orc.write_table), SetAside("an ORC file")),
        Damaged("encrypted parquet", b"PARE" + bytes(99) + b"PARE", SetAside("encrypted")),
    ),
]
