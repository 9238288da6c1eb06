"""Lines of a YAML file by the places that messages name."""

from __future__ import annotations

from pathlib import Path

import yaml

from warehouse.definitions.validation_messages import NAMES


def with_line(path: Path, place: str) -> str:
    """Return a place such as ``flow.age.keep`` with its line, where this file has the place.

    What another file says, which this one extends, has none.
    """
    node = yaml.compose(path.read_text("utf-8-sig"), yaml.CSafeLoader) if path.is_file() else None
    line = None
    for part in place.split("."):
        entry = _entry(node, part, deep=line is not None)
        if entry is None:
            break
        line, node = entry
    return place if line is None else f"{place} (line {line})"


def _entry(node: yaml.Node | None, part: str, *, deep: bool) -> tuple[int, yaml.Node] | None:
    """Return line and content of a key, or of an entry of a list by its name or number.

    A place may leave out levels: a line of a table is named without its section.
    """
    below: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + 1, value
            below.append(value)
    elif isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value, start=1):
            keys = each.value if isinstance(each, yaml.MappingNode) else ()
            if part in (str(number), *(value.value for key, value in keys if key.value in NAMES)):
                return each.start_mark.line + 1, each
            below.append(each)
    found = (_entry(each, part, deep=True) for each in below if deep)
    return next(filter(None, found), None)
