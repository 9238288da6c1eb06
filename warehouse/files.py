"""Writing files so that a reader, a crash or a power cut never sees half of one."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

PARTIAL_SUFFIX = ".partial"
PRIVATE = 0o600
OTHERS = 0o077


class NotRegularError(OSError):
    """A link, a pipe, a folder or a device stands where a regular file belongs."""


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, and nothing else: a pipe is not waited for.

    Raises NotRegularError, and OSError where it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotRegularError(errno.ELOOP, "it is a link", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "it is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file in one step: a temporary file beside it, flushed to disk, renamed into place."""
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_privately(path: Path, text: str) -> None:
    """Write a secret in one step, into a file that is at no moment readable by another account."""
    with replacing(path) as partial:
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(text)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write under; the file takes the place of ``path`` when the block ends well.

    It is flushed to disk before the rename and its folder after it, so that after a power cut
    there is the old file or the new one. Nothing remains of a block that fails.
    """
    make_folder(path.parent)
    make_way(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    partial.unlink(missing_ok=True)  # it may be a link to something that must not change
    try:
        yield partial
        sync_file(partial)
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder with its parents, so that a power cut does not take it away again.

    Raises NotADirectoryError where a file has its name.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
    sync_folder(folder.parent)


def close_folder(folder: Path) -> bool:
    """Make a folder that other accounts cannot enter; whether the file system lets us do that."""
    make_folder(folder)
    if is_open(folder):
        with suppress(OSError):  # it is another account's, or on a share without modes
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~OTHERS)
    return not is_open(folder)


def is_open(folder: Path) -> bool:
    """Whether a folder can be entered, listed or written to by another account."""
    return bool(folder.stat().st_mode & OTHERS)


def lies_there(path: Path) -> bool:
    """Whether anything has that name: also a link that leads nowhere, for which exists() is false.

    Raises PermissionError where nobody can say.
    """
    return path.is_symlink() or path.exists()


def what_lies(path: Path) -> str:
    """Name the kind of what has that name and does not belong there."""
    if path.is_symlink() and not path.exists():
        return f"a link to {path.readlink()}, which is not there or leads back to it"
    return "a folder" if path.is_dir() else "a file" if path.is_file() else "a pipe or a device"


def make_way(path: Path) -> None:
    """Remove what stands where a file belongs and holds nothing: an empty folder, a pipe, a device.

    Raises IsADirectoryError for a folder that is not empty: somebody may need what is in it.
    """
    if path.is_symlink() or path.is_file() or not path.exists():
        return
    if not path.is_dir():
        path.unlink()  # to open it would be to wait
        return
    try:
        path.rmdir()
    except OSError as error:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from error


def remove_partials(folder: Path) -> None:
    """Delete what writers left that were killed. Call only when nobody writes there."""
    for partial in folder.rglob(f"*{PARTIAL_SUFFIX}"):
        partial.unlink()


def remove_orphaned_partials(folder: Path) -> None:
    """Delete what writers left that are no more; others may be writing there."""
    for partial in folder.rglob(f"*{PARTIAL_SUFFIX}"):
        writer = partial.name.removesuffix(PARTIAL_SUFFIX).rpartition(".")[2]
        if writer.isdecimal() and not psutil.pid_exists(int(writer)):  # else it is somebody's own
            partial.unlink(missing_ok=True)


def remove_whatever(path: Path) -> None:
    """Delete a file, a folder with all that is in it, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Flush a file that another library wrote to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename survives a power cut."""
    sync_file(folder)
