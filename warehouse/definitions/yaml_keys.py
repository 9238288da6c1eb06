"""YAML in which no key may stand twice: the second would silently replace the first."""

from __future__ import annotations

from typing import Any

import yaml


class DoubledKeyError(Exception):
    """A key stands twice in one mapping; the message says in which line."""


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if key in seen:
                line = key_node.start_mark.line + 1
                raise DoubledKeyError(f"line {line}: a key is there twice; keep one of them")
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_strictly(text: str) -> Any:
    """What a YAML text holds. Raises DoubledKeyError, yaml.YAMLError and ValueError."""
    return yaml.load(text, _StrictLoader)
