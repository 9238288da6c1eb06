"""Digests, which tell whether a file is as it was written: SHA-256, said in this one place.

A JSON document (the manifest of a landed file, the record of a refresh) holds its own digest on its
last line, and those of the larger files that it speaks of. A Parquet file that is replaced night by
night has its digest in a small document beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warehouse.disk import TOO_MANY_OPEN
from warehouse.files import replacing, write_atomically

ALGORITHM = "sha256"
DIGESTS = "digests"
# Under this name a record has the digest of the release that its refresh made.
RELEASE = "release"
BESIDE = ".digest.json"
# What a file has instead of a digest that could not be read when its digest was made.
UNREADABLE = "unreadable"
# Noted for a file that was not there before it was written.
ABSENT = "absent"
DIFFERS = "its content is not what was written (damaged or edited)"
_SEAL = f',\n"{ALGORITHM}": "'


class BrokenSealError(ValueError):
    """A JSON document is not what was written: damaged, or edited by hand."""


def digest_of(content: bytes) -> str:
    """Hexadecimal digest of bytes."""
    return hashlib.new(ALGORITHM, content).hexdigest()


def file_digest(path: Path) -> str:
    """Hexadecimal digest of a file, which is streamed. Raises OSError."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, ALGORITHM).hexdigest()


def why_not_whole(path: Path, *digests: str) -> str | None:
    """Why a file is not as it was written, for people; None where it has one of the digests."""
    try:
        return None if file_digest(path) in digests else DIFFERS
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:  # no matter of this file
            raise
        return f"it cannot be read: {error.strerror}"


def sealed(document: str) -> bytes:
    """A JSON object with the digest of its text on its last line."""
    body = document.rstrip().removesuffix("}").rstrip()
    return f"{body}{_SEAL}{digest_of(body.encode())}{_end()}".encode()


def is_sealed(path: Path) -> bool:
    """Whether a document has a digest on its last line, right or wrong."""
    return _SEAL.encode() in path.read_bytes()


def unsealed(content: bytes) -> dict[str, Any]:
    """The object of a sealed document.

    One of a version that made no digests has none and no ``digests``. Raises BrokenSealError, or
    ValueError where it is no JSON.
    """
    body, seal, digest = content.rpartition(_SEAL.encode())
    if seal:
        if digest.decode("utf-8", "replace") != digest_of(body) + _end():
            raise BrokenSealError(DIFFERS)
        return dict(json.loads(body + b"}"))
    document = dict(json.loads(content))
    if DIGESTS in document:
        raise BrokenSealError(DIFFERS)
    return document


@contextmanager
def keeping(path: Path) -> Iterator[Path]:
    """Replace a file as ``replacing`` does, and note its digest beside it.

    That of the file before is noted, too, until the next time: whenever the process is killed, the
    file that is there has one of the two.
    """
    with replacing(path) as partial:
        yield partial
        _note_beside(path, [file_digest(partial), *_present(path)])
    note_presence(path)


def note_presence(path: Path) -> None:
    """Note that a file is there whose digest was made before it was: from now on it may be lost.

    Raises BrokenSealError, or ValueError.
    """
    digests = digests_beside(path)
    if ABSENT in digests and path.exists():
        _note_beside(path, [digest for digest in digests if digest != ABSENT])


def is_gone(path: Path) -> bool:
    """Whether a file that ``keeping`` wrote is no longer there, and its digest still is."""
    return not path.exists() and why_not_kept(path) is not None


def forget_kept(path: Path) -> None:
    """Delete the digest of a file that is gone."""
    path.with_name(path.name + BESIDE).unlink(missing_ok=True)


def remove_kept(path: Path) -> None:
    """Delete a file that ``keeping`` wrote, and then its digest."""
    path.unlink()
    forget_kept(path)


def why_not_kept(path: Path) -> str | None:
    """Why a file is not as ``keeping`` wrote it, for people; None where it is, or has no digest."""
    try:
        digests = digests_beside(path)
    except ValueError:
        return f"{path.name}{BESIDE} beside it is damaged"
    if not digests or (ABSENT in digests and not path.exists()):
        return None
    return why_not_whole(path, *digests)


def digests_beside(path: Path) -> list[str]:
    """Digests that a file beside it allows, the newest first; none where there is no such file.

    Raises BrokenSealError, or ValueError.
    """
    beside = path.with_name(path.name + BESIDE)
    return list(unsealed(beside.read_bytes())[DIGESTS]) if beside.exists() else []


def has_no_digest_beside(path: Path) -> bool:
    """Whether there is a file without a digest beside it, be that right or wrong."""
    return path.is_file() and not path.with_name(path.name + BESIDE).exists()


def make_digest_beside(path: Path) -> None:
    """Take a file as it is now."""
    _note_beside(path, [file_digest(path)])


def _present(path: Path) -> list[str]:
    """The digest of the file that is there now, where it is as it was written."""
    if not path.exists():
        return [ABSENT]
    try:
        return [digest for digest in digests_beside(path) if not why_not_whole(path, digest)]
    except ValueError:
        return []


def _note_beside(path: Path, digests: list[str]) -> None:
    write_atomically(path.with_name(path.name + BESIDE), sealed(json.dumps({DIGESTS: digests})))


def _end() -> str:
    return '"\n}\n'
