"""The lines of delimited text, and records that may span several of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial

MAX_LINE_CHARACTERS = 1 << 20
TOO_LONG = "\udc81"  # no text that was decoded holds it
WHY_TOO_LONG = f"more than {MAX_LINE_CHARACTERS:,} characters"
MAX_RECORD_LINES = 500
# So many are held at once: a batch of long lines has fewer of them.
MAX_BATCH_CHARACTERS = 1 << 22


class Feed:
    """Lines for csv.reader that can be set back, and that end a record that has too many."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.position = 0
        self._end = 0

    def begin(self) -> int:
        """A record begins here."""
        self._end = min(self.position + MAX_RECORD_LINES, len(self._lines))
        return self.position

    @property
    def is_exhausted(self) -> bool:
        """Whether the record was ended for its length, not for want of lines."""
        return self._end < len(self._lines)

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> str:
        if self.position >= self._end:
            raise StopIteration
        line = self._lines[self.position]
        self.position += 1
        return line


def physical_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; one beyond the limit is cut and marked as too long."""
    for line in iter(partial(text.readline, MAX_LINE_CHARACTERS), ""):
        if len(line) < MAX_LINE_CHARACTERS or line.endswith(("\n", "\r")):
            yield line
            continue
        while (rest := text.readline(MAX_LINE_CHARACTERS)) and not rest.endswith(("\n", "\r")):
            pass
        yield line[:MAX_RECORD_LINES].replace('"', "") + TOO_LONG + "\n"


def next_lines(lines: Iterator[str], most: int) -> tuple[list[str], bool]:
    """The next lines, so many at most and fewer long ones, and whether these are the last."""
    taken: list[str] = []
    characters = 0
    for line in lines:
        taken.append(line)
        characters += len(line)
        if len(taken) == most or characters > MAX_BATCH_CHARACTERS:
            return taken, False
    return taken, True


def split_line(line: str, delimiter: str) -> list[str] | None:
    """One line as a record of its own, or None."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None


def why_unreadable(error: csv.Error) -> str:
    """Describe the fault of a line that does not split, without any value."""
    if "field limit" in str(error):
        return "a field that is too long"
    return "a quote that is never closed or does not enclose a whole field"
