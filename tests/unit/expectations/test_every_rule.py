"""Every rule that the project publishes, with small files that break it and nothing else.

What breaks a rule stands in rule_cases.py and delivery_cases.py. Each rule has a site of its own;
the files of all sites are landed and judged together. With ``--basetemp=FOLDER`` the files stay in
``FOLDER/rules0/data/raw/<rule>``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support.checked_rows import ACROSS_SITES, within_sites
from tests.support.delivery_cases import BREAKS, STATEMENTS, ValidDeliveries
from tests.support.golden import golden
from tests.support.rule_cases import CLINICAL, COMPANIONS, FIELDS, files_that_break, mapping_of
from tests.support.rule_files import LAST, Files, valid_files
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.rule import Rule
from warehouse.expectations.suites import all_rules
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.landing.raw_names import raw_names
from warehouse.settings import Settings
from warehouse.work_database import (
    load_accepted_corrections,
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

GOLDEN = golden("expectations")

FINDINGS_PATH = Path(__file__).with_name("rule_findings.json")
# Rules on deliveries that few rows break.
OF_FEW_ROWS = ("records.kept", "few_records.kept", "living.delivered")
RULES = {rule.id: rule for rule in all_rules() if rule.name not in ACROSS_SITES}
OF_ROWS = " union all ".join(
    f"select site, failures.rule, failures.found from raw.check_failures as failures "
    f"inner join raw.{extract} as landed using (row_id) where failures.extract = '{extract}'"
    for extract in EXTRACTS
)
OF_ALL = f"""
    select site, rule from ({OF_ROWS})
    union all select site, rule from raw.landing_violations
    union all select site, rule from raw.delivery_findings
"""


def all_files() -> dict[str, Files]:
    """The files of every site: one for each rule, and some where nothing is wrong."""
    with duckdb.connect() as connection:
        deliveries = ValidDeliveries(connection)
        files = {
            site_of(rule.id): deliveries.broken(rule)
            if isinstance(rule, DeliveryRule) and rule.name not in OF_FEW_ROWS
            else files_that_break(rule)
            for rule in RULES.values()
        }
        return files | {
            "valid": valid_files("followups"),
            "valid_deliveries": deliveries.files("followups"),
        }


def site_of(rule_id: str) -> str:
    """The site whose files break a rule."""
    return rule_id.replace(".", "-")


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database in which the files of all sites were landed and judged."""
    settings = Settings(data=tmp_path_factory.mktemp("rules") / "data")
    for site, files in all_files().items():
        for name, content in files.items():
            path = settings.raw_dir / site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    sites_dir = settings.data / "sites"
    sites_dir.mkdir()
    for rule in RULES.values():
        if mapping := mapping_of(rule):
            site = site_of(rule.id)
            (sites_dir / f"{site}.yaml").write_text(yaml.safe_dump({"site": site, **mapping}))
    land(settings, progress=lambda _line: None, sites_dir=sites_dir)
    work_path = settings.data / "work.duckdb"
    with new_work_database(work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), LAST, sites_dir)
        load_accepted_corrections(connection, raw_names(settings, sites_dir), sites_dir)
        load_studies(connection)
        load_history(connection, settings.history_dir, RefreshRecord("r1", datetime.now(), LAST))
    run_checks(work_path, "r1", settings.data / "results", lambda _line: None, within_sites())
    return work_path


@pytest.fixture(scope="module")
def fired(checked_cases: Path) -> dict[str, set[str]]:
    """The rules that the files of each site break."""
    found = defaultdict(set)
    with duckdb.connect(checked_cases, read_only=True) as connection:
        for site, rule in connection.execute(OF_ALL).fetchall():
            found[site].add(rule)
    return found


@pytest.mark.parametrize("rule", sorted(RULES))
def test_files_that_break_one_rule_break_that_rule_alone(
    rule: str, fired: dict[str, set[str]]
) -> None:
    companions, _why = COMPANIONS.get(rule, (set(), ""))
    assert fired[site_of(rule)] == {rule} | companions


@pytest.mark.parametrize("site", ["valid", "valid_deliveries"])
def test_valid_files_break_no_rule(site: str, fired: dict[str, set[str]]) -> None:
    assert fired[site] == set()


def test_cases_name_rules_that_exist() -> None:
    named = {*FIELDS, *CLINICAL, *COMPANIONS, *BREAKS, *STATEMENTS}
    assert sorted(named - set(RULES)) == []


def test_each_rule_has_one_id() -> None:
    ids = [rule.id for rule in all_rules()]
    assert sorted(ids) == sorted(set(ids))


def test_what_a_finding_of_each_rule_says(checked_cases: Path) -> None:
    with duckdb.connect(checked_cases, read_only=True) as connection:
        found = connection.execute(
            f"""
            select rule, min(found) from ({OF_ROWS})
            where site = replace(rule, '.', '-') and not ends_with(rule, '.delivery.held')
            group by rule
            """
        ).fetchall()
    expected = json.loads(FINDINGS_PATH.read_text(encoding="utf-8"))
    assert {rule: dict(found).get(rule) for rule in expected} == expected


def test_no_message_quotes_a_key_or_what_is_never_published() -> None:
    hidden = {
        str(field.landed_name)
        for extract in dictionary().extracts.values()
        for field in extract.landed_fields
        if field.identifier or (not field.published and field.type != "date")
    }
    shown = {name for rule in RULES.values() if isinstance(rule, Rule) for name in rule.shown}
    assert shown & hidden == set()


def test_the_table_of_rules_describes_each_rule(checked_cases: Path) -> None:
    with duckdb.connect(checked_cases, read_only=True) as connection:
        described = connection.execute(
            """
            select field, "constraint", severity, kahn_category, kahn_context, expected, source
            from raw.rules where rule = 'procedures.duration_plausible'
            """
        ).fetchall()
        incomplete = connection.execute(
            """
            select rule from raw.rules
            where title = '' or expected = '' or why = '' or source = '' or action = ''
            """
        ).fetchall()
    assert described == [
        (
            "puncture_at, ended_at",
            "clinical",
            "warn",
            "plausibility",
            "validation",
            GOLDEN("procedure_of_to_minutes"),
            "Registry",
        )
    ]
    assert incomplete == []
