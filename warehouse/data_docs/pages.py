"""Pages of Data Docs, rendered by Great Expectations' own renderers and view.

Imports Great Expectations (4 to 15 seconds): import it late.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from great_expectations.core import (
    ExpectationSuite,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render import (
    RenderedDocumentContent,
    RenderedHeaderContent,
    RenderedSectionContent,
    RenderedStringTemplateContent,
    RenderedTableContent,
)
from great_expectations.render.renderer.content_block import (
    ValidationResultsTableContentBlockRenderer,
)
from great_expectations.render.renderer.page_renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from warehouse.data_docs.records import RELEASE

TEMPLATES = Path(__file__).resolve().parent / "templates"
SHOWN_FAULTS = 3
DELIVERED_LEAD = (
    "Results of the checks by Great Expectations in this refresh, on everything delivered so far.",
    "Failed means that some row or delivery breaks a rule. The quality tables have the consequence "
    "(flag, rejected row, held delivery) and the rows themselves, with file and line.",
)
RELEASE_LEAD = (
    "Results of the release gate: checks of the new release by Great Expectations. If a critical "
    "rule fails, the last release stays current.",
)
SUITE_LEAD = ("The rules of the last refresh, as stored in Great Expectations.",)
INDEX_LEAD = (
    "Checks by Great Expectations in the last refreshes, the newest first, with the number of "
    "rules that some row or table breaks.",
)


@dataclass(frozen=True)
class RuleText:
    """Texts of a rule on a page: heading, title and notes."""

    heading: str | None
    title: str
    notes: tuple[str, ...]


class ClosedNetworkView(DefaultJinjaPageView):
    """Great Expectations' view with our templates, without scripts and network access."""

    def __init__(self) -> None:
        super().__init__()
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), self.env.loader])


class RuleTableRenderer(ValidationResultsTableContentBlockRenderer):
    """Great Expectations' table of results, with the notes of each rule, open if it failed."""

    @classmethod
    def _get_content_block_fn(
        cls,
        expectation_type: str,
        expectation_config: ExpectationConfiguration | None = None,
    ) -> Callable[..., list[list[Any]]]:
        table_row = super()._get_content_block_fn(expectation_type, expectation_config)

        def row_with_notes(result: ExpectationValidationResult, **options: Any) -> list[list[Any]]:
            ((status, found, *observed),) = table_row(result=result, **options)
            notes = cls._render_expectation_notes(result.expectation_config)
            cells = found if isinstance(found, list) else [found]
            if notes is not None:
                if not result.success:
                    notes.styling["body"]["classes"].append("show")
                cells = [*cells, notes]
            return [[status, cells, *observed]]

        return row_with_notes


class RefreshPageRenderer(ValidationResultsPageRenderer):
    """Great Expectations' page of a validation, linked to the pages of our suites."""

    def __init__(self) -> None:
        super().__init__(
            column_section_renderer={
                "class_name": "ValidationResultsColumnSectionRenderer",
                "table_renderer": {"class_name": "RuleTableRenderer", "module_name": __name__},
            }
        )

    @classmethod
    def _render_validation_header(
        cls, validation_results: ExpectationSuiteValidationResult
    ) -> RenderedHeaderContent:
        header = super()._render_validation_header(validation_results)
        styling = header.subheader.string_template["styling"]["params"]
        href = f"../../expectations/{validation_results.suite_name}.html"
        styling["expectation_suite_name"]["attributes"]["href"] = href
        return header


def render_pages(
    records: Mapping[str, dict[str, Any]], texts: Mapping[str, RuleText], refresh_id: str
) -> dict[str, str]:
    """Return the pages of one refresh, by their path below the folder of Data Docs.

    ``records`` come from ``read_records``; the keys of ``texts`` are rule ids.
    """
    view = ClosedNetworkView()
    pages = {}
    for name, record in records.items():
        configs = [_configuration(entry, texts) for entry in record["results"]]
        result = RefreshPageRenderer().render(_validation(record, configs, refresh_id))
        result.page_title = f"{_titled(name)}, refresh {refresh_id}"
        pages[f"validations/{refresh_id}/{name}.html"] = view.render(
            result, root="../../", lead=RELEASE_LEAD if name == RELEASE else DELIVERED_LEAD
        )
        suite = ExpectationSuitePageRenderer().render(ExpectationSuite(name, configs))
        suite.page_title = f"Expectation suite: {name}"
        pages[f"expectations/{name}.html"] = view.render(suite, root="../", lead=SUITE_LEAD)
    return pages


def render_index(summaries: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Return the index page: a line per refresh, newest first, a column per suite.

    ``summaries``: refresh id -> suite -> ``evaluated`` and ``unsuccessful`` expectations.
    """
    names = list(dict.fromkeys(name for summary in summaries.values() for name in summary))
    refreshes = RenderedTableContent(
        header_row=["Refresh", *(_titled(name) for name in names)],
        table=[
            [refresh_id, *(_result_cell(refresh_id, name, summary.get(name)) for name in names)]
            for refresh_id, summary in summaries.items()
        ],
        styling={"classes": ["col-12", "table-responsive"], "body": {"classes": ["table"]}},
    )
    suites = RenderedTableContent(
        header_row=["Expectation suite"],
        table=[[_link(f"expectations/{name}.html", _titled(name))] for name in names],
        styling={"classes": ["col-12", "table-responsive"], "body": {"classes": ["table"]}},
    )
    page = RenderedDocumentContent(
        renderer_type="SiteIndexPageRenderer",
        page_title="Validations by Great Expectations",
        sections=[
            RenderedSectionContent(section_name="Refreshes", content_blocks=[refreshes]),
            RenderedSectionContent(section_name="Suites", content_blocks=[suites]),
        ],
    )
    return ClosedNetworkView().render(page, root="", lead=INDEX_LEAD)


def _validation(
    record: Mapping[str, Any], configs: Iterable[ExpectationConfiguration], refresh_id: str
) -> ExpectationSuiteValidationResult:
    """Return Great Expectations' result object, rebuilt from its stored record."""
    meta = record["meta"]
    run_time = datetime.strptime(meta["validated_at"], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    return ExpectationSuiteValidationResult(
        success=record["success"],
        results=[
            ExpectationValidationResult(
                success=entry["success"],
                expectation_config=config,
                result=entry["result"],
                exception_info=entry["exception_info"],
            )
            for entry, config in zip(record["results"], configs, strict=True)
        ],
        suite_name=record["suite_name"],
        statistics=record["statistics"],
        meta={
            "great_expectations_version": meta["great_expectations_version"],
            "batch_spec": meta["batch_spec"],
            "run_id": {"run_name": refresh_id, "run_time": run_time.isoformat()},
        },
    )


def _configuration(
    entry: Mapping[str, Any], texts: Mapping[str, RuleText]
) -> ExpectationConfiguration:
    """Return the expectation with the rule's title as description and its texts as notes."""
    config = entry["config"]
    id_, kwargs = config["meta"]["id"], dict(config["kwargs"])
    text = texts.get(id_)
    if text and text.heading and "column" in kwargs:
        kwargs["column"] = text.heading
    faults = [f"Found: `{fault.replace('`', chr(39))}`" for fault in entry["faults"]]
    return ExpectationConfiguration(
        type=config["type"],
        kwargs=kwargs,
        meta=config["meta"],
        severity=config["severity"],
        description=html.escape(text.title, quote=False).replace("$", "$$") if text else id_,
        notes=[
            *faults[:SHOWN_FAULTS],
            *(text.notes if text else ()),
            f"`{id_}`, checked by `{config['type']}`",
        ],
    )


def _result_cell(refresh_id: str, name: str, summary: Mapping[str, int] | None) -> Any:
    if summary is None:
        return "not checked"
    evaluated, unsuccessful = summary["evaluated"], summary["unsuccessful"]
    failed = f"✗ {unsuccessful} of {evaluated} failed"
    text = failed if unsuccessful else f"✓ all {evaluated} passed"
    return _link(f"validations/{refresh_id}/{name}.html", text)


def _link(href: str, text: str) -> RenderedStringTemplateContent:
    return RenderedStringTemplateContent(
        string_template={
            "template": "$text",
            "params": {"text": text},
            "tag": "a",
            "styling": {"attributes": {"href": href}},
        }
    )


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()
