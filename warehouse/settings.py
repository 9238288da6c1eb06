"""Paths and settings of this installation: one object, no other global state."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SettingsParseError,
)
from tzlocal import get_localzone_name

from warehouse.alert_settings import AlertSettings
from warehouse.errors import WarehouseError
from warehouse.files import lies_there, what_lies

PACKAGE_DIR = Path(__file__).resolve().parent
PROJECT_DIR = PACKAGE_DIR.parent
IN_REPOSITORY = (PROJECT_DIR / "pyproject.toml").exists()
# Where dbt_project, dictionary and flows lie: the repository's top, or the installed package.
PARTS_DIR = PROJECT_DIR if IN_REPOSITORY else PACKAGE_DIR
PREFIX = "WAREHOUSE_"
SETTINGS_FILE = "warehouse.toml"
# They say where the config folder is, so its own file cannot say them.
PLACES = ("data", "config")


def _machine_timezone() -> str:
    return get_localzone_name() or "UTC"


def _known_timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; one is Asia/Shanghai") from error


class SettingsError(WarehouseError):
    """A setting is wrong; the message names it."""


class Settings(AlertSettings, BaseSettings):
    """Settings of a warehouse, by the first that names one.

    The ``WAREHOUSE_*`` environment variables, ``warehouse.toml`` of the warehouse's config folder,
    the one of the project's folder, defaults.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # as a file of variables leaves those that are not set
        toml_file=PROJECT_DIR / SETTINGS_FILE,
        extra="forbid",
    )

    data: Path = Field(
        PROJECT_DIR / "data" if IN_REPOSITORY else Path("data").absolute(),
        description="Folder below which all data stands.",
    )
    config: Path | None = Field(
        None, description="Folder of this warehouse's own settings; else config in the data folder."
    )

    default_study: str | None = Field(
        None, description="The study whose tables are study.*; else the first by name."
    )

    server_port: int = Field(
        4200, ge=1, le=65535, description="Port of the project's Prefect server (loopback)."
    )
    schedule_cron: str = Field(
        "0 2 * * *", description="When the refresh runs: minute, hour, day, month, day of the week."
    )
    schedule_timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        default_factory=_machine_timezone,
        description="Time zone of schedule_cron, such as Asia/Shanghai; else this machine's own.",
    )
    release_max_age_hours: float = Field(
        30, gt=0, description="A last good release older than this is an alarm (warehouse status)."
    )
    disk_free_min_gib: float = Field(
        5, ge=0, description="Less free space than this on the data folder's disk is a warning."
    )
    logs_max_mb: int = Field(
        50,
        ge=5,
        description="Most disk space that the log of refreshes takes; the oldest goes first.",
    )
    releases_kept: int = Field(14, ge=1, description="How many releases stay on disk.")
    data_docs_kept: int = Field(
        60, ge=1, description="How many refreshes keep their pages in Data Docs, and their records."
    )
    landing_settle_seconds: float = Field(
        2, ge=0, description="Files written this recently are watched so long before they are read."
    )
    landing_max_file_mb: int = Field(
        4096, ge=1, description="Largest delivered file, unpacked; larger ones are rejected."
    )
    landing_max_memory_mb: int = Field(
        1024, ge=32, description="Most memory that reading one delivered file may take (Linux)."
    )
    landing_max_seconds: int = Field(
        60,
        ge=1,
        description="Most processor time for a delivered file, and again for each further 10 MB.",
    )
    landing_max_site_seconds: int = Field(
        600,
        ge=1,
        description="Most processor time for a site's slow files in a refresh; its others wait.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        **_unused: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the two files; no ``.env``, no secrets folder."""
        project = _toml_file(settings_cls, settings_cls.model_config["toml_file"])
        given = {**project(), **env_settings(), **init_settings()}
        data = given.get("data", settings_cls.model_fields["data"].default)
        folder = Path(given.get("config") or Path(data) / "config").expanduser()
        for place in (folder, folder / "sites"):
            if lies_there(place) and not place.is_dir():
                raise SettingsError(_misplaced(place, "folder"))
        own = _toml_file(settings_cls, folder / SETTINGS_FILE)
        if placed := [name for name in PLACES if name in own()]:
            raise SettingsError(_explained([f"{own.toml_file_path}: {_PLACED.format(placed[0])}"]))
        return init_settings, env_settings, own, project

    def model_post_init(self, _context: object) -> None:
        """Make the folders absolute, so that later changes of directory do not move them."""
        self.data = self.data.expanduser().resolve()
        if self.config is not None:
            self.config = self.config.expanduser().resolve()

    @field_validator("config")
    @classmethod
    def _is_there(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.expanduser().is_dir():
            raise ValueError(
                f"there is no folder {folder}; the shipped settings would count. Make it if it is "
                "new, or mount its share"
            )
        return folder

    @property
    def config_dir(self) -> Path:
        """This warehouse's own settings: mappings of sites, study, thresholds; never written."""
        return self.config or self.data / "config"

    @property
    def raw_dir(self) -> Path:
        """Deliveries as they came: ``<site>/<delivered_on>/<extract>.<suffix>``; never changed.

        ``warehouse fetch`` alone adds files.
        """
        return self.data / "raw"

    @property
    def landed_dir(self) -> Path:
        """The append-only log of landed rows (Parquet)."""
        return self.data / "landed"

    @property
    def warehouse_dir(self) -> Path:
        """Releases and the published file."""
        return self.data / "warehouse"

    @property
    def releases_dir(self) -> Path:
        """Published releases, one read-only DuckDB file each."""
        return self.warehouse_dir / "releases"

    @property
    def published_path(self) -> Path:
        """The file that analysts open: the current release."""
        return self.warehouse_dir / "warehouse.duckdb"

    @property
    def reports_dir(self) -> Path:
        """Pages and other output for people."""
        return self.data / "reports"

    @property
    def state_dir(self) -> Path:
        """Prefect's home, logs, locks, work files and the pseudonym secret."""
        return self.data / "state"

    @property
    def history_dir(self) -> Path:
        """Results and records of each refresh; survive rebuilds of the warehouse."""
        return self.data / "history"

    @property
    def locks_dir(self) -> Path:
        """Locks of studies, ``<study>/<day>`` each; never deleted by us."""
        return self.data / "locks"

    @property
    def secret_path(self) -> Path:
        """The key of the pseudonyms; made on the first run, never in git, never deleted by us."""
        return self.state_dir / "pseudonym.key"

    @property
    def known_raw_files_path(self) -> Path:
        """Size, times and digest of raw files; written again when it is gone."""
        return self.state_dir / "raw_files.json"

    @property
    def api_password_path(self) -> Path:
        """The password of Prefect's API and pages; readable by this account alone."""
        return self.state_dir / "prefect.password"

    @property
    def logs_dir(self) -> Path:
        """Logs of refreshes, as JSON lines, and of the Prefect server."""
        return self.state_dir / "logs"

    @property
    def alerts_dir(self) -> Path:
        """Queued alerts, and the log of sent ones."""
        return self.state_dir / "alerts"

    @property
    def work_path(self) -> Path:
        """The DuckDB file in which a refresh builds; an idle night goes on with it."""
        return self.state_dir / "work" / "work.duckdb"

    @property
    def built_path(self) -> Path:
        """Digests of the inputs of the last release, and of the work database."""
        return self.work_path.with_name("built.json")


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError that names each wrong setting."""
    if mistyped := _mistyped():
        raise SettingsError(_explained(mistyped))
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_explained(map(_problem, error.errors()))) from error
    except SettingsParseError as error:
        raise SettingsError(_explained([str(error)])) from error


def _toml_file(settings_cls: type[BaseSettings], path: Path) -> TomlConfigSettingsSource:
    """The settings of a file, none where there is none. Raises SettingsError that names it."""
    if lies_there(path) and not path.is_file():  # pydantic would pass over it
        raise SettingsError(_misplaced(path, "file"))
    try:
        return TomlConfigSettingsSource(settings_cls, path)
    except (ValueError, OSError) as error:  # it is no TOML, or must not be read
        raise SettingsError(_explained([f"{path} cannot be read: {error}. Correct it"])) from error


def _mistyped() -> list[str]:
    """Variables that are named almost like a setting, which would silently not count."""
    names = [PREFIX + name.upper() for name in Settings.model_fields]
    given = [name for name in map(str.upper, os.environ) if name.startswith(PREFIX)]
    nearest = {name: get_close_matches(name, names, n=1, cutoff=0.9) for name in given}
    return [
        f"{name}: there is no such setting; {near[0]} may be meant"
        for name, near in nearest.items()
        if near and name not in names
    ]


def _problem(found: ErrorDetails) -> str:
    """Describe one wrong setting; a fault of several together names them itself."""
    name = ".".join(map(str, found["loc"])).upper()
    if found["type"] == "extra_forbidden":
        return f"{name.lower()} in warehouse.toml: there is no such setting"
    message = found["msg"].removeprefix("Value error, ").partition(", unable to ")[0]
    message = message.replace("Input should be", "it must be")
    return f"{PREFIX}{name}: {message}" if name else message


_PLACED = "{} says where this file is, so it stands in the environment; take it out"


def _misplaced(path: Path, belongs: str) -> str:
    return (
        f"{path} is {what_lies(path)}, and a {belongs} of settings belongs there. Nothing was "
        f"started: the shipped settings would count instead. Put the {belongs} there, or bring "
        f"back what a link leads to (a share may not be mounted); move it away only if the shipped "
        f"settings are meant."
    )


def _explained(problems: Iterable[str]) -> str:
    return "\n".join(
        [
            "A setting cannot be used, so nothing was started:",
            *(f"  {problem}" for problem in problems),
            "Correct it in the environment or in warehouse.toml (there in lower case, without the "
            "prefix).",
        ]
    )
