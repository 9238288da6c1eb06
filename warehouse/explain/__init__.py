"""Where a published number comes from: its definition, its SQL, the patients, the lines.

``Explainer(connection).explain("t2.mrs02.rs.n")`` explains one number of a release, quickly enough
to ask for every cell of every table through one connection.
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
