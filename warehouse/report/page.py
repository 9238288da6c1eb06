"""Rendering of pages: the template environment, and writing a page in one step.

Pages are self-contained: style, pictures and the only script are embedded, the security policy
forbids requests and other scripts, and the page is readable without scripts. Values from deliveries
are escaped.
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
from warehouse.text import counted, day, within_sentence

TEXT_SHOWN = 200
PROSE_SHOWN = 1000
TEMPLATES_DIR = Path(__file__).parent / "templates"
# After / and _ and after a dot in a name, but not in 4.5 or at the end of a sentence.
BREAK = re.compile(r"[/_](?=\w)|\.(?=[^\W\d])")
CODE = re.compile(r"`([^`]+)`")


def write_page(reports_dir: Path, template: str, frame: Frame, **facts: Any) -> Path:
    """Render a template into the page of the frame; return its path."""
    path = reports_dir / frame.page
    html = environment().get_template(template).render(**frame.facts(), **facts)
    write_atomically(path, html.encode())
    return path


@cache
def environment() -> Environment:
    """Return the templates with their filters; an undefined variable is an error."""
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
        "within_sentence": within_sentence,
    }
    return templates


def anchor(name: str) -> str:
    """Return a valid element id for any name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def shortened(text: str | None, length: int = TEXT_SHOWN) -> str:
    """Return text, cut in the middle if it is very long; an empty text for None."""
    if text is None or len(text) <= length:
        return text or ""
    return f"{text[: length // 2]} ... {text[-length // 2 :]}"


def prose(text: str | None) -> Markup:
    """Return sentences as HTML: text in backticks as code, with breaks allowed in names."""
    return Markup(CODE.sub(r"<code>\1</code>", str(breakable(text, PROSE_SHOWN))))


def breakable(text: str | None, length: int = TEXT_SHOWN) -> Markup:
    """Return a name with allowed breaks between its parts, shortened if it is very long."""
    return Markup(BREAK.sub(r"\g<0><wbr>", str(escape(shortened(text, length)))))


def pictured(pictures: dict[str, Picture]) -> Markup:
    """Return a figure in all widths (``wide``, ``narrow``); the style shows one of them."""
    return Markup("").join(picture.inline(width) for width, picture in pictures.items())


@cache
def style(name: str) -> Markup:
    """Return a style sheet of the figures."""
    return Markup((FIGURES_DIR / name).read_text(encoding="utf-8"))


@cache
def script(name: str) -> Markup:
    """Return one of our scripts for embedding."""
    return Markup((TEMPLATES_DIR / name).read_text(encoding="utf-8"))


@cache
def script_digest(name: str) -> Markup:
    """Return the hash of a script for the security policy of the page."""
    digest = hashlib.sha256(script(name).encode()).digest()
    return Markup(f"'sha256-{base64.b64encode(digest).decode()}'")


def as_json(facts: Any) -> Markup:
    """Return data for the script as JSON that cannot end its script element."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c"))
