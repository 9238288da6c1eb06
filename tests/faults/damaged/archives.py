"""Compressed files: damaged, cut off, bombs, and kinds that are not read."""

from __future__ import annotations

import gzip
import struct
import zlib

from tests.faults.damaged.case import GOOD, HEADER, LIMIT_MB, ONE, ROW, Damaged, SetAside, named

_GZIP = gzip.compress(GOOD.encode())


def _false_length(packed: bytes) -> bytes:
    return packed[:-8] + struct.pack("<II", zlib.crc32(b"other"), 5)


ARCHIVES = [
    Damaged("gzip, named csv", _GZIP, ONE),
    Damaged("bzip2", b"BZh91AY&SY" + bytes(50), SetAside("bzip2")),
    Damaged("xz", b"\xfd7zXZ\x00" + bytes(50), SetAside("an xz file")),
    Damaged("zstd", b"\x28\xb5\x2f\xfd" + bytes(50), SetAside("zstd")),
    Damaged("RAR", b"Rar!\x1a\x07" + bytes(50), SetAside("RAR")),
    Damaged("7-Zip", b"7z\xbc\xaf\x27\x1c" + bytes(50), SetAside("7-Zip")),
    *named(
        "followups.csv.gz",
        Damaged("gzip", _GZIP, ONE),
        Damaged("csv, named gzip", GOOD, ONE),
        Damaged("gzip, cut off", gzip.compress(GOOD.encode() * 99)[:-20], SetAside("cut off")),
        Damaged("gzip, wrong check sum", _false_length(_GZIP), SetAside("damaged")),
        Damaged(
            "gzip, damaged in the middle", _GZIP[:20] + b"xxxx" + _GZIP[24:], SetAside("damaged")
        ),
        Damaged("gzip with rubbish behind", _GZIP + b"rubbish", SetAside("damaged")),
        Damaged("gzip with zeros behind", _GZIP + bytes(512), ONE),
        Damaged(
            "gzip of two parts",
            gzip.compress(HEADER.encode()) + gzip.compress(f"\n{ROW}".encode()),
            ONE,
        ),
        Damaged("gzip of nothing", gzip.compress(b""), SetAside("the file is empty")),
        Damaged("gzip within gzip", gzip.compress(_GZIP), SetAside("packed twice")),
        Damaged(
            "gzip bomb", gzip.compress(bytes(64 << 20)), SetAside(f"larger than {LIMIT_MB} MB")
        ),
        Damaged("gzip, header alone", _GZIP[:10], SetAside("cut off")),
    ),
]
