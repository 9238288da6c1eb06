"""Lines that are no records: what a total, a remark or an explanation looks like.

Strict on purpose: a row of a patient, with or without its identifier, must stay a row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from warehouse.landing.cell_text import clean
from warehouse.landing.table_notes import REMARK, TOTAL

_TOTAL = re.compile(
    r"(?:(?:grand |sub-?)?totals?|sums?|means?|averages?|medians?|counts?|sd|min|max"
    r"|(?:end|zwischen)?summe|gesamt|anzahl|mittelwert|somme|moyenne|suma|promedio|totale"
    r"|n(?=\s*=)|合计|总计|总数|小计|平均值?)(?:\W.*)?",
    re.IGNORECASE,
)
# Numbers, dates and times: what a row of a patient is made of.
_VALUE = re.compile(r"[+-]?\d+(?:[.,:/\- T]\d+)*")  # digits of any script
_SENTENCE_WORDS = 3
_SENTENCE_STARTS = ("(", "*", "#", "-", "=", "_", "[")
MOST_REMARK_CELLS = 2
FEWEST_EXPLAINED = 2


def filled(cells: Sequence[str]) -> list[str]:
    """The cells that are not blank, cleaned."""
    return [text for text in map(clean, cells) if text]


def is_value(text: str) -> bool:
    """Whether a cleaned cell is a number, a date or a time and nothing else."""
    return bool(_VALUE.fullmatch(text))


def is_total_label(text: str) -> bool:
    """Whether a cleaned cell names a total or another summary of the rows above."""
    return bool(_TOTAL.fullmatch(text))


def may_be_identifier(text: str) -> bool:
    """Whether a cleaned cell could name a patient: digits, and no sentence."""
    return any(character.isdigit() for character in text) and not is_sentence(text)


def kind_of_odd_line(fields: Sequence[str]) -> str | None:
    """Return total or remark for a line that does not split like the header; None for a record.

    A record that was cut off begins with an identifier, a value or a single word.
    """
    texts = filled(fields)
    if texts and is_total_label(texts[0]) and all(map(is_value, texts[1:])):
        return TOTAL
    if texts and is_remark(texts) and is_sentence(texts[0]):
        return REMARK
    return None


def is_remark(texts: Sequence[str]) -> bool:
    """Whether the filled cells of a line are one or two texts, and no values."""
    no_values = not any(is_value(text) or may_be_identifier(text) for text in texts)
    return len(texts) <= MOST_REMARK_CELLS and no_values


def is_explanation(texts: Sequence[str], misfits: int) -> bool:
    """Whether the filled cells of a line are units or labels: few values, and several misfits."""
    return misfits >= FEWEST_EXPLAINED and 2 * sum(map(is_value, texts)) < len(texts)


def is_sentence(text: str) -> bool:
    """Whether a cleaned cell is a remark and not a name, a code or an identifier."""
    return (
        len(text.split()) >= _SENTENCE_WORDS
        or text.startswith(_SENTENCE_STARTS)
        or text.endswith(":")
    )
