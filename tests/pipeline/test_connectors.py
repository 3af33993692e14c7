"""The connectors: against a real server that fails in every usual way, and recorded payloads."""

import email.utils
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.config.sources import Bundled, CityBikes, Delimited, OpenMeteo
from pipeline.connectors import Delivery, connect
from pipeline.connectors import http as downloads
from pipeline.connectors.http import Limits, Patience, RefusedError, get
from pipeline.errors import DataError

SMALL = Limits(most_bytes=10_000, seconds=5)
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.05, silence=0.3)


class Script(http.server.BaseHTTPRequestHandler):
    """Answers by the path; what it was asked is kept."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, str]]]
    failures = 0
    stop: threading.Event

    def do_GET(self) -> None:
        """Find the answer that the path names."""
        self.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.close_connection = True
        name = urllib.parse.urlsplit(self.path).path.strip("/").replace("-", "_")
        getattr(self, f"_say_{name.partition('/')[0]}")()

    def _reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _say_fine(self) -> None:
        self._reply(200, b"a,b\n1,2\n", ETag='"one"')

    def _say_same(self) -> None:
        if self.headers.get("If-None-Match") == '"one"':
            self._reply(304, ETag='"one"')
        else:
            self._say_fine()

    def _say_third_time(self) -> None:
        """Fail twice, each time in another way."""
        nth = len(self.asked)
        if nth == 1:
            self._reply(503, b"busy")
        elif nth == 2:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            self._say_fine()

    def _say_busy(self) -> None:
        self._reply(503, b"busy")

    def _say_wait(self) -> None:
        if len(self.asked) == 1:
            self._reply(429, b"slow down", Retry_After="0")
        else:
            self._say_fine()

    def _say_wait_long(self) -> None:
        self._reply(429, b"slow down", Retry_After="86400")

    def _say_wait_until(self) -> None:
        later = email.utils.formatdate(time.time() + 86_400, usegmt=True)
        self._reply(503, b"later", Retry_After=later)

    def _say_forbidden(self) -> None:
        self._reply(403, b"no")

    def _say_bad(self) -> None:
        said = {"error": True, "reason": "Latitude must be in range of -90 to 90°."}
        self._reply(400, json.dumps(said).encode())

    def _say_silent(self) -> None:
        self.stop.wait(5)

    def _say_stalls(self) -> None:
        """Begin, and then say nothing more."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"a,b\n")
        self.wfile.flush()
        self.stop.wait(5)

    def _say_drips(self) -> None:
        """Never silent for long, and never done."""
        self.send_response(200)
        self.end_headers()
        while not self.stop.wait(0.02):
            try:
                self.wfile.write(b".")
                self.wfile.flush()
            except OSError:
                return

    def _say_cut_chunk(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"64\r\nonly a part")

    def _say_huge(self) -> None:
        self._reply(200, b"x" * 10_001)

    def _say_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.stop.is_set():
                self.wfile.write(b"x" * 10_000)
        except OSError:
            return

    def _say_round(self) -> None:
        self._reply(302, Location="/round")

    def _say_moved(self) -> None:
        self._reply(301, Location="/fine")

    def _say_to_a_file(self) -> None:
        self._reply(302, Location="file:///etc/hosts")

    def _say_page(self) -> None:
        self._reply(200, b"\n<!DOCTYPE html><title>Log in</title>")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Site:
    """A server on this machine."""

    def __init__(self, url: str, asked: list[tuple[str, dict[str, str]]]) -> None:
        self.url = url
        self.asked = asked


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(downloads, "PATIENCE", QUICK)
    stop = threading.Event()
    asked: list[tuple[str, dict[str, str]]] = []
    handler = type("Handler", (Script,), {"asked": asked, "stop": stop})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Site(f"http://127.0.0.1:{server.server_port}", asked)
        stop.set()
        server.shutdown()


# Downloads


def test_what_is_there_arrives_with_its_etag(site: Site) -> None:
    answer = get(f"{site.url}/fine", SMALL)

    assert answer == downloads.Answer(b"a,b\n1,2\n", '"one"')
    assert site.asked[0][1]["user-agent"] == "modelpress"
    assert "if-none-match" not in site.asked[0][1]


def test_a_trouble_that_passes_is_waited_out(site: Site) -> None:
    """Busy at first, then cut short, then whole."""
    answer = get(f"{site.url}/third-time", SMALL)

    assert answer is not None
    assert answer.content == b"a,b\n1,2\n"
    assert len(site.asked) == 3


@pytest.mark.parametrize(
    ("path", "message", "asked"),
    [
        ("busy", "the server answers 503 Service Unavailable", 3),
        ("silent", "cannot be reached: timed out", 3),
        ("stalls", "cannot be reached: timed out", 3),
        ("cut-chunk", "cannot be reached: IncompleteRead", 3),
        ("forbidden", "the server answers 403 Forbidden", 1),
        ("huge", "more than 10,000 bytes", 1),
        ("endless", "more than 10,000 bytes", 1),
        ("round", "the server answers 302", 1),
        ("to-a-file", "the server answers 302", 1),
        ("wait-long", "the server answers 429 Too Many Requests", 1),
        ("wait-until", "the server answers 503 Service Unavailable", 1),
    ],
)
def test_a_trouble_that_stays_is_told_after_a_bounded_number_of_tries(
    site: Site, path: str, message: str, asked: int
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        get(f"{site.url}/{path}?key=secret", SMALL)

    own = [place for place, _ in site.asked if place == f"/{path}?key=secret"]
    assert len(own) == asked
    assert "secret" not in "\n".join(caught.value.lines())


def test_a_drip_is_given_up_though_it_is_never_silent(site: Site) -> None:
    with pytest.raises(DataError, match=r"too slow: [\d,]+ bytes in 0\.2 seconds"):
        get(f"{site.url}/drips", Limits(most_bytes=10_000, seconds=0.2))


def test_a_server_that_asks_for_a_moment_gets_it(site: Site) -> None:
    assert get(f"{site.url}/wait", SMALL) is not None
    assert len(site.asked) == 2


def test_waits_double_with_a_share_left_to_chance_and_never_beyond_the_longest(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(downloads, "PATIENCE", Patience(6, 1.0, 5.0, 0.3))
    monkeypatch.setattr(downloads.time, "sleep", waits.append)
    with pytest.raises(RefusedError):
        get(f"{site.url}/busy", SMALL)

    assert all(most / 2 <= wait <= most for wait, most in zip(waits, [1, 2, 4, 5, 5], strict=True))
    assert len(set(waits)) == 5


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), ("", 0, 0), ("soon", 0, 0), ("-3", 0, 0), ("Wed, 21 Oct 2015 07:28:00", 0, 0)],
)
def test_what_a_server_asks_for_is_read_or_ignored(text: str, least: float, most: float) -> None:
    assert least <= downloads._asked_wait(text) <= most


def test_an_encrypted_address_never_leads_to_one_that_is_not(site: Site) -> None:
    handler = downloads._SafeRedirects()
    request = downloads.urllib.request.Request("https://127.0.0.1/x")
    with pytest.raises(OSError, match="without encryption"):
        handler.redirect_request(request, None, 302, "", {}, f"{site.url}/fine")  # type: ignore[arg-type] # neither is read


def test_no_encryption_where_it_is_asked_for_is_told(site: Site) -> None:
    with pytest.raises(DataError, match="cannot be reached") as caught:
        get(site.url.replace("http:", "https:") + "/fine", SMALL)
    assert isinstance(caught.value.__cause__.__cause__.reason, ssl.SSLError)  # type: ignore[union-attr] # urllib's own


# Files


def plain(url: str = "") -> Delimited:
    return Delimited(encoding="utf-8", delimiter=",", quoting="standard", url=url)


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    from_url = connect(plain(url=f"{site.url}/same"))
    first = from_url.fetch()

    assert first is not None
    assert first.etag == '"one"'
    assert from_url.fetch(first.etag) is None
    assert site.asked[-1][1]["if-none-match"] == '"one"'
    assert from_url.fetch('"two"') == first


def test_a_page_in_place_of_a_file_is_refused(site: Site) -> None:
    with pytest.raises(DataError, match="the server answers with a web page"):
        connect(plain(), f"{site.url}/page").fetch()


def test_a_redirect_is_followed(site: Site) -> None:
    delivery = connect(plain(), f"{site.url}/moved").fetch()

    assert delivery is not None
    assert delivery.content == b"a,b\n1,2\n"


# scikit-learn


@pytest.mark.parametrize(
    ("dataset", "rows", "target"),
    [("iris", 150, "setosa"), ("wine", 178, "class_0"), ("diabetes", 442, "151.0")],
)
def test_a_bundled_table_is_a_csv_with_its_classes_by_name(
    dataset: Any, rows: int, target: str
) -> None:
    way = connect(Bundled(connector="sklearn", dataset=dataset))
    found = way.fetch()

    assert found is not None
    lines = found.content.decode().splitlines()
    assert len(lines) == rows + 1
    assert lines[0].endswith(",target")
    assert lines[1].endswith(f",{target}")
    assert way.fetch(found.etag) is None


# Services


def test_a_network_is_asked_for_by_its_id(site: Site) -> None:
    source = CityBikes(connector="citybikes", network="some-town", url=f"{site.url}/fine")
    found = connect(source).fetch()

    assert found == Delivery("some-town.json", f"{site.url}/fine/some-town", b"a,b\n1,2\n", '"one"')


@pytest.mark.parametrize(
    ("service", "asked"),
    [
        ("forecast", {"past_days": ["2"], "forecast_days": ["1"]}),
        ("archive", {"start_date": ["2026-07-29"], "end_date": ["2026-07-31"]}),
    ],
)
def test_the_weather_is_asked_for_in_our_units_and_in_utc(
    site: Site, service: Any, asked: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785499200")
    source = OpenMeteo(
        connector="open_meteo",
        latitude=48.2,
        longitude=-16.37,
        service=service,
        past_days=2,
        url=f"{site.url}/fine",
    )
    found = connect(source).fetch()

    assert found is not None
    assert (found.name, found.url) == (f"{service}.json", f"{site.url}/fine")
    words = urllib.parse.parse_qs(urllib.parse.urlsplit(site.asked[0][0]).query)
    hourly = words.pop("hourly")
    assert "temperature_2m" in hourly[0].split(",")
    assert words == {
        "latitude": ["48.2"],
        "longitude": ["-16.37"],
        "wind_speed_unit": ["ms"],
        "timezone": ["GMT"],
        **asked,
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("bad", "Open-Meteo says: Latitude must be in range of -90 to 90°."),
        ("forbidden", "the server answers 403 Forbidden"),
    ],
)
def test_the_reason_of_the_weather_service_is_told(site: Site, path: str, message: str) -> None:
    source = OpenMeteo(
        connector="open_meteo", latitude=0.0, longitude=0.0, url=f"{site.url}/{path}"
    )
    with pytest.raises(DataError) as caught:
        connect(source).fetch()

    assert caught.value.message == message
    assert len(site.asked) == 1
