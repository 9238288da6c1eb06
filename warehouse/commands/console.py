"""Console output of commands."""

from __future__ import annotations

from rich.console import Console

console = Console(highlight=False, soft_wrap=True, emoji=False)
error_console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(line: str) -> None:
    """Print a line as it is: Rich reads no markup in it."""
    console.print(escaped(line))


def escaped(text: str) -> str:
    """Text in which Rich sees no markup."""
    return text.replace("[", r"\[")
