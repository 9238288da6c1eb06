"""YAML that people write: keys with their values, and nothing that surprises.

No key may stand twice: the second would silently replace the first. Lists within lists without end
and references, which can make a few lines into a billion values, are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from warehouse.files import lies_there, what_lies

MOST_LEVELS = 20
# A file of the dictionary; the project's own have 10 KB.
MOST_BYTES = 1 << 20
PUT_BACK = "put the file there, or bring back what a link leads to (a share may not be mounted)"


class NotPlainError(Exception):
    """The file has more than keys with values; the message says what and where, and quotes none."""


class _StrictLoader(yaml.CSafeLoader):  # libyaml's, ten times as fast as the one in Python
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _none_there_is(key_node)
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if key in seen:
                line = key_node.start_mark.line + 1
                raise NotPlainError(f"line {line}: a key is there twice; keep one of them")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)  # type: ignore[no-untyped-call]
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # PyYAML converts without a look: a 13th month, ``!!float ""``, ``!!bool maybe``.
            raise _none_there_is(node) from error


def _none_there_is(node: yaml.Node) -> ConstructorError:
    return ConstructorError(None, None, "there is no such key or value", node.start_mark)


def read_strictly(path: Path) -> Any:
    """Read a YAML file of the dictionary; a link is fine, a pipe is not waited for.

    Raises NotPlainError, yaml.YAMLError and OSError.
    """
    return load_strictly(read_bounded(path), MOST_BYTES)


def read_bounded(path: Path) -> bytes:
    """The bytes of a file that people write, one more than it may have at most.

    Raises NotPlainError where it is no file, and OSError.
    """
    if lies_there(path) and not path.is_file():
        raise NotPlainError(f"it is not a regular file but {what_lies(path)}; {PUT_BACK}")
    with path.open("rb") as handle:
        return handle.read(MOST_BYTES + 1)


def load_strictly(content: bytes, most_bytes: int) -> Any:
    """Parse a YAML text. Raises NotPlainError and yaml.YAMLError, whatever the text is."""
    if len(content) > most_bytes:
        raise NotPlainError(f"it is larger than {most_bytes // 1024} KB")
    try:
        text = content.decode("utf-8-sig")
    except ValueError as error:
        raise yaml.YAMLError("it holds a character that is no text") from error
    try:
        _require_plain(text)
        return yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as error:
        number = error.problem_mark.line if error.problem_mark else 0
        line = [*text.splitlines(), ""][number]
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise NotPlainError(
                f"line {number + 1}: a tab is before its text; write spaces instead"
            ) from error
        raise


def _require_plain(text: str) -> None:
    """Look through a text without building anything of it."""
    level = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            raise NotPlainError(f"it holds more than {MOST_LEVELS} lists within lists")
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1
            raise NotPlainError(
                f"line {line}: it holds a reference; write out what it stands for, or put a text "
                "that begins with * in quotes"
            )
