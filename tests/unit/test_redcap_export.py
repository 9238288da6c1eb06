"""A REDCap export is fetched from a real server on loopback. All rows are invented."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import pytest
import yaml

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.site import load_site, site_sha256
from warehouse.redcap_export import TOKEN_VARIABLE, FetchError, fetch
from warehouse.settings import Settings

GOLDEN = golden("redcap")
TOKEN = "0123456789ABCDEF0123456789ABCDEF"
METADATA = '[{"field_name": "patient_id", "form_name": "followups"}]'
OK = 200
CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\nP2,2021-03-06,telephone,3,否\n"


class Server(ThreadingHTTPServer):
    """A REDCap server: it has one project, and keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, str] = (200, CSV)
        self.location = ""

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}/api/"


class Handler(BaseHTTPRequestHandler):
    """Answers as REDCap does, without saying the encoding."""

    server: Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = parse_qs(self.rfile.read(length).decode())
        self.server.asked.append({name: values[0] for name, values in asked.items()})
        status, text = self.server.answer
        if asked["content"] == ["metadata"] and status == OK:
            text = METADATA
        if asked["token"] != [TOKEN]:
            status, text = 403, '{"error": "You do not have permissions to use the API"}'
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@contextmanager
def redcap() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    with redcap() as running:
        yield running


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "redcap.token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


class Case(NamedTuple):
    """An installation, its server, and what a mapping needs."""

    settings: Settings
    server: Server
    folder: Path
    token_file: Path

    def refused(self, url: str = "", **more: Any) -> str:
        """The message of a fetch that is refused; it holds no token, and nothing was written."""
        sites = configured(self.folder, url or self.server.url(), self.token_file, **more)
        with pytest.raises(FetchError) as error:
            fetch("site_a", self.settings, sites)
        assert TOKEN not in str(error.value)
        assert not self.settings.raw_dir.exists()
        return str(error.value)


@pytest.fixture
def case(data_settings: Settings, server: Server, tmp_path: Path, token_file: Path) -> Case:
    return Case(data_settings, server, tmp_path, token_file)


def configured(folder: Path, url: str, token_file: Path | None, **more: Any) -> Path:
    """A folder of mappings, with the one of ``site_a``."""
    about = {"url": url, "file": "followups", **more}
    about |= {"token_file": str(token_file)} if token_file else {}
    (folder / "site_a.yaml").write_text(yaml.safe_dump({"site": "site_a", "redcap": about}))
    return folder


def test_an_export_is_a_delivery_of_today(
    data_settings: Settings, server: Server, tmp_path: Path, token_file: Path
) -> None:
    """The same export makes no file, another one makes one more, and both are landed."""
    sites = configured(tmp_path, server.url(), token_file)
    day = data_settings.raw_dir / "site_a" / date.today().isoformat()
    assert fetch("site_a", data_settings, sites) == (day / "followups.csv", True)
    assert fetch("site_a", data_settings, sites) == (day / "followups.csv", False)
    server.answer = (200, CSV.replace("P2", "P3"))
    assert fetch("site_a", data_settings, sites) == (day / "followups_2.csv", True)
    assert (day / "followups.csv").read_text() == CSV
    asked = server.asked[1]
    assert {name: asked[name] for name in ("token", "content", "format", "type", "eventName")} == {
        "token": TOKEN, "content": "record", "format": "csv", "type": "flat", "eventName": "unique",
    }  # fmt: skip
    registry = Registry(data_settings)
    registry.land(sites_dir=sites)
    assert [row["mrs"] for row in registry.rows()] == [2, 3, 2, 3]
    assert TOKEN.encode() not in registry.output()


def test_the_token_may_be_in_the_environment(
    data_settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment gets nothing."""
    sites = configured(tmp_path, server.url(), None)
    with pytest.raises(FetchError, match=GOLDEN("there_is_no_token")):
        fetch("site_a", data_settings, sites)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with redcap() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        fetch("site_a", data_settings, sites)
        assert (len(server.asked), proxy.asked) == (2, [])


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (403, "no", "answered_with_status_403"),
        (500, f"trace {TOKEN}", "answered_with_status_500"),
        (200, f"ERROR: the token {TOKEN} has expired", "the_token_has_expired"),
    ],
)
def test_an_answer_that_is_no_export_is_refused(
    case: Case, status: int, text: str, reason: str
) -> None:
    case.server.answer = (status, text)
    assert GOLDEN(reason) in case.refused()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed_elsewhere(case: Case, status: int) -> None:
    with redcap() as other:
        case.server.answer, case.server.location = (status, ""), other.url()
        assert str(status) in case.refused()
        assert other.asked == []


@pytest.mark.parametrize(
    ("url", "address", "reason"),
    [
        ("https://redcap.example/api/", "93.184.216.34", "outside_of_the_network"),
        ("http://redcap.example/api/", "10.1.2.3", "unencrypted"),
    ],
)
def test_no_other_network_gets_the_token(
    case: Case, monkeypatch: pytest.MonkeyPatch, url: str, address: str, reason: str
) -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry])
    assert GOLDEN(reason) in case.refused(url)


def test_a_token_that_others_may_read_is_refused(case: Case) -> None:
    case.token_file.chmod(0o640)
    assert GOLDEN("others_may_read") in case.refused()
    assert case.server.asked == []


def test_nothing_is_fetched_unless_a_mapping_says_so(case: Case) -> None:
    assert GOLDEN("the_name_begins_with_none") in case.refused(file="export")
    (case.folder / "site_a.yaml").write_text("site: site_a\n")
    with pytest.raises(FetchError, match=GOLDEN("names_no_address")):
        fetch("site_a", case.settings, case.folder)
    assert case.server.asked == []


@pytest.mark.parametrize("url", ["ftp://redcap/api/", "https://redcap/", "https://u:p@redcap/api/"])
def test_a_wrong_address_stops_the_mapping(tmp_path: Path, url: str) -> None:
    configured(tmp_path, url, None)
    with pytest.raises(DictionaryError, match=GOLDEN("url_ends_with_api")):
        load_site("site_a", tmp_path)


def test_an_address_does_not_decide_how_files_are_read(tmp_path: Path) -> None:
    plain = site_sha256(load_site("site_b", tmp_path).model_copy(update={"site": "site_a"}))
    assert site_sha256(load_site("site_a", configured(tmp_path, "https://r/api/", None))) == plain
