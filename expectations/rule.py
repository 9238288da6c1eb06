"""Rules on rows: a condition that every row of an extract must meet, and who decides it.

A rule names the Great Expectations expectation that decides it as data (type and arguments), so
that the rules can be read, listed and published without importing Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from warehouse.definitions.dictionary import (
    DictionaryField,
    KahnCategory,
    Severity,
    dictionary,
)
from warehouse.definitions.measures import Limit
from warehouse.definitions.ranges import BOUNDS, is_number
from warehouse.definitions.thresholds import Threshold, Thresholds

Constraint = Literal[
    "required",
    "codes",
    "range",
    "usual",
    "unique",
    "pattern",
    "reference",
    "type",
    "readable",
    "clinical",
    "delivery",
    "complete",
    "held",
    "identity",
]
# Kahn 2016 doi:10.13063/2327-9214.1244: verification needs only the data and what the site says of
# them, validation compares with knowledge from outside (a guideline, a trial, a study).
KahnContext = Literal["verification", "validation"]

# Context of an admission from the extracts already checked, in the SQL of later rules.
KNOWN_AS = {"admissions": "admission", "procedures": "procedure", "imaging": "scan"}


@dataclass(frozen=True)
class Expectation:
    """A Great Expectations expectation as data: the name of its class and its arguments."""

    type: str
    arguments: Mapping[str, Any]

    @property
    def column(self) -> str:
        """The column that it looks at."""
        return str(self.arguments["column"])

    @property
    def checks_missing(self) -> bool:
        """Whether a row without a value is checked too."""
        return self.type == "ExpectColumnValuesToNotBeNull"


def present(column: str) -> Expectation:
    """Every row has a value."""
    return Expectation("ExpectColumnValuesToNotBeNull", {"column": column})


def among(column: str, values: Iterable[Any]) -> Expectation:
    """Every value is one of these."""
    return Expectation("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)})


def between(column: str, low: Any = None, high: Any = None) -> Expectation:
    """Every value is at least ``low`` and at most ``high``: values or limits; None is no bound."""
    low, high = (bound.value if isinstance(bound, Limit) else bound for bound in (low, high))
    return Expectation(
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": low, "max_value": high},
    )


# The clock of a row's site, in the SQL of a rule; null where its mapping names none.
CLOCK = {"time_zone": "clock.time_zone"}
# Text of rules that check an order of times.
CLOCKS_BACK = (
    " If the clocks went back that night, so that an hour occurred twice, the times may be right: "
    "name the site's time_zone in its mapping, and the row is used."
)


@dataclass(frozen=True, kw_only=True)
class Described:
    """Description of a rule of any kind, for people and for the table of rules.

    ``beside`` is SQL of a text that follows ``expected`` in each violation, such as
    file and line of the row that contradicts it. It sees the keys of ``broken`` (``landed_row`` of
    a row, ``site`` and ``delivered_on`` of a delivery), and may hold no value of a patient.
    ``action`` is, if not given, to check the fields (warn) or to correct one of them (reject).
    ``threshold`` is the rule's own, in place of the default of its severity.
    """

    extract: str
    name: str
    fields: tuple[str, ...]
    title: str
    expected: str
    why: str
    source: str
    action: str = ""
    severity: Severity = "warn"
    kahn_category: KahnCategory = "plausibility"
    constraint: Constraint = "clinical"
    kahn_context: KahnContext = "verification"
    beside: str | None = None
    threshold: Threshold | None = None

    @property
    def id(self) -> str:
        """Name of the rule in every table and message: ``<extract>.<name>``."""
        return f"{self.extract}.{self.name}"

    def allowed(self, thresholds: Thresholds) -> Threshold:
        """Return the rule's threshold: its line in the thresholds, its own, or the default."""
        default = self.threshold or thresholds.defaults[self.severity]
        return thresholds.rules.get(self.id, default)

    def __post_init__(self) -> None:
        if not self.action:
            object.__setattr__(self, "action", _check_or_correct(self))


@dataclass(frozen=True, kw_only=True)
class Rule(Described):
    """One rule on the rows of an extract.

    A rule is decided by ``expectation``; or, where no expectation says it, by ``holds``: SQL that
    is true for a row that is right, checked for rows where ``when`` is true. ``holds`` that comes
    out as null means that the row lacks what the rule needs, and is not checked.

    ``empties`` names the column of the marts that is missing in a row that breaks the rule, and
    ``empties_where`` is SQL over the checked table that is true for these rows, and for
    those of which another query says that it is impossible.
    ``derived`` adds columns to the checked table: name -> SQL over the landed columns and
    what is known of the admission (``admission.<column>``, ``procedure.<column>``).
    """

    expectation: Expectation | None = None
    when: str = "true"
    holds: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    empties: str | None = None
    empties_where: str = "false"

    @property
    def column(self) -> str:
        """Name of the column in which ``holds`` is worked out."""
        return self.name.replace(".", "__")

    @property
    def condition(self) -> str | None:
        """SQL of that column: 1, 0, or null where the rule does not apply.

        DuckDB stores a column of integers in half the time of one of booleans.
        """
        if not self.holds:
            return None
        return f"case when {self.when} then cast({self.holds} as integer) end"

    @property
    def decided_by(self) -> Expectation:
        """The expectation that decides the rule."""
        return self.expectation or among(self.column, [1])


def rules_of(extract: str) -> partial[Rule]:
    """The maker of the rules of an extract."""
    return partial(Rule, extract=extract)


def codes_that(code_list: str, attribute: str, value: str = "true") -> str:
    """SQL list of the codes that have an attribute: ``('2b', '2c', '3')``.

    KeyError when the code list has no such column.
    """
    codes = dictionary().code_lists[code_list].codes
    return _sql_list(code.code for code in codes if code.attributes[attribute] == value)


def named(code_list: str, attribute: str) -> str:
    """The codes that have an attribute, for people: ``2c or 3``."""
    codes = dictionary().code_lists[code_list].codes
    return " or ".join(code.code for code in codes if code.attributes[attribute] == "true")


def in_range(extract: str, field: str, column: str | None = None) -> str:
    """SQL that is true where a value is what the dictionary allows for a field.

    Clinical rules check only such values; others are reported as out of range. ``earliest`` is the
    first day of the row's site, null where its mapping names none.
    """
    words = dictionary()
    described = words.extracts[extract].field(field)
    name = column or described.landed_name
    if described.codes:
        return f"{name} in {_sql_list(words.code_lists[described.codes].values)}"
    if is_number(described):
        return within_bounds(extract, described, "range", str(name))
    bounds = described.constraints
    low = f"'{bounds.minimum}'"
    if described.is_event:
        low = f"coalesce(cast(earliest as timestamp), cast({low} as timestamp))"
    tests = [] if bounds.minimum is None else [f"{name} >= {low}"]
    tests += [] if bounds.maximum is None else [f"{name} <= '{bounds.maximum}'"]
    return "(" + " and ".join(tests) + ")"


def own_bound(extract: str, field: str, bound: str) -> str:
    """The column of a bound in the checked tables, null where the row's site has none of its own.

    ``bound`` is minimum, maximum, usual_minimum or usual_maximum.
    """
    return f"own__{extract}__{field}__{bound}"


def within_bounds(
    extract: str, field: DictionaryField, constraint: Literal["range", "usual"], column: str
) -> str:
    """SQL that is true where a number is possible, or usual, by its site or by the dictionary."""
    known = field.usual if constraint == "usual" else field.constraints
    ends = (known.minimum, known.maximum) if known else (None, None)
    tests = []
    for bound, end, sign in zip(BOUNDS[constraint], ends, (">=", "<="), strict=True):
        own = own_bound(extract, field.name, bound)
        tests.append(
            f"{column} {sign} coalesce({own}, {end})"
            if end is not None
            else f"coalesce({column} {sign} {own}, true)"
        )
    return f"({' and '.join(tests)})"


def admission_of(table: str) -> str:
    """SQL of a number for the admission of a row, at its site: text is slow to join by.

    A hash of 64 bits: among a million admissions, two meet by chance once in 40 million.
    """
    return f"hash({table}.site, {table}.admission_key)"


def read_twice(earlier: str, later: str) -> str:
    """SQL that is true where two times are out of order, and both in an hour that came twice.

    Then the earlier one is of the first of the two hours, and the later one of the second. The row
    needs ``CLOCK``. Most rows are in order, and a case is worked out for the others alone.
    """
    return (
        f"(case when {earlier} > {later} and {earlier} < {later} + interval 1 hour "
        f"then coalesce(raw.came_twice(time_zone, {earlier}) "
        f"and raw.came_twice(time_zone, {later}), false) else false end)"
    )


def in_order(earlier: str, later: str, comes_before: str = "<=") -> str:
    """SQL that is true where two times can be in order; null where one is missing."""
    return f"({earlier} {comes_before} {later} or {read_twice(earlier, later)})"


def is_named(extract: str) -> str:
    """SQL that is true where a row names its admission itself (``warehouse.checks.strokes``)."""
    return (
        f"landed.rowid in (select landed_row from checks.{extract}_placed where named is not null)"
    )


def present_in(*columns: str) -> str:
    """SQL that is true where all these columns have a value."""
    return " and ".join(f"{column} is not null" for column in columns)


def rank_of(column: str, code_list: str) -> str:
    """SQL that gives the rank of a code in its list; null for what is no code."""
    codes = dictionary().code_lists[code_list].codes
    cases = " ".join(f"when '{code.code}' then {code.rank}" for code in codes)
    return f"case {column} {cases} end"


def unreadable(column: str) -> str:
    """SQL that is true where landing has already reported that a cell could not be read."""
    return f"coalesce(list_contains(unparsed_fields, '{column}'), false)"


def _check_or_correct(rule: Described) -> str:
    extract = dictionary().extracts[rule.extract]
    *others, last = (extract.field(name).title for name in rule.fields)
    others = [", ".join(others)] if others else []
    if rule.severity == "warn":
        return f"Check {' and '.join([*others, last])} at the source."
    return f"Correct {' or '.join([*others, last])} at the source and deliver the row again."


def _sql_list(values: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"
