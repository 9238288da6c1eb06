"""Raw files that are known by size and times: what has not changed since is not read again."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import NamedTuple

from warehouse.digests import DIGESTS, digest_of, sealed, unsealed
from warehouse.files import write_atomically
from warehouse.landing.file_snapshot import content_sha256, file_sha256
from warehouse.landing.limits import Limits
from warehouse.landing.zip_archive import member_sha256

# A file that was written just before it was read could be written again without another time.
SETTLED_SECONDS = 2.0
State = list[int]
# Of a file that is known by name and must be read again: no file has it.
NOT_SETTLED: State = []


class Digests(NamedTuple):
    """SHA-256 of a raw file, and of its content: the same unless it is packed."""

    file: str
    content: str


class KnownFiles:
    """Digests of raw files, remembered in a file below the folder of the state.

    A raw file is the same while its place, size, inode and times (of content and of change) are.
    Paths below the folder of raw files are stored as digests, so that a copied installation knows
    its files too. A damaged file of them counts as empty. With ``read_all`` every file is read.
    """

    def __init__(
        self,
        path: Path,
        raw_dir: Path,
        *,
        read_all: bool = False,
        settled_seconds: float = SETTLED_SECONDS,
    ) -> None:
        self._path = path
        self._raw_dir = raw_dir
        self._settled_seconds = settled_seconds
        self._before = {} if read_all else _read(path)
        self._now: dict[str, tuple[State, Digests]] = {}

    def digests(self, file: Path, limits: Limits, member: str | None = None) -> Digests:
        """The digests of a file, and of a member of it where it is a zip archive.

        Raises PostponedError when it cannot be read.
        """
        key, state, began = self._key(file, member), _state(file), time.time()
        for known in (self._now, self._before):
            if key in known and known[key][0] == state:
                self._now[key] = known[key]
                return known[key][1]
        sha256 = file_sha256(file)
        content = (
            content_sha256(file, sha256, limits)
            if member is None
            else member_sha256(file, member, sha256, limits)
        )
        digests = Digests(sha256, content)
        is_settled = _state(file) == state and _changed_at(state) < began - self._settled_seconds
        self._now[key] = state if is_settled else NOT_SETTLED, digests
        return digests

    def was_known(self, file: Path, member: str | None = None) -> bool:
        """Whether a file of that name was remembered at the end of an earlier landing."""
        return self._key(file, member) in self._before

    def forget(self, file: Path, member: str | None = None) -> None:
        """Drop a file, so that it is read again next time."""
        self._now.pop(self._key(file, member), None)

    def store(self, *, only_these: bool) -> None:
        """Store the files asked for and, unless ``only_these``, those known before."""
        known = self._now if only_these else self._before | self._now
        if known != self._before:
            document = {"files": known, DIGESTS: {}}
            write_atomically(self._path, sealed(json.dumps(document, indent=0)))

    def _key(self, file: Path, member: str | None) -> str:
        place = os.fsencode(file.relative_to(self._raw_dir))
        return digest_of(place + (b"" if member is None else b"\0" + member.encode()))


def _state(file: Path) -> State:
    found = file.lstat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _changed_at(state: State) -> float:
    return max(state[1], state[2]) / 1e9


def _read(path: Path) -> dict[str, tuple[State, Digests]]:
    """Read the stored sizes and digests; empty if an earlier version wrote them."""
    try:
        files = unsealed(path.read_bytes())["files"]
        return {key: (state, Digests(*digests)) for key, (state, digests) in files.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
