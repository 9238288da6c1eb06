"""Zip archives of delivered files: their members, each of which is read as a file of its own.

Names of members are compared and shown, and never lead to a place on the disk.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.file_snapshot import BLOCK_BYTES, opened, scratch_file
from warehouse.landing.limits import Limits
from warehouse.landing.zip_kind import ENCRYPTED, ZIP_DAMAGE, names_of_document

ENDING = ".zip"
MOST_MEMBERS = 100
# The end of an archive: a mark, then counts of members and the size of their directory.
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 1 << 16
_MOST_DIRECTORY_BYTES = 1 << 20
# What a Mac adds to an archive.
_ADDED = "__MACOSX"
DAMAGED = "the zip archive is damaged or cut off; deliver it again"


def is_archive(path: Path) -> bool:
    """Whether the name of a file says that it is a zip archive."""
    return path.name.lower().endswith(ENDING)


def members_of(path: Path) -> list[str]:
    """The names of an archive's files, without those of folders and of what a Mac adds.

    Raises UnreadableFileError where it is none, is damaged, has a password, too many members, two
    of the same name, or a name that leads out of it; PostponedError where it cannot be opened.
    """
    with opened(path) as handle:
        _require_small_directory(handle)
        with _readable(handle) as archive:
            entries = [entry for entry in archive.infolist() if _is_file(entry)]
            what = names_of_document(archive)
    names = [entry.filename for entry in entries]
    if what:
        raise UnreadableFileError(f"it is no zip archive of files; let its name end with .{what}")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise UnreadableFileError("the zip archive has a password; make it without one")
    if len(names) > MOST_MEMBERS:
        raise UnreadableFileError(
            f"it has more than {MOST_MEMBERS} files; deliver several archives"
        )
    if any(map(_leads_out, names)):
        raise UnreadableFileError(
            "the name of a file in it leads out of the archive; pack it again"
        )
    if max(Counter(map(base_name, names)).values(), default=0) > 1:
        raise UnreadableFileError("two files in it have the same name; rename one")
    return names


def base_name(member: str) -> str:
    """The name of a member without its folders."""
    return PurePosixPath(member).name


def member_sha256(path: Path, member: str, sha256: str, limits: Limits) -> str:
    """SHA-256 of a member's content; of one that cannot be unpacked, of its name and the archive.

    Raises PostponedError when the archive cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with opened(path) as handle:
            for block in _blocks(handle, member, limits):
                digest.update(block)
    except UnreadableFileError:
        return hashlib.sha256(f"{sha256}\0{member}".encode()).hexdigest()
    return digest.hexdigest()


@contextmanager
def unzipped(
    handle: BinaryIO, member: str, limits: Limits, scratch_dir: Path
) -> Iterator[BinaryIO]:
    """The content of a member. Raises UnreadableFileError when it is damaged or too large."""
    with scratch_file(scratch_dir) as content:
        content.writelines(_blocks(handle, member, limits))
        content.seek(0)
        yield content


def _blocks(handle: BinaryIO, member: str, limits: Limits) -> Iterator[bytes]:
    _require_small_directory(handle)
    taken = 0
    with _readable(handle) as archive, archive.open(member) as content:
        packed = archive.getinfo(member).compress_size
        while block := content.read(BLOCK_BYTES):
            taken += len(block)
            limits.require_size(taken, packed=packed)
            yield block


@contextmanager
def _readable(handle: BinaryIO) -> Iterator[zipfile.ZipFile]:
    handle.seek(0)
    try:
        with zipfile.ZipFile(handle) as archive:
            yield archive
    except (*ZIP_DAMAGE, RuntimeError) as error:
        raise UnreadableFileError(DAMAGED) from error


def _require_small_directory(handle: BinaryIO) -> None:
    """Raise UnreadableFileError where there is no directory, or one that would fill the memory."""
    size = handle.seek(0, os.SEEK_END)
    handle.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT))
    tail = handle.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise UnreadableFileError(DAMAGED)
    count, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    if directory_bytes > _MOST_DIRECTORY_BYTES:
        raise UnreadableFileError(f"it has {count:,} files or more; deliver several archives")


def _is_file(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and PurePosixPath(entry.filename).parts[:1] != (_ADDED,)


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
