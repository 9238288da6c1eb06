"""What ``--help`` promises: every command in a group, with examples that the command accepts."""

from __future__ import annotations

import shlex

import pytest
import typer.main
from typer.testing import CliRunner

from warehouse.cli import COMMANDS, app

NAMES = [command.__name__ for commands in COMMANDS.values() for command in commands]
CLI = typer.main.get_command(app)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_examples_that_it_accepts(name: str) -> None:
    command = CLI.get_command(None, name)
    lines = [line.strip() for line in command.help.partition("Examples:")[2].splitlines()]
    examples = [shlex.split(line) for line in lines if line]
    assert examples
    for words in examples:
        at = words.index("warehouse")  # settings may stand before it
        assert words[at + 1] == name
        command.make_context(name, words[at + 2 :])  # raises UsageError


def test_version_and_short_help() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == "warehouse 0.1.0\n"
    assert CliRunner().invoke(app, ["-h"]).exit_code == 0
