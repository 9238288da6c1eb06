"""Explanations of the cells of a page, in a form that the page's script shows on a click.

Patients, files and lines are stored once; cells with the same patients share their list. A page
stays below 3 MB for any number of patients: long lists are cut and state how many are not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from warehouse.explain import Explainer, Explanation, Patient, SourceLine
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
        self.lists: dict[tuple[int, int], tuple[int, tuple[Patient, ...]]] = {}

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
            "of": len(explanation.patients),
            "unknown": explanation.n_unknown,
            "list": self._list(explanation.patients),
        }

    def _list(self, patients: tuple[Patient, ...]) -> int:
        """Return the index of a list; equal patients are the same tuple of the explainer."""
        place, _ = self.lists.setdefault((id(patients), len(patients)), (len(self.lists), patients))
        return place

    def facts(self, cells: dict[str, Facts]) -> Facts:
        """Return cells, lists and items as plain lists."""
        most = max(LISTED_ON_PAGE // max(len(self.lists), 1), LISTED_AT_LEAST)
        lists = [
            [self._entry(patient) for patient in _counted_first(patients)[:most]]
            for _, patients in self.lists.values()
        ]
        return {"cells": cells, "lists": lists} | {
            name: list(known) for name, known in self.names.items()
        }

    def _entry(self, patient: Patient) -> list[Any]:
        who = (patient.patient_key, self.number("groups", patient.study_group or ""))
        return [
            self.number("patients", who),
            int(patient.is_counted),
            [self._line(line) for line in patient.lines],
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


def _counted_first(patients: tuple[Patient, ...]) -> list[Patient]:
    return sorted(patients, key=lambda patient: not patient.is_counted)


def _day(when: date | None) -> str:
    return when.isoformat() if when else ""
