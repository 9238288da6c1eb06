"""Report of a pre-flight: findings by rule, the first lines of each, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from warehouse import text

# Lines that are shown of a finding: usually, and when all are asked for.
LINES_SHOWN, LINES_OF_ALL = 5, 10_000
EXIT_REJECTS = 3
_WHAT_HAPPENS = {"reject": "REJECT", "warn": "warn  "}


@dataclass
class Finding:
    """A rule that a file breaks: how often, and on which lines first (None: the file itself)."""

    rule: str
    severity: str
    expected: str
    action: str
    count: int = 0
    shown: int = LINES_SHOWN
    first: list[tuple[int | None, str | None]] = field(default_factory=list)

    def add(self, line: int | None, found: str | None) -> None:
        """Count one more place; only the first are kept."""
        self.count += 1
        if len(self.first) < self.shown:
            self.first.append((line, found))

    @property
    def is_of_the_file(self) -> bool:
        """Whether it names no line."""
        return self.first[0][0] is None

    @property
    def first_place(self) -> str:
        """First place where the rule was broken, in one line."""
        line, found = self.first[0]
        return f"{self.rule} {_place(line)}{found or ''}".rstrip(": ")

    @property
    def lines(self) -> list[str]:
        """The finding for people."""
        head = f"  {_WHAT_HAPPENS[self.severity]} {self.rule}: {self.count:,} x"
        places = [
            f"           {_place(line)}{found or ''}".rstrip(": ") for line, found in self.first
        ]
        left = self.count - len(self.first)
        more = [f"           ... and {left:,} more"] if left > 0 else []
        advice = [f"         expected {self.expected}", f"         {self.action}"]
        return [head, *advice, *places, *more]


@dataclass(frozen=True)
class Verdict:
    """Verdict: rows that the next refresh would land and reject, and files that it would reject."""

    rows: int
    rows_rejected: int
    rows_warned: int
    lines_unreadable: int
    files_rejected: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0, or 3 when anything would be rejected."""
        rejects = self.rows_rejected or self.lines_unreadable or self.files_rejected
        return EXIT_REJECTS if rejects else 0

    @property
    def text(self) -> str:
        """The verdict in one sentence."""
        files = ", ".join(self.files_rejected)
        rejected = f"{files} would be rejected; " if files else ""
        lines = "line" if self.lines_unreadable == 1 else "lines"
        return (
            f"{rejected}of {self.rows:,} rows {self.rows_rejected:,} "
            f"would be rejected and {self.rows_warned:,} used and flagged; "
            f"{self.lines_unreadable:,} {lines} cannot be read."
        )


def listed(findings: Iterable[Finding], every: bool = False) -> list[str]:
    """Findings for people, rejects first, the most frequent first.

    Those of one rule about the file as a whole are together in a line, such as the columns that
    nobody needs; with ``every`` each has its own.
    """
    ordered = sorted(findings, key=lambda entry: (entry.severity, -entry.count, entry.rule))
    groups: dict[str, list[Finding]] = {}
    for finding in ordered:
        groups.setdefault(finding.rule, []).append(finding)
    return [
        line
        for group in groups.values()
        for line in (
            _together(group)
            if len(group) > 1 and not every and all(one.is_of_the_file for one in group)
            else _one_by_one(group, len(group) if every else LINES_SHOWN)
        )
    ]


def _one_by_one(group: Sequence[Finding], most: int) -> Iterator[str]:
    """The first findings of one rule, each with its lines, and how many places the rest has.

    There are many where what is expected differs from line to line.
    """
    for finding in group[:most]:
        yield from finding.lines
    if left := sum(finding.count for finding in group[most:]):
        yield f"         ... and {group[0].rule} {left:,} x more; --all shows all"


def _together(group: Sequence[Finding]) -> list[str]:
    """Several findings of one rule in one line, and where there is more about them."""
    first = group[0]
    places = [found or "" for finding in group for _, found in finding.first]
    count = sum(finding.count for finding in group)
    head = f"  {_WHAT_HAPPENS[first.severity]} {first.rule}: {count:,} x"
    return [f"{head}: {text.listed(places, LINES_SHOWN)}; --all says what to do with each"]


def _place(line: int | None) -> str:
    return "" if line is None else f"line {line}: "
