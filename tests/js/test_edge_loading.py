"""What the edge runtime loads, and what it refuses."""

import base64
import hashlib
import json
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edge import ASSETS, BUNDLE, MODELS, WEB, live_file, serving
from house import REPOSITORY
from plain_onnx import ROWS, added, node
from published import Pages, write_json

from modelpress.model import Model

SPAM = REPOSITORY / "models" / "spam" / "v1.0.0" / "model.onnx"
IRIS = REPOSITORY / "models" / "iris" / "v1.0.0" / "model.onnx"
PRIZE = {"text": "Congratulations: you won a prize, call now"}
RUNTIME = ASSETS / "runtime"


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages.of(tmp_path / "site", "spam", "iris")


@pytest.fixture
def site(pages: Pages) -> Iterator[str]:
    with serving(pages.root) as port:
        yield f"http://127.0.0.1:{port}/models"


def described(edge: Any, folder: str, **options: Any) -> Any:
    return edge.ask(ask="model", folder=folder, options=options)


# What it loads


def test_a_model_tells_what_its_file_says(edge: Any, site: str) -> None:
    told = described(edge, f"{site}/spam")
    signature = Model(SPAM.read_bytes()).signature

    assert told["version"] == "v1.0.0"
    assert told["sha256"] == hashlib.sha256(SPAM.read_bytes()).hexdigest()
    assert (told["name"], told["task"]) == ("spam", "binary")
    assert tuple(told["classes"]) == signature.classes
    assert (told["positive"], told["threshold"]) == (signature.positive, signature.threshold)
    assert [x["name"] for x in told["inputs"]] == ["text"]
    assert told["runtime"] == "javascript"


@pytest.mark.parametrize("name", MODELS)
def test_every_shipped_model_is_loaded_from_a_checkout(name: str, edge: Any) -> None:
    folder = REPOSITORY / "models" / name
    pointers = {x: (folder / x).read_text("utf-8").strip() for x in ("production", "staging")}
    for asked, version in {**pointers, "v1.0.0": "v1.0.0"}.items():
        told = described(edge, str(folder), version=asked)
        assert (told["name"], told["version"]) == (name, version)


@pytest.mark.parametrize("way", ["the model's file of the API", "the pointer of a checkout"])
def test_what_is_in_staging_is_found(way: str, edge: Any, pages: Pages, site: str) -> None:
    pages.release("spam", "v1.1.0", IRIS.read_bytes())
    if way.endswith("API"):
        told = {"schema": 1, "production": "v1.0.0", "staging": "v1.1.0"}
        write_json(pages.root / "api" / "models" / "spam.json", told)
    else:
        (pages.root / "models" / "spam" / "staging").write_text("v1.1.0\n", "utf-8")
    told = described(edge, f"{site}/spam/", version="staging")

    assert (told["version"], told["name"]) == ("v1.1.0", "iris")


def test_a_site_that_does_not_count_promotions_tells_production_all_the_same(
    edge: Any, pages: Pages, site: str
) -> None:
    (pages.root / "models" / "spam" / "production.json").unlink()
    write_json(pages.root / "api" / "models" / "spam.json", {"production": "v1.0.0"})

    assert described(edge, f"{site}/spam")["version"] == "v1.0.0"


def test_an_empty_staging_is_said_so(edge: Any, pages: Pages, site: str) -> None:
    write_json(pages.root / "api" / "models" / "spam.json", {"staging": ""})
    told = described(edge, f"{site}/spam", version="staging")
    assert told["message"].endswith("/spam` has no version in staging")


def test_no_rows_are_answered_with_none(edge: Any) -> None:
    told = edge.ask(ask="predict", bytes=coded(SPAM.read_bytes()), rows=[])
    assert told["labels"] == []


def test_a_program_in_node_imports_it_as_it_is(node: Path) -> None:
    program = (
        f'import {{ load, FileError }} from "{(RUNTIME / "modelpress.js").as_uri()}";'
        'const model = await load("models/spam");'
        f"console.log((await model.predict({json.dumps(PRIZE)})).label);"
        'await load("models/none").catch((e) => console.log(e instanceof FileError, e.name));'
    )
    done = subprocess.run(
        [node, "--input-type=module", "--eval", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    label = Model(live_file("spam").read_bytes()).predict(PRIZE).label
    assert done.stdout.split("\n")[:2] == [label, "true FileError"]


# What it refuses


def refusal(answer: Any, kind: str = "FileError") -> str:
    assert answer.get("error") == kind, answer
    message: str = answer["message"]
    return message


def test_other_bytes_than_the_registry_s_are_refused(edge: Any, pages: Pages, site: str) -> None:
    (pages.version("spam", "v1.0.0") / "model.onnx").write_bytes(IRIS.read_bytes())
    for options in ({}, {"version": "v1.0.0"}, {"runtime": "onnxruntime"}):
        message = refusal(described(edge, f"{site}/spam", **options))
        assert re.search("has sha256 [0-9a-f]{64}, not [0-9a-f]{64}", message)


def test_a_flipped_bit_is_refused(edge: Any) -> None:
    content = bytearray(IRIS.read_bytes())
    digest = hashlib.sha256(content).hexdigest()
    content[-1] ^= 1
    asked = {"ask": "model", "bytes": coded(bytes(content)), "options": {"sha256": digest}}
    assert "has sha256" in refusal(edge.ask(**asked))


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("", "has no version in production"),
        ("latest", "says `latest`, which is no version"),
        ("../../iris/v1.0.0", "which is no version"),
    ],
)
def test_what_production_json_says_is_checked(
    version: str, words: str, edge: Any, pages: Pages, site: str
) -> None:
    place = pages.root / "models" / "spam" / "production.json"
    place.write_text(json.dumps({"version": version, "sha256": "0" * 64}), "utf-8")
    assert words in refusal(described(edge, f"{site}/spam"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "production.json").write_text("{", "utf-8"), "is not JSON"),
        (lambda folder: (folder / "production.json").write_text("7", "utf-8"), "no version"),
        (lambda folder: (folder / "v1.0.0" / "model.onnx").unlink(), "does not exist"),
        (
            lambda folder: (folder / "production.json").write_text('{"version": "v9.0.0"}'),
            "not exist",
        ),
    ],
)
def test_a_damaged_site_is_refused(
    damage: Any, words: str, edge: Any, pages: Pages, site: str
) -> None:
    damage(pages.root / "models" / "spam")
    assert words in refusal(described(edge, f"{site}/spam"))


def test_a_card_without_a_digest_vouches_for_nothing(edge: Any, pages: Pages, site: str) -> None:
    (pages.version("spam", "v1.0.0") / "card.json").write_text("{}", "utf-8")
    answer = described(edge, f"{site}/spam", version="v1.0.0")
    assert "nothing vouches for" in refusal(answer)


def test_a_version_that_is_none_is_refused(edge: Any, site: str) -> None:
    for version in ("v1", "v1.0.0/..", "__proto__"):
        assert "is no version" in refusal(described(edge, f"{site}/spam", version=version))


def test_half_a_pointer_of_a_checkout_is_refused(edge: Any, pages: Pages) -> None:
    folder = pages.root / "models" / "spam"
    (folder / "production.json").unlink()
    (folder / "production").write_text("v1.0.0", "utf-8")
    assert "v1.0.0 without a line end" in refusal(described(edge, str(folder)))


def test_a_server_that_is_not_there_is_named(edge: Any) -> None:
    assert "cannot be reached" in refusal(described(edge, "http://127.0.0.1:9/models/spam"))
    assert "does not exist" in refusal(described(edge, "/nowhere/models/spam"))


JAVASCRIPT = {"runtime": "javascript"}


# The other runtime


def test_an_unknown_operator_is_left_to_onnxruntime(edge: Any) -> None:
    content = added(node("Sub", ["zero", "zero"], ["extra"]))
    web = (WEB / BUNDLE).as_uri()
    told = edge.ask(ask="predict", bytes=coded(content), rows=ROWS, options={"onnxruntime": web})
    wanted = [x.value for x in Model(content).predict(ROWS)]

    assert told["runtime"] == "onnxruntime"
    assert told["values"] == pytest.approx(wanted, rel=1e-6)
    refused = edge.ask(ask="model", bytes=coded(content), options=JAVASCRIPT)
    assert "the operator `Sub`" in refusal(refused, "Unsupported")


def test_without_onnxruntime_web_an_unknown_operator_is_refused(edge: Any) -> None:
    content = added(node("Sub", ["zero", "zero"], ["extra"]))
    answer = edge.ask(ask="model", bytes=coded(content))
    assert "onnxruntime-web cannot be loaded" in refusal(answer)


def test_what_onnxruntime_refuses_is_a_file_error(edge: Any) -> None:
    content = added(node("Sub", ["zero", "zero"], ["extra"]), node("Nothing", ["zero"], ["more"]))
    options = {"onnxruntime": (WEB / BUNDLE).as_uri()}
    answer = edge.ask(ask="model", bytes=coded(content), options=options)
    assert "onnxruntime refuses the model file" in refusal(answer)


# Digests


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 1000, 300_000])
def test_our_own_digest_is_sha256(length: int, edge: Any) -> None:
    content = random.Random(length).randbytes(length)
    assert edge.ask(ask="digest", bytes=coded(content)) == hashlib.sha256(content).hexdigest()
