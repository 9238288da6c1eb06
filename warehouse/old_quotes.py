"""Redaction of values quoted by earlier versions, by the current rules, before anything is built.

Files whose raw file is missing are not landed again, and closed violations stay as they were: both
may quote a name or a date of birth in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.definitions.dictionary import Dictionary, DictionaryError
from warehouse.definitions.quotable import (
    DAYS_IN_A_YEAR,
    MORE_THAN_A_YEAR,
    a_year_in,
    small_number,
)
from warehouse.definitions.site import SiteMapping, load_site
from warehouse.landing.cell_parser import AMBIGUOUS
from warehouse.landing.cell_text import ERROR_FOUND, FORMULA_FOUND
from warehouse.landing.field_rules import Rules
from warehouse.landing.redaction import Form, redacted, shape

LANDING_TEXTS = (ERROR_FOUND, FORMULA_FOUND)
YEAR_DIGITS = 4
QUOTES = """
select distinct site, rule, found from raw.{table}
where found is not null and regexp_matches(rule, '[.](type|codes|range)$')
"""
# A date before those that published fields allow is cut to its year.
BEFORE_2010 = r"\b(1[0-9]{3}|200[0-9])-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?"
HIDE_DATES = """
update raw.{table} set found = regexp_replace(found, $date, '\\1', 'g')
where regexp_matches(found, $date)
"""
HIDE_INTERVALS = """
update raw.{table} set found = regexp_replace(found, $number, '\\1' || $instead)
where rule = $rule and abs(try_cast(regexp_extract(found, $number, 2) as double)) > $year
"""
TEXTS = "select distinct site, {text} from raw.{extract} where not list_contains($codes, {text})"


class OldQuotes:
    """Redaction of tables in schema ``raw``: what landing shows as a shape today is replaced."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        words: Dictionary,
        sites_dir: Path | None = None,
    ) -> None:
        self._connection = connection
        self._words = words
        self._sites_dir = sites_dir
        self._forms: dict[tuple[str, str, str], Form] = {}

    def hide_in_violations(self, table: str) -> None:
        """Redact the quoted values of violations."""
        change = f"update raw.{table} set found = ? where site = ? and rule = ? and found = ?"
        for site, rule, found in self._connection.execute(QUOTES.format(table=table)).fetchall():
            safe = self._quoted(site, rule, found)
            if safe != found:
                self._connection.execute(change, [safe, site, rule, found])
        self._connection.execute(HIDE_DATES.format(table=table), {"date": BEFORE_2010})
        for interval in _intervals():
            parameters = interval | {"instead": MORE_THAN_A_YEAR}
            self._connection.execute(HIDE_INTERVALS.format(table=table), parameters)

    def hide_in_rows(self) -> None:
        """Redact landed text that is no code, as the checks quote it."""
        for extract in self._words.extracts.values():
            for field in extract.landed_fields:
                codes = self._words.codes(field)
                if field.type == "string" and codes is not None:
                    self._hide_in_column(extract.name, field.name, codes.values)

    def _hide_in_column(self, extract: str, name: str, codes: tuple[str, ...]) -> None:
        query = TEXTS.format(extract=extract, text=name)
        change = f"update raw.{extract} set {name} = ? where site = ? and {name} = ?"
        for site, text in self._connection.execute(query, {"codes": list(codes)}).fetchall():
            safe = self._safe(site, extract, name, text)
            if safe != text:
                self._connection.execute(change, [safe, site, text])

    def _quoted(self, site: str, rule: str, found: str) -> str:
        """Return what may be quoted; landing's own texts about identifiers quote no value."""
        extract, name, constraint = rule.split(".")
        known = self._words.extracts.get(extract)
        field = (
            next((field for field in known.fields if field.name == name), None) if known else None
        )
        if field is None or field.identifier or found in LANDING_TEXTS:
            return found
        if constraint == "range":
            if field.type in ("date", "datetime"):
                return found[:YEAR_DIGITS]
            return found if re.fullmatch(small_number(field), found) else shape(found)
        return self._safe(site, extract, name, found)

    def _safe(self, site: str, extract: str, name: str, text: str) -> str:
        key = (site, extract, name)
        if key not in self._forms:
            rules = Rules(self._words, self._mapping(site), extract)
            field = self._words.extracts[extract].field(name)
            self._forms[key] = Form(field, rules.spellings(field), rules.datetimes_of(field))
        return text if text.startswith(AMBIGUOUS) else redacted(text, self._forms[key])

    def _mapping(self, site: str) -> SiteMapping:
        """Return the site's mapping; landing reports a wrong one."""
        try:
            return load_site(site, self._sites_dir)
        except DictionaryError:
            return SiteMapping(site=site)


def _intervals() -> Iterator[dict[str, object]]:
    """Find texts that may hold an interval: rule, pattern of the number, and a year in it."""
    # Imported late: a study that cannot be read must not keep its failure from being recorded.
    from warehouse.expectations.suites import rule_book

    for suite in rule_book().suites.values():
        for rule in suite.rows:
            for column in rule.shown:
                if year := a_year_in(column):
                    before = "^()" if len(rule.shown) == 1 else rf"\b({column} )"
                    yield {"rule": rule.id, "number": f"{before}(-?[0-9.]+)", "year": year}
    days = {"number": "(onset_at )([0-9]+) days", "year": DAYS_IN_A_YEAR}
    yield {"rule": "admissions.identity.kept", **days}
