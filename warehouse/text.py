"""English for numbers, lists and names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def number(n: int) -> str:
    """Return ``three``; from 13 on ``1,234``."""
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else f"{n:,}"


def counted(n: int, one: str, many: str | None = None, spell: bool = False) -> str:
    """Return ``1 row``, ``1,234 rows``; ``many`` is the plural if it is irregular.

    ``spell`` writes small numbers as words: ``three rows``.
    """
    return f"{number(n) if spell else format(n, ',')} {one if n == 1 else many or one + 's'}"


def day(when: date) -> str:
    """Return a date as ``7 June 2022``."""
    return f"{when.day} {when:%B %Y}"


def listed(items: Sequence[str], shown: int, what: str = "") -> str:
    """Return ``a, b and c``; of a long list ``a, b and 12 more``, or ``12 more files``."""
    more = len(items) - shown
    noun = f" {what}{'s' if more > 1 else ''}" if what else ""
    parts = [*items[:shown], f"{more:,} more{noun}"] if more > 0 else list(items)
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def sentence(parts: Iterable[str]) -> str:
    """Return the parts as one sentence: a capital first, semicolons between, a full stop."""
    text = "; ".join(filter(None, parts))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def one_line(text: str) -> str:
    """Return the lines of a message as one: a line that begins a sentence ends the one before."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    ended = [
        f"{line}." if line[-1] not in ".:;,!?" and after[0].isupper() else line
        for line, after in zip(lines, [*lines[1:], " "], strict=True)
    ]
    return " ".join(ended)


def within_sentence(label: str) -> str:
    """Return a label for the middle of a sentence: ``death``, but ``mRS`` and ``ASPECTS``."""
    first = label.split(" ")[0]
    is_word = first[1:] == first[1:].lower() and len(first) > 1
    return label[:1].lower() + label[1:] if is_word else label
