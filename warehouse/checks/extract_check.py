"""The check of one extract: its tables, its verdicts, and what is stored of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import duckdb

from warehouse.checks import results, tables
from warehouse.checks.beyond_threshold import apply_consequences
from warehouse.checks.conflicts import store_conflicts
from warehouse.checks.failures import store_failures, store_findings
from warehouse.checks.files_of_one_day import store_differing_files
from warehouse.checks.gx_worker import GxWorker, Verdicts
from warehouse.checks.held_versions import AcceptedCorrections
from warehouse.checks.index_procedures import hold_later_procedures
from warehouse.checks.known_strokes import create_strokes_table
from warehouse.checks.other_strokes import store_contradictions
from warehouse.checks.outcome_versions import store_lost_outcomes
from warehouse.checks.patient_context import create_context_table
from warehouse.checks.records import create_states, store_record_versions
from warehouse.checks.strokes import place_rows
from warehouse.checks.switched_off import check_nothing, forget_what_breaks_them
from warehouse.checks.versions import create_versions_table
from warehouse.checks.withdrawn_deaths import store_withdrawn_deaths
from warehouse.definitions.dictionary import dictionary
from warehouse.errors import WarehouseError
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.identity import KEPT_IDENTITY
from warehouse.expectations.rule import Rule
from warehouse.expectations.suites import Suite

# By extract: holds the versions that would undo what is known.
HOLD_VERSIONS = {
    **{extract: partial(store_conflicts, extract) for extract in KEPT_IDENTITY},
    "followups": store_lost_outcomes,
}


class CheckError(WarehouseError):
    """A rule could not be worked out; the message names it."""


@dataclass
class ExtractCheck:
    """One extract under check; ``stamp`` is the refresh id and the time of the check.

    ``aside`` does what need not be done in turn: DuckDB plans a statement on one processor, and
    finds little to share among several in an extract of a few hundred thousand rows.
    """

    connection: duckdb.DuckDBPyConnection
    worker: GxWorker
    aside: Executor
    extract: str
    suite: Suite
    corrections: AcceptedCorrections
    stamp: tuple[str, datetime]
    verdicts: list[Verdicts] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    versions: Future[None] = field(init=False)
    storing: Future[dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.versions = self.aside.submit(self._create_versions)

    def run(self, checked: Sequence[str]) -> None:
        """Check the rows and the deliveries, and meanwhile store which of them break a rule.

        ``checked`` are the extracts whose accepted rows are known by now. Raises CheckError for SQL
        that does not run.
        """
        self._submit_to_gx(checked)
        try:
            self._store()
        except duckdb.Error:
            self.hold_to_verdicts()  # Great Expectations stumbles over the same rule: it is named
            raise
        if self.extract in HOLD_VERSIONS:
            HOLD_VERSIONS[self.extract](self.connection, self.corrections, self.stamp)
        create_states(self.connection, self.extract)
        if self.extract == "procedures" and hold_later_procedures(
            self.connection, self.corrections, self.stamp
        ):
            create_states(self.connection, self.extract)
        store_record_versions(self.connection, self.extract)
        store_differing_files(self.extract, self.connection, self.stamp)
        create_context_table(self.connection, self.extract)
        if self.extract == "admissions":
            create_strokes_table(self.connection)
        if self.extract == "followups":
            store_contradictions(self.connection, self.stamp)
            store_withdrawn_deaths(self.connection, self.corrections)

    def hold_to_verdicts(self) -> None:
        """Hold what is stored of each rule to the number that Great Expectations counted.

        Raises CheckError when they differ, or when a rule could not be worked out.
        """
        verdicts = {
            name: verdict for part in self.verdicts for name, verdict in part.result().items()
        }
        errors = {name: verdict.error for name, verdict in verdicts.items() if verdict.error}
        if errors:
            self._end_with(errors)
        for name, verdict in verdicts.items():
            stored = self.found.get(name, 0)
            if stored != verdict.unexpected_count:
                raise CheckError(
                    f"{name}: Great Expectations counts {verdict.unexpected_count} failing rows, "
                    f"{stored} were found. One of them is wrong, so nothing was rejected or built. "
                    f"Report this with the rule's name to the warehouse's developers."
                )

    def _submit_to_gx(self, checked: Sequence[str]) -> None:
        """Check the rows in another thread while the deliveries are measured; then check these.

        A rule that could be measured on no delivery checks nothing.
        """
        self.versions.result()
        if checked and place_rows(self.connection, self.extract):
            self._create_versions()
        try:
            self._create_check_table(self.suite, checked)
            self.verdicts = [self.worker.submit(self.extract, self.suite.rows)]
            self.storing = self.aside.submit(self._store_failures)
            tables.create_deliveries_table(self.connection, self.extract, self.suite)
        except duckdb.Error as error:
            broken = [
                rule.id
                for rule in (*self.suite.rows, *self.suite.deliveries)
                if not self._runs_alone(rule, checked)
            ]
            raise CheckError(
                f"{', '.join(broken) or self.extract}: the SQL of this rule does not run, so no "
                f"row of {self.extract} can be checked: {error}\nCorrect the rule in expectations/."
            ) from error
        measured = tables.measured_rules(self.connection, self.extract, self.suite.deliveries)
        self.verdicts.append(self.worker.submit(f"{self.extract}_deliveries", measured))

    def _create_check_table(self, suite: Suite, checked: Sequence[str]) -> None:
        words = dictionary().extracts[self.extract]
        tables.create_check_table(self.connection, words, suite, checked)

    def _runs_alone(self, rule: Rule | DeliveryRule, checked: Sequence[str]) -> bool:
        try:
            self._create_check_table(Suite.of(rule), checked)
            tables.create_deliveries_table(self.connection, self.extract, Suite.of(rule))
        except duckdb.Error:
            return False
        return True

    def _create_versions(self) -> None:
        with self.connection.cursor() as connection:
            create_versions_table(connection, dictionary().extracts[self.extract])

    def _store_failures(self) -> dict[str, int]:
        with self.connection.cursor() as connection:
            return store_failures(connection, self.extract, self.suite.rows)

    def _store(self) -> None:
        self.found = self.storing.result()
        self.found |= store_findings(self.connection, self.extract, self.suite.deliveries)
        forget_what_breaks_them(self.connection, self.extract)
        results.store_results(self.connection, self.extract, self.suite, self.stamp)
        check_nothing(self.connection, self.extract)
        apply_consequences(self.connection, self.extract, self.stamp)

    def _end_with(self, errors: Mapping[str, str]) -> None:
        """Store which rules could not be checked; raises CheckError with their errors."""
        results.store_errors(self.connection, self.extract, errors, self.stamp)
        listed = "\n".join(f"  {name}: {message}" for name, message in errors.items())
        raise CheckError(
            f"Great Expectations could not check {len(errors)} rules of {self.extract}, so the "
            f"rows that break them are unknown:\n{listed}\n"
            f"Correct the rules in expectations/ or the dictionary."
        )
