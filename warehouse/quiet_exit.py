"""Ending a process without the noise that DuckDB's binding makes when the interpreter ends.

With Great Expectations and DuckDB in one process, the binding prints a page of warnings about
leaked instances while the interpreter takes itself apart. They do no harm and help nobody.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress


class QuietEnd:
    """Ends the process with ``exit_code`` after all exit handlers, before the interpreter's end.

    Exit handlers run last in, first out: make this before other libraries register theirs.
    """

    def __init__(self) -> None:
        self.exit_code = 1
        atexit.register(self._leave)

    def _leave(self) -> None:
        # Whoever read the output may have seen enough, and closed it.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(self.exit_code)
