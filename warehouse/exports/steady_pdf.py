"""PDF files of svg2pdf with their objects in one order: the same drawing has the same bytes.

svg2pdf writes fonts in an order of chance, and numbers their parts in it.
"""

from __future__ import annotations

import re

REFERENCE = re.compile(rb"(?<![\d.])(\d+) 0 R\b")
FONTS = re.compile(rb"(/Font <<\n)(.*?)(\n *>>)", re.DOTALL)
NUMBERED = re.compile(rb"^\d+ 0 obj\n")
STREAM = b"\nstream\n"
ENTRY = re.compile(rb"(\d{10}) \d{5} n")


def steady_pdf(content: bytes) -> bytes:
    """Return a PDF with its objects in the order of their use, and fonts by name.

    Raises ValueError for a PDF without a plain table of objects.
    """
    start, _, _ = content.rpartition(b"startxref")
    body, table, trailer = start.rpartition(b"xref\n")
    offsets = [int(offset) for offset in ENTRY.findall(table + trailer)]
    if not table or not offsets:
        raise ValueError("the PDF has no table of objects")
    begins = sorted(offsets)
    ends = dict(zip(begins, [*begins[1:], len(body)], strict=True))
    parts = {
        number: _split(content[begin : ends[begin]])
        for number, begin in enumerate(offsets, start=1)
    }
    of_trailer = trailer[trailer.index(b"trailer") :]
    numbers: dict[int, int] = {}
    for number in _references(of_trailer):
        _visit(number, parts, numbers)
    written, places = bytearray(content[: min(offsets)]), []
    for number, new in numbers.items():
        head, stream = parts[number]
        places.append(len(written))
        written += b"%d 0 obj\n" % new + _renumbered(head, numbers) + stream
    begin = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(numbers) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = re.sub(rb"/Size \d+", b"/Size %d" % (len(numbers) + 1), of_trailer)
    return bytes(written + _renumbered(size, numbers) + b"startxref\n%d\n%%%%EOF" % begin)


def _split(part: bytes) -> tuple[bytes, bytes]:
    """Return the dictionary of an object, with its fonts by name, and its stream."""
    head, sign, stream = NUMBERED.sub(b"", part).partition(STREAM)
    ordered = FONTS.sub(
        lambda found: found[1] + b"\n".join(sorted(found[2].split(b"\n"))) + found[3], head
    )
    return ordered, sign + stream


def _visit(number: int, parts: dict[int, tuple[bytes, bytes]], numbers: dict[int, int]) -> None:
    """Number an object and those that it refers to, each once."""
    if number not in numbers:
        numbers[number] = len(numbers) + 1
        for each in _references(parts[number][0]):
            _visit(each, parts, numbers)


def _references(text: bytes) -> list[int]:
    return [int(number) for number in REFERENCE.findall(text)]


def _renumbered(text: bytes, numbers: dict[int, int]) -> bytes:
    return REFERENCE.sub(lambda found: b"%d 0 R" % numbers[int(found[1])], text)
