"""The system's message in errors of libraries."""

from __future__ import annotations

import errno
import os

from dbt.cli.exceptions import ExceptionExit

from warehouse.disk import system_reason


def test_an_error_whose_text_cannot_be_made_hides_no_reason() -> None:
    """One of dbt has no text of its own, only the error which it carries."""
    words = os.strerror(errno.ENOSPC)
    assert system_reason(ExceptionExit(RuntimeError(words)), frozenset({errno.ENOSPC})) == words
    assert system_reason(ExceptionExit(RuntimeError("x")), frozenset({errno.ENOSPC})) is None
