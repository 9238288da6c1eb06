"""Verification that every file of the warehouse is as it was written."""

from warehouse.lock import lock_path, refresh_lock
from warehouse.settings import Settings
from warehouse.verification.checked import Verdict
from warehouse.verification.kept import history_files, locked_files, other_files, release_files
from warehouse.verification.landed import landed_files, lost_files, raw_files


def verify(settings: Settings) -> Verdict:
    """Check raw, landed and history files, releases and locks, and list other files among them.

    Nothing is changed. Raises AlreadyRunningError while a refresh is running.
    """
    parts = (raw_files, landed_files, lost_files, history_files, release_files)
    parts += (locked_files, other_files)
    with refresh_lock(lock_path(settings)):
        return Verdict(tuple(file for part in parts for file in part(settings)))
