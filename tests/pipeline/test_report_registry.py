"""The static registry: what it promises, by its schemas, its digests and the service's own eyes."""

import contextlib
import hashlib
import json
import shutil
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fleet import Fleet, add_promotion, lay_fleet
from house import REPOSITORY
from serving import Running, serving

from pipeline.cli import main
from pipeline.report import schemas
from pipeline.report.badge import draw_badge
from pipeline.report.feed import write_feed
from pipeline.report.gather import gather_facts

pytestmark = pytest.mark.git

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]><!--",
    "&lt;b&gt; & <b>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "a\u202eb\x00c\x1bd\ufffe",
    "' onmouseover='alert(1)",
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Four models with eight versions; one was rolled back, one is ahead in staging."""
    fleet = lay_fleet(tmp_path_factory.mktemp("registry") / "fleet", 4, 8, 5)
    note = {"schema": 1, "who": "Ada", "when": "2026-01-09T06:00:00Z", "why": "it was wrong"}
    place = fleet.root / "models" / "m001" / "v1.0.7" / "withdrawn.json"
    place.write_text(json.dumps(note), "utf-8")
    add_promotion(fleet, "m001", "v1.0.1", "modelpress rollback m001")
    add_promotion(fleet, "m002", "v1.0.6", "one back, by hand")
    return fleet


@pytest.fixture(scope="module")
def out(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `report` wrote, below a sub-path, as Pages serve it."""
    site = tmp_path_factory.mktemp("pages") / "a-sub-path"
    with contextlib.chdir(fleet.root):
        assert main(["report", "--out", str(site)]) == 0
    return site


def read(place: Path) -> Any:
    return json.loads(place.read_text("utf-8"))


# The files of versions


def test_production_staging_and_the_newest_five_are_published(out: Path) -> None:
    def there(name: str) -> list[str]:
        return sorted(place.name for place in (out / "models" / name).glob("v*"))

    newest = [f"v1.0.{i}" for i in range(3, 8)]
    assert there("m000") == newest
    assert there("m001") == ["v1.0.1", *newest]
    lines = {line["name"]: line for line in read(out / "api" / "models.json")["models"]}
    assert all(lines[name]["versions"] == there(name) for name in ("m000", "m001"))
    told = read(out / "api" / "models" / "m001.json")["versions"]
    assert [one["version"] for one in told] == [f"v1.0.{i}" for i in range(8)]
    assert [one["version"] for one in told if one["published"]] == there("m001")


def test_the_files_of_a_version_are_those_of_the_registry(fleet: Fleet, out: Path) -> None:
    for place in out.glob("models/*/v*/*"):
        if place.name in ("model.onnx", "card.json"):
            own = fleet.root / place.relative_to(out)
            assert place.read_bytes() == own.read_bytes()
            assert not place.samefile(own)


def test_every_download_has_the_digest_and_size_that_are_told(out: Path) -> None:
    told = [
        download
        for name in ("m000", "m001", "m002", "m003")
        for version in read(out / "api" / "models" / f"{name}.json")["versions"]
        for download in version["downloads"]
    ]
    assert len(told) == 3 * 21
    for download in told:
        content = (out / download["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == download["sha256"]
        assert len(content) == download["size"]


def test_a_version_s_files_never_change(
    fleet: Fleet, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens around it: other words, another owner, new versions, later days."""
    root = Path(shutil.copytree(fleet.root, tmp_path / "fleet", symlinks=True))
    text = (root / "params.yaml").read_text("utf-8")
    (root / "params.yaml").write_text(text.replace("owner: ", "owner: New "), "utf-8")
    shutil.rmtree(root / "monitoring")
    shutil.rmtree(root / "artifacts")
    monkeypatch.chdir(root)
    monkeypatch.setenv("SITE_URL", "https://example.org/models")
    assert main(["report"]) == 0
    before = {str(x.relative_to(out)): x.read_bytes() for x in out.glob("models/*/v*/*")}

    assert before == {
        str(x.relative_to(root / "build/docs")): x.read_bytes()
        for x in (root / "build" / "docs").glob("models/*/v*/*")
    }


def test_production_names_the_version_its_digest_and_how_many_promotions(out: Path) -> None:
    told = read(out / "models" / "m001" / "production.json")
    card = read(out / "models" / "m001" / "v1.0.1" / "card.json")

    assert told == {
        "schema": 1,
        "model": "m001",
        "version": "v1.0.1",
        "sha256": card["sha256"],
        "counter": 9,
    }


@pytest.mark.parametrize(("version", "counter"), [("v1.0.1", 40), ("v1.0.7", 41)])
def test_what_was_signed_is_published_as_it_is_and_the_counter_never_falls(
    version: str,
    counter: int,
    fleet: Fleet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If production has moved on since, the number has, too; the old signature stays away."""
    root = Path(shutil.copytree(fleet.root, tmp_path / "fleet", symlinks=True))
    signed = {"schema": 1, "model": "m001", "version": version, "sha256": "0" * 64, "counter": 40}
    (root / "models" / "m001" / "production.json").write_text(json.dumps(signed, indent=3), "utf-8")
    (root / "models" / "m001" / "production.sig").write_text("signature", "utf-8")
    monkeypatch.chdir(root)
    assert main(["report"]) == 0
    folder = root / "build" / "docs" / "models" / "m001"

    assert read(folder / "production.json")["version"] == "v1.0.1"
    assert read(folder / "production.json")["counter"] == counter
    assert (folder / "production.sig").exists() == (counter == 40)


def test_the_newest_row_of_a_model_that_polls_is_published(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(fleet.root, tmp_path / "fleet", symlinks=True))
    (root / "data" / "m002").mkdir(parents=True)
    (root / "data" / "m002" / "latest.json").write_text('{"at": "now"}', "utf-8")
    monkeypatch.chdir(root)
    assert main(["report"]) == 0

    assert read(root / "build/docs/api/models/m002/latest.json") == {"at": "now"}


# Schemas


def test_the_schemas_are_those_of_the_shapes() -> None:
    """`make schemas` writes them anew."""
    folder = REPOSITORY / "site" / "schemas"
    there = {place.name: place.read_text("utf-8") for place in folder.iterdir()}

    assert there == schemas.schemas()


def test_what_is_written_is_what_the_schemas_say(out: Path) -> None:
    def check(schema: str, value: Any) -> None:
        told = read(out / "schemas" / f"{schema}.schema.json")
        jsonschema.Draft202012Validator(told).validate(value)

    check("models", read(out / "api" / "models.json"))
    for place in (out / "api" / "models").glob("*.json"):
        check("model", read(place))
    for place in out.glob("models/*/v*/card.json"):
        check("card", read(place))
    assert {x.name for x in (out / "schemas").iterdir()} >= {
        *("card.schema.json", "gate.schema.json", "monitoring.schema.json", "params.schema.json"),
    }


# The service


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def pages(folder: Path) -> Iterator[str]:
    """Serve a folder as Pages do: nothing but files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine's own repository, published below a sub-path."""
    site = tmp_path_factory.mktemp("shipped") / "ours" / "models-of-ours"
    with contextlib.chdir(REPOSITORY):
        assert main(["report", "--out", str(site)]) == 0
    return site


@pytest.fixture(scope="module")
def service(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    with pages(shipped.parent) as address:
        index = f"{address}/{shipped.name}/api/models.json"
        with serving(folder, "--from", index, XDG_STATE_HOME=str(folder)) as running:
            yield running


def test_the_service_answers_golden_rows_from_what_is_published(
    shipped: Path, service: Running
) -> None:
    for line in read(shipped / "api" / "models.json")["models"]:
        name, version = line["name"], line["production"]
        service.wait_for("it is loaded", "/models", lambda found, x=name: x in json.dumps(found))
        card = read(shipped / "models" / name / version / "card.json")
        golden = card["golden"][0]
        told = service.predict(name, golden["row"])
        assert told.status == 200, (name, told.body)
        answer = told.json
        assert answer["version"] == version
        if "label" in golden:
            assert answer["label"] == golden["label"]
            assert answer["probabilities"] == pytest.approx(golden["probabilities"], abs=2e-6)
        else:
            assert answer["value"] == pytest.approx(golden["value"], rel=1e-5)


# Badge, feed, bill of materials


def test_a_badge_says_what_is_in_production(out: Path) -> None:
    svg = ET.fromstring((out / "badges" / "m001.svg").read_bytes())  # noqa: S314 - our own
    texts = [node.text or "" for node in svg.iter("{http://www.w3.org/2000/svg}text")]

    assert texts[0] == "SMS spam"
    assert texts[1].startswith("v1.0.1 · average_precision 0.9")
    assert svg.get("aria-label") == ": ".join(texts)


def test_the_feed_is_atom(out: Path) -> None:
    feed = ET.fromstring((out / "feed.xml").read_bytes())  # noqa: S314 - our own
    entries = feed.findall(f"{ATOM}entry")

    assert_atom(feed)
    assert len(entries) == 34
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert "SMS spam: v1.0.1 is back in production, v1.0.7 is out" in titles
    assert "it was wrong" in [entry.findtext(f"{ATOM}summary") for entry in entries]


def assert_atom(feed: ET.Element) -> None:
    """RFC 4287, 4.1: what a feed and its entries must have, each once, and ids that differ."""
    for node in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = node.findall(f"{ATOM}{name}")
            assert found.text
        assert (node.findtext(f"{ATOM}updated") or "").endswith("Z")
        assert node.find(f"{ATOM}link") is not None
    ids = [node.text for node in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    dates = [node.findtext(f"{ATOM}updated") or "" for node in feed.findall(f"{ATOM}entry")]
    assert dates == sorted(dates, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == dates[0]


def test_with_an_address_the_links_of_the_feed_are_absolute(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", "https://example.org/models")
    feed = ET.fromstring(write_feed(gather_facts(fleet.root)))  # noqa: S314 - our own
    links = [link.get("href") or "" for link in feed.iter(f"{ATOM}link")]

    assert all(link.startswith("https://example.org/models/") for link in links)


def test_a_bill_of_materials_has_what_cyclonedx_asks_for(out: Path) -> None:
    place = out / "models" / "m001" / "v1.0.7"
    bill, card = read(place / "bom.cdx.json"), read(place / "card.json")
    model = bill["metadata"]["component"]

    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["serialNumber"].startswith("urn:uuid:")
    assert (model["type"], model["name"], model["version"]) == (
        *("machine-learning-model", "m001", "v1.0.7"),
    )
    assert model["hashes"] == [{"alg": "SHA-256", "content": card["sha256"]}]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert {one["type"] for one in metrics} == set(card["metrics"]["test"])
    refs = [model["bom-ref"], *(one["bom-ref"] for one in bill["components"])]
    assert len(refs) == len(set(refs))
    assert set(bill["dependencies"][0]["dependsOn"]) == set(refs[1:])
    assert bill["components"][0]["hashes"][0]["content"] == card["data"]["sha256"]


# Strings that mean harm


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(
    text: str, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(fleet.root, tmp_path / "fleet", symlinks=True))
    params = (root / "params.yaml").read_text("utf-8")
    quoted = json.dumps(text)
    params = params.replace("title: SMS spam", f"title: {quoted}").replace(
        "owner: Modelpress maintainers", f"owner: {quoted}"
    )
    (root / "params.yaml").write_text(params, "utf-8")
    card = root / "models" / "m001" / "v1.0.7" / "card.json"
    fields = read(card)
    fields["inputs"][0] |= {"categories": [text], "kind": "categorical"}
    card.write_text(json.dumps(fields), "utf-8")
    (card.parent / "withdrawn.json").write_text(
        json.dumps({"who": text, "when": "2026-01-09", "why": text}), "utf-8"
    )
    day = max((root / "monitoring" / "m001").iterdir())
    told = read(day)
    told["alert"]["drift:text"] = {
        "state": "alert",
        "since": "2026-01-09",
        "reason": text,
        "action": text,
        "recent": [True],
        "opened": "2026-01-09",
        "closed": "",
    }
    day.write_text(json.dumps(told), "utf-8")
    subject = text.replace("\x00", "")
    add_promotion(Fleet(root, fleet.names, 8, 5), "m003", "v1.0.2", subject or "-")
    monkeypatch.chdir(root)
    # The pages have tests of their own.
    monkeypatch.setattr("pipeline.report.pages.render", lambda _: iter(()))
    assert main(["report"]) in (0, 2)
    out = root / "build" / "docs"

    feed = ET.fromstring((out / "feed.xml").read_bytes())  # noqa: S314 - our own
    assert_atom(feed)
    assert {node.tag for node in feed.iter()} <= {
        f"{ATOM}{name}"
        for name in (
            *("feed", "entry", "id", "title", "updated", "author", "name", "link", "category"),
            "summary",
        )
    }
    svg = ET.fromstring((out / "badges" / "m001.svg").read_bytes())  # noqa: S314 - our own
    assert {node.tag.rpartition("}")[2] for node in svg.iter()} == {
        *("svg", "title", "clipPath", "rect", "g", "text"),
    }
    assert set(svg.attrib) <= {"width", "height", "role", "aria-label"}
    for place in (out / "api").rglob("*.json"):
        read(place)
    assert read(out / "api" / "models.json")["models"][1]["title"] == text
    assert read(out / "api" / "models" / "m001.json")["alerts"][0]["reason"] == text


def test_a_badge_of_any_length_is_one_line(fleet: Fleet) -> None:
    model = gather_facts(fleet.root).models[0]
    svg = draw_badge(replace(model, title="wide " * 400))
    assert len(svg) < 2000
