"""Reading files of SPSS, Stata and SAS: their codes with labels, missing codes and dates."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyreadstat
from pyreadstat import PyreadstatError, ReadstatError

from warehouse.landing.cell_text import Cell, LabeledCode, RoundedNumber, of_single_precision
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.statistics_formats import converter
from warehouse.landing.table import BATCH_ROWS, Batch
from warehouse.landing.table_notes import TableNotes
from warehouse.landing.text_shape import Probe

DECLARED = "declared"
_NO_MEMORY = "allocate memory"
_TEXTS = ("string", "string_ref")
# Beginnings of SAS transport files: one of them for each table.
_XPT_TABLES = (b"HEADER RECORD*******MEMBER  HEADER RECORD", b"HEADER RECORD*******MEMBV8  HEADER")
ROUNDED_TIMES = "times that Stata stores as float, so that they are rounded to about a minute"


class StatisticsFormat(NamedTuple):
    """A format of files: name, program, reader, and whether it tells codes of missing values.

    ``encodings`` are tried in this order: None is the one that the file names, DECLARED the one
    that the site's mapping declares.
    """

    name: str
    program: str
    read: Callable[..., tuple[dict[str, Any], Any]]
    tells_missing: bool = True
    encodings: tuple[str | None, ...] = (None, DECLARED)


SAV = StatisticsFormat("sav", "spss", pyreadstat.read_sav)
POR = StatisticsFormat("por", "spss", pyreadstat.read_por, False, (None,))
DTA = StatisticsFormat("dta", "stata", pyreadstat.read_dta)
OLD_DTA = StatisticsFormat("dta", "stata", pyreadstat.read_dta, encodings=(DECLARED, None))
SAS7BDAT = StatisticsFormat("sas7bdat", "sas", pyreadstat.read_sas7bdat)
XPT = StatisticsFormat("xpt", "sas", pyreadstat.read_xport, False, (DECLARED, None))


_BY_MAGIC = {
    b"$FL2": SAV,
    b"$FL3": SAV,
    b"HEADER RECORD*******LIB": XPT,
    b"\x00" * 12 + b"\xc2\xea\x81\x60": SAS7BDAT,
    b"<stata_dta><header><release>117": OLD_DTA,
    b"<stata_dta>": DTA,
}
# Stata files before 13: the release, the order of bytes (1 or 2), and two fixed bytes.
_OLD_RELEASES, _OLD_HEADS = range(104, 116), (b"\x01\x01\x00", b"\x02\x01\x00")
_PORTABLE = b"SPSSPORT"
_MAGIC_BYTES = 600


def statistics_format(handle: BinaryIO) -> StatisticsFormat | None:
    """The format of a file of a statistics program, by its first bytes; None of another file."""
    handle.seek(0)
    magic = handle.read(_MAGIC_BYTES)
    handle.seek(0)
    for start, kind in _BY_MAGIC.items():
        if magic.startswith(start):
            return kind
    if magic[:1] and magic[0] in _OLD_RELEASES and magic[1:4] in _OLD_HEADS:
        return OLD_DTA
    return POR if _PORTABLE in magic.replace(b"\r", b"").replace(b"\n", b"") else None


class StatisticsTable:
    """A file of a statistics program. Raises UnreadableFileError when it is damaged."""

    delimiter = None
    is_ascii = False
    epoch = None

    def __init__(
        self, handle: BinaryIO, kind: StatisticsFormat, declared_encoding: str | None
    ) -> None:
        self.file_format = kind.name
        self.encoding = None
        self.notes = TableNotes()
        if kind is XPT and _tables_in(handle) > 1:
            raise UnreadableFileError("it holds several tables; deliver each as a file of its own")
        cells, about = _read(handle, kind, declared_encoding)
        self.header: list[str] = list(about.column_names)
        self.labels = {name: label or "" for name, label in about.column_names_to_labels.items()}
        self._columns = [_column(name, cells[name], about, kind) for name in self.header]
        if any(_is_rounded(name, about) for name in self.header):
            self.notes.remarks.append(ROUNDED_TIMES)

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:  # noqa: ARG002
        """All cases that hold anything; the first is on line 2, as if below a header."""
        count = len(self._columns[0]) if self._columns else 0
        for start in range(0, count, BATCH_ROWS):
            rows = list(
                zip(*(column[start : start + BATCH_ROWS] for column in self._columns), strict=True)
            )
            kept = [at for at, row in enumerate(rows) if any(cell is not None for cell in row)]
            yield Batch([start + at + 2 for at in kept], [rows[at] for at in kept])


def _tables_in(handle: BinaryIO) -> int:
    """Count the tables of a SAS transport file by their records, which have 80 bytes."""
    handle.seek(0)
    blocks = iter(lambda: handle.read(80 * BATCH_ROWS), b"")
    return sum(block.count(start) for block in blocks for start in _XPT_TABLES)


def _read(
    handle: BinaryIO, kind: StatisticsFormat, declared: str | None
) -> tuple[dict[str, Sequence[Any]], Any]:
    """The cells of each column, and what the file says of them.

    A declared encoding counts where the file names none, and where what it names is wrong.
    """
    encodings = [declared if each == DECLARED else each for each in kind.encodings]
    damaged = UnreadableFileError("the file is damaged or cut off; export it again")
    for encoding in dict.fromkeys(encodings):
        try:
            return _read_once(handle, kind, encoding)
        except UnicodeError:
            damaged = UnreadableFileError(
                "its texts are of another encoding than it says; declare encoding in the site's "
                "mapping"
            )
        except (PyreadstatError, ReadstatError) as error:
            if _NO_MEMORY in str(error):
                raise MemoryError from error
            if "encoding" not in str(error):
                break
        except (ValueError, OverflowError, OSError, KeyError):
            break
    raise damaged


def _read_once(
    handle: BinaryIO, kind: StatisticsFormat, encoding: str | None
) -> tuple[dict[str, Sequence[Any]], Any]:
    options: dict[str, Any] = {"user_missing": True} if kind.tells_missing else {}
    if encoding:
        options["encoding"] = encoding
    with os.fdopen(os.dup(handle.fileno()), "rb") as own:  # the library closes what it reads
        own.seek(0)
        cells, about = kind.read(
            own, output_format="dict", disable_datetime_conversion=True, **options
        )
    if kind is OLD_DTA and not encoding:
        _require_ascii(cells, about)
    return cells, about


def _require_ascii(cells: Mapping[str, Sequence[Any]], about: Any) -> None:
    """Raise UnicodeError where letters could be others in the encoding that nobody named."""
    labels = chain.from_iterable(known.values() for known in about.variable_value_labels.values())
    texts = chain.from_iterable(
        cells[name] for name in cells if about.readstat_variable_types.get(name) in _TEXTS
    )
    for text in chain(about.column_names, labels, filter(None, texts)):
        str(text).encode("ascii")


def _column(name: str, cells: Sequence[Any], about: Any, kind: StatisticsFormat) -> Sequence[Cell]:
    """The cells of a variable, by its type, format, labels and missing codes."""
    cells = cells.tolist() if isinstance(cells, np.ndarray) else cells
    is_text = about.readstat_variable_types.get(name) in _TEXTS
    convert = _converter(name, about, kind)
    labels = about.variable_value_labels.get(name, {})
    ranges = about.missing_ranges.get(name, ())
    read: dict[Any, Cell] = {}
    for value in set(cells):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            read[value] = None
            continue
        is_missing = any(_is_in(value, each) for each in ranges)
        if is_text:
            code: Cell = value if value.strip() else None
        elif isinstance(value, str):  # the letter of a missing code: .a
            code, is_missing = f".{value}", True
        else:
            code = convert(float(value)) if math.isfinite(value) else None
        # A number without a label beside numbers with labels is no plain number, either.
        is_plain = code is None or not (is_missing or (labels and not is_text) or value in labels)
        read[value] = code if is_plain else LabeledCode(code, labels.get(value), is_missing)
    return [None if value != value else read[value] for value in cells]  # noqa: PLR0124


def _converter(name: str, about: Any, kind: StatisticsFormat) -> Callable[[float], Cell]:
    """Choose what makes the cells of a variable of numbers, also of Stata's float (4 bytes)."""
    number_format = about.original_variable_types.get(name) or ""
    convert = converter(kind.program, number_format)
    is_time = number_format.replace("-", "").startswith(("%t", "%d"))
    if is_time or not _is_float(name, about):
        return convert

    def of_float(value: float) -> Cell:
        number = of_single_precision(value)
        return number if isinstance(number, RoundedNumber) else convert(number)

    return of_float


def _is_in(value: Any, missing: Any) -> bool:
    """Whether a value is a declared missing one, or within a declared range of them."""
    low, high = (missing["lo"], missing["hi"]) if isinstance(missing, dict) else (missing, missing)
    return isinstance(value, str) == isinstance(low, str) and low <= value <= high


def _is_rounded(name: str, about: Any) -> bool:
    is_moment = str(about.original_variable_types.get(name)).lower().startswith("%tc")
    return is_moment and _is_float(name, about)


def _is_float(name: str, about: Any) -> bool:
    return bool(about.readstat_variable_types.get(name) == "float")
