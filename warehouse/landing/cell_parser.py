"""Reading cells: from what was delivered to a value of the field's type.

Each distinct cell of a column is read once; the reader remembers the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from warehouse.definitions.dictionary import DictionaryField
from warehouse.landing.cell_text import (
    DAMAGED_FOUND,
    ERROR_FOUND,
    NO_VALUES,
    SPREADSHEET_ERROR,
    UNREADABLE_SIGN,
    WHOLE_NUMBER,
    Cell,
    LabeledCode,
    PartlyEmpty,
    ShownNumber,
    SingleNumber,
    as_text,
    bare,
    clean,
    from_excel_serial,
    listed,
    several_codes,
    spelling,
)
from warehouse.landing.date_mix import DateMix
from warehouse.landing.datetimes import OR_ASSUME, AssumedDay, AssumedMoment, is_clock
from warehouse.landing.field_rules import Rules
from warehouse.landing.identifiers import IdentifierMix, normalized
from warehouse.landing.plain_words import LONGEST_SHOWN
from warehouse.landing.redaction import (
    SHORTEST_IDENTIFIER,
    SHORTEST_PART,
    Form,
    holds,
    redacted,
    shape,
)

UNREADABLE = object()
REMEMBERED_CELLS = 100_000
# No measurement is larger, but telephone and patient numbers are.
LARGEST_NUMBER = 999_999
LONG_NUMBER = 10_000
# A conversion has the noise of binary fractions: 0.07 x 100 must be 7.
_EXACT_DECIMALS = 9
AMBIGUOUS = "ambiguous: "
# One number that is no code is a slip; of two, the column may be of another list.
UNKNOWN_NUMBERS = 2
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# A number with a sign, leading zeros or decimals has a shorter spelling.
_MAY_BE_SHORTER = re.compile(r"[+-]|0|[0-9]+[.,]")
_POINT_ZERO = re.compile(r"[+-]?[0-9]+\.0{1,2}")

Read = Callable[[str], Any]


class _FreeText(str):
    """Text that is no code, so that it could be anything."""


class CellReader(dict[Cell, Any]):
    """Reads the cells of one field: ``reader[cell]`` is a value, None or UNREADABLE.

    ``suspects`` holds the cells that must be compared with the identifiers of their row: texts
    that are no code (they are read as their safe text) and long numbers. With the ``epoch`` of a
    workbook a number is read as one of its day numbers.

    What is to be asked of the whole column is gathered on the way: ``markers_read`` are general
    missing markers that were read as values, ``undeclared`` counts texts that usually are such
    markers and that neither the dictionary nor the site names, ``has_recoded`` says whether the
    site's recode did anything, ``date_mix`` knows the kinds of dates.
    """

    def __init__(self, field: DictionaryField, rules: Rules, epoch: datetime | None = None) -> None:
        super().__init__()
        self.field = field
        self.suspects: set[Cell] = set()
        self._identifiers = rules.identifiers
        self._identifier_mix = IdentifierMix()
        self._refused: dict[Cell, str] = {}
        self._epoch = epoch if field.type in ("date", "datetime") else None
        self._decimal = rules.decimal
        self._moments = rules.datetimes_of(field)
        self._assumes = rules.assumes
        self._spellings = rules.spellings(field)
        self._codes = frozenset(self._spellings.values())
        self._form = Form(field, self._spellings, self._moments)
        self._compared_number = rules.compared_number
        self._recoded = rules.recoded(field)
        self._possible_markers = rules.possible_markers(field)
        self.date_mix = DateMix()
        self.markers_read: set[str] = set()
        self._undeclared: dict[Cell, int] = {}
        self._seen: set[Cell] = set()
        self.has_recoded = self.has_values = self.has_rounded_times = False
        self._missing = rules.missing(field, self._spellings)
        self._longest_missing = max(map(len, self._missing))
        self._unit = rules.unit(field)
        self._ticks = rules.ticks
        self._doubtful = rules.doubtful(field)
        self._numbered = rules.numbered(field)
        self.blank = rules.blank(field)
        self._ways = rules.identifier_ways(field)
        self._read: Read = getattr(self, f"_{field.type}")

    def __missing__(self, cell: Cell) -> Any:
        read = self._of_labeled if isinstance(cell, LabeledCode) else self._value
        value = self[cell] = read(cell)
        self.has_values = self.has_values or value is not None
        if self.field.type in ("date", "datetime"):
            self.date_mix.see(value if isinstance(cell, int | float) else cell)
            is_rounded = isinstance(bare(cell), SingleNumber) and bare(cell).is_rounded
            self.has_rounded_times |= is_rounded and isinstance(value, date)
        if isinstance(value, _FreeText) or _is_long_number(value):
            self.suspects.add(cell)
        if self._may_mean_missing(cell, value):
            self._undeclared.setdefault(cell, 0)
        return value

    def _may_mean_missing(self, cell: Cell, value: Any) -> bool:
        """Whether a cell is no value, and a text that usually means that there is none."""
        is_none = value is UNREADABLE or (self._codes and isinstance(value, _FreeText))
        if not is_none or self.field.identifier or cell in NO_VALUES:
            return False
        text = _words_of(cell)
        return self._identifiers.is_marker(text) and not SPREADSHEET_ERROR.fullmatch(text)

    def see(self, cells: Iterable[Cell]) -> None:
        """Note cells of the column itself; others are asked for, too, where a row has too many."""
        if (self._doubtful or self._numbered) and len(self._seen) <= REMEMBERED_CELLS:
            self._seen.update(cells)

    def count_undeclared(self, cells: Sequence[Cell]) -> None:
        """Count the cells of the column that may mean that there is no value."""
        for cell in self._undeclared:
            self._undeclared[cell] += cells.count(cell)

    def forget(self) -> None:
        """Between batches: bound the memory that remembered cells take."""
        if len(self) > REMEMBERED_CELLS:
            self.clear()
            self.suspects.clear()

    def guarded(self, cell: Cell, identifiers: tuple[str, ...]) -> Any:
        """The value of a suspect, unless it holds an identifier of its row: then its shape."""
        text = _words_of(cell)
        is_text = self.field.type == "string"
        # A number of two digits may by chance be part of a long one, which is a value.
        shortest = SHORTEST_IDENTIFIER if is_text else SHORTEST_PART
        if not any(holds(text, identifier, shortest) for identifier in identifiers):
            return self[cell]
        return self._no_code(shape(text)) if is_text else UNREADABLE

    def quoted(self, cell: Cell, identifiers: tuple[str, ...]) -> str:
        """Return what may be shown of an unreadable cell; ``identifiers`` are its row's."""
        if why := self.why_unreadable(cell):
            return why
        quoted = redacted(clean(as_text(cell)), self._form, identifiers)
        if isinstance(cell, LabeledCode) and cell.label:
            return f"{quoted} ({redacted(clean(cell.label), self._form, identifiers)})"
        return quoted

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the field's list; none without one."""
        return self._codes

    @property
    def undeclared(self) -> Counter[str]:
        """The texts of the column that are such markers, and how often."""
        counts: Counter[str] = Counter()
        for cell, count in self._undeclared.items():
            counts[_words_of(cell)] += count
        return +counts

    @property
    def half_known(self) -> dict[str, str]:
        """Doubtful spellings that were read, and as what.

        None where cells have labels, or the code list has every text, so that the site need not
        recode any.
        """
        is_labeled = any(isinstance(cell, LabeledCode) for cell in self._seen)
        if is_labeled or not (self._doubtful or self._numbered):
            return {}
        unknown = self._texts_of(filter(self._is_no_code, self._seen))
        doubtful = self._doubtful if self.has_recoded or unknown else {}
        if sum(map(str.isdigit, unknown)) >= UNKNOWN_NUMBERS:
            doubtful = doubtful | self._numbered
        texts = self._texts_of(self._seen) if doubtful else set()
        return {text: doubtful[text] for text in sorted(texts & doubtful.keys())}

    def _texts_of(self, cells: Iterable[Cell]) -> set[str]:
        """The texts of cells, as they are compared."""
        return {self.compared(clean(as_text(cell))) for cell in cells if cell not in NO_VALUES}

    def _is_no_code(self, cell: Cell) -> bool:
        """Whether a cell is a text that could be a code, and is none."""
        if self.several_codes(cell):
            return False
        value = self[cell]
        return isinstance(value, _FreeText) or (
            value is UNREADABLE and self.why_unreadable(cell) is None
        )

    def several_codes(self, cell: Cell) -> tuple[str, ...]:
        """The codes that a cell such as ``2b/3`` names, when it names several."""
        return several_codes(_words_of(cell), self._spellings)

    def assumed(self, values: Sequence[Any]) -> list[int]:
        """The places of values whose month, day or clock the site's mapping says."""
        if not self._assumes:
            return []
        kinds = (AssumedDay, AssumedMoment)
        return [at for at, value in enumerate(values) if isinstance(value, kinds)]

    def why_unreadable(self, cell: Cell) -> str | None:
        """The reason that is known, in words that hold nothing of the cell."""
        if cell in NO_VALUES:
            return NO_VALUES[str(cell)]
        if cell in self._refused:
            return self._refused[cell]
        if self.field.identifier == "key":
            return self._identifiers.why_none(bare(cell))
        text = clean(as_text(cell))
        if UNREADABLE_SIGN in text:
            return DAMAGED_FOUND
        if self.field.type in ("date", "datetime") and (why := self._why_no_moment(cell, text)):
            return why
        return ERROR_FOUND if SPREADSHEET_ERROR.fullmatch(text) else None

    def _why_no_moment(self, cell: Cell, text: str) -> str | None:
        """Return why a text is no date or time; of several columns which of them is empty."""
        if not isinstance(cell, PartlyEmpty):
            return self._moments.why_none(text)
        named = " and ".join(f"'{name[:LONGEST_SHOWN]}'" for name in cell.empty)
        if is_clock(text):
            return f"a clock, and nothing in {named}; fill it in"
        if self._moments.as_day(text):
            return f"a day, and nothing in {named}; fill in the clock, {OR_ASSUME}"
        return f"nothing in {named}"

    def refuse_odd_ones(self, cells: Sequence[Cell]) -> None:
        """Make UNREADABLE what is none beside the identifiers of its column, in further cells."""
        values = set(map(self.__getitem__, cells)) - {None, UNREADABLE}
        if why := self._identifier_mix.refused(values):
            refused = {cell: why[self[cell]] for cell in set(cells) if self[cell] in why}
            self._refused |= refused
            self.update(dict.fromkeys(refused, UNREADABLE))

    def spoils_identifier(self, part: Cell) -> bool:
        """Whether what a part of an identifier holds can be no part of any."""
        return self._identifiers.why_none(bare(part), is_part=True) is not None

    def moment(self, cell: Cell) -> Any:
        """Return date and time of a cell (midnight of a day alone); None or UNREADABLE as usual."""
        value = self[cell]
        if value is UNREADABLE and self.field.type == "date":
            found = cell if isinstance(cell, datetime) else None
            return found or self._moments.as_datetime(clean(as_text(cell))) or UNREADABLE
        if not isinstance(value, date) or isinstance(value, datetime):
            return value
        kind = AssumedMoment if isinstance(value, AssumedDay) else datetime
        return kind(value.year, value.month, value.day)

    def duration(self, cell: Cell) -> Any:
        """The number in a cell; None where it is missing, UNREADABLE where it is none."""
        if self.is_missing(cell):
            return None
        text = self._decimal_point(clean(as_text(cell)))
        return float(text) if _NUMBER.fullmatch(text) else UNREADABLE

    def is_lower_limit(self, cell: Cell) -> bool:
        """Whether a cell is no number itself, and read as one by a spelling: 89+ as 89."""
        text = _words_of(cell)
        return self._code(text) is not None and not _NUMBER.fullmatch(self._decimal_point(text))

    def is_ticked(self, cell: Cell) -> bool | None:
        """Whether the cell of a checkbox is ticked; None when it is neither yes nor no."""
        return False if self.is_missing(cell) else self._ticks.get(self.compared(_words_of(cell)))

    def is_missing(self, cell: Cell) -> bool:
        """Whether a cell means that there is no value."""
        if isinstance(cell, LabeledCode):
            return self[cell] is None
        return cell in NO_VALUES or self._means_missing(clean(as_text(cell)))

    def _means_missing(self, text: str) -> bool:
        if len(text) > self._longest_missing and not _MAY_BE_SHORTER.match(text):
            return False
        return spelling(text) in self._missing or self.compared(text) in self._missing

    def _no_code(self, text: str) -> str:
        """The text, marked where it would pass for a code that the cell did not hold."""
        return f"{text}?" if text in self._codes else text

    def _value(self, cell: Cell) -> Any:
        if cell in NO_VALUES:
            return None if self.field.identifier else UNREADABLE
        text = clean(as_text(cell))
        if self._means_missing(text):
            return None
        if self._possible_markers and (marker := self.compared(text)) in self._possible_markers:
            self.markers_read.add(marker)
        if self.field.identifier == "key":
            is_none = self._identifiers.why_none(cell)
            return UNREADABLE if is_none else normalized(text, self._ways)
        if isinstance(cell, ShownNumber):
            return self._shown(cell)
        if isinstance(cell, str):
            return UNREADABLE if SPREADSHEET_ERROR.fullmatch(text) else self._textual(text)
        return self._moment(cell) if isinstance(cell, date) else self._numeric(cell or 0)

    def _of_labeled(self, cell: LabeledCode) -> Any:
        """A code with a label: what the site says of either, then the label, then a number.

        A number is arbitrary where a field has codes of words: there only the label counts.
        """
        parts = [part for part in (cell.code, cell.label) if part is not None]
        if self.field.identifier or self.field.type in ("date", "datetime"):
            return None if cell.is_missing else self[cell.code]
        named = {self[part] for part in parts if self.compared(as_text(part)) in self._recoded}
        if named:
            return named.pop() if len(named) == 1 else UNREADABLE
        if cell.is_missing or any(self._means_missing(clean(as_text(part))) for part in parts):
            return None
        is_measured = self.field.type in ("integer", "number")
        if cell.label is None:
            return self[cell.code] if is_measured or not self._codes else UNREADABLE
        if not is_measured or self._code(clean(cell.label)) is not None:
            return self[cell.label]
        label = clean(cell.label)
        numbers = set(map(self._compared_number, _NUMBER.findall(label)))
        is_certain = not numbers or self.compared(as_text(cell.code)) in numbers
        # 9 with the label Unknown is no number of passes; 0 with the label None is one.
        is_unknown = cell.code != 0 and self._identifiers.is_marker(label)
        return self[cell.code] if is_certain and not is_unknown else UNREADABLE

    def _textual(self, text: str) -> Any:
        """A cleaned cell of text."""
        value = self._read(text)
        if value is None:
            return UNREADABLE
        if self.field.type != "string" or self.field.identifier or value in self._codes:
            return value
        if codes := several_codes(text, self._spellings):
            return _FreeText(AMBIGUOUS + listed(codes))
        return _FreeText(self._no_code(redacted(value, self._form)))

    def _shown(self, cell: ShownNumber) -> Any:
        """A number with a format that shows more; as a date, the text may be one, or the number."""
        if self.field.type in ("date", "datetime"):
            value = self[cell.text] if cell.text is not None else UNREADABLE
            return self[cell.number] if value is UNREADABLE else value
        return self[cell.number] if cell.is_shown else UNREADABLE

    def _moment(self, cell: date) -> Any:
        """A real date or time, as spreadsheets and Parquet have them."""
        if self.field.type == "datetime" and isinstance(cell, datetime):
            return cell
        if self.field.type == "date":
            is_timed = isinstance(cell, datetime) and cell.time() != time.min
            return UNREADABLE if is_timed and not self._moments.drops_clocks else _day(cell)
        return self._textual(as_text(cell))

    def _numeric(self, cell: int | float) -> Any:
        """A real number, as spreadsheets and Parquet have them."""
        if self.field.type == "number" and not self._recoded:
            value = self._measured(float(cell))
            return UNREADABLE if value is None else value
        if self._decimal != "." and cell != int(cell):
            return self._textual(repr(cell).replace(".", self._decimal))
        value = self._textual(as_text(cell))
        if value is UNREADABLE and self._epoch is not None:
            moment = from_excel_serial(cell, self._epoch)
            if moment is None:
                return UNREADABLE
            return self._moment(moment if cell % 1 else moment.date())  # a whole number has no time
        return value

    def _string(self, text: str) -> str:
        if not self._codes:
            return text
        code = self._code(text)
        return text if code is None else code

    def _integer(self, text: str) -> int | None:
        if self._unit is not None:
            number = self._number(text)
            return None if number is None or number % 1 else int(number)
        code = self._code(text)
        match = WHOLE_NUMBER.fullmatch(self._decimal_point(code or text))
        number = int(match[1]) if match else None
        return number if number is not None and abs(number) <= LARGEST_NUMBER else None

    def _number(self, text: str) -> float | None:
        text = self._decimal_point(self._code(text) or text)
        return self._measured(float(text)) if _NUMBER.fullmatch(text) else None

    def _measured(self, number: float) -> float | None:
        """The number in the field's unit; None when it is too large to be a measurement.

        Behind a conversion a telephone number could pass for a measurement, so less is allowed.
        """
        if self._unit is None:
            return number if abs(number) <= LARGEST_NUMBER else None
        number *= self._unit.factor
        return round(number, _EXACT_DECIMALS) if abs(number) < LONG_NUMBER else None

    def _boolean(self, text: str) -> bool | None:
        return {"true": True, "false": False}.get(self._code(text) or text.casefold())

    def _date(self, text: str) -> date | None:
        return self._moments.as_date(text)

    def _datetime(self, text: str) -> datetime | None:
        return self._moments.as_datetime(text)

    def _code(self, text: str) -> str | None:
        """The code that a text means, however a number is spelled."""
        spelled = spelling(text)
        spelled = spelled if spelled in self._spellings else self._compared_number(spelled)
        self.has_recoded = self.has_recoded or spelled in self._recoded
        return self._spellings.get(spelled)

    def compared(self, text: str) -> str:
        return self._compared_number(spelling(text))

    def _decimal_point(self, text: str) -> str:
        """The number with a decimal point; 15.0 means 15 everywhere, for it has no thousands."""
        if self._decimal == "." or _POINT_ZERO.fullmatch(text):
            return text
        return text.replace(".", " ").replace(",", ".")


def _words_of(cell: Cell) -> str:
    """The text of a cell; of a labeled code its label."""
    return clean(cell.label if isinstance(cell, LabeledCode) and cell.label else as_text(cell))


def _is_long_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) >= LONG_NUMBER


def _day(cell: date) -> date:
    return cell.date() if isinstance(cell, datetime) else cell
