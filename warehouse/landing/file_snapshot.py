"""A private copy of a delivered file: hashed, unpacked, and safe from changes while it is read."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from warehouse.disk import TOO_MANY_OPEN
from warehouse.files import NotRegularError, open_regular
from warehouse.landing.disk_space import is_disk_full
from warehouse.landing.errors import (
    PostponedError,
    StillChangingError,
    UnreadableFileError,
)
from warehouse.landing.limits import Limits

BLOCK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


def file_sha256(path: Path) -> str:
    """SHA-256 of a regular file. Raises PostponedError when it cannot be read."""
    with opened(path) as handle:
        return _copy(handle, None)


def content_sha256(path: Path, sha256: str, limits: Limits) -> str:
    """SHA-256 of a file's content, unpacked if it is gzip; ``sha256`` is that of the file itself.

    What cannot be unpacked is its own content. Raises PostponedError when it cannot be read.
    """
    with opened(path) as handle:
        if handle.read(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
            return sha256
        size = handle.seek(0, os.SEEK_END)
        handle.seek(0)
        digest = hashlib.sha256()
        try:
            for block in _gunzipped(handle, limits, size):
                digest.update(block)
        except UnreadableFileError:
            return sha256
        except OSError as error:
            raise PostponedError(f"the file cannot be read: {error.strerror}") from error
        return digest.hexdigest()


@contextmanager
def private_copy(path: Path, sha256: str, scratch_dir: Path) -> Iterator[BinaryIO]:
    """A nameless copy of the file whose content has that hash; it vanishes with the block.

    Raises StillChangingError when the content is another one, or changed while it was copied.
    """
    with scratch_file(scratch_dir) as copy:
        with opened(path) as handle:
            before = os.fstat(handle.fileno())
            copied = _copy(handle, copy)
            after = os.fstat(handle.fileno())
        changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
        if changed or copied != sha256:
            raise StillChangingError(
                "the file changed while it was read; it is probably being copied"
            )
        copy.seek(0)
        yield copy


@contextmanager
def unpacked(
    handle: BinaryIO, limits: Limits, scratch_dir: Path
) -> Iterator[tuple[BinaryIO, bool]]:
    """The file's content, unpacked if it is gzip, and whether it was.

    Raises UnreadableFileError when it is damaged or larger than the limit.
    """
    size = handle.seek(0, os.SEEK_END)
    handle.seek(0)
    limits.require_size(size)
    packed = handle.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    handle.seek(0)
    if not packed:
        yield handle, False
        return
    with scratch_file(scratch_dir) as content:
        content.writelines(_gunzipped(handle, limits, size))
        content.seek(0)
        yield content, True


def _gunzipped(packed: BinaryIO, limits: Limits, size: int) -> Iterator[bytes]:
    """The content block by block. Raises UnreadableFileError as ``unpacked`` does."""
    taken = 0
    try:
        with gzip.GzipFile(fileobj=packed) as unpacker:
            while block := unpacker.read(BLOCK_BYTES):
                taken += len(block)
                limits.require_size(taken, packed=size)
                yield block
    except EOFError as error:
        raise UnreadableFileError("the gzip file is cut off; deliver it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFileError("the gzip file is damaged; deliver it again") from error


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading. Raises PostponedError of a link, a pipe, a folder."""
    try:
        handle = open_regular(path)
    except NotRegularError as error:
        hint = "; put the file itself here" if path.is_symlink() else ""
        raise PostponedError(f"{error.strerror}{hint}") from error
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:  # not this file's fault
            raise
        raise PostponedError(f"the file cannot be opened: {error.strerror}") from error
    with handle:
        yield handle


def _copy(handle: BinaryIO, target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    try:
        while block := handle.read(BLOCK_BYTES):
            digest.update(block)
            if target is not None:
                target.write(block)
    except OSError as error:
        if is_disk_full(error):
            raise
        raise PostponedError(f"the file cannot be read: {error.strerror}") from error
    return digest.hexdigest()


@contextmanager
def scratch_file(scratch_dir: Path) -> Iterator[BinaryIO]:
    """A nameless file that vanishes with the block."""
    scratch_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=scratch_dir) as scratch:
        yield scratch
