"""Fetching a REDCap project into the folder of deliveries, over the hospital's own network.

Off unless the site's mapping names the address. The token comes from a file that only its owner may
read, or from the environment, and is in no message, file or log.
"""

from __future__ import annotations

import os
import socket
import stat
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redcap import Project, RedcapError
from requests import RequestException, Response

from warehouse.definitions.site import Redcap, SiteMapping, load_site
from warehouse.disk import MEGABYTE
from warehouse.errors import WarehouseError
from warehouse.files import OTHERS, make_folder, write_atomically
from warehouse.landing.file_names import contents_of
from warehouse.settings import Settings

TOKEN_VARIABLE = "REDCAP_TOKEN"
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 10, 600
OK = 200
LONGEST_SHOWN = 200
# Nothing between this machine and the server: an empty address wins over HTTP_PROXY and the like.
NO_PROXY = {"http": "", "https": ""}
# A file of each fetch of a day that brought something else; the last by name counts.
MOST_OF_A_DAY = 9


class FetchError(WarehouseError):
    """The export cannot be fetched; nothing was written."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(f"{what}, so nothing was fetched. {to_do}")


def fetch(site: str, settings: Settings, sites_dir: Path | None = None) -> tuple[Path, bool]:
    """Fetch a site's export as a delivery of today; returns the file, and whether it is new.

    Raises FetchError when it cannot be fetched, DictionaryError when the mapping is wrong.
    """
    mapping = load_site(site, sites_dir)
    about = mapping.redcap
    if about is None:
        raise FetchError(
            f"The mapping of {site} names no REDCap address",
            "Add redcap to it, with url, file and token_file (docs/formats.md).",
        )
    _require_known_name(about, mapping)
    _require_own_network(about.url)
    content = _export(about, _token(about))
    if len(content) > settings.landing_max_file_mb * MEGABYTE:
        raise FetchError(
            f"The export is larger than {settings.landing_max_file_mb} MB",
            "Raise landing_max_file_mb if it is genuine.",
        )
    return _delivered(settings.raw_dir / site / date.today().isoformat(), about.file, content)


def _require_known_name(about: Redcap, mapping: SiteMapping) -> None:
    """Raise FetchError where landing would not know what the file is."""
    content = contents_of(f"{about.file}.csv", mapping)[0]
    if content.extract is None:
        raise FetchError(f"redcap: file is {about.file}, and {content.problem}", "Correct it.")


def _require_own_network(url: str) -> None:
    """Raise FetchError unless all addresses of the server are this machine's or private ones."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"There is no server {host}", "Correct url below redcap.") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not all(address.is_private or address.is_loopback for address in addresses):
        raise FetchError(
            f"{host} is outside of the hospital's network",
            "Correct url below redcap: patient data is fetched within it only.",
        )
    if parts.scheme != "https" and not all(address.is_loopback for address in addresses):
        raise FetchError(f"{host} would get the token unencrypted", "Write url with https://.")


def _token(about: Redcap) -> str:
    """The token of the project. Raises FetchError where there is none, or others may read it."""
    path = about.token_file
    if path is None:
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
        if not token:
            raise FetchError(
                "There is no token",
                f"Name token_file below redcap, or set {TOKEN_VARIABLE} in the environment.",
            )
        return token
    try:
        with path.open("rb") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            token = handle.read(LONGEST_SHOWN).decode("ascii", "replace").strip()
    except OSError as error:
        raise FetchError(f"{path} cannot be read: {error.strerror}", "Correct it.") from error
    if not stat.S_ISREG(mode) or mode & OTHERS:
        raise FetchError(f"Others may read {path}", f"Run: chmod 600 {path}")
    if not token.isalnum():
        raise FetchError(f"{path} holds no token", "Put the project's API token into it.")
    return token


def _export(about: Redcap, token: str) -> bytes:
    """All records as CSV, with codes and the unique names of events."""
    verify = str(about.ca_file) if about.ca_file else True
    try:
        project = Project(
            about.url, token, verify_ssl=verify, allow_redirects=False, proxies=NO_PROXY,
            timeout=(SECONDS_TO_CONNECT, SECONDS_TO_ANSWER), hooks={"response": _checked},
        )  # fmt: skip
        answer = project.export_records(format_type="csv", event_name="unique")
    except FetchError:
        raise
    except RequestException as error:
        # Only REDCap's own words are shown: they are about the request.
        is_answer = type(error) is RedcapError
        why = str(error).replace(token, "***")[:LONGEST_SHOWN] if is_answer else _kind(error)
        raise FetchError(
            f"REDCap did not give the export ({why})", "Run it again, or ask who runs REDCap."
        ) from None
    return str(answer).encode()


def _checked(response: Response, **_options: Any) -> None:
    """Raise FetchError for any answer but the export: one that sends us elsewhere, too."""
    if response.status_code != OK:
        raise FetchError(
            f"REDCap answered with status {response.status_code}",
            "Check the token and its right to export where it is 403; else ask who runs REDCap.",
        )
    response.encoding = "utf-8"


def _kind(error: Exception) -> str:
    return type(error).__name__


def _delivered(folder: Path, name: str, content: bytes) -> tuple[Path, bool]:
    """Write the file under the next name of the day, unless the last one has this content."""
    make_folder(folder)
    names = [name, *(f"{name}_{number}" for number in range(2, MOST_OF_A_DAY + 1))]
    last: Path | None = None
    for path in (folder / f"{each}.csv" for each in names):
        if not path.exists():
            if last is not None and last.read_bytes() == content:
                return last, False
            write_atomically(path, content)
            return path, True
        last = path
    raise FetchError(
        f"{folder} has {MOST_OF_A_DAY} exports already", "Run it again tomorrow, or move one away."
    )
