"""Rows in, predictions out: every model, every form, and what is wrong with any other."""

import json
from typing import Any

import pytest
from house import REPOSITORY
from serving import ROWS, Running

from modelpress import load

MODELS = sorted(x.name for x in (REPOSITORY / "models").iterdir() if (x / "production").exists())


def card(model: str) -> Any:
    version = (REPOSITORY / "models" / model / "production").read_text("utf-8").strip()
    return json.loads((REPOSITORY / "models" / model / version / "card.json").read_text("utf-8"))


def near(told: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return told.keys() == wanted.keys() and all(near(told[x], wanted[x]) for x in wanted)
    return abs(told - wanted) <= 1e-6 * max(1, abs(wanted))


@pytest.mark.parametrize("model", MODELS)
def test_golden_rows_are_answered_as_their_card_says(service: Running, model: str) -> None:
    golden = card(model)["golden"]
    told = service.predict(model, [entry["row"] for entry in golden]).json["predictions"]
    for entry, answer in zip(golden, told, strict=True):
        assert answer.get("label") == entry.get("label")
        key = "value" if "value" in entry else "probabilities"
        assert near(answer[key], entry[key])


@pytest.mark.parametrize("model", MODELS)
def test_one_row_is_answered_by_itself_with_its_version(service: Running, model: str) -> None:
    row = card(model)["golden"][0]["row"]
    told = service.predict(model, row).json
    version = (REPOSITORY / "models" / model / "production").read_text("utf-8").strip()
    assert (told["model"], told["version"]) == (model, version)
    assert told.keys() - {"model", "version"} in ({"value"}, {"label", "probabilities"})


FORMS: list[Any] = [
    {"features": ROWS["iris"]},
    {"features": [5.7, 3.0, 4.5, 1.3]},
    {"data": {"features": [5.7, 3.0, 4.5, 1.3]}},
    {"data": {"features": ROWS["iris"]}},
    {"data": ROWS["iris"]},
    dict(reversed(ROWS["iris"].items())),
]


@pytest.mark.parametrize("form", FORMS, ids=[json.dumps(form)[:40] for form in FORMS])
def test_every_form_of_a_row_means_the_same(service: Running, form: Any) -> None:
    assert service.predict("iris", form).json == service.predict("iris", ROWS["iris"]).json


@pytest.mark.parametrize("wrapper", ["rows", "instances"])
def test_lists_may_be_wrapped(service: Running, wrapper: str) -> None:
    told = service.predict("iris", {wrapper: [ROWS["iris"], [5.7, 3.0, 4.5, 1.3]]}).json
    assert told["predictions"][0] == told["predictions"][1]


def test_a_missing_value_is_null_and_an_empty_list_is_answered(service: Running) -> None:
    assert service.predict("iris", {**ROWS["iris"], "sepal_width": None}).status == 200
    assert service.predict("iris", []).json["predictions"] == []


ONE = json.dumps(ROWS["iris"])
REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"{", 400, "not JSON"),
    "nothing": (b"", 400, "not JSON"),
    "no UTF-8": (b'{"text": "\xff"}', 400, "not UTF-8 at byte 10"),
    "NaN": (ONE.replace("5.7", "NaN").encode(), 400, "`NaN` is no number"),
    "Infinity": (ONE.replace("5.7", "-Infinity").encode(), 400, "`-Infinity` is no number"),
    "too large": (ONE.replace("5.7", "1e999").encode(), 422, "field `sepal_length`: `inf`"),
    "beyond 32 bits": (ONE.replace("5.7", "1e39").encode(), 422, "finite 32-bit number"),
    "digits": (ONE.replace("5.7", "9" * 5000).encode(), 400, "not JSON"),
    "a text": (ONE.replace("5.7", '"5.7"').encode(), 422, "field `sepal_length`: `'5.7'`"),
    "true": (ONE.replace("5.7", "true").encode(), 422, "`True` is not a number"),
    "a list": (ONE.replace("5.7", "[5.7]").encode(), 422, "`[5.7]` is not a number"),
    "another field": (ONE.replace("}", ', "x": 1}').encode(), 422, "unknown field `x`"),
    "a field too few": (b'{"sepal_length": 5.7}', 422, "field `sepal_width` is absent"),
    "a key twice": (
        ONE.replace("}", ', "sepal_length": 1}').encode(),
        400,
        "the key `sepal_length` stands twice",
    ),
    "a key twice, escaped": (
        ONE.replace("}", ', "sepal\\u005flength": 1}').encode(),
        400,
        "the key `sepal_length` stands twice",
    ),
    "a number": (b"7", 422, "`7` is no row"),
    "a list of numbers": (b"[5.7, 3.0, 4.5, 1.3]", 422, "`5.7` is no row"),
    "too few values": (b'{"features": [1, 2]}', 422, "a row of 2 values for 4 inputs"),
    "an empty row": (b"{}", 422, "`iris` has no latest snapshot"),
    "deep": (b"[" * 100_000, 400, "not JSON"),
    "deep and whole": (b"[" * 50_000 + b"]" * 50_000, 400, "not JSON"),
    "the second row": (f"[{ONE}, {ONE.replace('5.7', 'null, null')}]".encode(), 400, "not JSON"),
    "a bad second row": (
        f"[{ONE}, {ONE.replace('1.3', chr(34) + 'x' + chr(34))}]".encode(),
        422,
        "row 1: field `petal_width`: `'x'`",
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + ONE.encode(), 400, "not JSON"),
    "two values": (ONE.encode() + b" 1", 400, "not JSON"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_named(service: Running, what: str) -> None:
    body, status, said = REFUSED[what]
    reply = service.predict("iris", body)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert said in reply.json["detail"]
    assert reply.json["status"] == status


WORDS = {
    "a code": ({"text": 7}, "is not text"),
    "half of a character": (b'{"text": "\\ud800"}', None),
    "NUL": (b'{"text": "\\u0000"}', None),
    "an emoji": (b'{"text": "\\ud83d\\ude00 won"}', None),
    "colons": ({"text": 'a: b, "c": d: {"text": 1}'}, None),
    "an umlaut": ({"text": "Zoë, äöü, 你好"}, None),
    "nothing": ({"text": None}, None),
}


@pytest.mark.parametrize("what", WORDS)
def test_texts_are_answered_by_both_ways_as_by_the_library(
    fast: Running, slow: Running, what: str
) -> None:
    body, refused = WORDS[what]
    one, other = fast.predict("spam", body), slow.predict("spam", body)
    assert (one.status, one.body) == (other.status, other.body)
    if refused:
        assert refused in one.json["detail"]
        return
    row = json.loads(body) if isinstance(body, bytes) else body
    told = load(REPOSITORY / "models" / "spam").predict(row)
    assert one.json["label"] == told.label
    assert near(one.json["probabilities"], told.probabilities)


def test_a_version_may_be_named(service: Running) -> None:
    wanted = service.predict("iris", ROWS["iris"]).json
    for reference in ("iris@production", "iris@staging", "iris@v1.0.0"):
        assert service.predict(reference, ROWS["iris"]).json == wanted


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("rose", "there is no model `rose`"),
        ("iris@v9.0.0", "`iris` has no version v9.0.0"),
        ("iris@latest", "`iris@latest` names no model"),
        ("IRIS", "`IRIS` names no model"),
        ("..%2f..%2fetc", "there is nothing"),
    ],
)
def test_what_is_not_there_is_a_404_with_what_is(
    service: Running, reference: str, said: str
) -> None:
    reply = service.predict(reference, ROWS["iris"])
    assert reply.status == 404
    assert said in reply.json["detail"] or said == "there is nothing"


def test_too_many_rows_and_too_many_bytes(service: Running) -> None:
    many = service.predict("iris", [ROWS["iris"]] * 10_001)
    assert many.status == 413
    assert "10,001 rows; 10,000 are allowed" in many.json["detail"]
    long = service.predict("spam", {"text": "a" * 9_000_000})
    assert long.status == 413
    assert "more than 8,388,608 bytes" in long.json["detail"]


def test_ten_thousand_rows_are_answered_as_one_by_one(service: Running) -> None:
    rows = [{**ROWS["iris"], "sepal_length": 4 + i / 3000} for i in range(9_999)]
    told = service.predict("iris", rows).json["predictions"]
    for place in (0, 999, 1000, 9_998):
        one = service.predict("iris", rows[place]).json
        assert one["label"] == told[place]["label"]
        assert near(one["probabilities"], told[place]["probabilities"])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_says_it_is_no_json_is_refused(service: Running, kind: str) -> None:
    reply = service.predict("iris", ROWS["iris"], **{"Content-Type": kind})
    assert reply.status == 415
    assert kind in reply.json["detail"]


def test_an_id_that_was_asked_for_comes_back(service: Running) -> None:
    reply = service.predict("iris", ROWS["iris"], **{"X-Request-Id": "abc-1"})
    assert reply.headers["x-request-id"] == "abc-1"
    odd = service.predict("iris", ROWS["iris"], **{"X-Request-Id": "a b\tc" * 40})
    assert " " not in odd.headers["x-request-id"]
