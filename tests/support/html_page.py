"""Reading a page back: its tables as rows of text, its texts by id, its links and its ids."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

TABLE_NAMES = ("id", "data-rule", "data-indicator", "data-variable")
VOID = {"meta", "br", "wbr", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """A parsed page. ``tables`` is keyed by the table's id, or by what it is about."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: dict[str, str] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._open: list[tuple[str, str | None]] = []
        self._table: str | None = None
        self._in_cell = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.add(tag)
        if tag in VOID:
            return
        self._open.append((tag, known.get("id")))
        if "id" in known:
            self.ids.append(known["id"] or "")
        if tag == "a":
            self.links.append(known["href"] or "")
        if tag == "table":
            names = (known.get(name) for name in TABLE_NAMES)
            self._table = next(filter(None, names), "unnamed")
            self.tables[self._table] = []
        elif tag == "tr" and self._table:
            self.tables[self._table].append([])
        elif tag in {"td", "th"} and self._table:
            self.tables[self._table][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "table":
            self._table = None
        elif tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._table and self._in_cell:
            cells = self.tables[self._table][-1]
            cells[-1] = f"{cells[-1]}{data}"
        for _, name in self._open:
            if name:
                self.texts[name] = " ".join(f"{self.texts.get(name, '')}{data}".split())

    def rows(self, table: str) -> list[list[str]]:
        """The rows of a table without its header, blanks folded."""
        return [[" ".join(cell.split()) for cell in row] for row in self.tables[table][1:]]
