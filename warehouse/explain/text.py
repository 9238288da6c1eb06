"""Explanation as text or as JSON."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from datetime import datetime
from typing import Any

from warehouse.explain.explanation import Explanation, Patient, SourceLine

WIDTH = 100
INDENT = "  "
SHOWN = 10


def as_text(explanation: Explanation, shown: int | None = SHOWN, with_sql: bool = False) -> str:
    """Return value, meaning, query, models and patients (``shown`` of them; None: all) as text."""
    parts = [
        f"{explanation.address} = {value_text(explanation.value)}",
        _titled("Definition", *map(_wrapped, explanation.definition)),
        *_calculated(explanation),
        _titled("Models", *(_model(each, with_sql) for each in explanation.models)),
        _patients(explanation, shown),
    ]
    return "\n\n".join(part for part in parts if part)


def _calculated(explanation: Explanation) -> list[str]:
    if explanation.call is None:
        return [_titled("SQL (for warehouse sql)", _indented(explanation.query))]
    return [
        _titled("SQL of the counts (for warehouse sql)", _indented(explanation.query)),
        _titled(
            "Function call on these counts",
            _indented(f"{explanation.call}\n= {value_text(explanation.computed)}"),
        ),
    ]


def as_json(explanation: Explanation, shown: int | None = SHOWN) -> str:
    """Return the explanation as JSON; ``n_patients`` and ``n_counted`` count all patients."""
    patients = _counted_first(explanation)
    record: dict[str, Any] = {
        "address": explanation.address,
        "value": explanation.value,
        "definition": explanation.definition,
        "query": explanation.query,
        "call": explanation.call,
        "computed": explanation.computed,
        "models": [asdict(model) for model in explanation.models],
        "n_patients": len(patients),
        "n_counted": explanation.n_counted,
        "patients": [_patient_record(patient) for patient in patients[:shown]],
        "patients_query": explanation.patients_query,
        "lines": [_line_record(line) for line in explanation.lines],
    }
    return json.dumps(record, default=str, ensure_ascii=False, indent=2)


def value_text(value: Any) -> str:
    """Return a value as text: yes, no, (empty), or the value (a whole number without decimals)."""
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _patients(explanation: Explanation, shown: int | None) -> str:
    if not explanation.patients:
        lines = [_line(line) for line in explanation.lines]
        return _titled("Delivered lines", *lines) if lines else "No patients."
    patients = _counted_first(explanation)
    listed = [part for patient in patients[:shown] for part in _patient(patient)]
    n_more = len(patients) - len(patients[:shown])
    if n_more:
        listed.append(f"{INDENT}and {n_more} more; --all lists them")
    unknown = f", {explanation.n_unknown} unknown" if explanation.n_unknown else ""
    heading = f"Patients: {explanation.n_counted} counted of {len(patients)}{unknown}"
    return _titled(heading, *listed)


def _counted_first(explanation: Explanation) -> list[Patient]:
    return sorted(explanation.patients, key=lambda patient: not patient.is_counted)


def _patient(patient: Patient) -> list[str]:
    mark = "counted" if patient.is_counted else "not counted"
    about = [patient.patient_key, patient.study_group, value_text(patient.value), mark]
    heading = INDENT + ", ".join(part for part in about if part)
    return [heading, *(INDENT + _line(line) for line in patient.lines)]


def _line(line: SourceLine) -> str:
    values = ", ".join(f"{name} {value_text(value)}" for name, value in line.fields)
    where = f"{INDENT}{line.file}, line {line.line}, delivered {line.delivered_on}"
    return f"{where}: {values}" if values else where


def _model(model: Any, with_sql: bool) -> str:
    parts = [INDENT + model.path]
    if model.comment:
        parts.append(textwrap.indent(textwrap.fill(model.comment, WIDTH - 4), INDENT * 2))
    if with_sql:
        parts.append(textwrap.indent(model.sql.strip(), INDENT * 2))
    return "\n".join(parts)


def _titled(title: str, *parts: str) -> str:
    return "\n".join([title, *parts]) if parts else ""


def _wrapped(sentence: str) -> str:
    return textwrap.fill(sentence, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT * 2)


def _indented(sql: str) -> str:
    return textwrap.indent(sql, INDENT)


def _patient_record(patient: Patient) -> dict[str, Any]:
    record = asdict(patient)
    return {**record, "lines": [_line_record(line) for line in patient.lines]}


def _line_record(line: SourceLine) -> dict[str, Any]:
    return {**asdict(line), "fields": dict(line.fields)}
