"""What a damaged input is, and what may become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

HEADER = "patient_id,assessed_on,mode,mrs,lost_to_followup"
ROW = "P1,2021-03-05,telephone,2,no"
GOOD = f"{HEADER}\n{ROW}\n"
NAMES = HEADER.split(",")
CELLS = ("P1", date(2021, 3, 5), "telephone", 2, False)
LIMIT_MB = 8
Content = str | bytes | Callable[[Path], object]


@dataclass(frozen=True)
class Landed:
    """Rows are used; ``rules`` are the rules that landing found broken, without the extract.

    ``no_record`` lines of the file are no records: remarks, totals, repeated headers.
    """

    rows: int
    unreadable: int = 0
    rules: tuple[str, ...] = ()
    no_record: int = 0


@dataclass(frozen=True)
class SetAside:
    """The file is remembered as unreadable, and a data manager is told this."""

    reason: str


@dataclass(frozen=True)
class LeftAlone:
    """Nothing is remembered; whoever runs the refresh is told this."""

    reason: str


Outcome = Landed | SetAside | LeftAlone
NO_COLUMNS = SetAside("required columns are missing: patient_id, lost_to_followup")
LINE = ("line.readable",)
ONE = Landed(1)
NO_DATE = Landed(1, 0, ("assessed_on.type",))
NO_PATIENT = Landed(1, 0, ("patient_id.type",))
NO_MRS = Landed(1, 0, ("mrs.type",))
UNKNOWN_COLUMN = Landed(1, 0, ("columns.known",))
NAMELESS_COLUMN = Landed(1, 0, ("columns.named",))
REMARK = Landed(1, 0, ("lines.records",), no_record=1)


@dataclass(frozen=True)
class Damaged:
    """An input: what it is called, what it holds, what must become of it."""

    title: str
    content: Content
    outcome: Outcome
    name: str = "followups.csv"

    def put(self, folder: Path) -> None:
        """Deliver it."""
        path = folder / self.name
        if isinstance(self.content, str):
            path.write_bytes(self.content.encode("utf-8", "surrogateescape"))
        elif isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)


def named(name: str, *inputs: Damaged) -> list[Damaged]:
    """The same inputs as files of another name."""
    return [replace(damaged, name=name) for damaged in inputs]


def cell(mrs: str = "2", day: str = "2021-03-05", key: str = "P1", mode: str = "telephone") -> str:
    """A file of one row, in which these cells are other than good."""
    return f"{HEADER}\n{key},{day},{mode},{mrs},no\n"


def lines(*rows: str) -> str:
    """A file of these rows."""
    return "\n".join((HEADER, *rows, ""))
