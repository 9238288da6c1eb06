"""The documentation: links lead somewhere, and the decisions are listed."""

from __future__ import annotations

import re
from pathlib import Path

from warehouse.settings import PROJECT_DIR

DOCS = PROJECT_DIR / "docs"
PAGES = [*PROJECT_DIR.glob("*.md"), *DOCS.rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')


def anchors(page: Path) -> set[str]:
    """The names in a page that a link may have behind ``#``, as GitHub makes them."""
    text = page.read_text("utf-8")
    slugs = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)
    }
    return slugs | set(ANCHOR.findall(text))


def broken_links(page: Path) -> list[str]:
    """The links of a page to files or anchors that do not exist, as ``page: path#anchor``."""
    broken = []
    for path, anchor in LINK.findall(page.read_text("utf-8")):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{page.relative_to(PROJECT_DIR)}: {path}#{anchor}")
    return broken


def test_all_links_lead_somewhere() -> None:
    assert [link for page in PAGES for link in broken_links(page)] == []


def test_all_decisions_are_listed_by_title() -> None:
    pages = sorted((DOCS / "decisions").glob("0*.md"))
    titles = [HEADING.findall(page.read_text("utf-8"))[0] for page in pages]
    listed = re.findall(
        r"^- \[(.*)\]\((.*)\)$", (DOCS / "decisions/README.md").read_text("utf-8"), re.MULTILINE
    )
    assert listed == [(title, page.name) for title, page in zip(titles, pages, strict=True)]


def test_all_pages_are_in_the_index() -> None:
    linked = {path for path, _ in LINK.findall((DOCS / "README.md").read_text("utf-8"))}
    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} <= linked
