"""The frame of every page: one template environment, and a page written in one step.

Pages stand by themselves: style, pictures and the one script are inside, the page forbids itself
every request and every other script, and it can be read without any. What comes from deliveries is
escaped unless a filter here made it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from warehouse.definitions.measures import measure, percent
from warehouse.figures import FIGURES_DIR
from warehouse.figures.picture import Picture
from warehouse.files import write_atomically
from warehouse.report.frame import Frame
from warehouse.report.sparkline import sparkline
from warehouse.report.words import age
from warehouse.text import counted, day

TEXT_SHOWN = 200
PROSE_SHOWN = 1000
TEMPLATES_DIR = Path(__file__).parent / "templates"
# Behind / and _, and behind a point in a name; not in 4.5 and at the end of a sentence.
BREAK = re.compile(r"[/_](?=\w)|\.(?=[^\W\d])")
CODE = re.compile(r"`([^`]+)`")


def write_page(reports_dir: Path, template: str, frame: Frame, **facts: Any) -> Path:
    """Render a template into the frame's page; returns its path."""
    path = reports_dir / frame.page
    html = environment().get_template(template).render(**frame.facts(), **facts)
    write_atomically(path, html.encode())
    return path


@cache
def environment() -> Environment:
    """Return the templates with their filters; a fact that is missing is an error."""
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
        "as_json": as_json,
        "counted": counted,
        "day": day,
        "iso": date.isoformat,
        "measure": measure,
        "percent": percent,
        "pictured": pictured,
        "prose": prose,
        "script": script,
        "script_digest": script_digest,
        "shortened": shortened,
        "sparkline": sparkline,
        "style": style,
    }
    return templates


def anchor(name: str) -> str:
    """Return an id of a page's element for any name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def shortened(text: str | None, length: int = TEXT_SHOWN) -> str:
    """Return text, cut in the middle when it is very long; nothing for None."""
    if text is None or len(text) <= length:
        return text or ""
    return f"{text[: length // 2]} ... {text[-length // 2 :]}"


def prose(text: str | None) -> Markup:
    """Return sentences, with what they have in backticks as code; names in them may break."""
    return Markup(CODE.sub(r"<code>\1</code>", str(breakable(text, PROSE_SHOWN))))


def breakable(text: str | None, length: int = TEXT_SHOWN) -> Markup:
    """A name that a narrow page may break between its parts; shortened when it is very long."""
    return Markup(BREAK.sub(r"\g<0><wbr>", str(escape(shortened(text, length)))))


def pictured(pictures: dict[str, Picture]) -> Markup:
    """A figure in all its widths (``wide``, ``narrow``); the page's style shows one of them."""
    return Markup("").join(picture.inline(width) for width, picture in pictures.items())


@cache
def style(name: str) -> Markup:
    """Return a style sheet of the figures."""
    return Markup((FIGURES_DIR / name).read_text(encoding="utf-8"))


@cache
def script(name: str) -> Markup:
    """Return a script of ours, as it stands in the page."""
    return Markup((TEMPLATES_DIR / name).read_text(encoding="utf-8"))


@cache
def script_digest(name: str) -> Markup:
    """Return what the page's security policy must say for that script to run, and no other."""
    digest = hashlib.sha256(script(name).encode()).digest()
    return Markup(f"'sha256-{base64.b64encode(digest).decode()}'")


def as_json(facts: Any) -> Markup:
    """Return facts for the script, in a form that cannot end the element that holds them."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c"))
