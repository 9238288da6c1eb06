"""Random studies on random strokes: members, groups and counts equal those of plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.membership import StudySql
from warehouse.definitions.config import study_path
from warehouse.definitions.study import StudyDefinition, study_of

Stroke = dict[str, Any]
Truth = bool | None
START, END = date(2020, 1, 1), date(2021, 12, 31)


def below(column: str, limit: int) -> Callable[[Stroke], Truth]:
    """The column is below a limit; unknown where it is."""
    return lambda stroke: None if stroke[column] is None else stroke[column] < limit


def flag(column: str) -> Callable[[Stroke], Truth]:
    """The column is true; unknown where it is."""
    return lambda stroke: stroke[column]


def either(one: Callable[[Stroke], Truth], other: Callable[[Stroke], Truth]) -> Any:
    """One of two holds, in three-valued logic."""

    def decide(stroke: Stroke) -> Truth:
        found = one(stroke), other(stroke)
        return True if True in found else None if None in found else False

    return decide


CONDITIONS: list[tuple[str, Callable[[Stroke], Truth]]] = [
    ("age_years < {limit}", below("age_years", 60)),
    ("ivt", flag("ivt")),
    ("has_procedure", flag("has_procedure")),
    ("passes < 3", below("passes", 3)),
    ("ivt or age_years < {limit}", either(flag("ivt"), below("age_years", 60))),
    ("circulation is not null", lambda stroke: stroke["circulation"] is not None),
    (
        "circulation in ('anterior', 'other')",
        lambda s: None if s["circulation"] is None else s["circulation"] == "anterior",
    ),
    ("coalesce(consent_given, false)", lambda stroke: stroke["consent_given"] is True),
]
OUTCOMES: list[tuple[str, Callable[[Stroke], Truth]]] = [
    ("mrs_90d is not null", lambda stroke: stroke["mrs_90d"] is not None),
    ("is_window_closed", flag("is_window_closed")),
]
GROUPS: list[tuple[str, Callable[[Stroke], Truth]]] = [
    ("passes < 2", below("passes", 2)),
    ("age_years < 50", below("age_years", 50)),
    ("ivt", flag("ivt")),
    ("circulation = 'posterior'", lambda s: s["circulation"] and s["circulation"] == "posterior"),
]


@dataclass
class Step:
    """Step of a random study: its keys, and its condition in Python."""

    keys: dict[str, Any]
    keep: Callable[[Stroke], Truth] | None = None


def strokes(chance: random.Random) -> list[Stroke]:
    """Random strokes of few patients, a third of whose values are missing."""

    def maybe(*values: Any) -> Any:
        return chance.choice(values) if chance.random() < 0.7 else None

    rows = []
    for number in range(chance.randint(0, 60)):
        mrs = maybe(*range(7))
        rows.append(
            {
                "admission_key": f"a{number:02}",
                "patient_key": f"p{chance.randint(0, 40)}",
                "site": chance.choice(["north", "south"]),
                "treated_on": START + timedelta(days=chance.randint(-100, 900)),
                "age_years": maybe(*range(20, 100)),
                "ivt": maybe(True, False),
                "passes": maybe(*range(6)),
                "circulation": maybe("anterior", "posterior"),
                "consent_given": maybe(True, False),
                "has_procedure": chance.random() < 0.9,
                "is_window_closed": maybe(True, False),
                "mrs_90d": mrs,
                "is_dead_90d": None if mrs is None else mrs == 6 or chance.random() < 0.5,
            }
        )
    return rows


def random_study(chance: random.Random) -> tuple[StudyDefinition, list[Step], list[Any]]:
    """A random study, its steps and its groups in Python."""
    steps = [Step({"step": "screened", "label": "S"})]
    for number, (sql, keep) in enumerate(chance.sample(CONDITIONS, chance.randint(0, 5))):
        keys = {"step": f"c{number}", "label": "C", "keep": sql, "because": "{age_years}"}
        keys["unknown"] = chance.choice(["leaves", "stays"])
        steps.append(Step(keys, keep))
        if chance.random() < 0.2 and "first" not in [step.keys["step"] for step in steps]:
            keys = {"step": "first", "label": "F", "rule": "first_stroke", "because": "later"}
            steps.append(Step(keys))
    groups = chance.sample(GROUPS, chance.choice([0, 2, 3]))
    if groups and chance.random() < 0.7:
        keys = {"step": "g", "label": "G", "keep": "study_group is not null", "because": "none"}
        steps.append(Step(keys, lambda stroke: stroke["study_group"] is not None))
    for number, (sql, keep) in enumerate(chance.sample(OUTCOMES, chance.randint(0, 2))):
        keys = {"step": f"o{number}", "label": "O", "keep": sql, "because": "o", "of_outcome": True}
        steps.append(Step(keys, keep))
    if chance.random() < 0.5:
        keys = {"step": "deaths", "label": "D", "rule": "outcome_known", "because": "dead"}
        steps.append(Step(keys))
    steps.append(Step({"step": "analyzed", "label": "A"}))
    uses_limit = any("{limit}" in step.keys.get("keep", "") for step in steps)
    content = {
        "title": "Random",
        "sites": chance.choice(["all", ["north"]]),
        "period": {"start": START, "end": chance.choice([None, END])},
        "parameters": {"limit": 60} if uses_limit else {},
        "flow": [step.keys for step in steps],
        "groups": [
            {"group": f"g{number}", "prefix": f"g{number}", "label": f"G{number}", "where": sql}
            for number, (sql, _) in enumerate(groups)
        ],
        "tables": [
            {
                "table": "t",
                "title": "T",
                "sections": [
                    {
                        "section": "S",
                        "lines": [
                            {"variable": "age_years", "label": "A", "summary": "median_iqr"},
                            {"variable": "circulation", "label": "C", "summary": "levels"},
                        ],
                    }
                ],
            }
        ],
    }
    study = study_of("random", content, study_path("random"))
    return study, steps, [where for _, where in groups]


def expected(
    study: StudyDefinition, steps: list[Step], groups: list[Any], rows: list[Stroke]
) -> dict[str, tuple[str | None, int | None]]:
    """Group and place of leaving of each screened stroke, by plain Python."""
    end = study.period.end or date.max
    screened = [
        row
        for row in rows
        if START <= row["treated_on"] <= end and (study.sites == "all" or row["site"] == "north")
    ]
    out: dict[str, list[int]] = {row["admission_key"]: [] for row in screened}
    for row in screened:
        found = [f"g{number}" for number, where in enumerate(groups) if where(row) is True]
        row["study_group"] = (found or [None])[0] if groups else "all"
    for place, step in enumerate(steps, start=1):
        rule = step.keys.get("rule")
        if step.keep:
            stays = step.keys.get("unknown") == "stays"
            for row in screened:
                met = step.keep(row)
                if met is False or (met is None and not stays):
                    out[row["admission_key"]].append(place)
        elif rule == "first_stroke":
            seen: set[str] = set()
            for row in sorted(screened, key=lambda row: (row["treated_on"], row["admission_key"])):
                if not out[row["admission_key"]]:
                    if row["patient_key"] in seen:
                        out[row["admission_key"]].append(place)
                    seen.add(row["patient_key"])
        elif rule == "outcome_known":
            leave_out_deaths_only(steps, screened, out, place)
    return {
        row["admission_key"]: (row["study_group"], min(out[row["admission_key"]], default=None))
        for row in screened
    }


def leave_out_deaths_only(
    steps: list[Step], screened: list[Stroke], out: dict[str, list[int]], place: int
) -> None:
    """Of a group of which only deaths are known, and not of all, nobody is analyzed."""
    of_outcome = {i for i, step in enumerate(steps, start=1) if step.keys.get("of_outcome")}
    candidates = [row for row in screened if set(out[row["admission_key"]]) <= of_outcome]
    for group in {row["study_group"] for row in candidates}:
        members = [row for row in candidates if row["study_group"] == group]
        known = [row for row in members if not out[row["admission_key"]]]
        dead = [row for row in known if row["is_dead_90d"] is True]
        if dead and len(dead) == len(known) < len(members):
            for row in known:
                out[row["admission_key"]].append(place)


@pytest.mark.parametrize("seed", range(40))
def test_a_random_study_equals_plain_python(seed: int) -> None:
    chance = random.Random(seed)
    study, steps, groups = random_study(chance)
    rows = strokes(chance)
    sql = StudySql(study)
    with duckdb.connect() as connection:
        declared = ", ".join(
            f'"{name}" {column.sql_type}' for name, column in stroke_columns().items()
        )
        connection.execute(f"create table strokes ({declared})")
        for row in rows:
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            connection.execute(f"insert into strokes ({names}) values ({marks})", [*row.values()])
        connection.execute(f"create table criteria as {sql.criteria()}")
        connection.execute(f"create table patients as {sql.patients()}")
        found = connection.execute("select admission_key, study_group, left_at from patients")
        members = {key: (group, place) for key, group, place in found.fetchall()}
        wanted = expected(study, steps, groups, rows)
        assert members == wanted
        criteria = connection.execute(
            "select admission_key, min(place) filter (where is_excluded) from criteria group by all"
        ).fetchall()
        assert {key: place for key, place in criteria if place} == {
            key: place for key, (_, place) in wanted.items() if place
        }
        connection.execute(
            "create table analyzed as select patients.study, patients.study_group, "
            "patients.variables, strokes.* from patients join strokes using (admission_key) "
            "where left_at is null"
        )
        counted = connection.execute(
            f"select variable, study_group, coalesce(level, cast(cast(observed as int) as varchar))"
            f", n from ({sql.value_counts()})"
        ).fetchall()
    of_key = {row["admission_key"]: row for row in rows}
    analyzed = [(of_key[key], group) for key, (group, place) in wanted.items() if place is None]
    assert {(variable, group, value): n for variable, group, value, n in counted} == Counter(
        (variable, group, None if row[variable] is None else str(row[variable]))
        for row, group in analyzed
        for variable in ("age_years", "circulation")
    )
