"""Explanations of the cells of a page, in a form that the page's script shows on a click.

Patients, files and lines are stored once; cells with the same patients share their list. A page
stays below 3 MB for any number of patients: long lists are cut and state how many are not shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from warehouse.explain import Explainer, Explanation, SourceLine
from warehouse.explain.patient_list import LinesByKey, Listed, PatientList, SourceColumns
from warehouse.releases.reader import Release

LISTED_ON_PAGE, LISTED_AT_LEAST = 30_000, 20
Facts = dict[str, Any]


def explained(release: Release, addresses: Iterable[str]) -> Facts:
    """Return explanations of cells by address, with the ``lists`` of patients that they refer to.

    An entry of a list has patient, whether counted (0 or 1) and lines; patients, groups, files and
    lines are indexes into the lists of those names. A page may be on a shared drive, so it contains
    no patient values; ``warehouse explain`` shows them from the database.
    """
    explainer = Explainer(release.connection)
    pool = _Pool()
    cells = {address: pool.cell(explainer.explain(address)) for address in addresses}
    return pool.facts(cells)


class _Pool:
    """Pool of the items that cells share, each stored once under an index."""

    def __init__(self) -> None:
        self.names: dict[str, dict[Any, int]] = {
            name: {} for name in ("patients", "groups", "files", "tables", "lines", "models")
        }
        self.lists: dict[PatientList, int] = {}

    def number(self, name: str, item: Any) -> int:
        """Return the index of an item among its kind."""
        known = self.names[name]
        return known.setdefault(item, len(known))

    def cell(self, explanation: Explanation) -> Facts:
        """Return the explanation of a cell, with the index of its list of patients."""
        return {
            "definition": explanation.definition,
            "query": explanation.query,
            "call": explanation.call or "",
            "models": [self.number("models", model.path) for model in explanation.models],
            "counted": explanation.n_counted,
            "of": explanation.behind.n if explanation.behind else 0,
            "unknown": explanation.n_unknown,
            "list": self._list(explanation.behind),
        }

    def _list(self, behind: object) -> int | None:
        """Return the index of a list; equal patients are the same list of the explainer."""
        if not isinstance(behind, PatientList):
            return None
        return self.lists.setdefault(behind, len(self.lists))

    def facts(self, cells: dict[str, Facts]) -> Facts:
        """Return cells, lists and items as plain lists."""
        most = max(LISTED_ON_PAGE // max(len(self.lists), 1), LISTED_AT_LEAST)
        shown = {behind: behind.first(most) for behind in self.lists}
        lines = _lines_of(shown)
        lists = [
            [self._entry(patient, lines[behind.source_columns]) for patient in patients]
            for behind, patients in shown.items()
        ]
        return {"cells": cells, "lists": lists} | {
            name: list(known) for name, known in self.names.items()
        }

    def _entry(self, patient: Listed, lines: LinesByKey) -> list[Any]:
        key, group, _, is_counted = patient
        who = (key, self.number("groups", group or ""))
        return [
            self.number("patients", who),
            int(is_counted),
            [self._line(line) for line in lines.get(key, ())],
        ]

    def _line(self, line: SourceLine) -> int:
        return self.number(
            "lines",
            (
                self.number("files", line.file),
                line.line,
                self.number("tables", line.table),
                _day(line.delivered_on),
            ),
        )


def _lines_of(shown: dict[PatientList, list[Listed]]) -> dict[SourceColumns, LinesByKey]:
    """Return the delivered lines of the shown patients, read once for the same columns."""
    keys: dict[SourceColumns, set[str]] = defaultdict(set)
    for behind, patients in shown.items():
        keys[behind.source_columns].update(key for key, *_ in patients)
    some = {behind.source_columns: behind for behind in shown}
    return {columns: some[columns].lines_of(sorted(of)) for columns, of in keys.items()}


def _day(when: date | None) -> str:
    return when.isoformat() if when else ""
