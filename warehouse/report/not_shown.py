"""Placeholder pages for pages that cannot be written from the current release."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from warehouse.files import write_atomically
from warehouse.report.frame import PAGES
from warehouse.report.page import environment

TEMPLATE = "not_shown.html.j2"


def write_not_shown(
    reports_dir: Path, pages: Iterable[str], release: str, reason: str
) -> list[Path]:
    """Replace each page by a note that it does not show ``release``; return the paths."""
    written = []
    for page in pages:
        links = PAGES if page in PAGES else {}  # a page in another folder has no links
        facts = {"page": page, "pages": links, "synthetic": None}
        html = environment().get_template(TEMPLATE).render(facts, release=release, reason=reason)
        path = reports_dir / page
        write_atomically(path, html.encode())
        written.append(path)
    return written
