"""Methods section from the comments and numbers of the release that it describes.

The meaning of a column comes from its comment in the release, and what was done from the rows. So
the text changes with the code and states only what the release contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from warehouse.releases.reader import Release, Row
from warehouse.statistics.calls import LEVELS, YES_NO
from warehouse.statistics.cohort import Group
from warehouse.statistics.tables import WIDE_SMD
from warehouse.tables.statistical_tests import TESTS, tested
from warehouse.tables.studies import StudyResults
from warehouse.text import counted, day, listed

SUMMARY_COLUMNS = {
    "n_pct": ("pct",),
    "mean_sd": ("mean", "sd"),
    "median_iqr": ("median", "q1", "q3"),
}
EFFECTS = ("risk_difference", "risk_ratio", "odds_ratio")
# Columns of the definition that other sentences say, or none.
NOT_DEFINED = {
    *("study", "title", "place", "citation", "registration", "reference", "quartile_type"),
    "is_of_first_strokes",
}
COMMENTS = """
select column_name, comment from duckdb_columns()
where schema_name = $schema and table_name = $table
"""
DELIVERED = """
select
    count(*) filter (where status = 'landed') as files, min(delivered_on) as first_day,
    max(delivered_on) as last_day, sum(rows_in_file - rows_no_record - rows_left_out)
        as rows_in_file,
    sum(rows_accepted) as accepted, sum(rows_rejected) as rejected, sum(rows_held) as held,
    sum(rows_unreadable) as unreadable, coalesce(sum(rows_unread), 0) as unread
from quality.deliveries
where status <> 'duplicate'
"""


def methods(study: StudyResults, notes: Sequence[str]) -> list[str]:
    """Return the paragraphs of a study; the ``notes`` on the data come first."""
    rows = [row for table in study.tables for row in table.rows]
    return [
        *notes,
        _patients(study),
        _definition(study),
        _statistics(study, rows),
        _missing(study, rows),
        _data(study.release),
        _software(study.release),
    ]


def _patients(study: StudyResults) -> str:
    parts = [
        f"{step['label']}: {step['n_excluded']:,} excluded"
        if step["is_exclusion"]
        else f"{step['label']}: {step['n_remaining']:,}"
        for step in study.flow
    ]
    sizes = [f"{row['label']}: {row['n']:,}" for row in study.group_sizes]
    return f"Patients. {study.definition['title']}. {'; '.join(parts)}. Groups: {'; '.join(sizes)}."


def _definition(study: StudyResults) -> str:
    meanings = comments(study, "definition")
    terms = [
        f"{_lower(meanings[name].split(';')[0])}: {_value(value)}"
        for name, value in study.definition.items()
        if name not in NOT_DEFINED and value is not None
    ]
    left_out = "; ".join(map(_lower, study.criteria))
    return f"Definitions. {_upper('; '.join(terms))}. Left out, in this order: {left_out}."


def _value(value: object) -> str:
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "all"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _statistics(study: StudyResults, rows: Sequence[Row]) -> str:
    meanings: dict[str, str] = {}
    for table in study.tables:
        meanings |= comments(study, table.name)
    tests = dict(re.findall(r"(\w+) \(([^)]*)\)", meanings.get("test", "")))
    compared = [
        f"by {TESTS[test][1]}{_details(tests.get(test), test)}: {_listed(tested(rows), test)}"
        for test in dict.fromkeys(row["test"] for row in tested(rows))
    ]
    effects = [
        f"{name.replace('_', ' ')}, {_lower(meanings[name].split(';')[0])}, "
        f"{_lower(_interval(meanings, name))}"
        for name in EFFECTS
        if name in meanings
    ]
    summaries = "; ".join(_summaries(rows, meanings, study.shown_groups[0].prefix))
    sentences = [f"Statistics. Summaries: {summaries}."]
    if compared:
        sentences += [
            f"Groups were compared {'; '.join(compared)}.",
            f"P values: {_lower(meanings['p_value'])}.",
        ]
    if WIDE_SMD in meanings:
        sentences.append(f"Standardized mean difference: {_lower(meanings[WIDE_SMD])}.")
    if effects:
        sentences.append(f"Effects: {'; '.join(effects)}.")
    return " ".join([*sentences, *_pairs(study), *_subgroups(study)])


def _pairs(study: StudyResults) -> Iterator[str]:
    """Yield the sentence on pairs of groups, where three or more are compared."""
    pairs = [study.of_contrast(codes) for codes in study.contrasts]
    if pairs:
        rows = [row for pair in pairs for table in pair.tables for row in tested(table.rows)]
        tests = listed(list(dict.fromkeys(TESTS[row["test"]][1] for row in rows)), len(TESTS))
        reference = pairs[0].groups[1].label
        yield f"Each group was also compared with {reference}, by {tests or 'no test'}."


def _subgroups(study: StudyResults) -> Iterator[str]:
    """Yield the sentence on subgroups, where the study has some."""
    parts = [
        f"{row['label']} ({row['characteristic_label']})" for row in study.subgroups if row["label"]
    ]
    if parts:
        yield f"The tables were also made for {listed(parts, len(parts))}; no test compares them."


def _interval(meanings: dict[str, str], effect: str) -> str:
    return meanings[f"{effect}_ci_low"].partition(" of its ")[2]


def _summaries(rows: Sequence[Row], meanings: dict[str, str], prefix: str) -> Iterator[str]:
    for summary in dict.fromkeys(map(_kind, rows)):
        meant = [
            _lower(meanings[f"{prefix}_{column}"].rpartition(", ")[0]).partition(", ")
            for column in SUMMARY_COLUMNS[summary]
        ]
        details = "".join(f" ({how})" for how in dict.fromkeys(how for *_, how in meant if how))
        names = listed([name for name, *_ in meant], len(meant))
        yield f"{counted(_lines(rows, summary), 'variable')} as {names}{details}"


def _lines(rows: Sequence[Row], summary: str) -> int:
    return sum(_kind(row) == summary and not row["level"] for row in rows)


def _kind(row: Row) -> str:
    """Return the summary of a row; the cells of levels are those of yes or no lines."""
    return YES_NO if row["summary"] == LEVELS else str(row["summary"])


def _details(meaning: str | None, test: str) -> str:
    """Return the details of a test from a column's comment, without its name, in parentheses."""
    if meaning is None:
        return ""
    words = meaning.split(", ")
    return f" ({', '.join(word for word in words if word not in TESTS[test][1]) or meaning})"


def _listed(rows: Sequence[Row], test: str) -> str:
    return ", ".join(row["label"] for row in rows if row["test"] == test)


def _missing(study: StudyResults, rows: Sequence[Row]) -> str:
    """Return the missing values; the handling is stated only if the cohort's rows confirm it."""
    missing = [
        f"{row['label']} {row[f'{group.prefix}_missing']:,} of "
        f"{row[f'{group.prefix}_missing'] + row[f'{group.prefix}_denominator']:,} "
        f"({group.label})"
        for row in rows
        for group in study.shown_groups
        if row[f"{group.prefix}_missing"]
    ]
    if not missing:
        return "Missing data. No value of the tables was missing."
    agree = all(
        row[f"{group.prefix}_missing"] == _empty(study, row["variable"], group)
        for row in rows
        for group in study.shown_groups
    )
    how = (
        " Each line is computed from the patients who have a value; no value was imputed."
        if agree
        else ""
    )
    return f"Missing data. Values were missing for: {'; '.join(missing)}.{how}"


def _empty(study: StudyResults, variable: str, group: Group) -> int:
    nobody = f'study_group = $group and "{variable}" is null'
    counting = f'select count(*) as n from "{study.schema}".cohort where {nobody}'
    return study.release.row(counting, group=group.code)["n"]


def _data(release: Release) -> str:
    delivered = release.row(DELIVERED)
    unread = f"; {delivered['unread']:,} were not read" if delivered["unread"] else ""
    return (
        f"Data. {counted(delivered['files'], 'file')} delivered from {day(delivered['first_day'])} "
        f"to {day(delivered['last_day'])} with {counted(delivered['rows_in_file'], 'row')}, of "
        f"which {delivered['accepted']:,} were accepted, {delivered['rejected']:,} rejected by "
        f"rules, {delivered['held']:,} held and {delivered['unreadable']:,} unreadable{unread}."
    )


def _software(release: Release) -> str:
    refresh = release.refresh
    commit = f" (commit {refresh['git_commit']})" if refresh["git_commit"] else ""
    return (
        f"Software. Release {refresh['refresh_id']} as of {day(refresh['as_of'])}, built by "
        f"thrombectomy-warehouse {refresh['warehouse_version']}{commit} with {refresh['versions']}."
    )


def comments(study: StudyResults, table: str) -> dict[str, str]:
    """Return the comments of a study's view by column, without the full stop."""
    rows = study.release.rows(COMMENTS, schema=study.schema, table=table)
    return {row["column_name"]: row["comment"].strip().removesuffix(".") for row in rows}


def _lower(text: str) -> str:
    """Return a text with a lower-case first letter, except abbreviations."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
