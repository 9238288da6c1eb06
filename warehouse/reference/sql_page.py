"""Generator of the answers in docs/sql.md: python -m warehouse.reference.sql_page

The page has the questions and their SQL; the tables below them show the current release.
``--check`` writes nothing and exits with 1 if an answer differs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import closing

from warehouse.settings import PROJECT_DIR, settings
from warehouse.sql_shell.session import Session, release_path
from warehouse.sql_shell.text import cell_text

PAGE = PROJECT_DIR / "docs" / "sql.md"
# A statement, and the table below it when there is one.
_QUESTION = re.compile(r"```sql\n(?P<sql>.*?)\n```\n(?:\n(?:\|[^\n]*\n)+)?", re.DOTALL)


def questions(page: str) -> list[str]:
    """Return the statements of the page, in order."""
    return [found["sql"] for found in _QUESTION.finditer(page)]


def answered(page: str, session: Session) -> str:
    """Return the page with the answers of this release."""
    return _QUESTION.sub(lambda found: _with_answer(found["sql"], session), page)


def _with_answer(sql: str, session: Session) -> str:
    answer = "".join(f"{line}\n" for line in _table(sql, session))
    return f"```sql\n{sql}\n```\n\n{answer}"


def _table(sql: str, session: Session) -> Iterator[str]:
    (result,) = session.results(sql)
    yield "| " + " | ".join(column.name for column in result.columns) + " |"
    yield "|" + "---|" * len(result.columns)
    for row in result.rows:
        yield "| " + " | ".join(cell_text(value).replace("|", r"\|") for value in row) + " |"


def main() -> int:
    """Write the page, or check it."""
    before = PAGE.read_text(encoding="utf-8")
    with closing(Session(release_path(settings()))) as session:
        after = answered(before, session)
    if "--check" in sys.argv[1:]:
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
