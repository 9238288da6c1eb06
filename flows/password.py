"""The password of Prefect's API: whoever knows it may start runs, so only this account may."""

from __future__ import annotations

import os
import re
import secrets

from warehouse.files import PRIVATE, make_folder, make_way, write_privately
from warehouse.settings import Settings

# One line, which a person can paste and `curl --user` takes as it stands.
USER = "warehouse"
SECRET_BYTES = 32
SOUND = re.compile(rf"{USER}:[\w-]{{{SECRET_BYTES},}}", re.ASCII)


def api_password(settings: Settings) -> str:
    """The password of this installation's server; made when there is none that can be used.

    Its file is readable by this account alone. Of two processes that make it at once, both get the
    one that came first.
    """
    path = settings.api_password_path
    make_way(path)
    while not SOUND.fullmatch(password := _read(settings)):
        path.unlink(missing_ok=True)
        own = path.with_name(f"{path.name}.{os.getpid()}.partial")
        make_folder(path.parent)
        write_privately(own, f"{USER}:{secrets.token_urlsafe(SECRET_BYTES)}\n")
        try:
            os.link(own, path)
        except FileExistsError:
            continue
        finally:
            own.unlink(missing_ok=True)
    return password


def _read(settings: Settings) -> str:
    """Read the file, and take away access of others."""
    path = settings.api_password_path
    if not path.is_file():
        return ""
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE)
    return path.read_text(encoding="utf-8", errors="replace").strip()
