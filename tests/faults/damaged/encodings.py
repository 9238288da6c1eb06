"""Text in other encodings, and bytes that are no text."""

from __future__ import annotations

import codecs

from tests.faults.damaged.case import (
    GOOD,
    LINE,
    NO_COLUMNS,
    NO_DATE,
    NO_MRS,
    NO_PATIENT,
    ONE,
    ROW,
    Damaged,
    Landed,
    SetAside,
    cell,
    lines,
)


def _in(encoding: str, text: str = GOOD, mark: bytes = b"") -> bytes:
    return mark + text.encode(encoding)


ENCODINGS = [
    Damaged("utf-8 with a mark", _in("utf-8-sig"), ONE),
    Damaged("two byte order marks", codecs.BOM_UTF8 * 2 + GOOD.encode(), ONE),
    Damaged("a mark before the second line", GOOD.replace("\n", "\n\ufeff", 1), ONE),
    Damaged("utf-16, little endian", _in("utf-16-le", mark=codecs.BOM_UTF16_LE), ONE),
    Damaged("utf-16, big endian", _in("utf-16-be", mark=codecs.BOM_UTF16_BE), ONE),
    Damaged("utf-16 without a mark", _in("utf-16-le"), ONE),
    Damaged("utf-16 without a mark, big endian", _in("utf-16-be"), ONE),
    Damaged("utf-32, little endian", _in("utf-32-le", mark=codecs.BOM_UTF32_LE), ONE),
    Damaged("utf-32, big endian", _in("utf-32-be", mark=codecs.BOM_UTF32_BE), ONE),
    Damaged(
        "utf-16 cut in half a letter",
        _in("utf-16-le", mark=codecs.BOM_UTF16_LE)[:-1],
        Landed(0, 1, LINE),
    ),
    Damaged("gb18030", _in("gb18030", GOOD.replace("mode", "随访方式").replace("no", "否")), ONE),
    Damaged(
        "a byte that is no utf-8",
        lines("张伟伟伟伟伟伟,2021-03-05,telephone,2,no", "P\udcff2,,,2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "a damaged digit of a date in plain text",
        lines(ROW, ROW.replace("P1", "P2"), "P3,2021-0\udcff-05,telephone,2,no"),
        Landed(2, 1, LINE),
    ),
    Damaged(
        "a damaged digit of a number in plain text",
        lines(ROW, ROW.replace("P1", "P2"), "P3,2021-03-05,telephone,\udcff,no"),
        SetAside("1 line is not UTF-8, first line 4: the byte 0xFF"),
    ),
    Damaged(
        "utf-8 cut in half a letter",
        lines(ROW, "张,2021-03-05,电话,2,否").encode()[:-3],
        Landed(1, 1, LINE),
    ),
    Damaged("EBCDIC", _in("cp500"), NO_COLUMNS),
    Damaged("utf-7", _in("utf-7", GOOD.replace("telephone", "电话")), Landed(1, 0, ())),
    Damaged("latin-1 in a free text", _in("latin-1", cell(mode="téléphone")), ONE),
    Damaged("nothing but zeros", bytes(4096), SetAside("the file is empty")),
    Damaged("zeros after the end", GOOD.encode() + bytes(4096), ONE),
    Damaged("a zero in a cell", cell(mrs="2\0"), ONE),
    Damaged("a zero in the header", GOOD.replace("mrs", "m\0rs"), ONE),
    Damaged(
        "random bytes",
        bytes((i * i * 31 + i * 7) % 251 for i in range(9000)),
        SetAside("no encoding that can be detected"),
    ),
    Damaged("a zero within a code", cell(mode="tele\0phone"), ONE),
    Damaged("a control character within a date", cell(day="2021-03-0\x1b5"), NO_DATE),
    Damaged("a control character behind a number", cell(mrs="2\x01"), NO_MRS),
    Damaged("control characters", cell(key="P\x011\x7f"), NO_PATIENT),
    Damaged("a replacement character in an identifier", cell(key="P\ufffd1"), NO_PATIENT),
    Damaged("the end mark of old systems", GOOD + "\x1a", ONE),
    Damaged("replacement characters", cell(mode="\ufffd\ufffd"), ONE),
]
