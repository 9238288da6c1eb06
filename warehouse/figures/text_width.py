"""Width and line breaks of text, without a browser.

Widths are those of Helvetica (thousandths of the font size). The reader's font is unknown, so a
margin is added that is sufficient for DejaVu Sans, the widest of the usual fonts.
"""

from __future__ import annotations

MARGIN = 1.17
_FIRST, _UNKNOWN, _WIDE_FROM, _WIDE = 32, 600, 0x2E80, 1000
# Adobe's font metrics of Helvetica, characters 32 to 126.
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
WIDTHS = tuple(int(width) for width in _WIDTHS.split())
BOLD = 1.12


def text_width(text: str, size: float = 14, bold: bool = False) -> float:
    """Return the largest width of a text in pixels in the usual fonts."""
    thousandths = sum(_width(letter) for letter in text)
    return thousandths * size / 1000 * MARGIN * (BOLD if bold else 1)


def wrapped(text: str, width: float, size: float = 14, bold: bool = False) -> list[str]:
    """Return lines of at most ``width`` pixels; wider words are broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if text_width(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _broken(word, width, size, bold)
        lines += full
    return [*lines, line] if line or not lines else lines


def _broken(word: str, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _width(letter: str) -> int:
    place = ord(letter) - _FIRST
    if 0 <= place < len(WIDTHS):
        return WIDTHS[place]
    return _WIDE if ord(letter) >= _WIDE_FROM else _UNKNOWN
