"""Codebook page: every published variable of the registry with its distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from warehouse.definitions.dictionary import Dictionary, DictionaryField, Extract, dictionary
from warehouse.definitions.rule_text import expected
from warehouse.figures.histogram import histogram
from warehouse.figures.picture import Picture
from warehouse.releases.reader import Release, Row
from warehouse.report.frame import frame
from warehouse.report.page import write_page

WIDTH, BARS_MOST, CATEGORIES_MOST = 300, 24, 24
# Identifying columns, of which only the number of values is shown.
UNSHOWN = ("_key", "source_file", "source_row")
COLUMNS = """
select table_name, column_name, data_type, comment
from duckdb_columns()
where schema_name = 'registry' and list_contains($tables, table_name)
order by table_name, column_index
"""
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Variable:
    """Column of a registry table: description and distribution.

    ``bars`` (label, code, n, pct) for a variable with few values, ``picture`` for a number or a
    time, only ``n_distinct`` for an identifier.
    """

    name: str
    title: str
    description: str
    unit: str
    rule: str
    data_type: str
    n: int
    n_missing: int
    n_distinct: int
    summary: str
    bars: tuple[Row, ...]
    picture: Picture | None


@dataclass(frozen=True)
class Table:
    """Registry table with its variables."""

    name: str
    title: str
    description: str
    n_rows: int
    variables: tuple[Variable, ...]


def write_codebook(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``codebook.html``."""
    words = dictionary()
    extracts = {extract.registry_table: extract for extract in words.extracts.values()}
    columns = release.rows(COLUMNS, tables=list(extracts))
    tables = [
        _table(release, extract, described, words)
        for name, extract in extracts.items()
        if (described := [row for row in columns if row["table_name"] == name])
    ]
    return write_page(
        reports_dir,
        "codebook.html.j2",
        frame(release, "codebook.html", sites_dir),
        book=tables,
    )


def _table(release: Release, extract: Extract, columns: Sequence[Row], words: Dictionary) -> Table:
    name = extract.registry_table
    about = release.row(
        """
        select comment from duckdb_tables() where schema_name = 'registry' and table_name = $name
        """,
        name=name,
    )
    n_rows = release.row(f"select count(*) as n from registry.{name}")["n"]
    fields = {field.landed_name: field for field in extract.landed_fields}
    variables = tuple(
        _variable(release, row, fields.get(row["column_name"]), words, n_rows) for row in columns
    )
    return Table(f"registry.{name}", extract.title, about["comment"] or "", n_rows, variables)


def _variable(
    release: Release, column: Row, field: DictionaryField | None, words: Dictionary, n_rows: int
) -> Variable:
    name, data_type = column["column_name"], column["data_type"]
    values = _counts(release, column["table_name"], name, data_type)
    n = sum(row["n"] for row in values)
    is_shown = not any(name == end or name.endswith(end) for end in UNSHOWN)
    labels = _labels(field, data_type, words)
    is_few = bool(labels) or data_type in ("VARCHAR", "BOOLEAN")
    bins = [] if is_few or not is_shown else _bins(values, data_type)
    return Variable(
        name=name,
        title=field.title if field else "",
        description=column["comment"] or "",
        unit=(field.unit or "") if field else "",
        rule=_rule(field, words),
        data_type=data_type.lower(),
        n=n,
        n_missing=n_rows - n,
        n_distinct=len(values),
        summary=_summary(values, data_type) if is_shown and not is_few else "",
        bars=_bars(values, labels, n) if is_few and is_shown else (),
        picture=histogram(f"{column['table_name']}-{name}", name, bins, WIDTH) if bins else None,
    )


def _counts(release: Release, table: str, column: str, data_type: str) -> list[Row]:
    """Return the counts of the values in order; times are counted by month."""
    is_time = data_type in ("TIMESTAMP", "DATE")
    value = f"date_trunc('month', {column})" if is_time else column
    return release.rows(
        f"""
        select {value} as value, count(*) as n
        from registry.{table} where {column} is not null
        group by all order by value
        """
    )


def _labels(field: DictionaryField | None, data_type: str, words: Dictionary) -> dict[str, str]:
    """Return the label of each code in the order of ranks; yes and no for booleans."""
    codes = words.codes(field) if field else None
    if data_type == "BOOLEAN":
        return {"True": "yes", "False": "no"}
    return {code.code: code.label for code in codes.codes} if codes else {}


def _bars(values: Sequence[Row], labels: dict[str, str], n: int) -> tuple[Row, ...]:
    counts = {str(row["value"]): row["n"] for row in values}
    codes = dict.fromkeys([*labels, *sorted(counts, key=lambda code: -counts[code])])
    rows = [
        {
            "code": code,
            "label": labels.get(code, code),
            "n": counts.get(code, 0),
            "pct": 100 * counts.get(code, 0) / n if n else 0,
        }
        for code in codes
    ]
    return tuple(rows[:CATEGORIES_MOST])


def _bins(values: Sequence[Row], data_type: str) -> list[Row]:
    """Return counts in at most 24 bins of a round width; times by year."""
    if not values:
        return []
    if data_type in ("TIMESTAMP", "DATE"):
        years = range(values[0]["value"].year, values[-1]["value"].year + 1)
        return [
            {"label": str(year), "n": sum(r["n"] for r in values if r["value"].year == year)}
            for year in years
        ]
    width = _bin_width(values[-1]["value"] - values[0]["value"], data_type)
    first = floor(values[0]["value"] / width)
    counts = [0] * (floor(values[-1]["value"] / width) - first + 1)
    for row in values:
        counts[floor(row["value"] / width) - first] += row["n"]
    return [
        {"label": _bin_label((first + place) * width, width, data_type), "n": n}
        for place, n in enumerate(counts)
    ]


def _bin_width(spread: float, data_type: str) -> float:
    least = 1.0 if "INT" in data_type else 0.0
    exact = spread / (BARS_MOST - 1)
    if exact <= least:
        return least or 1.0
    power = 10.0 ** floor(log10(exact))
    width = next(power * step for step in STEPS if power * step >= exact)
    return float(ceil(width)) if least else width


def _bin_label(start: float, width: float, data_type: str) -> str:
    if "INT" in data_type:
        end = start + width - 1
        return f"{start:g}" if end == start else f"{start:g}-{end:g}"
    return f"{start:g}-{start + width:g}"


def _summary(values: Sequence[Row], data_type: str) -> str:
    """Return median and quartiles, as an extreme is one patient's value; the months of times."""
    if not values:
        return ""
    if data_type in ("TIMESTAMP", "DATE"):
        return f"{values[0]['value']:%B %Y} to {values[-1]['value']:%B %Y}"
    low, high = _quantile(values, 0.25), _quantile(values, 0.75)
    return f"median {_median(values):g}, interquartile range {low:g} to {high:g}"


def _quantile(values: Sequence[Row], share: float) -> Any:
    """Return the smallest value that a proportion ``share`` of the values does not exceed."""
    up_to = accumulate(row["n"] for row in values)
    total = sum(row["n"] for row in values)
    return next(row["value"] for row, n in zip(values, up_to, strict=True) if n >= share * total)


def _median(values: Sequence[Row]) -> Any:
    total, seen = sum(row["n"] for row in values), 0
    below = None
    for row in values:
        seen += row["n"]
        if below is None and 2 * seen >= total:
            below = row["value"]
        if 2 * seen > total:
            return (below + row["value"]) / 2
    raise ValueError("no values")


def _rule(field: DictionaryField | None, words: Dictionary) -> str:
    if field is None:
        return ""
    limits = field.constraints
    has_range = limits.minimum is not None or limits.maximum is not None
    is_number = field.type in ("integer", "number")
    return expected(field, "range", words) if has_range and is_number else ""
