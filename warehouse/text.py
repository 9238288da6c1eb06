"""English for numbers, lists and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from textwrap import shorten

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


def meant(name: str, known: Iterable[str]) -> str:
    """Return ``; is sex meant?`` behind a name that is none of those known, else nothing.

    Case does not count.
    """
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    return f"; is {by_folded[near[0]]} meant?" if near else ""


def one_line(text: str) -> str:
    """Return the lines of a message as one.

    A line that begins a sentence ends the one before; items of an indented list end with ``;``.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    ended = [
        " ".join(line.split()) + _separator(line, after)
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
    ]
    return " ".join(ended)


def _separator(line: str, after: str) -> str:
    if not after or line.rstrip()[-1] in ".:;,!?":
        return ""
    if after.lstrip()[0].isupper():
        return "."
    return ";" if line[0].isspace() and after[0].isspace() else ""


def shortened(text: str, most: int) -> str:
    """Return at most so many characters of a message: its beginning and its last sentences.

    The last ones say what to do. They get half of the space.
    """
    if len(text) <= most:
        return text
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    end = ""
    while len(sentences) > 1 and len(sentences[-1]) + len(end) < most // 2:
        end = f" {sentences.pop()}{end}"
    return shorten(" ".join(sentences), most - len(end), placeholder=" ...") + end


def within_sentence(label: str) -> str:
    """Return a label for the middle of a sentence: ``death``, but ``mRS`` and ``ASPECTS``."""
    first = label.split(" ")[0]
    is_word = first[1:] == first[1:].lower() and len(first) > 1
    return label[:1].lower() + label[1:] if is_word else label
