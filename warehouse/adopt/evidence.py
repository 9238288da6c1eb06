"""Evidence of a column's cells for or against a field: types, codes, units, formats, markers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import partial
from itertools import product
from math import isfinite

from warehouse.adopt.header_words import Words, header_words
from warehouse.definitions.dictionary import Dictionary, DictionaryField
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.cell_text import Cell, LabeledCode, as_text, clean
from warehouse.landing.datetimes import (
    ZONE_FOUND,
    Calendar,
    DatetimeReader,
    is_clock,
    is_clock_in_digits,
)
from warehouse.landing.field_rules import Rules
from warehouse.landing.identifiers import MARKER
from warehouse.landing.survey import Column

# So many of the filled cells must be values of a field that was found by its words.
FITTING, FITTING_OF_A_NAME = 0.9, 0.5
# Spellings that so many lines have are none of one person, and may be written into a mapping.
COMMON, MOST_SPELLINGS = 3, 12
# Labels of so many codes show that a column is of their field.
FEWEST_LABELS = 2
# A field with more codes is no question of yes or no.
MOST_CODES_OF_YES_AND_NO = 3
_NUMBER = re.compile(r"[+-]?[0-9]+(?:([.,])[0-9]+)?")
_TWO_LANGUAGES = re.compile(r"([^ -~]+) ?[-=:/(] ?([ -~]+)")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
ISO = "%Y-%m-%d"
_DAYS = (
    ISO, "%d.%m.%Y", "%m.%d.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y-%d-%m",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%y/%m/%d", "%y-%m-%d",
    "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%d%b%Y", "%b %d, %Y", "%b %d %Y",
    "%d-%b-%y", "%d %b %y", "%d%b%y",
)  # fmt: skip
_MONTHS = ("%b %y", "%b-%y", "%b %Y", "%b-%Y", "%m/%Y", "%Y-%m", "%Y")
_CLOCKS = (
    "", " %H:%M", " %H:%M:%S", ":%H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p",
)  # fmt: skip
_COUNTS = (
    "days since 1899-12-30", "days since 1904-01-01", "days since 1960-01-01",
    "seconds since 1960-01-01", "milliseconds since 1960-01-01", "seconds since 1582-10-14",
    "seconds since 1970-01-01 UTC",
)  # fmt: skip


@dataclass
class Evidence:
    """Evidence of the cells of a column for a field.

    ``share`` of its filled cells are values. ``undecided`` are cells that are values of nothing
    that is certain, with their counts; ``candidates`` formats or units that fit equally well.
    ``voided`` numbers would be read as codes, and the column shows that they mean others.
    ``read`` says of undecided cells that are known what they would be read as.
    ``readings`` says what undecided numbers may be where they look like codes.
    ``named_codes`` are so many codes of the field that cells name in words.
    """

    share: float = 1.0
    why: str = "no values"
    recode: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    voided: tuple[str, ...] = ()
    undecided: dict[str, int] = field(default_factory=dict)
    readings: str = ""
    named_codes: int = 0
    formats: tuple[str, ...] = ()
    unit: str | None = None
    candidates: tuple[str, ...] = ()
    read: dict[str, str] = field(default_factory=dict)
    decimal: str | None = None
    is_day: bool = False
    is_clock: bool = False
    is_zoned: bool = False


class Witness:
    """Looks at the cells of columns with the readers of landing."""

    def __init__(self, words: Dictionary, mapping: SiteMapping) -> None:
        self._words = words
        self._mapping = mapping

    def of(self, column: Column, known: DictionaryField, extract: str) -> Evidence:
        """The evidence of a column for a field."""
        column = column if column.cells else replace(column, cells=Counter(column.choices.keys()))
        if not column.cells or known.identifier == "direct":
            return Evidence()
        rules = Rules(self._words, self._mapping, extract)
        reader = CellReader(known, rules)
        cells = Counter(
            {cell: n for cell, n in column.cells.items() if not reader.is_missing(cell)}
        )
        if not cells:
            return Evidence(why="nothing but markers of missing values")
        if known.type in ("date", "datetime"):
            return self._of_moments(cells, known, reader, rules.datetimes_of(known))
        if known.codes:
            return self._of_codes(column, cells, known, reader, rules)
        if known.identifier:
            return _counted(cells, {cell for cell in cells if reader[cell] is UNREADABLE})
        units = (header_words().of(text).unit for text in (column.header, column.label))
        header_unit = next(filter(None, units), None)
        return self._of_numbers(cells, known, header_unit, rules)

    def _of_codes(
        self, column: Column, cells: Counter[Cell], known: DictionaryField, reader: CellReader,
        rules: Rules,
    ) -> Evidence:  # fmt: skip
        """Words are certain; numbers that are no codes make all numbers of the column doubtful."""
        choices = {rules.compared(cell): label for cell, label in column.choices.items()}
        there = {rules.compared(as_text(cell)) for cell in column.cells}
        cells = Counter({**dict.fromkeys(sorted(choices.keys() - there), 0), **cells})
        meanings, recode, codes = self._meanings(known), dict[str, str](), set[str]()
        named = set[str]()
        labels = {cell: choices.get(rules.compared(as_text(cell)), "") for cell in cells}
        rest, markers = set[Cell](), set[Cell]()
        for cell, label in labels.items():
            by_landing = _code_of(cell, reader)
            text = label or as_text(cell)
            code = _code_of(_labeled(cell, label), reader) or _meant(text, meanings)
            # A label such as None or Unknown may be a code's: then it is no missing value.
            if code is None:
                is_marker = label and rules.identifiers.why_none(label) == MARKER
                (markers if is_marker else rest).add(cell)
                continue
            codes.add(code)
            if not (_NUMBER.fullmatch(text) or rules.compared(text) in rules.ticks):
                named.add(code)
            if code != by_landing:
                recode[as_text(cell).strip()] = code
        evidence = _counted(cells, rest, recode=recode)
        evidence.named_codes = len(named)
        evidence.missing = tuple(sorted(as_text(cell).strip() for cell in markers))
        if choices:
            evidence.undecided = {f"{as_text(c)} ({labels[c]})": cells[c] for c in rest}
            evidence.voided = tuple(sorted(as_text(c) for c in rest if _code_of(c, reader)))
        if choices and len(codes) >= FEWEST_LABELS:
            evidence.share, evidence.why = 1.0, f"labels of {len(choices)} choices"
        elif choices and known.type == "string":
            _ask_spellings(evidence, cells, rest)
        elif not choices:
            _doubt_numbers(evidence, cells, rest, known, rules)
            if known.type != "integer":
                _ask_spellings(evidence, cells, rest)
            if known.type == "string":
                codes_of_field = self._words.codes(known)
                _ask_divided(evidence, cells, rest, codes_of_field.values if codes_of_field else ())
            if known.type != "integer" and evidence.undecided:
                _ask_all(evidence, cells, reader, rules.doubtful(known))
            ticks = {rules.compared(as_text(cell)) for cell in cells} <= rules.ticks.keys()
            if ticks and known.type == "string" and len(reader.codes) > MOST_CODES_OF_YES_AND_NO:
                evidence.share, evidence.why = 0.0, "yes or no, and the field has other codes"
        return evidence

    def _meanings(self, known: DictionaryField) -> dict[frozenset[str], str | None]:
        """The one code that words mean, by the labels and spellings of the field's codes."""
        meanings: dict[frozenset[str], str | None] = {}
        codes = self._words.codes(known)
        for code in codes.codes if codes else ():
            for text in (code.code, code.label, *code.spellings):
                if words := _words(text):
                    other = meanings.setdefault(words, code.code)
                    meanings[words] = code.code if other == code.code else None
        return meanings

    def _of_numbers(
        self, cells: Counter[Cell], known: DictionaryField, header_unit: str | None, rules: Rules
    ) -> Evidence:
        marks = {m[1] for cell in cells if (m := _NUMBER.fullmatch(clean(as_text(cell)))) and m[1]}
        decimal = "," if marks == {","} else None
        texts = {cell: clean(as_text(cell)).replace(",", ".") for cell in cells}
        numbers = {c: float(t) for c, t in texts.items() if _NUMBER.fullmatch(t)}
        numbers = {c: number for c, number in numbers.items() if isfinite(number)}
        rules_of_field = CellReader(known, rules)
        for cell in set(cells) - set(numbers):  # such as 89+
            if isinstance(value := rules_of_field[cell], int | float):
                numbers[cell] = float(value)
        units = {known.unit or "": 1.0} | {one.unit: one.factor for one in known.convertible_units}
        if header_unit and known.unit and header_unit not in units:
            return Evidence(share=0, why=f"its header says {header_unit}")
        if header_unit in units:
            units = {header_unit: units[header_unit]}
        fits = {
            unit: {cell for cell, number in numbers.items() if _is_possible(number * by, known)}
            for unit, by in units.items()
        }
        usual = {
            unit: sum(cells[cell] for cell in fits[unit] if _is_usual(numbers[cell] * by, known))
            for unit, by in units.items()
        }
        counts = {unit: (sum(map(cells.get, fits[unit])), usual[unit]) for unit in units}
        best = [unit for unit in units if counts[unit] == max(counts.values())]
        evidence = _counted(cells, set(cells) - fits[best[0]], decimal=decimal)
        if known.usual and known.type == "integer":  # an ETA of 5 to 40 minutes is no age (età)
            evidence.share = min(evidence.share, usual[best[0]] / (cells.total() or 1))
        markers = {
            cell for cell in set(cells) - set(numbers) if rules.identifiers.why_none(cell) == MARKER
        }
        evidence.missing = tuple(sorted(as_text(cell).strip() for cell in markers))
        for marker in evidence.missing:
            evidence.undecided.pop(marker, None)
        others = [unit for unit in best if unit != known.unit]
        if known.unit not in best or (len(best) > 1 and units.get(best[0]) != units[best[1]]):
            evidence.unit = others[0] if len(best) == 1 else None
            evidence.candidates = tuple(best) if len(best) > 1 else ()
        return evidence

    def _of_moments(
        self, cells: Counter[Cell], known: DictionaryField, reader: CellReader,
        moments: DatetimeReader,
    ) -> Evidence:  # fmt: skip
        texts = {cell: clean(as_text(cell)) for cell in cells}
        clocks = {cell for cell, text in texts.items() if is_clock(text)}
        if clocks and known.type == "datetime" and len(clocks) >= FITTING * len(cells):
            return Evidence(why="a clock", is_clock=True)
        if known.type == "datetime" and _are_clocks_in_digits(texts.values()):
            return Evidence(why="a clock in digits", is_clock=True, formats=("%H%M",))
        bad = {cell for cell in cells if reader[cell] is UNREADABLE}
        days = {c for c in bad if moments.as_date(texts[c]) or _is_day(c)}
        if known.type == "datetime" and days and len(days) >= FITTING * len(cells):
            return Evidence(why="a day alone", is_day=True, share=1)
        zoned = {cell for cell in bad if moments.why_none(texts[cell]) == ZONE_FOUND}
        odd = bad & _in_no_format(known, texts, cells) if bad - zoned else set[Cell]()
        texts = {cell: text for cell, text in texts.items() if cell not in odd}
        fits = _formats(known, texts.values()) if bad - zoned - odd else ()
        if not fits:
            return replace(_counted(cells, bad - zoned), is_zoned=bool(zoned))
        timed = any(":" in text for text in texts.values())
        read = DatetimeReader(fits[:1], fits[:1], _calendar(known, None))
        counted = _counted(cells, odd)
        return Evidence(
            share=counted.share,
            why=counted.why if odd else f"all {cells.total():,} cells",
            undecided=counted.undecided,
            is_day=known.type == "datetime" and not timed and "since" not in fits[0],
            is_zoned=any(read.why_none(text) == ZONE_FOUND for text in texts.values()),
            formats=fits if len(fits) == 1 else (), candidates=fits if len(fits) > 1 else (),
        )  # fmt: skip


def _are_clocks_in_digits(texts: Iterable[str]) -> bool:
    """Whether all texts are HHMM, some with an hour of two digits, and they are no years."""
    texts = list(texts)
    is_late = any(len(text) > 3 and not text.startswith("0") for text in texts)  # noqa: PLR2004
    return is_late and all(map(is_clock_in_digits, texts)) and not all(map(_YEAR.fullmatch, texts))


def _meant(text: str, meanings: Mapping[Words, str | None]) -> str | None:
    """The code that a text means; of one in two languages, such as 男-male, what both mean."""
    if _NUMBER.fullmatch(clean(text)):
        return None  # A number has no words; a 2 is not the 2 of 2a.
    parts = _TWO_LANGUAGES.fullmatch(clean(text))
    words = [header_words().of(part).words for part in (parts.groups() if parts else (text,))]
    codes = {meanings.get(one) for one in words}
    return codes.pop() if len(codes) == 1 else None


def _labeled(cell: Cell, label: str) -> Cell:
    """A cell with the label that a data dictionary gives it, as a file could hold it."""
    if isinstance(cell, LabeledCode) or not label:
        return cell
    text = as_text(cell)
    return LabeledCode(int(text) if text.isdecimal() else text, label)


def _code_of(cell: Cell, reader: CellReader) -> str | None:
    """The code that landing reads in a cell."""
    value = reader[cell]
    if value in (None, UNREADABLE) or cell in reader.suspects:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _doubt_numbers(
    evidence: Evidence, cells: Counter[Cell], rest: set[Cell], known: DictionaryField, rules: Rules
) -> None:
    """Ask what numbers mean (or yes and no, of a field with other codes) that nothing explains."""
    texts = {cell: rules.compared(as_text(cell)) for cell in cells}
    is_boolean = known.type == "boolean"
    bare = {
        cell
        for cell, text in texts.items()
        if _NUMBER.fullmatch(text) or (text in rules.ticks and not is_boolean)
    }
    has_words = not rest.issuperset(cells.keys() - bare)
    if rest & bare and not (has_words or known.type == "integer"):
        evidence.share = (cells.total() - sum(cells[c] for c in rest - bare)) / cells.total()
        in_order = {as_text(cell): cells[cell] for cell in sorted(bare, key=as_text)}
        evidence.undecided = in_order | evidence.undecided
        evidence.voided = tuple(sorted(as_text(c) for c in bare - rest))
        evidence.why = f"{len(bare)} codes without labels"


def _ask_spellings(evidence: Evidence, cells: Counter[Cell], rest: set[Cell]) -> None:
    """Ask what words mean that are no codes, where they are few and common: no free text."""
    common = sum(n for n in cells.values() if n >= COMMON)
    is_coded = len(cells) <= MOST_SPELLINGS and common >= FITTING * cells.total()
    if rest and is_coded and evidence.share < FITTING:
        evidence.share, evidence.why = (
            FITTING,
            f"{len(cells)} spellings, {len(rest)} of them no code",
        )


def _ask_all(
    evidence: Evidence, cells: Counter[Cell], reader: CellReader, doubtful: Mapping[str, str]
) -> None:
    """Ask about all spellings of a column that has one that is no code: H makes M a woman.

    Nothing is decided; until then what is doubtful is not read.
    """
    for cell, count in cells.items():
        text, code = as_text(cell).strip(), _code_of(cell, reader)
        is_known = code or text in evidence.recode
        if not is_known or (count < COMMON and text not in evidence.undecided):
            continue
        evidence.undecided.setdefault(text, count)
        evidence.read[text] = f"read as {code}" if code else f"perhaps {evidence.recode[text]}"
        if code and reader.compared(text) in doubtful:
            evidence.voided = tuple(sorted({*evidence.voided, text}))
    evidence.recode = {}


def _ask_divided(
    evidence: Evidence, cells: Counter[Cell], rest: set[Cell], codes: Sequence[str]
) -> None:
    """Ask what a number means that is divided among the codes: a 2, where they are 2a and 2b."""
    texts = {cell: as_text(cell).strip() for cell in rest}
    parts = {
        text: of
        for text in sorted(texts.values())
        if text.isdecimal() and (of := [code for code in codes if code.startswith(text)])
    }
    if not parts:
        return
    if parts.keys() == set(texts.values()):
        evidence.share = max(evidence.share, FITTING)
    evidence.undecided |= {texts[cell]: n for cell, n in cells.items() if texts.get(cell) in parts}
    readings = [f"{text} may be undivided ({' or '.join(of)})" for text, of in parts.items()]
    numbers = sorted(text for text in evidence.undecided if text.isdecimal())
    if all(len(text) == 1 and int(text) < len(codes) for text in numbers):
        places = ", ".join(f"{text} = {codes[int(text)]}" for text in numbers)
        readings.append(f"the codes are counted from 0 ({places})")
    evidence.readings = ", or ".join(readings)


def _counted(
    cells: Counter[Cell], bad: set[Cell], recode: Mapping[str, str] | None = None,
    decimal: str | None = None,
) -> Evidence:  # fmt: skip
    """The share of cells that are values; which others are common enough to be named."""
    total = cells.total()
    good = total - sum(cells[cell] for cell in bad)
    common = {as_text(cell).strip(): cells[cell] for cell in bad if cells[cell] >= COMMON}
    undecided = dict(Counter(common).most_common(MOST_SPELLINGS))
    why = f"{good:,} of {total:,} cells are values" if bad else f"all {total:,} cells are values"
    return Evidence(
        good / (total or 1), why, recode=dict(recode or {}), undecided=undecided, decimal=decimal
    )


def _formats(known: DictionaryField, texts: Iterable[str]) -> tuple[str, ...]:
    """The formats in which every cell is a date or time that the field allows."""
    texts = list(texts)
    is_year = all(map(_YEAR.fullmatch, texts))
    if is_year and known.is_event:
        return ()  # A year alone places no event: it is a column of its own.
    readers = _readers(known)
    fits = [
        name
        for name, is_read in readers.items()
        if not (is_year and name in _COUNTS) and all(map(is_read, texts))
    ]
    return tuple(fits[:1] if fits and fits[0].startswith(ISO) else fits)


def _readers(known: DictionaryField) -> dict[str, Callable[[str], bool]]:
    """For each format whether a text is, by it, a date or time that the field allows."""
    calendar = _calendar(known, "UTC")
    days = (day + clock for day, clock in product(_DAYS, _CLOCKS))
    return {
        name: partial(_is_read, known, DatetimeReader((name,), (name,), calendar, "%" in name))
        for name in (*days, *_MONTHS, *_COUNTS)
    }


def _is_read(known: DictionaryField, reader: DatetimeReader, text: str) -> bool:
    read = reader.as_datetime if known.type == "datetime" else reader.as_date
    return _lies_within(read(text), known)


def _in_no_format(
    known: DictionaryField, texts: Mapping[Cell, str], cells: Counter[Cell]
) -> set[Cell]:
    """The few cells that no format reads, such as 31/02/1950: they speak against none of them."""
    readers, odd = list(_readers(known).values()), set[Cell]()
    for cell, text in texts.items():
        at = next((at for at, is_read in enumerate(readers) if is_read(text)), None)
        if at is not None:
            readers.insert(0, readers.pop(at))  # The next cell is mostly written in the same way.
            continue
        odd.add(cell)
        if sum(cells[one] for one in odd) > (1 - FITTING) * cells.total():
            return set()
    return odd


def _calendar(known: DictionaryField, zone: str | None) -> Calendar:
    """A calendar with something for whatever a date may lack."""
    first = str(known.constraints.minimum or "1900")[:4] if known.published else "1900"
    return Calendar(int(first), date.today().year + 1, pivot=1925, month=1, day=1, zone=zone)


def _lies_within(moment: date | None, known: DictionaryField) -> bool:
    low = str(known.constraints.minimum or "1900-01-01")[:10]
    return moment is not None and low <= moment.isoformat()[:10] <= date.today().isoformat()


def _is_day(cell: Cell) -> bool:
    if isinstance(cell, date):
        return not isinstance(cell, datetime) or cell.time() == time.min
    return False


def _is_possible(number: float, known: DictionaryField) -> bool:
    low, high = known.constraints.minimum, known.constraints.maximum
    is_whole = known.type != "integer" or abs(number - round(number)) < 1e-9  # noqa: PLR2004
    is_high = low is None or number >= float(low)
    return is_whole and is_high and (high is None or number <= float(high))


def _is_usual(number: float, known: DictionaryField) -> bool:
    low, high = (known.usual.minimum, known.usual.maximum) if known.usual else (None, None)
    return (low is None or number >= low) and (high is None or number <= high)


def _words(cell: Cell) -> frozenset[str]:
    return header_words().of(as_text(cell)).words
