"""Encoding of a text file: declared by the site, or detected from its bytes."""

from __future__ import annotations

import codecs
from itertools import islice
from typing import BinaryIO

from charset_normalizer import from_bytes

from warehouse.landing.damaged_text import Damage, damage_of
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.scripts import (
    COMMON_LATIN,
    is_foreign,
    is_other_east_asian,
    words_of,
)

BLOCK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 16
DAMAGE = "\udc80"
DAMAGE_HANDLER = "warehouse_damage"
# At most one of this many bytes may be damaged; more, and the encoding is the wrong one.
BYTES_PER_DAMAGE = 100
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WORDS_SEEN = 10_000
_ASCII = bytes(range(128))
_ASCII_PROBE = b"patient_id,1"


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return DAMAGE, error.end
    raise error


codecs.register_error(DAMAGE_HANDLER, _mark_damage)


def detect_encoding(handle: BinaryIO, declared: str | None) -> str:
    """Python's name of the encoding. Bytes that do not fit it cost their line, not the file.

    Order: byte order mark, the site's declaration, UTF-8, GB18030, then a statistical guess; what
    is decoded must be plausible, too. If nothing fits, UTF-8 with bytes that are certainly damaged.
    Raises UnreadableFileError otherwise.
    """
    handle.seek(0)
    sample = handle.read(SAMPLE_BYTES)
    for mark, name in _BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return name
    if declared is not None:
        if not _fits(handle, declared):
            raise UnreadableFileError(
                f"the file is not in the encoding {declared} that the site's mapping declares"
            )
        return declared
    candidates = _utf16_by_zeros(sample) or ["utf-8", "gb18030", *_guess(sample), COMMON_LATIN[0]]
    for name in candidates:
        is_plausible = _is_plausible(handle, name) if _fits(handle, name) else False
        if is_plausible:
            return name
        if is_plausible is None and name == "gb18030":
            break
    damage = damage_of(handle)
    if damage and damage.is_certain and damage.n_lines * BYTES_PER_DAMAGE <= handle.seek(0, 2):
        return "utf-8"
    raise UnreadableFileError(_why_undetected(damage))


def _why_undetected(damage: Damage | None) -> str:
    where = ""
    if damage is not None:
        count = "1 line is" if damage.n_lines == 1 else f"{damage.n_lines:,} lines are"
        where = f" ({count} not UTF-8, first line {damage.line}: the byte 0x{damage.byte:02X})"
    return (
        f"the file is in no encoding that can be detected{where}; save it as UTF-8, or declare the "
        "encoding in the site's mapping (encoding: windows-1252 in Western, windows-1250 in "
        "Central Europe; gb18030, big5, shift_jis, euc_jp or euc_kr in East Asia). If only a few "
        "bytes are damaged, correct these lines"
    )


def is_ascii(handle: BinaryIO) -> bool:
    """Whether a file has nothing but ASCII, which is the same in nearly every encoding."""
    handle.seek(0)
    return all(block.isascii() for block in iter(lambda: handle.read(BLOCK_BYTES), b""))


def _fits(handle: BinaryIO, encoding: str) -> bool:
    """Whether all but single bytes can be decoded, and those that cannot are the exception."""
    damaged, special, size = 0, 0, 0
    decoder = codecs.getincrementaldecoder(encoding)(errors=DAMAGE_HANDLER)
    handle.seek(0)
    more = True
    while more:
        block = handle.read(BLOCK_BYTES)
        more = bool(block)
        text = decoder.decode(block, final=not more)
        size += len(block)
        if not text.isascii():
            damaged += text.count(DAMAGE)
            special += len(text) - len(text.encode("ascii", "ignore"))
    return damaged == 0 or (2 * damaged <= special and damaged * BYTES_PER_DAMAGE <= size)


def _is_plausible(handle: BinaryIO, encoding: str) -> bool | None:
    """Whether what can be decoded is text of that encoding, and of no other that fits as well.

    None where it may be that, or Western text, or Japanese, Korean or Big5.

    Only sense distinguishes encodings of accented Latin letters: where common ones
    differ about the letters of a file, the site must say which it is.
    """
    if encoding.startswith("utf"):
        return True
    if words := _words_of_other_scripts(handle, encoding):
        is_text = is_foreign(words, encoding)
        is_doubtful = (
            is_text and encoding == "gb18030" and is_other_east_asian(_first_lines(handle))
        )
        return None if is_doubtful else is_text
    special = bytes(_special_bytes(handle))
    read = {special.decode(name, "replace") for name in (encoding, *COMMON_LATIN)}
    return encoding == "gb18030" or len(read) == 1


def _words_of_other_scripts(handle: BinaryIO, encoding: str) -> set[str]:
    """Distinct words, the first ones of a large file."""
    words: set[str] = set()
    handle.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors=DAMAGE_HANDLER)
    while len(words) < WORDS_SEEN and (block := handle.read(BLOCK_BYTES)):
        words.update(islice(words_of(decoder.decode(block)), WORDS_SEEN))
    return words


def _first_lines(handle: BinaryIO) -> bytes:
    """The first block of a file, up to the end of a line."""
    handle.seek(0)
    block = handle.read(BLOCK_BYTES)
    return block if len(block) < BLOCK_BYTES else block[: block.rfind(b"\n") + 1]


def _special_bytes(handle: BinaryIO) -> set[int]:
    """All bytes of a file that are no ASCII."""
    handle.seek(0)
    found: set[int] = set()
    for block in iter(lambda: handle.read(BLOCK_BYTES), b""):
        found.update(block.translate(None, _ASCII))
    return found


def _utf16_by_zeros(sample: bytes) -> list[str]:
    """UTF-16 without a mark: every second byte of Latin text is zero.

    Zeros at the end do not count: a crash may have left them behind text of any encoding.
    """
    sample = sample.rstrip(b"\0")
    half = len(sample) // 2
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if half and zeros.count(0) > half * 0.4:
            return [name]
    return []


def _guess(sample: bytes) -> list[str]:
    best = from_bytes(sample).best()
    if best is None or _ASCII_PROBE.decode(best.encoding, "replace") != _ASCII_PROBE.decode():
        return []
    return [best.encoding]
