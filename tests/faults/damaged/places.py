"""Links, pipes, strange names, and files that are something else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.faults.damaged.case import GOOD, LIMIT_MB, ONE, Damaged, LeftAlone, SetAside


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may not be long
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    with path.open("wb") as handle:
        handle.truncate(256 << 20)


def _not_readable(path: Path) -> None:
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)


_NAME = SetAside("the name begins with none of")
_ENDING = SetAside("the name ends with none of")


PLACES = [
    Damaged("a folder for a file", lambda path: path.mkdir(), LeftAlone("it is a folder")),
    Damaged(
        "a link out of the folder",
        lambda path: path.symlink_to("/etc/passwd"),
        LeftAlone("it is a link"),
    ),
    Damaged(
        "a link to nothing", lambda path: path.symlink_to("nowhere"), LeftAlone("it is a link")
    ),
    Damaged("a link to itself", lambda path: path.symlink_to(path), LeftAlone("it is a link")),
    Damaged("a pipe", os.mkfifo, LeftAlone("not a regular file")),
    Damaged("a socket", _socket, LeftAlone("the file cannot be opened")),
    Damaged("a file that may not be read", _not_readable, LeftAlone("Permission denied")),
    Damaged("a large file of zeros", _sparse, LeftAlone(f"larger than {LIMIT_MB} MB")),
    Damaged("a line end in the name", GOOD, ONE, "followups\n.csv"),
    Damaged("quotes and markup in the name", GOOD, ONE, "followups_'\"<b>[red].csv"),
    Damaged("a name of 250 letters", GOOD, ONE, f"followups_{'x' * 236}.csv"),
    Damaged("a picture in the name", GOOD, ONE, "followups_🙂.csv"),
    Damaged(
        "a name that is no utf-8",
        lambda path: path.write_text(GOOD),
        LeftAlone("its name is not UTF-8"),
        "followups_\udcff.csv",
    ),
    Damaged("capitals in the name", GOOD, ONE, "FOLLOWUPS.CSV"),
    Damaged("a copy's name", GOOD, ONE, "followups (1).csv"),
    Damaged("another name", GOOD, _NAME, "notes.csv"),
    Damaged("another word that begins so", GOOD, _NAME, "followupsheet.csv"),
    Damaged("no ending", GOOD, _ENDING, "followups"),
    Damaged("JSON", '{"patient_id": 1}', _ENDING, "followups.json"),
    Damaged("a PDF", b"%PDF-1.7\n", SetAside("a PDF")),
    Damaged(
        "a web page",
        "<!DOCTYPE html><html><body>Please log in</body></html>",
        SetAside("it is a web page"),
    ),
    Damaged("a list of JSON, named csv", '[{"patient_id": 1}]', SetAside("it is a JSON list")),
    Damaged("a picture", b"\x89PNG\r\n\x1a\n" + bytes(500), SetAside("it is a picture")),
    Damaged("a program", b"\x7fELF" + bytes(500), SetAside("it is a program")),
    Damaged(
        "an SQLite database",
        b"SQLite format 3\x00" + bytes(500),
        SetAside("it is an SQLite database"),
    ),
]
