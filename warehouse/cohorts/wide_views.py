"""Wide form of the tables of a study: a view with a row for each line and columns for each group.

The columns of a group begin with its prefix. Those of the first contrast have no prefix; those of
each further one begin with ``<prefix>_vs_<prefix of the reference>_``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import duckdb

from warehouse.cohorts.conditions import literal
from warehouse.definitions.study import OF_SUBGROUPS
from warehouse.statistics.cells import SUMMARY
from warehouse.statistics.cohort import ALL, Group
from warehouse.statistics.comparisons import FISHER, Contrast, contrasts_of
from warehouse.statistics.counts import PAIR
from warehouse.statistics.notes import APART
from warehouse.statistics.tables import COUNTS, INTERVALS, SMD, WIDE_SMD
from warehouse.text import within_sentence

SUBGROUP = {"subgroup": "Subgroup of the study (subgroups)."}
LINE = {
    "line": "Position of the line in the table.",
    "variable": "Column of the study's cohort that the line describes.",
    "section": "Heading above the line.",
    "label": "Name of the line.",
    "unit": "Unit of the values; empty for yes/no variables.",
    "indent": "1 when the line is indented below its section or the line above.",
    "summary": "How the line is summarized - n_pct (number and share of yes), mean_sd, median_iqr "
    "or levels (n_pct of each).",
    "decimals": "Decimals of the printed cell.",
    "level": "Level of a line of levels; - for the line itself.",
}
QUARTILES = {
    2: "mean of both values at a step",
    6: "weighted average at rank (n + 1)p",
    7: "weighted average at rank (n - 1)p + 1",
}
OF_GROUP = {
    "denominator": "Patients with a value",
    "missing": "Patients without a value",
    "n": "Patients with yes, or with the level of the row",
    "pct": "Percentage with the finding among patients with a value",
    "mean": "Mean",
    "sd": "Standard deviation (n - 1)",
    "median": "Median",
    "q1": "First quartile, {quartiles}",
    "q3": "Third quartile, {quartiles}",
    "display": "The cell as printed",
}
TESTS_OF_PAIR = (
    "chi2 (Pearson, uncorrected), t (Student, pooled), ranksum (Mann-Whitney, normal "
    "approximation, corrected for ties), or where that does not hold and the study asks for it "
    "fisher_two_sided (of a 2x2 table), fisher_freeman_halton (of a larger one) or ranksum_exact "
    "(permutation distribution of the midranks)"
)
TESTS_OF_MANY = (
    "chi2 (Pearson, uncorrected), anova, kruskal (Kruskal-Wallis, corrected for ties), or where "
    "chi2 does not hold and the study asks for it fisher_freeman_halton"
)
OF_TEST = {
    "test": "Test of the difference - {tests}.",
    "test_statistic": "{statistics}; empty for an exact test.",
    "degrees_of_freedom": "Degrees of freedom of the test statistic.",
    "p_value": "Two-sided p-value of the test, not corrected for the number of tests; empty when "
    "it is undefined.",
    "p_display": "The p-value as printed, three decimals or <0.001.",
    "exact_p_value": "Two-sided p of the exact test where the approximation does not hold (2x2 - "
    "an expected count below 5; ranks - a group below 10); empty where it does.",
    "test_note": "Why there is no test, or whether p is exact where samples are small.",
}
STATISTICS_OF_PAIR = "Chi-square, t or Z; t and Z are positive when values are higher under {a}"
STATISTICS_OF_MANY = "Chi-square, F or H"
FISHER_P = "Two-sided p of Fisher's exact test, for 2x2 tables."
OF_EFFECT = {
    SMD: "Difference of the means or shares in units of the root mean square of both standard "
    "deviations; {a} minus {b}.",
    "risk_difference": "Share under {a} minus share under {b}.",
    "risk_ratio": "Share under {a} over share under {b}; empty where that is zero.",
    "odds_ratio": "Odds under {a} over odds under {b}; empty where those are zero.",
}
INTERVAL = {
    "risk_difference": "Newcombe",
    "risk_ratio": "score, Koopman",
    "odds_ratio": "score, Cornfield",
}
EFFECT_NOTE = {
    False: "Why the standardized difference is empty.",
    True: "Why an effect is empty, and where p and an interval lie on different sides of 5%.",
}
# Columns of the wide form, and those of a test's row.
TEST_COLUMNS = {"test_statistic": "statistic", "test_note": "note"} | {
    name: name for name in ("test", "degrees_of_freedom", "p_value", "p_display", "exact_p_value")
}
TABLE = """
with notes as (
    select subgroup, contrast, line, effect, note, starts_with(note, {apart}) as is_apart,
        list_position({effects}, effect) as place
    from studies.comparisons
    where study = {study} and table_name = {table} and effect is not null and note is not null
),
reasons as (
    select subgroup, contrast, line, note, min(place) as place
    from notes where not is_apart group by all
),
effect_notes as (
    select subgroup, contrast, line, string_agg(note, ' ' order by place) as note
    from (
        from reasons
        union all
        select subgroup, contrast, line,
            {apart} || string_agg(replace(effect, '_', ' '), ' and of the ' order by place)
            || {apart_end},
            99
        from notes where is_apart group by subgroup, contrast, line
    ) as texts (subgroup, contrast, line, note, place)
    group by subgroup, contrast, line
),
cells as (
    select subgroup, line, level{cells}
    from studies.table_cells
    where study = {study} and table_name = {table}
    group by subgroup, line, level
),
tests as (
    select subgroup, line, '-' as level{tests}
    from studies.comparisons
    left join effect_notes using (subgroup, contrast, line)
    where study = {study} and table_name = {table}
    group by subgroup, line
)
select {lines}, cells.* exclude (subgroup, line), tests.* exclude (subgroup, line, level)
from studies.table_lines as lines
inner join cells on lines.line = cells.line
left join tests
    on cells.subgroup = tests.subgroup and cells.line = tests.line and cells.level = tests.level
{subgroups}
where lines.study = {study} and lines.table_name = {table}{everybody}
order by
    {order}lines.line, cells.level <> '-', list_position(lines.levels, cells.level) nulls last,
    cells.level
"""


# The view of everybody, and that of the subgroups.
EVERYBODY = {"subgroups": "", "order": "", "everybody": " and cells.subgroup = 'all'"}
BY_SUBGROUP = {
    "subgroups": "inner join studies.subgroups as parts\n"
    "    on lines.study = parts.study and cells.subgroup = parts.subgroup",
    "order": "parts.place, ",
    "everybody": "",
}


class WideTable(NamedTuple):
    """View of a table: its name, query and comment, and the comment of each column."""

    name: str
    sql: str
    comment: str
    columns: dict[str, str]


class _Column(NamedTuple):
    name: str
    sql: str
    comment: str


def wide_tables(connection: duckdb.DuckDBPyConnection, study: str) -> Iterator[WideTable]:
    """Yield the tables of a study of a release in wide form."""
    named = connection.execute(
        "select study_group, label, prefix from studies.study_groups where study = ? "
        "order by place",
        [study],
    ).fetchall()
    ((reference, quartile_type),) = connection.execute(
        "select reference, quartile_type from studies.definitions where study = ?", [study]
    ).fetchall()
    groups = [Group(*row) for row in named]
    compared = contrasts_of(tuple(group.code for group in groups), reference)
    ((has_subgroups,),) = connection.execute(
        "select count(*) > 0 from studies.subgroups where study = ?", [study]
    ).fetchall()
    tables = connection.execute(
        "select table_name, any_value(title), bool_or(effects = 'ratios') "
        "from studies.table_lines where study = ? group by table_name order by table_name",
        [study],
    ).fetchall()
    for name, title, has_ratios in tables:
        cells = [*_cells(groups, QUARTILES[quartile_type])]
        tests = [*_tests(compared, groups, has_ratios)]
        text = f"Table of the study {study}: {title}. Grain: one row per {{}}line, and level of a "
        text += "line of levels."
        comments = LINE | {each.name: each.comment for each in (*cells, *tests)}
        yield WideTable(name, _sql(study, name, cells, tests), text.format(""), comments)
        if has_subgroups:
            yield WideTable(
                f"{name}{OF_SUBGROUPS}",
                _sql(study, name, cells, tests, by_subgroup=True),
                text.format("subgroup, "),
                SUBGROUP | comments,
            )


def column_names(groups: Sequence[Group], reference: str | None) -> list[str]:
    """Return the names of the columns of a study's tables in wide form; two may be the same."""
    compared = contrasts_of(tuple(group.code for group in groups), reference)
    columns = (*_cells(groups, ""), *_tests(compared, groups, has_ratios=True))
    return [*SUBGROUP, *LINE, *(column.name for column in columns)]


def _sql(
    study: str,
    table: str,
    cells: Sequence[_Column],
    tests: Sequence[_Column],
    *,
    by_subgroup: bool = False,
) -> str:
    named = [f"lines.{name}" for name in LINE if name != "level"]
    apart, apart_end = APART.split("{}")
    return TABLE.format(
        study=literal(study),
        table=literal(table),
        apart=literal(apart),
        apart_end=literal(apart_end),
        effects=literal_list((SMD, *INTERVALS)),
        lines=", ".join(["cells.subgroup", *named] if by_subgroup else named),
        **BY_SUBGROUP if by_subgroup else EVERYBODY,
        cells="".join(f',\n        {each.sql} as "{each.name}"' for each in cells),
        tests="".join(f',\n        {each.sql} as "{each.name}"' for each in tests),
    )


def literal_list(values: Sequence[str]) -> str:
    """Return texts as an SQL list."""
    return f"[{', '.join(map(literal, values))}]"


def _cells(groups: Sequence[Group], quartiles: str) -> Iterator[_Column]:
    """Yield the columns of each group, and of all patients."""
    for group in (*groups, Group(ALL, "all patients", ALL)):
        for name, text in OF_GROUP.items():
            statistic, column = (SUMMARY, "display") if name == "display" else (name, "value")
            chosen = f"study_group = {literal(group.code)} and statistic = {literal(statistic)}"
            number = f"max({column}) filter ({chosen})"
            if name == "denominator":  # levels have that of their line
                number = f"coalesce({number}, max({number}) over (partition by subgroup, line))"
            whose = within_sentence(group.label).replace(",", "")
            whose += " group" if group.code != ALL else ""
            yield _Column(
                f"{group.prefix}_{name}",
                f"cast({number} as bigint)" if name in COUNTS else number,
                f"{text.format(quartiles=quartiles)}, {whose}.",
            )


def _tests(
    compared: Sequence[Contrast], groups: Sequence[Group], has_ratios: bool
) -> Iterator[_Column]:
    """Yield the columns of each contrast."""
    of_code = {group.code: group for group in groups}
    for number, contrast in enumerate(compared):
        named = [of_code[code] for code in contrast.codes]
        before = f"{'_vs_'.join(group.prefix for group in named)}_" if number else ""
        labels = [within_sentence(group.label) for group in named]
        for column in _of_contrast(contrast, labels, has_ratios):
            yield column._replace(name=before + column.name)


def _of_contrast(contrast: Contrast, labels: Sequence[str], has_ratios: bool) -> Iterator[_Column]:
    is_pair = len(contrast.codes) == PAIR
    chosen = f"contrast = {literal(contrast.name)}"
    a, b = labels[:PAIR]
    words = {
        "tests": TESTS_OF_PAIR if is_pair else TESTS_OF_MANY,
        "statistics": STATISTICS_OF_PAIR.format(a=a) if is_pair else STATISTICS_OF_MANY,
    }
    for name, text in OF_TEST.items():
        printed = f"filter ({chosen} and test is not null and is_printed)"
        yield _Column(
            name, f"max(comparisons.{TEST_COLUMNS[name]}) {printed}", text.format(**words)
        )
    if not is_pair:
        return
    fisher = f"filter ({chosen} and test = {literal(FISHER)})"
    yield _Column("fisher_p_value", f"max(p_value) {fisher}", FISHER_P)
    for effect in (SMD, *(INTERVALS if has_ratios else ())):
        name = WIDE_SMD if effect == SMD else effect
        own = f"filter ({chosen} and effect = {literal(effect)})"
        yield _Column(name, f"max(estimate) {own}", OF_EFFECT[effect].format(a=a, b=b))
        for end, which in (("low", "Lower"), ("high", "Upper")) if effect in INTERVAL else ():
            text = f"{which} limit of its 95% interval ({INTERVAL[effect]})."
            yield _Column(f"{name}_ci_{end}", f"max(ci_{end}) {own}", text)
    note = f"max(effect_notes.note) filter ({chosen})"
    yield _Column("effect_note", note, EFFECT_NOTE[has_ratios])
