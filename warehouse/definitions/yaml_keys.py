"""YAML that people write: keys with their values, and nothing that surprises.

No key may stand twice: the second would silently replace the first. Lists within lists without end
and references, which can make a few lines into a billion values, are refused.
"""

from __future__ import annotations

from typing import Any

import yaml

MOST_LEVELS = 20


class NotPlainError(Exception):
    """It is more than keys with their values; the message says what and where, and quotes none."""


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if key in seen:
                line = key_node.start_mark.line + 1
                raise NotPlainError(f"line {line}: a key is there twice; keep one of them")
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_strictly(content: bytes, most_bytes: int) -> Any:
    """What a YAML text holds. Raises NotPlainError, yaml.YAMLError and ValueError."""
    if len(content) > most_bytes:
        raise NotPlainError(f"it is larger than {most_bytes // 1024} KB")
    text = content.decode("utf-8-sig")
    _require_plain(text)
    return yaml.load(text, _StrictLoader)


def _require_plain(text: str) -> None:
    """Look through a text without building anything of it."""
    level = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            raise NotPlainError(f"it holds more than {MOST_LEVELS} lists within lists")
        if isinstance(event, yaml.AliasEvent):
            raise NotPlainError("it holds a reference; write out what it stands for")
        if isinstance(event, yaml.ScalarEvent):
            event.value.encode()  # half of a character (a lone surrogate) is no text
