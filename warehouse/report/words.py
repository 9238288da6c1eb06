"""Texts of the pages: ages and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from warehouse.releases.reader import Row
from warehouse.settings import PARTS_DIR
from warehouse.text import counted, day

LOCAL_TIMES_PATH = PARTS_DIR / "dbt_project" / "models" / "local_times.md"

Level = Literal["clear", "flagged", "rejected", "fix_first"]


@dataclass(frozen=True)
class Verdict:
    """Level and summary of data quality in one sentence."""

    level: Level
    sentence: str


def local_times() -> str:
    """Return the note on local times, which the columns of times and intervals have, too."""
    text = LOCAL_TIMES_PATH.read_text(encoding="utf-8")
    return text.partition("%}")[2].partition("{%")[0].strip()


def age(days: int | None) -> str:
    """Return the time for which a query has been open, as a text."""
    if days is None:
        return ""
    return counted(days, "day") if days > 0 else "today"


def verdict(totals: Row, day_before: date | None) -> Verdict:
    """Return today's verdict from the counts of ``facts.totals``."""
    first = _fix_first(totals)
    queries = f"{_queries(totals, day_before)}{_overdue(totals)}"
    if first:
        return Verdict("fix_first", f"Fix first: {_listed(first)}; {queries}.")
    sentence = f"{queries[0].upper()}{queries[1:]}."
    if totals["n_open_reject"]:
        return Verdict("rejected", sentence)
    is_flagged = totals["n_open"] or totals["n_findings"] or totals["n_overdue"]
    return Verdict("flagged" if is_flagged else "clear", sentence)


def _overdue(totals: Row) -> str:
    late = counted(totals["n_overdue"], "extract is overdue", "extracts are overdue")
    return f"; {late}" if totals["n_overdue"] else ""


def _fix_first(totals: Row) -> list[str]:
    urgent = (
        (
            "n_study_undelivered",
            "study has no delivery from any of its sites",
            "studies have no delivery from any of their sites",
        ),
        ("n_skipped_to_fix", "file or folder was skipped", "files or folders were skipped"),
        ("n_files_rejected", "file is rejected", "files are rejected"),
        ("n_held", "delivery is held", "deliveries are held"),
        ("n_unbalanced", "file does not balance", "files do not balance"),
        ("n_errored", "rule could not be checked", "rules could not be checked"),
    )
    return [counted(totals[name], one, many) for name, one, many in urgent if totals[name]]


def _queries(totals: Row, day_before: date | None) -> str:
    since = f" since {day(day_before)}" if day_before else ""
    closed = counted(totals["n_newly_closed"], "query", "queries")
    if not totals["n_open"] and totals["n_findings"]:
        findings = counted(
            totals["n_findings"],
            "finding on a whole delivery",
            "findings on whole deliveries",
        )
        changed = _changed(totals, day_before, since)
        return f"no query is open; {findings}{changed}"
    if not totals["n_open"]:
        done = f", and {closed} closed{since}" if day_before and totals["n_newly_closed"] else ""
        return (
            f"no query is open: {counted(totals['n_rules'], 'rule')} hold in "
            f"{counted(totals['n_files'], 'delivered file')}{done}"
        )
    return f"{_open(totals)}{_changed(totals, day_before, since)}"


def _open(totals: Row) -> str:
    n_warn = totals["n_open_warn"]
    flagged = counted(n_warn, "query on a flagged value", "queries on flagged values")
    if not totals["n_open_reject"]:
        return f"no row is rejected; {flagged}"
    queries = counted(totals["n_open_reject"], "query", "queries")
    rows = counted(totals["n_rows_rejected"], "rejected row")
    rejected = f"{queries} on {rows if totals['n_rows_rejected'] else 'rejected data'}"
    return f"{rejected}, {flagged}" if n_warn else rejected


def _changed(totals: Row, day_before: date | None, since: str) -> str:
    if day_before is None:
        return ", all new in this first release"
    new, closed, found = totals["n_new"], totals["n_newly_closed"], totals["n_new_findings"]
    findings = counted(
        found, "finding on a whole delivery is new", "findings on whole deliveries are new"
    )
    if not new and not closed:
        return f"; {findings if found else 'nothing changed'}{since}"
    return f"; {new:,} new and {closed:,} closed{since}{f', {findings}' if found else ''}"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
