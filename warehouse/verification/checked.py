"""Result of a verification: a line for each file, and counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INTACT, DAMAGED, CHANGED, GONE, UNKNOWN = "intact", "damaged", "changed", "gone", "no digest"
STRAY = "not used"


@dataclass(frozen=True)
class CheckedFile:
    """A file with its state, the reason, and what to do.

    ``state``: ``intact``; ``damaged``; ``changed`` or ``gone`` for raw files, which a refresh
    handles; ``no digest`` if none was written yet; ``not used`` for a file that is not the
    warehouse's. ``kind``: raw, key, landed, history, releases, locks, other.
    """

    kind: str
    path: Path
    state: str
    why: str | None = None
    what_to_do: str | None = None

    @property
    def line(self) -> str:
        """Path, reason and remedy as one line of text."""
        return ": ".join(filter(None, (str(self.path), self.why or self.state, self.what_to_do)))


@dataclass(frozen=True)
class Verdict:
    """All files in the order of checking."""

    files: tuple[CheckedFile, ...]

    @property
    def damaged(self) -> list[CheckedFile]:
        """Files that differ from what was written."""
        return [file for file in self.files if file.state == DAMAGED]

    @property
    def counts(self) -> list[str]:
        """A line for each kind of file with the number in each state."""
        by_kind: dict[str, Counter[str]] = {}
        for file in self.files:
            by_kind.setdefault(file.kind, Counter())[file.state] += 1
        return [
            f"{kind}: {', '.join(f'{number:,} {state}' for state, number in states.items())}"
            for kind, states in by_kind.items()
        ]

    @property
    def raw_gone(self) -> int:
        """Number of landed raw files that are gone."""
        return sum(file.kind == "raw" and file.state == GONE for file in self.files)

    @property
    def notes(self) -> list[str]:
        """Notes on the counts: raw files may be archived, or their share is not mounted."""
        if not self.raw_gone:
            return []
        landed = sum(file.kind == "raw" for file in self.files)
        return [
            f"{self.raw_gone:,} of {landed:,} landed raw files are gone: their rows are kept, but "
            "could not be landed again. If nobody archived them, restore them, or mount their share"
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """The result as JSON-ready values."""
        files = list(map(asdict, self.files))
        return {"damaged": len(self.damaged), "raw_gone": self.raw_gone, "files": files}


def checked(kind: str, path: Path, why: str | None = None, what_to_do: str = "") -> CheckedFile:
    """Return an intact file, or a damaged one if there is a reason ``why``."""
    if why is None:
        return CheckedFile(kind, path, INTACT)
    return CheckedFile(kind, path, DAMAGED, why, what_to_do)


def without_digest(kind: str, path: Path) -> CheckedFile:
    """Return a file of an earlier version, which wrote no digests."""
    return CheckedFile(kind, path, UNKNOWN, what_to_do="the next refresh makes its digest")
