"""Explanation of a published number: its definition, its SQL, its patients and delivered lines.

``Explainer(connection).explain("t2.mort.p")`` explains one number of a release, fast enough for
every cell of every table on one connection.
"""

from warehouse.dbt.project import Model
from warehouse.explain.address import Address
from warehouse.explain.explainer import Explainer, open_explainer
from warehouse.explain.explanation import ExplainError, Explanation, Patient, SourceLine

__all__ = [
    "Address",
    "ExplainError",
    "Explainer",
    "Explanation",
    "Model",
    "Patient",
    "SourceLine",
    "open_explainer",
]
