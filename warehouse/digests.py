"""SHA-256 digests, which show whether a file is as it was written.

A JSON document (the manifest of a landed file, the record of a refresh) has its own digest on its
last line, and holds the digests of the larger files that it describes. A Parquet file that is
replaced each night has its digest in a small document beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warehouse.disk import TOO_MANY_OPEN
from warehouse.files import replacing, what_lies, write_atomically

ALGORITHM = "sha256"
DIGESTS = "digests"
# Key of a release's digest in the record of its refresh.
RELEASE = "release"
BESIDE = ".digest.json"
# Stored for a file that could not be read when its digest was made.
UNREADABLE = "unreadable"
# Stored for a file that did not exist before it was written.
ABSENT = "absent"
DIFFERS = "its content is not what was written (damaged or edited)"
MISSING = "it is missing"
_SEAL = f',\n"{ALGORITHM}": "'


class BrokenSealError(ValueError):
    """A JSON document differs from what was written: damaged or edited."""


def digest_of(content: bytes) -> str:
    """Return the hexadecimal digest of bytes."""
    return hashlib.new(ALGORITHM, content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the hexadecimal digest of a file, which is streamed. Raises OSError."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, ALGORITHM).hexdigest()


def why_not_whole(path: Path, *digests: str) -> str | None:
    """Return how a file differs from what was written; None if it has one of the digests."""
    if path.exists() and not path.is_file():  # to open a pipe would be to wait
        return f"it is {what_lies(path)}"
    try:
        return None if file_digest(path) in digests else DIFFERS
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:  # not a fault of this file
            raise
        return f"it cannot be read: {error.strerror}"


def sealed(document: str) -> bytes:
    """Return a JSON object with the digest of its text on its last line."""
    body = document.rstrip().removesuffix("}").rstrip()
    return f"{body}{_SEAL}{digest_of(body.encode())}{_end()}".encode()


def is_sealed(path: Path) -> bool:
    """Return whether a document has a digest on its last line, correct or not."""
    return _SEAL.encode() in path.read_bytes()


def unsealed(content: bytes) -> dict[str, Any]:
    """Return the object of a sealed document.

    A document of a version without digests has no seal and no key ``digests``. Raises
    BrokenSealError, or ValueError if it is not JSON.
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
    """Replace a file as ``replacing`` does and write its digest beside it.

    The digest of the earlier file is kept until the next replacement. So whenever the process is
    killed, the file has one of the two digests.
    """
    with replacing(path) as partial:
        yield partial
        _note_beside(path, [file_digest(partial), *_present(path)])
    note_presence(path)


def note_presence(path: Path) -> None:
    """Record that a file now exists, so that its absence counts as loss from now on.

    Raises BrokenSealError or ValueError.
    """
    digests = digests_beside(path)
    if ABSENT in digests and path.exists():
        _note_beside(path, [digest for digest in digests if digest != ABSENT])


def is_gone(path: Path) -> bool:
    """Return whether a file that ``keeping`` wrote is missing while its digest exists."""
    return not path.exists() and why_not_kept(path) is not None


def forget_kept(path: Path) -> None:
    """Delete the digest of a missing file."""
    path.with_name(path.name + BESIDE).unlink(missing_ok=True)


def remove_kept(path: Path) -> None:
    """Delete a file that ``keeping`` wrote, and then its digest."""
    path.unlink()
    forget_kept(path)


def why_not_kept(path: Path) -> str | None:
    """Return how a file differs from what ``keeping`` wrote; None if equal or without a digest."""
    try:
        digests = digests_beside(path)
    except ValueError:
        return f"{path.name}{BESIDE} beside it is damaged"
    if not digests or (ABSENT in digests and not path.exists()):
        return None
    return why_not_whole(path, *digests)


def digests_beside(path: Path) -> list[str]:
    """Return the valid digests of a file, newest first; none if there is no digest file.

    Raises BrokenSealError or ValueError.
    """
    beside = path.with_name(path.name + BESIDE)
    if beside.exists() and not beside.is_file():
        raise BrokenSealError(DIFFERS)
    return list(unsealed(beside.read_bytes())[DIGESTS]) if beside.exists() else []


def has_no_digest_beside(path: Path) -> bool:
    """Return whether a file exists without a digest beside it."""
    return path.is_file() and not path.with_name(path.name + BESIDE).exists()


def make_digest_beside(path: Path) -> None:
    """Write the digest of a file as it is now."""
    _note_beside(path, [file_digest(path)])


def _present(path: Path) -> list[str]:
    """Return the digest of the existing file if it is as it was written."""
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
