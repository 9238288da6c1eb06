"""What stands in the place of pages that could not be written of the current release."""

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
    """Write, in the place of each page, that it does not show ``release``, and why; their paths."""
    written = []
    for page in pages:
        links = PAGES if page in PAGES else {}  # a page in a folder of its own has none of them
        facts = {"page": page, "pages": links, "synthetic": None}
        html = environment().get_template(TEMPLATE).render(facts, release=release, reason=reason)
        path = reports_dir / page
        write_atomically(path, html.encode())
        written.append(path)
    return written
