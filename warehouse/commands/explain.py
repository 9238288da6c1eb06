"""``warehouse explain``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from warehouse.settings import settings


class Form(StrEnum):
    """Format of a printed explanation."""

    text = "text"
    json = "json"


def explain(  # noqa: PLR0913, PLR0917 - each is an option of the command
    number: Annotated[
        str,
        typer.Argument(
            help="An id of study.published_comparison (t2.mort.p), or a cell: "
            "schema.table:row:column."
        ),
    ],
    form: Annotated[Form, typer.Option("--format", "-f", help="For people or programs.")] = (
        Form.text
    ),
    limit: Annotated[int, typer.Option(min=1, help="How many patients are listed.")] = 10,
    everyone: Annotated[bool, typer.Option("--all", help="List all patients.")] = False,
    release: Annotated[str | None, typer.Option(help="An earlier release, by its id.")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the SQL of the models in full.")] = False,
) -> None:
    """Explain a number: its definition, SQL, patients and delivered lines.

    \b
    Examples:
      warehouse explain t2.mort.p
      warehouse explain study.table2_outcomes:is_good_outcome:all_display --all
      warehouse explain t2.mort.p --release 20260201T020000Z
    """
    from warehouse.explain import open_explainer
    from warehouse.explain.text import as_json, as_text
    from warehouse.sql_shell.session import release_path

    shown = None if everyone else limit
    with open_explainer(release_path(settings(), release)) as explainer:
        explanation = explainer.explain(number)
        is_json = form is Form.json
        # not through Rich, which would read brackets in SQL as markup
        print(as_json(explanation, shown) if is_json else as_text(explanation, shown, sql))
