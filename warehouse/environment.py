"""Environment variables to set before Prefect, dbt or Great Expectations is imported.

All telemetry is off, and everything that these tools write stands below the data folder:
nothing reaches the home folder and nothing leaves the building.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from warehouse.files import close_folder, lies_there, what_lies
from warehouse.settings import PARTS_DIR, Settings, SettingsError

SERVER_HOST = "127.0.0.1"
# By what names a browser of this machine asks for the pages.
OWN_HOSTS = [SERVER_HOST, "localhost"]
# What Python's helper says of the locks of a process that was stopped, after it has removed them.
LEAK_WARNING = "ignore:resource_tracker:UserWarning"
NO_FOLDER = {errno.ENOENT, errno.ENOTDIR, errno.EEXIST}


def prefect_home(settings: Settings) -> Path:
    """Return the folder of Prefect's database and other files."""
    return settings.state_dir / "prefect"


def prefect_pages(settings: Settings) -> Path:
    """Return the folder of the server's pages, which Prefect copies from its own package."""
    return prefect_home(settings) / "pages"


def prepare_environment(settings: Settings) -> None:
    """Set the process environment for this installation, and make its folder for scratch files.

    Raises SettingsError when there can be no such folder.
    """
    os.environ.update(
        _prefect_environment(settings),
        TMPDIR=str(_scratch_folder(settings)),
        DO_NOT_TRACK="1",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        GX_ANALYTICS_ENABLED="false",
        PYTHONWARNINGS=_with_leak_warning_off(),
    )
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = _asked_directly()


def _scratch_folder(settings: Settings) -> Path:
    """The folder for scratch files, made where it is missing.

    Who only reads may have no right to make it; a refresh says so when it begins to.
    """
    scratch = settings.state_dir / "tmp"
    try:
        if not settings.state_dir.exists():
            close_folder(settings.state_dir)
        scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in NO_FOLDER:
            _require_folders(settings.state_dir, scratch)
            raise SettingsError(
                f"The data folder {settings.data} cannot be made ({error.strerror}: "
                f"{error.filename}). Point WAREHOUSE_DATA at a folder."
            ) from error
    return scratch


def _require_folders(*folders: Path) -> None:
    for folder in folders:
        if lies_there(folder) and not folder.is_dir():
            raise SettingsError(
                f"{folder} is {what_lies(folder)}, and the warehouse keeps a folder there. Move it "
                f"away and run the command again, which creates what is missing."
            )


def _prefect_environment(settings: Settings) -> dict[str, str]:
    home = prefect_home(settings)
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # Runs older than Prefect's retention (90 days) go; as it is shipped, only events do.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "true",
        "PREFECT_SERVER_API_HOST": SERVER_HOST,
        "PREFECT_SERVER_API_PORT": str(settings.server_port),
        # Pages of other origins may neither read what it says nor make a browser ask it.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(
            f"http://{host}:{settings.server_port}" for host in OWN_HOSTS
        ),
        "PREFECT_RESULTS_LOCAL_STORAGE_PATH": str(home / "storage"),
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(prefect_pages(settings)),
        # The server that Prefect itself would bring checks no host, and outlives a kill.
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # Its server is on this machine: what does not answer within seconds has gone.
        "PREFECT_CLIENT_MAX_RETRIES": "3",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "warehouse",
        # This logger asks its setting alone, and not the file below.
        "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_CONFIG_PATH": str(PARTS_DIR / "flows" / "logging.yml"),
    }


def _with_leak_warning_off() -> str:
    given = os.environ.get("PYTHONWARNINGS", "")
    filters = [each for each in given.split(",") if each and each != LEAK_WARNING]
    return ",".join([*filters, LEAK_WARNING])  # the last one that fits holds


def _asked_directly() -> str:
    """Hosts that no proxy is asked for: Prefect would else send what it says to the house's one."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host for host in given.split(",") if host]
    return given if {"*", SERVER_HOST} & set(hosts) else ",".join([*hosts, SERVER_HOST])
