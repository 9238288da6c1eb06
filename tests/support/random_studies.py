"""Random studies and registries, and by plain Python what each study must make of each stroke.

Nothing here is computed by the warehouse: who is in, in which group and subgroup, and each value.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from warehouse.definitions.config import study_path
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import study_of

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


def strokes(chance: random.Random, size: int) -> list[Stroke]:
    """Random strokes, a twentieth or a fifth of whose values are missing; patients have several."""
    known = chance.choice([0.8, 0.95])

    def maybe(*values: Any) -> Any:
        return chance.choice(values) if chance.random() < known else None

    rows = []
    for number in range(size):
        mrs = maybe(*range(7))
        rows.append(
            {
                "admission_key": f"a{number:03}",
                "patient_key": f"p{chance.randint(0, size)}",
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


LINES: dict[str, tuple[tuple[str, ...], Callable[[Stroke], Any]]] = {
    "age_years": (("mean_sd", "median_iqr"), lambda stroke: stroke["age_years"]),
    "passes": (("median_iqr", "mean_sd"), lambda stroke: stroke["passes"]),
    "mrs_90d": (("median_iqr",), lambda stroke: stroke["mrs_90d"]),
    "ivt": (("n_pct",), lambda stroke: stroke["ivt"]),
    "is_dead_90d": (("n_pct",), lambda stroke: stroke["is_dead_90d"]),
    "circulation": (("levels",), lambda stroke: stroke["circulation"]),
    "old": (("n_pct",), lambda s: None if s["age_years"] is None else s["age_years"] >= 70),
    "quotient": (
        ("mean_sd", "median_iqr"),
        lambda s: s["age_years"] / s["passes"] if s["age_years"] and s["passes"] else None,
    ),
}
VARIABLES = [
    {"variable": "old", "description": "O", "value": "age_years >= 70"},
    {"variable": "quotient", "description": "Q", "value": "age_years / passes"},
]


@dataclass
class RandomStudy:
    """A random study: its definition, and its steps, groups and subgroups in Python."""

    definition: StudyDefinition
    steps: list[Step]
    groups: list[Callable[[Stroke], Truth]]
    parts: list[Callable[[Stroke], Truth]]


def random_study(chance: random.Random, name: str) -> RandomStudy:
    """A random study."""
    steps = [Step({"step": "screened", "label": "S"})]
    for number, (sql, keep) in enumerate(
        chance.sample(CONDITIONS, chance.choice([0, 1, 1, 2, 3, 5]))
    ):
        keys = {"step": f"c{number}", "label": "C", "keep": sql, "because": "{age_years}"}
        keys["unknown"] = chance.choice(["leaves", "stays"])
        steps.append(Step(keys, keep))
        if chance.random() < 0.2 and "first" not in [step.keys["step"] for step in steps]:
            keys = {"step": "first", "label": "F", "rule": "first_stroke", "because": "later"}
            steps.append(Step(keys))
    groups = chance.sample(GROUPS, chance.choice([0, 2, 3]))
    if groups:
        keys = {"step": "g", "label": "G", "keep": "study_group is not null", "because": "none"}
        steps.append(Step(keys, lambda stroke: stroke["study_group"] is not None))
    for number, (sql, keep) in enumerate(chance.sample(OUTCOMES, chance.randint(0, 2))):
        keys = {"step": f"o{number}", "label": "O", "keep": sql, "because": "o", "of_outcome": True}
        steps.append(Step(keys, keep))
    if chance.random() < 0.5:
        keys = {"step": "deaths", "label": "D", "rule": "outcome_known", "because": "dead"}
        steps.append(Step(keys))
    steps.append(Step({"step": "analyzed", "label": "A"}))
    parts = chance.sample(GROUPS, chance.choice([0, 0, 1, 2]))
    content = {
        "title": "Random",
        "sites": chance.choice(["all", ["north"]]),
        "period": {"start": START, "end": chance.choice([None, END])},
        "parameters": {"limit": 60} if any("{limit}" in str(step.keys) for step in steps) else {},
        "flow": [step.keys for step in steps],
        "groups": [
            {"group": f"g{number}", "prefix": f"g{number}", "label": f"G{number}", "where": sql}
            for number, (sql, _) in enumerate(groups)
        ],
        "subgroups": [
            {
                "subgroup": "part",
                "label": "Part",
                "groups": [
                    {"group": f"s{number}", "label": f"S{number}", "where": sql}
                    for number, (sql, _) in enumerate(parts)
                ],
            }
        ][: len(parts)],
        "variables": VARIABLES,
        "tables": random_tables(chance),
        "quartile_type": chance.choice([2, 6, 7]),
        "small_samples": chance.choice(["exact", "approximate"]),
        "reference": chance.choice([None, "g0"]) if groups else None,
    }
    study = study_of(name, content, study_path(name))
    return RandomStudy(study, steps, [where for _, where in groups], [where for _, where in parts])


def random_tables(chance: random.Random) -> list[dict[str, Any]]:
    """One or two tables of random lines."""
    chosen = chance.sample([*LINES], chance.randint(1, len(LINES)))
    cut = chance.randint(0, len(chosen))
    return [
        {
            "table": f"t{number}",
            "title": "T",
            "effects": chance.choice(["differences", "ratios"]),
            "sections": [
                {
                    "section": "S",
                    "lines": [
                        {"variable": name, "label": "L", "summary": chance.choice(LINES[name][0])}
                        for name in names
                    ],
                }
            ],
        }
        for number, names in enumerate((chosen[:cut], chosen[cut:]))
        if names
    ]


def part_of(made: RandomStudy, stroke: Stroke) -> str:
    """The subgroup of a stroke: the first that holds; of none, whether one is unknown."""
    found = [where(stroke) for where in made.parts]
    if True in found:
        return f"s{found.index(True)}"
    return "unknown" if None in found else "none"


def expected(made: RandomStudy, rows: list[Stroke]) -> dict[str, tuple[str | None, int | None]]:
    """Group and place of leaving of each screened stroke, by plain Python."""
    study, steps, groups = made.definition, made.steps, made.groups
    end = study.period.end or date.max
    screened = [
        dict(row)
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
