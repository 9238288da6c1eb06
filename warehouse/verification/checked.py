"""What a check of files finds: a line for each file, and counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WHOLE, DAMAGED, CHANGED, GONE, UNKNOWN = "whole", "damaged", "changed", "gone", "no digest"
STRAY = "not used"


@dataclass(frozen=True)
class CheckedFile:
    """A file, how it is, why, and what to do.

    ``state``: ``whole``; ``damaged``; of raw files ``changed`` or ``gone``, which the refresh deals
    with; ``no digest`` where none was made yet; ``not used`` of what people left there. ``kind``:
    raw, key, landed, history, releases, other.
    """

    kind: str
    path: Path
    state: str
    why: str | None = None
    what_to_do: str | None = None

    @property
    def line(self) -> str:
        """For people."""
        return ": ".join(filter(None, (str(self.path), self.why or self.state, self.what_to_do)))


@dataclass(frozen=True)
class Verdict:
    """All files, in the order in which they were checked."""

    files: tuple[CheckedFile, ...]

    @property
    def damaged(self) -> list[CheckedFile]:
        """What is not as it was written."""
        return [file for file in self.files if file.state == DAMAGED]

    @property
    def counts(self) -> list[str]:
        """A line for each kind of file: how many are how."""
        by_kind: dict[str, Counter[str]] = {}
        for file in self.files:
            by_kind.setdefault(file.kind, Counter())[file.state] += 1
        return [
            f"{kind}: {', '.join(f'{number:,} {state}' for state, number in states.items())}"
            for kind, states in by_kind.items()
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {"damaged": len(self.damaged), "files": list(map(asdict, self.files))}


def judged(kind: str, path: Path, why: str | None = None, what_to_do: str = "") -> CheckedFile:
    """A file that is whole, or damaged where there is a ``why``."""
    if why is None:
        return CheckedFile(kind, path, WHOLE)
    return CheckedFile(kind, path, DAMAGED, why, what_to_do)


def without_digest(kind: str, path: Path) -> CheckedFile:
    """A file of an earlier version of the project."""
    return CheckedFile(kind, path, UNKNOWN, what_to_do="the next refresh makes its digest")
