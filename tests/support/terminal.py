"""A command of the project on a terminal of its own, typed to by a test."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

PATIENCE_SECONDS = 30
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>()][0-9A-Za-z]?|\x1b\][^\x07]*\x07")
_CURSOR_QUESTION = b"\x1b[6n"
# Ctrl-C goes to the process whose terminal it is, so the command takes it before it begins.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_CURSOR_ANSWER = b"\x1b[1;1R"


class Terminal:
    """Types text and waits for what appears."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.seen = ""

    def type(self, text: str) -> None:
        """Type text; \\n is Enter, \\x03 Ctrl-C, \\x04 Ctrl-D."""
        os.write(self._master, text.replace("\n", "\r").encode())

    def wait_for(self, text: str) -> str:
        """Wait until the text appears; returns what appeared up to it and forgets it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} did not appear; there is {self.seen[-2000:]!r}"
            self._read(left)
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            data = os.read(self._master, 65_536)
            if _CURSOR_QUESTION in data:
                os.write(self._master, _CURSOR_ANSWER)
            self.seen += _ESCAPES.sub("", data.decode(errors="replace"))


@contextmanager
def on_terminal(
    command: Sequence[str], environment: Mapping[str, str], columns: int = 100, lines: int = 40
) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    """Run a command on a new terminal; it is ended when the test leaves."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**environment, "TERM": "xterm", "PAGER": "cat"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(master), process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)
