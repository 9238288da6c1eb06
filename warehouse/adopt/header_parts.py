"""Parts of headers that say no field: marks of a form's sections, and lists of codes.

Sections begin with ``rf_`` or ``S2``; *Sex (1=male, 2=female)* says what its numbers mean.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial

from warehouse.adopt.header_words import header_words
from warehouse.landing.cell_text import as_text
from warehouse.landing.survey import Column

# So many headers show that what they begin or end with is none of the field's words.
FEWEST = 3
# So many of what a section asks is asked in no other one.
MOSTLY = 0.9
# Letters behind which a number counts days, hours, weeks, months, years, visits or times.
_COUNTED = frozenset("dhwmyvt")
# A letter and a number before a capital letter, a word before a sign, a letter behind one.
_MARKS = (
    re.compile(r"(?P<mark>[A-Za-z]{1,2}[0-9]{1,2})(?P<rest>[A-Z].*)"),
    re.compile(r"(?P<mark>[A-Za-z]+[0-9]{0,2})[_ .:/-]+(?P<rest>.+)"),
    re.compile(r"(?P<rest>.+)_(?P<mark>[A-Za-z])"),
)

# A list of codes in brackets or behind a colon, and each of them: 1=male, 2=female, 1男2女.
_LIST = re.compile(r"(?P<name>[^([:]+)[([:](?P<codes>[^()[\]]*)[)\]]?")
_CODE = re.compile(r"([0-9]{1,2})[ =:.-]*([^\W\d_][^0-9=,;/|]*)[ ,;/|]*")
# The same without brackets: Sex.0=Mann.1=Frau, and as variable names have it: ivt_0_no_1_si.
_EQUALS = re.compile(r"(?:(?<![\W_])[\W_]+)?(?<![0-9])([0-9]{1,2}) ?= ?")
_IN_NAME = re.compile(
    r"(?P<name>.{1,99}?)(?P<codes>(?:[_. ][0-9][_. ][a-z]+){2,}|(?:[_. ][a-z]+[_. ][0-9]){2,})",
    re.I,
)
_PAIR = re.compile(r"([0-9]+)[_. ]([a-z]+)|([a-z]+)[_. ]([0-9]+)", re.I)
# How dates and times are written: dd.mm.yyyy, hh:mm; and the whole range of mRS, ASPECTS and NIHSS.
_WRITTEN = re.compile(r"(?:[dmhs .:/_-]|yy|jj)+|0 ?- ?(?:6|10|42)", re.IGNORECASE)

# What is in brackets, or behind a comma.
_ASIDE = re.compile(r" ?[([]([^()[\]]*)[)\]]|[,;.] ([^,;.()[\]=]+)(?=$| [([])")
_RANGE = re.compile(r"[0-9]+ ?(?:-|to) ?[0-9]+")


def explain(columns: Sequence[Column]) -> None:
    """Take from headers what they say in brackets of their cells: codes, or how they are written.

    The meanings of numbers count where all cells are such numbers.
    """
    for column in columns:
        if column.choices or column.label:
            continue
        header = column.header.strip()
        name, codes = _name_and_codes(header)
        cells = {as_text(cell).strip() for cell in column.cells}
        if len(codes) > 1 and cells <= codes.keys():
            column.label, column.choices = name, codes
        elif (match := _LIST.fullmatch(header)) and _WRITTEN.fullmatch(match["codes"]):
            column.label = match["name"]
        elif (asked := _ASIDE.sub(partial(_without_instruction, cells), header)) != header:
            column.label = asked.strip()


def _without_instruction(cells: set[str], aside: re.Match[str]) -> str:
    """An aside as it is, or nothing where it only says how a form is filled in, or lists cells."""
    text = aside[1] or aside[2] or ""
    listed = {part.strip().casefold() for part in re.split(r"[/,;|]", text)}
    is_list = len(listed) > 1 and listed <= {cell.casefold() for cell in cells}
    is_no_word = is_list or header_words().is_instruction(_RANGE.sub("", text))
    return "" if is_no_word else aside[0]


def _name_and_codes(header: str) -> tuple[str, dict[str, str]]:
    """The name in a header, and what it says that numbers mean."""
    name, *parts = _EQUALS.split(header)
    if len(parts) > 2 and name:  # noqa: PLR2004
        texts = (text.strip(" .,;/|()[]") for text in parts[1::2])
        return name, dict(zip(parts[::2], texts, strict=True))
    if match := _IN_NAME.fullmatch(header):
        pairs = [(a or d, b or c) for a, b, c, d in _PAIR.findall(match["codes"])]
        return match["name"], dict(pairs)
    match = _LIST.fullmatch(header)
    if match is None or _CODE.sub("", match["codes"]).strip():
        return header, {}
    return match["name"], {code: text.strip() for code, text in _CODE.findall(match["codes"])}


def without_marks(headers: Sequence[str]) -> dict[str, str]:
    """The headers that begin or end with the mark of a section, each without it.

    Nothing is a mark that is a word of a field, or that leaves the same again and again: visits ask
    the same questions, sections hardly ever.
    """
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for header in headers:
        for at, pattern in enumerate(_MARKS):
            if match := pattern.fullmatch(header.strip()):
                letters = match["mark"].casefold().rstrip("0123456789")
                groups[f"{at}{letters}"][header] = match["rest"]
    found: dict[str, str] = {}
    for mark, group in groups.items():
        times = Counter(rest.casefold() for rest in group.values())
        once = {header: rest for header, rest in group.items() if times[rest.casefold()] == 1}
        is_section = len(once) >= max(FEWEST, MOSTLY * len(group))
        found |= once if is_section and not _means_something(mark) else {}
    return found


def _means_something(mark: str) -> bool:
    """Whether a mark, behind the number of its pattern, is a word of fields or counts something."""
    pattern, letters = int(mark[0]), mark[1:]
    return letters in _COUNTED or (pattern > 0 and header_words().is_known(letters))
