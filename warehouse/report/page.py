"""The frame of every page: one template environment, and a page written in one step.

Pages stand by themselves: style and pictures are inside, there are no scripts, and the page forbids
itself every request. What comes from deliveries is escaped unless a filter here made it.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from warehouse.files import write_atomically
from warehouse.report.sparkline import sparkline
from warehouse.report.words import age, counted, day, figure, percent

TEXT_SHOWN = 200


def write_page(path: Path, template: str, **facts: Any) -> Path:
    """Render a template into a page; returns its path."""
    html = environment().get_template(template).render(**facts)
    write_atomically(path, html.encode())
    return path


@cache
def environment() -> Environment:
    """The templates with their filters; a fact that is missing is an error."""
    templates = Environment(
        loader=PackageLoader("warehouse.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "age": age,
        "anchor": anchor,
        "breakable": breakable,
        "counted": counted,
        "day": day,
        "figure": figure,
        "iso": date.isoformat,
        "percent": percent,
        "shortened": shortened,
        "sparkline": sparkline,
    }
    return templates


def anchor(name: str) -> str:
    """An id of a page's element for any name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def shortened(text: str | None) -> str:
    """Text, cut in the middle when it is very long; nothing for None."""
    if text is None or len(text) <= TEXT_SHOWN:
        return text or ""
    return f"{text[: TEXT_SHOWN // 2]} ... {text[-TEXT_SHOWN // 2 :]}"


def breakable(text: str | None) -> Markup:
    """A name that a narrow page may break after ``/`` and ``_``; shortened when it is very long."""
    safe = str(escape(shortened(text)))
    for sign in "/_":
        safe = safe.replace(sign, f"{sign}<wbr>")
    return Markup(safe)
