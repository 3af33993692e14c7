"""A published site: whatever it says, lies or keeps to itself, nothing unsound comes of it."""

import argparse
import gzip
import json
import random
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from greedy_onnx import deep_tree
from hostile_onnx import loop_forever
from plain_onnx import golden, plain
from published import INDEX, Handler, Misbehaviour, Pages, Server, published

from modelpress.errors import FileError
from modelpress.trust import Promotion, Trust
from pipeline import sign
from pipeline.artifacts import Paths
from service.download import Downloader, place_of
from service.kept import VERSIONS_KEPT, Kept
from service.origin import open_source
from service.settings import Settings
from service.site import Site
from service.source import Pointers

CARD = "models/iris/v1.0.0/card.json"
MODEL = "models/iris/v1.0.0/model.onnx"
PRODUCTION = "models/iris/production.json"


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """A site with iris, v1.0.0 of it in production."""
    return Pages.of(tmp_path / "pages", "iris")


@pytest.fixture
def server(pages: Pages) -> Iterator[Server]:
    with published(pages) as server:
        yield server


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "kept")


@pytest.fixture
def site(server: Server, kept: Kept) -> Site:
    return opened(server, kept)


@pytest.fixture
def hasty(server: Server, kept: Kept) -> Site:
    """The same with little patience, for servers that want a lot of it."""
    return Site(server.url(), kept, Downloader(frozenset({server.host}), seconds=0.8, silence=0.5))


def opened(server: Server, kept: Kept, trust: Trust | None = None) -> Site:
    """Open a site as after a restart."""
    return Site(server.url(), kept, Downloader(frozenset({server.host})), trust)


def refusal(call: Callable[..., object], *words: Any) -> FileError:
    with pytest.raises(FileError) as caught:
        call(*words)
    assert len(caught.value.message) < 600
    return caught.value


def fetch_refusal(site: Site) -> FileError:
    """See a version refused, and that nothing is kept of it."""
    error = refusal(site.fetch, "iris", "v1.0.0")
    assert not list(site.kept.versions.glob("*/v*"))
    assert not list(site.kept.root.glob(".new*"))
    return error


# A site that is sound


def test_models_pointers_and_versions_are_named(site: Site, pages: Pages) -> None:
    pages.release("iris", "v1.10.0")
    pages.release("iris", "v1.9.0")
    assert site.names() == ["iris"]
    assert site.line("iris") == Pointers("v1.0.0", "v1.0.0", ("v1.0.0", "v1.9.0", "v1.10.0"))


def test_a_version_is_fetched_and_kept(site: Site, pages: Pages, server: Server) -> None:
    fetched = site.fetch("iris", "v1.0.0")
    assert fetched.content == (pages.root / MODEL).read_bytes()
    assert (fetched.name, fetched.card["version"]) == ("iris", "v1.0.0")
    assert server.paths() == [CARD, MODEL]
    assert opened(server, site.kept).fetch("iris", "v1.0.0") == fetched
    assert server.paths() == []
    assert site.kept.root.stat().st_mode & 0o777 == 0o700


def test_a_new_promotion_is_seen(site: Site, pages: Pages) -> None:
    assert site.line("iris").production == "v1.0.0"
    pages.release("iris", "v1.1.0")
    pages.promote("iris", "v1.1.0", 2)
    assert site.line("iris").production == "v1.1.0"
    assert site.fetch("iris", "v1.1.0").version == "v1.1.0"
    pages.promote("iris", "", 3)
    assert site.line("iris").production == ""


def test_a_model_without_a_promotion_needs_none(site: Site, pages: Pages) -> None:
    (pages.root / PRODUCTION).unlink()
    (pages.root / "models/iris/production").write_text("", "utf-8")
    pages.index()
    assert site.line("iris").production == ""


def test_a_look_at_what_has_not_changed_brings_no_bytes(site: Site, server: Server) -> None:
    before = site.stamp()
    server.asked.clear()
    assert site.stamp() == before
    assert [headers["If-None-Match"][0] for _, headers in server.asked] == ['"', '"']
    assert server.paths() == [INDEX, PRODUCTION]


def test_a_stamp_changes_with_what_it_sums_up(site: Site, pages: Pages, server: Server) -> None:
    stamps = [site.stamp()]
    pages.release("iris", "v1.1.0")
    stamps.append(site.stamp())
    pages.promote("iris", "v1.1.0", 2)
    stamps.append(site.stamp())
    server.odd[PRODUCTION] = lambda handler: handler.send_error(500)
    stamps.append(site.stamp())
    assert len(set(stamps)) == len(stamps)


def test_a_server_without_etags_serves_as_well(site: Site, server: Server) -> None:
    for path in (INDEX, PRODUCTION, CARD, MODEL):
        server.odd[path] = without_etag
    before = site.stamp()
    assert site.stamp() == before
    assert site.line("iris").production == "v1.0.0"
    assert site.fetch("iris", "v1.0.0").content


def without_etag(handler: Handler) -> None:
    handler.say(200, (handler.site.pages.root / handler.path.lstrip("/")).read_bytes())


def test_the_settings_open_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    source = open_source(Settings(source=server.url(), allow_hosts=("Example.org",)))
    assert isinstance(source, Site)
    assert source.downloader.hosts == {server.host, "example.org"}
    assert source.fetch("iris", "v1.0.0").content
    assert (source.line("iris").production, source.trust) == ("v1.0.0", None)
    assert source.kept.root.parent == tmp_path / "state" / "modelpress"


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("", "models.json", "ftp://example.org/api/models.json", "file:///api/models.json"),
        *("https://example.org/models.json", "https:///api/models.json"),
        *("https://me:secret@example.org/api/models.json", "https://[::1/api/models.json"),
        *("https://example.org:99999/api/models.json", "https://example.org/api/models.json?a=b"),
        "https://example.org/x#/api/models.json",
    ],
)
def test_an_address_of_no_index_is_refused(address: str, kept: Kept) -> None:
    refusal(lambda: Site(address, kept, Downloader(frozenset({"example.org"}))))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://Example.ORG/x", "example.org"),
        ("https://example.org:443/x", "example.org"),
        ("http://example.org:443/x", "example.org:443"),
        ("http://localhost:8001", "localhost:8001"),
        ("http://[::1]:80/", "[::1]"),
    ],
)
def test_a_host_is_named_with_a_port_if_that_is_unusual(address: str, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize("hosts", [set(), {"example.org"}, {"127.0.0.1"}, {"127.0.0.1:1"}])
def test_a_host_that_nobody_has_allowed_is_not_asked(
    hosts: set[str], server: Server, kept: Kept
) -> None:
    site = Site(server.url(), kept, Downloader(frozenset(hosts)))
    assert f"must not come from `{server.host}`" in refusal(site.names).message
    assert server.paths() == []


@pytest.mark.parametrize("name", ["", "..", "../iris", "iris/../iris", "iris?", "Iris", "iris\n"])
def test_a_name_leads_nowhere_else(name: str, site: Site, server: Server) -> None:
    assert "names no model" in refusal(site.line, name).message
    assert "names no model" in refusal(site.fetch, name, "v1.0.0").message
    assert server.paths() == []


@pytest.mark.parametrize(
    "version", ["", "..", "v1.0", "v1.0.0/..", "v1.0.0#", "latest", "v1.0.0\n"]
)
def test_a_version_leads_nowhere_else(version: str, site: Site, server: Server) -> None:
    assert "names no version" in refusal(site.fetch, "iris", version).message
    assert server.paths() == []


def test_a_model_that_is_not_there_is_named(site: Site) -> None:
    assert refusal(site.line, "spam").message.endswith("has no model `spam`")


# Indexes that lie


ENTRY: dict[str, Any] = {
    "name": "iris", "path": "models/iris", "production": "v1.0.0", "staging": "",
    "versions": ["v1.0.0"],
}  # fmt: skip


@pytest.mark.parametrize(
    "index",
    [
        *([], None, {}, {"schema": 2, "models": []}, {"schema": 1}, {"schema": 1, "models": {}}),
        {"schema": 1, "models": [ENTRY, ENTRY]},
        {"schema": 1, "models": [ENTRY | {"name": f"m{x}"} for x in range(1001)]},
        *({"schema": 1, "models": [x]} for x in (7, None, [], {}, "iris")),
        *(
            {"schema": 1, "models": [ENTRY | x]}
            for x in (
                *({"name": x} for x in ("../iris", "", "Iris", None, 7, "iris/..", "x" * 41)),
                *({"path": x} for x in ("/etc", "models/../iris", "https://example.org/", None)),
                *({"versions": x} for x in (None, "v1.0.0", {}, ["latest"], ["../v1.0.0"], [7])),
                *({"versions": ["v1.0.0"] * 10_001}, {"versions": [["v1.0.0"]]}),
                *({"production": x} for x in ("latest", 7, ["v1.0.0"], "v1.0.0\n", {"a": 1})),
                *({"staging": x} for x in ("../../secret", True)),
            )
        ),
    ],
    ids=lambda index: str(index)[:60],
)  # fmt: skip
def test_an_index_that_is_none_is_refused(index: Any, site: Site, pages: Pages) -> None:
    (pages.root / INDEX).write_text(json.dumps(index), "utf-8")
    error = refusal(site.names)
    assert site.address in error.message
    refusal(site.stamp)
    refusal(site.line, "iris")


@pytest.mark.parametrize(
    "content", [b"", b"<!doctype html>", b"{", b"\xff\xfe", b"[" * 100_000, b'{"schema": NaN}']
)
def test_an_index_that_is_no_json_is_refused(content: bytes, site: Site, pages: Pages) -> None:
    (pages.root / INDEX).write_bytes(content)
    assert f"`{site.address}` is not " in refusal(site.names).message


# Versions that lie


def test_every_flipped_byte_is_refused(site: Site, pages: Pages) -> None:
    dice, place = random.Random(9), pages.root / MODEL
    content = place.read_bytes()
    for at in dice.sample(range(len(content)), 40):
        place.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert "has sha256" in fetch_refusal(site).message


@pytest.mark.parametrize(
    "fields", [{"model": "spam"}, {"version": "v9.0.0"}, {"sha256": "0" * 64}, {"sha256": None}]
)
def test_a_card_of_something_else_is_refused(
    fields: dict[str, Any], site: Site, pages: Pages
) -> None:
    card = json.loads((pages.root / CARD).read_text("utf-8"))
    (pages.root / CARD).write_text(json.dumps(card | fields), "utf-8")
    fetch_refusal(site)


def test_other_bytes_than_those_promoted_are_refused(site: Site, pages: Pages) -> None:
    """The card was forged with them; the promotion was seen before."""
    site.line("iris")
    pages.release("iris", "v1.0.0", plain().SerializeToString(), golden=golden())
    assert "was promoted with sha256" in fetch_refusal(site).message


def test_a_promotion_of_other_bytes_is_no_promotion(site: Site, pages: Pages) -> None:
    pages.promote("iris", "v1.0.0", 2, sha256="0" * 64)
    assert site.line("iris").production == "v1.0.0"
    assert "was promoted with sha256 000" in fetch_refusal(site).message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (loop_forever(), "the operator `Loop`"),
        (deep_tree(300_000), "ended by the system: segmentation fault"),
        (plain().SerializeToString(), "unknown field"),
        (b"", "the model file is empty"),
    ],
    ids=["loop", "crash", "another model", "nothing"],
)
def test_bytes_that_a_forged_card_vouches_for_are_tried(
    content: bytes, words: str, site: Site, pages: Pages
) -> None:
    (pages.version("iris", "v1.0.0") / "model.onnx").write_bytes(content)
    pages.release("iris", "v1.0.0")
    assert words in fetch_refusal(site).message


def test_a_card_without_golden_rows_is_refused(site: Site, pages: Pages) -> None:
    for rows in ([], None, {"a": 1}):
        pages.release("iris", "v1.0.0", golden=rows)
        assert "no golden rows" in fetch_refusal(site).message


def test_a_good_version_stays_when_the_site_changes_it(site: Site, pages: Pages) -> None:
    before = site.fetch("iris", "v1.0.0")
    shutil.rmtree(pages.version("iris", "v1.0.0"))
    assert site.fetch("iris", "v1.0.0") == before


# Promotions that lie


@pytest.mark.parametrize("version", ["v1.0.0", ""])
def test_an_old_promotion_is_refused_even_after_a_restart(
    version: str, site: Site, pages: Pages, server: Server
) -> None:
    pages.release("iris", "v1.1.0")
    pages.promote("iris", "v1.1.0", 7)
    assert site.line("iris").production == "v1.1.0"
    pages.promote("iris", version, 6)
    for again in (site, opened(server, site.kept)):
        error = refusal(again.line, "iris")
        assert "came before promotion 7 (v1.1.0)" in error.message
        assert str(site.kept.root) in error.hint
    pages.promote("iris", version, 8)
    assert site.line("iris").production == version


def test_another_promotion_of_the_same_number_is_refused(site: Site, pages: Pages) -> None:
    pages.release("iris", "v1.1.0")
    site.line("iris")
    pages.promote("iris", "v1.1.0", 1)
    assert "promotion 1 (v1.1.0) came before promotion 1 (v1.0.0)" in (
        refusal(site.line, "iris").message
    )


def test_a_promotion_that_is_hidden_after_it_was_seen_is_missed(site: Site, pages: Pages) -> None:
    site.line("iris")
    (pages.root / PRODUCTION).unlink()
    (pages.root / "models/iris/production").write_text("", "utf-8")
    pages.index()
    assert "production.json` does not exist" in refusal(site.line, "iris").message


@pytest.mark.parametrize(
    "fields",
    [
        *({"counter": x} for x in (None, "7", 7.0, True, -1, 2**53, [7])),
        *({"version": x} for x in ("latest", "../iris/v1.0.0", 7, None, "")),
        *({"sha256": x} for x in ("", "0" * 63, "G" * 64, None, 7)),
        *({"model": x} for x in ("spam", "", None, 7)),
    ],
    ids=str,
)
def test_a_promotion_that_is_none_is_refused(
    fields: dict[str, Any], site: Site, pages: Pages
) -> None:
    pages.promote("iris", "v1.0.0", 1, **fields)
    assert "/production.json` " in refusal(site.line, "iris").message
    assert site.kept.newest("iris") is None


def test_a_promotion_need_not_repeat_the_models_name(site: Site, pages: Pages) -> None:
    told = json.loads((pages.root / PRODUCTION).read_text("utf-8"))
    del told["model"]
    (pages.root / PRODUCTION).write_text(json.dumps(told), "utf-8")
    assert site.line("iris").production == "v1.0.0"


# What is kept


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"counter": 0}', b"[7]"])
def test_a_damaged_memory_of_promotions_is_not_taken_for_none(content: bytes, site: Site) -> None:
    site.line("iris")
    place = site.kept.root / "promotions" / "iris.json"
    place.write_bytes(content)
    error = refusal(site.line, "iris")
    assert str(place) in error.message
    assert "remove it" in error.hint


@pytest.mark.parametrize("file", ["model.onnx", "card.json"])
@pytest.mark.parametrize("content", [b"", b"something else"])
def test_a_kept_version_that_was_damaged_is_downloaded_again(
    file: str, content: bytes, site: Site
) -> None:
    before = site.fetch("iris", "v1.0.0")
    (site.kept.versions / "iris" / "v1.0.0" / file).write_bytes(content)
    assert site.fetch("iris", "v1.0.0") == before


def test_only_some_versions_are_kept(site: Site, pages: Pages) -> None:
    versions = [f"v1.{minor}.0" for minor in range(VERSIONS_KEPT + 2)]
    for version in versions:
        pages.release("iris", version)
        site.fetch("iris", version)
    left = sorted(x.name for x in (site.kept.versions / "iris").iterdir())
    assert left == versions[2:]


def test_nowhere_to_keep_is_a_refusal(server: Server, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file", "utf-8")
    site = opened(server, Kept(tmp_path / "kept"))
    for call, words in ((site.line, ("iris",)), (site.fetch, ("iris", "v1.0.0"))):
        refusal(call, *words)


def test_a_promotion_counts_only_once_it_is_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left on device" in refusal(site.line, "iris").message
    assert "No space left on device" in fetch_refusal(site).message
    assert site.kept.newest("iris") is None


def test_the_highest_promotion_wins_whoever_comes_first(kept: Kept) -> None:
    def remember(counter: int) -> bool:
        try:
            kept.remember(Promotion("iris", "v1.0.0", f"{counter:064x}", counter))
        except FileError:
            return False
        return True

    order = random.Random(2).sample(range(1, 81), 80)
    with ThreadPoolExecutor(8) as pool:
        assert any(list(pool.map(remember, order)))
    newest = kept.newest("iris")
    assert newest is not None
    assert newest.counter == 80
    assert [x.name for x in (kept.root / "promotions").iterdir()] == ["iris.json"]


# Servers that misbehave


def hang(handler: Handler) -> None:
    handler.site.over.wait(60)


def hang_in_the_body(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    hang(handler)


def drip(handler: Handler, start: bytes, drop: bytes) -> None:
    """Say a little, often enough never to be silent."""
    handler.write(start)
    while not handler.site.over.wait(0.1):
        handler.write(drop)


def drip_status(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 O", b"K")


def drip_headers(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nX: ", b"x")


def drip_body(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" ")


def drip_body_without_length(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\n\r\n", b" ")


def drip_chunks(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


def drip_the_size_of_a_chunk(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0")


def drip_trailers(handler: Handler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n")


def continue_for_ever(handler: Handler) -> None:
    drip(handler, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


def endless(handler: Handler, start: bytes, piece: bytes) -> None:
    handler.write(start)
    while not handler.site.over.is_set():
        handler.write(piece)


def endless_body(handler: Handler) -> None:
    endless(handler, b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536)


def endless_chunks(handler: Handler) -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless(handler, start, b"10000\r\n" + b" " * 65536 + b"\r\n")


def endless_headers(handler: Handler) -> None:
    endless(handler, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000)


def endless_header(handler: Handler) -> None:
    endless(handler, b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536)


def endless_redirect(handler: Handler) -> None:
    endless(handler, b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n", b" " * 65536)


def too_much_promised(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{}")


def cut(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}")


def cut_in_a_chunk(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{}")


def nonsense_for_a_chunk(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}")


def nonsense_for_a_length(handler: Handler) -> None:
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}")


def no_http(handler: Handler) -> None:
    handler.write(b"\x16\x03\x01 SSH-2.0-nothing of yours\r\n")


def no_answer(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def bomb(handler: Handler) -> None:
    handler.say(200, gzip.compress(bytes(50_000_000)), content_encoding="gzip")


def known(handler: Handler) -> None:
    handler.say(304)


def a_part(handler: Handler) -> None:
    handler.say(206, b"{}", content_range="bytes 0-1/1000")


def status(code: int) -> Misbehaviour:
    def answer(handler: Handler) -> None:
        handler.say(code, b"\x1b[31m<script>", retry_after="999999")

    answer.__name__ = f"status {code}"
    return answer


def to(location: str) -> Misbehaviour:
    def answer(handler: Handler) -> None:
        handler.say(302, location=location.format(host=handler.site.host))

    answer.__name__ = f"to {location}"
    return answer


ODD: tuple[Misbehaviour, ...] = (
    *(hang, hang_in_the_body, drip_status, drip_headers, drip_body, drip_body_without_length),
    *(drip_chunks, drip_the_size_of_a_chunk, drip_trailers, continue_for_ever, endless_headers),
    *(endless_header, endless_redirect, too_much_promised, cut, cut_in_a_chunk),
    *(nonsense_for_a_chunk, nonsense_for_a_length, no_http, no_answer, bomb, known, a_part),
    *(status(code) for code in (204, 400, 401, 403, 404, 410, 429, 500, 503)),
    to("http://example.org/"),
    to("http://127.0.0.1:1/"),
    to("//example.org/"),
    to("http://{host}@example.org/"),
    to("file:///etc/hostname"),
    to("ftp://127.0.0.1/"),
    to("http://[::1/"),
    to(""),
    to("/api/models.json"),
    to("/{host}" + "x" * 3000),
)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__[:40])
def test_a_server_that_misbehaves_is_a_refusal(
    odd: Misbehaviour, server: Server, hasty: Site
) -> None:
    server.odd[INDEX] = odd
    assert "`" in refusal(hasty.names).message


@pytest.mark.parametrize("odd", [cut, status(500), no_answer])
def test_without_an_index_there_is_nothing(odd: Misbehaviour, server: Server, site: Site) -> None:
    server.odd[INDEX] = odd
    refusal(site.stamp)
    refusal(site.line, "iris")
    assert server.paths() == [INDEX, INDEX]
    assert site.kept.newest("iris") is None


def test_what_a_killed_process_has_left_is_no_version(site: Site) -> None:
    left = (".new-abc/iris/v1.0.0/model.onnx", "promotions/.iris.json.7.tmp")
    for place in left:
        (site.kept.root / place).parent.mkdir(parents=True)
        (site.kept.root / place).write_bytes(b"half")
    assert site.line("iris").production == "v1.0.0"
    assert site.fetch("iris", "v1.0.0").content


@pytest.mark.parametrize("odd", [endless_body, endless_chunks])
def test_a_body_without_an_end_is_cut_off(odd: Misbehaviour, server: Server) -> None:
    """Long before the clock, and without keeping more than a limit of it."""
    server.odd["x"] = odd
    downloader = Downloader(frozenset({server.host}), seconds=60)
    error = refusal(downloader.get, server.url("x"), 1_000_000)
    assert "is larger than 1,000,000 bytes" in error.message


@pytest.mark.parametrize("path", [PRODUCTION, CARD, MODEL])
@pytest.mark.parametrize("odd", [hang, drip_body, cut, bomb, status(500), to("//example.org/")])
def test_a_file_that_does_not_come_is_a_refusal(
    odd: Misbehaviour, path: str, server: Server, hasty: Site
) -> None:
    """And once it comes, all is well."""
    server.odd[path] = odd
    patient = opened(server, hasty.kept)
    if path == PRODUCTION:
        refusal(hasty.line, "iris")
        server.odd.clear()
        assert patient.line("iris").production == "v1.0.0"
    else:
        fetch_refusal(hasty)
        server.odd.clear()
        assert patient.fetch("iris", "v1.0.0").content


def test_a_server_that_is_not_there_is_a_refusal(pages: Pages, kept: Kept) -> None:
    with published(pages) as server:
        site = opened(server, kept)
        site.fetch("iris", "v1.0.0")
    for call in (site.names, site.stamp):
        assert "cannot be reached" in refusal(call).message
    assert site.fetch("iris", "v1.0.0").content


def test_a_redirect_on_the_same_host_is_followed(server: Server, site: Site) -> None:
    (server.pages.root / "moved.json").write_bytes((server.pages.root / INDEX).read_bytes())
    server.odd[INDEX] = to("/moved.json")
    assert site.names() == ["iris"]


def test_a_redirect_to_a_host_that_is_allowed_is_followed(
    server: Server, pages: Pages, kept: Kept
) -> None:
    with published(pages) as other:
        server.odd[MODEL] = to(other.url(MODEL))
        assert "must not come from" in refusal(opened(server, kept).fetch, "iris", "v1.0.0").message
        site = Site(server.url(), kept, Downloader(frozenset({server.host, other.host})))
        assert site.fetch("iris", "v1.0.0").content


def test_an_etag_that_is_none_is_not_sent_back(server: Server, site: Site) -> None:
    def odd(handler: Handler) -> None:
        content = (handler.site.pages.root / INDEX).read_bytes()
        handler.say(200, content, etag='"a\x7f\xff b", W/"*"')

    server.odd[INDEX] = odd
    site.names()
    site.names()
    assert not any("If-None-Match" in headers for _, headers in server.asked)


# Encryption


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Certify localhost by an authority of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    place = folder / "certificate.pem"
    place.write_bytes(made.public_bytes(pem))
    locked = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, locked))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place, folder / "key.pem")
    return place, context


def test_encrypted_sites_are_known_by_their_certificate(
    pages: Pages, kept: Kept, tmp_path: Path
) -> None:
    place, context = certificate(tmp_path)
    with published(pages, context) as server, published(pages) as plain_:
        hosts = frozenset({server.host, plain_.host})
        stranger = Site(server.url(), kept, Downloader(hosts))
        assert "CERTIFICATE_VERIFY_FAILED" in refusal(stranger.names).message

        trusted = ssl.create_default_context(cafile=place)
        site = Site(server.url(), kept, Downloader(hosts, 3.0, 1.0, trusted))
        assert site.fetch("iris", "v1.0.0").content
        server.odd[INDEX] = to(plain_.url())
        assert "without encryption" in refusal(site.names).message
        server.odd[INDEX] = drip_headers
        assert "takes more than 3 seconds" in refusal(site.names).message


# Signatures


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bot's and a stranger's: a private and a public key each."""
    found = {}
    for name in ("bot", "stranger"):
        folder = tmp_path_factory.mktemp(name)
        key = ec.generate_private_key(ec.SECP256R1())
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        locked = serialization.NoEncryption()
        (folder / "key.pem").write_bytes(key.private_bytes(pem, form, locked))
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        (folder / "public.pem").write_bytes(key.public_key().public_bytes(pem, public))
        found[name] = folder
    return found


def signed(pages: Pages, keys: dict[str, Path], name: str = "bot") -> None:
    """Sign a site as `modelpress sign` signs the checkout that it is made of."""
    options = argparse.Namespace(key=str(keys[name] / "key.pem"), certificate=None, chain=[])
    sign.run(Paths(pages.root, "iris"), sign._signer(pages.root, options))
    pages.index()


def trusting(server: Server, kept: Kept, keys: dict[str, Path]) -> Site:
    return opened(server, kept, trust=Trust(public_key=keys["bot"] / "public.pem"))


def test_a_signed_site_is_served(
    server: Server, pages: Pages, kept: Kept, keys: dict[str, Path]
) -> None:
    signed(pages, keys)
    site = trusting(server, kept, keys)
    assert site.line("iris").production == "v1.0.0"
    assert site.fetch("iris", "v1.0.0").content
    server.paths()
    assert site.fetch("iris", "v1.0.0").content
    assert server.paths() == []


def test_a_site_that_nobody_has_signed_is_refused(
    server: Server, kept: Kept, keys: dict[str, Path]
) -> None:
    site = trusting(server, kept, keys)
    assert "production.sig` does not exist" in refusal(site.line, "iris").message
    assert "model.sig` does not exist" in fetch_refusal(site).message
    assert kept.newest("iris") is None


def test_a_strangers_signature_is_refused(
    server: Server, pages: Pages, kept: Kept, keys: dict[str, Path]
) -> None:
    signed(pages, keys, "stranger")
    site = trusting(server, kept, keys)
    assert "not by whom you trust" in refusal(site.line, "iris").message
    assert "not by whom you trust" in fetch_refusal(site).message
    assert kept.newest("iris") is None


def test_what_was_kept_unsigned_is_not_trusted_later(
    server: Server, site: Site, keys: dict[str, Path]
) -> None:
    site.fetch("iris", "v1.0.0")
    refusal(trusting(server, site.kept, keys).fetch, "iris", "v1.0.0")


@pytest.mark.parametrize("file", ["model.onnx", "card.json", "model.sig"])
def test_a_version_that_was_changed_after_it_was_signed_is_refused(
    file: str, server: Server, pages: Pages, kept: Kept, keys: dict[str, Path]
) -> None:
    """Though its card was forged to fit."""
    signed(pages, keys)
    if file == "model.onnx":
        pages.release("iris", "v1.0.0", plain().SerializeToString(), golden=golden())
    elif file == "card.json":
        pages.release("iris", "v1.0.0", title="another")
    else:
        place = pages.version("iris", "v1.0.0") / file
        place.write_bytes(place.read_bytes().replace(b'"', b"'", 1))
    fetch_refusal(trusting(server, kept, keys))


def test_a_signed_version_under_another_number_is_refused(
    server: Server, pages: Pages, kept: Kept, keys: dict[str, Path]
) -> None:
    signed(pages, keys)
    place = pages.version("iris", "v1.1.0")
    shutil.copytree(pages.version("iris", "v1.0.0"), place)
    site = trusting(server, kept, keys)
    assert "card.json` is of iris v1.0.0" in refusal(site.fetch, "iris", "v1.1.0").message
    pages.release("iris", "v1.1.0")
    assert "not what was signed" in refusal(site.fetch, "iris", "v1.1.0").message


def test_an_old_promotion_with_its_own_signature_is_refused(
    server: Server, pages: Pages, kept: Kept, keys: dict[str, Path], tmp_path: Path
) -> None:
    signed(pages, keys)
    files = ("production.json", "production.sig")
    for file in files:
        shutil.copy(pages.root / "models" / "iris" / file, tmp_path)
    site = trusting(server, kept, keys)
    site.line("iris")
    pages.release("iris", "v1.1.0")
    (pages.root / "models/iris/production").write_text("v1.1.0\n", "utf-8")
    (pages.version("iris", "v1.1.0") / "model.sig").unlink()
    signed(pages, keys)
    assert site.line("iris").production == "v1.1.0"
    for file in files:
        shutil.copy(tmp_path / file, pages.root / "models" / "iris")
    assert "came before promotion 2 (v1.1.0)" in refusal(site.line, "iris").message


def test_a_promotion_that_was_forged_is_not_remembered(
    server: Server, pages: Pages, kept: Kept, keys: dict[str, Path]
) -> None:
    """Else a single lie would block every true promotion to come."""
    signed(pages, keys)
    pages.promote("iris", "v1.0.0", 2**52)
    site = trusting(server, kept, keys)
    assert "not what was signed" in refusal(site.line, "iris").message
    assert kept.newest("iris") is None
