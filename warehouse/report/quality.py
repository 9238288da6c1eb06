"""Quality page: open queries, where they are, since when, and what to do."""

from __future__ import annotations

from pathlib import Path

from warehouse.releases.reader import Release, open_release
from warehouse.report import facts
from warehouse.report.frame import frame
from warehouse.report.indicators import INDICATOR_TITLES
from warehouse.report.page import write_page
from warehouse.report.rules import holding_rules, open_rules
from warehouse.report.scorecard import scorecard
from warehouse.report.trends import Trends
from warehouse.report.words import verdict

PAGE = "quality.html"
KAHN_CATEGORIES = ("conformance", "completeness", "plausibility")


def write_quality_report(
    release_path: Path, reports_dir: Path, sites_dir: Path | None = None
) -> Path:
    """Write ``quality.html`` from a published release; return its path.

    The release is opened read-only. The same release gives the same page, byte for byte.
    """
    with open_release(release_path) as release:
        return write_quality(release, reports_dir, sites_dir)


def write_quality(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``quality.html`` from an open release."""
    totals = facts.totals(release)
    trends = Trends(release)
    places, n_more_places = scorecard(release, trends)
    return write_page(
        reports_dir,
        "quality.html.j2",
        frame(release, PAGE, sites_dir),
        days=release.days,
        day_before=release.day_before,
        verdict=verdict(totals, release.day_before),
        totals=totals,
        skipped=facts.skipped_files(release),
        news=facts.news(release),
        ages=facts.ages(release),
        oldest=facts.oldest(release),
        categories=KAHN_CATEGORIES,
        places=places,
        n_more_places=n_more_places,
        rules=open_rules(release, trends),
        holding=holding_rules(release, trends),
        rules_off=facts.rules_off(release),
        site_ranges=facts.site_ranges(release),
        site_thresholds=facts.site_thresholds(release),
        unavailable=facts.unavailable(release),
        indicator_titles=INDICATOR_TITLES,
        expected=facts.expected(release),
        deliveries=facts.deliveries(release),
        findings=facts.delivery_findings(release),
    )
