"""A study of a release, as explanations need it: its groups, lines and conventions, and sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.membership import StudySql
from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import DictionaryError, dictionary
from warehouse.definitions.study import ALL_PATIENTS
from warehouse.definitions.study_files import load_study
from warehouse.explain.summaries import text

Sources = tuple[str, ...]
# What a rule on several strokes looks at.
RULE_COLUMNS = {
    "first_stroke": ("treated_on",),
    "outcome_known": ("mrs_90d", "is_dead_90d"),
}


class TableLine(NamedTuple):
    """Summary and decimals of a column of the cohort in the tables of a study."""

    summary: str
    decimals: int


@dataclass(frozen=True)
class ExplainedStudy:
    """A study: the schema of its views, its groups by prefix, its lines by variable, its tables,
    and the characteristic of each subgroup.
    """

    schema: str
    name: str
    prefixes: dict[str, str]
    lines: dict[str, TableLine]
    tables: frozenset[str]
    quartile_type: int
    reference: str | None = None
    subgroups: dict[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """The groups in their order."""
        return tuple(self.prefixes.values())

    @property
    def cohort(self) -> str:
        """View of the analyzed patients."""
        return f"{self.schema}.cohort"

    def of_subgroup(self, subgroup: str) -> str:
        """Return the condition of a subgroup on the cohort; an empty text of everybody."""
        if subgroup == ALL_PATIENTS:
            return ""
        return f"subgroup_{self.subgroups[subgroup]} = {text(subgroup)}"

    @property
    def eligibility(self) -> str:
        """View of the steps that each screened patient reached."""
        return f"{self.schema}.eligibility"

    @property
    def flow(self) -> str:
        """View of the patient flow."""
        return f"{self.schema}.patient_flow"


@cache
def step_sources(study: str) -> dict[str, Sources]:
    """Return the columns of the registry that decide each step, by step; none of a gone study."""
    found: dict[str, Sources] = {}
    with suppress(DictionaryError):
        definition = load_study(study)
        for step, columns in StudySql(definition).columns_read():
            found[step] = tuple(dict.fromkeys(_sources(columns)))
        for step in definition.flow:
            if step.rule:
                found[step.step] = tuple(dict.fromkeys(_sources(RULE_COLUMNS[step.rule])))
    return found


@cache
def variable_sources(study: str) -> dict[str, Sources]:
    """Return the columns of the registry that the study's own columns of its cohort are made of."""
    found: dict[str, Sources] = {}
    with suppress(DictionaryError):
        sql = StudySql(load_study(study))
        for variable, columns in sql.columns_of_variables():
            found[variable] = tuple(dict.fromkeys(_sources(columns)))
        for characteristic, columns in sql.columns_of_subgroups():
            name = f"subgroup_{characteristic}"
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *_sources(columns))))
        found["study_group"] = tuple(dict.fromkeys(_sources(sql.columns_of_groups())))
    return found


def _sources(columns: Iterable[str]) -> Iterator[str]:
    for column in columns:
        known = stroke_columns().get(column)
        if known and known.made_from:
            yield from known.made_from
            continue
        tables = dictionary().registry_tables
        same = (name for name in tables if column in mart("registry", name).column_meta)
        yield from (f"{name}.{column}" for name in list(same)[:1])
