"""Who may ask: the key, the limit, and pages of other origins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ROWS, Running, serving

KEY = {"Authorization": "Bearer secret"}
PAGE = "https://me.github.io"
IRIS = ROWS["iris"]


@pytest.fixture(scope="module")
def guarded(root: Path) -> Iterator[Running]:
    with serving(root, "--key", "secret", MODELPRESS_ORIGINS=f"{PAGE}, https://other.example") as x:
        yield x


@pytest.mark.parametrize(
    "told", ["", "Bearer", "Bearer other", "Basic secret", "secret", "Bearer secretx", "Bearer Ä"]
)
def test_without_the_key_there_is_no_answer(guarded: Running, told: str) -> None:
    reply = guarded.predict(
        "iris", IRIS, **({"Authorization": told.encode().decode("latin-1")} if told else {})
    )
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    for path in ("/models", "/models/iris", "/v2/models/iris", "/models/iris/drift"):
        assert guarded.get(path).status == 401


def test_with_the_key_there_is_one(guarded: Running) -> None:
    assert guarded.predict("iris", IRIS, **KEY).status == 200
    assert guarded.get("/models", **KEY).status == 200


def test_health_and_metrics_are_free(guarded: Running) -> None:
    for path in ("/health", "/metrics", "/v2/health/ready", "/docs", "/openapi.json"):
        assert guarded.get(path).status == 200


def test_too_many_requests_are_told_when_to_come_back(root: Path) -> None:
    with serving(root, "--rate", "5", "--key", "secret") as limited:
        replies = [limited.predict("iris", IRIS, **KEY) for _ in range(8)]
        assert [x.status for x in replies][:5] == [200] * 5
        assert replies[-1].status == 429
        assert 1 <= int(replies[-1].headers["retry-after"]) <= 60
        assert "more than 5 requests a minute" in replies[-1].json["detail"]
        assert limited.get("/health").status == 200


def test_a_browser_may_ask_from_a_page_that_is_allowed(guarded: Running) -> None:
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    reply = guarded.ask("OPTIONS", "/models/iris/predict", headers=asked)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == PAGE
    answer = guarded.predict("iris", IRIS, Origin=PAGE, **KEY)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == PAGE


def test_a_browser_may_not_ask_from_another(guarded: Running) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert guarded.ask("OPTIONS", "/models/iris/predict", headers=asked).status == 400
    answer = guarded.predict("iris", IRIS, Origin="https://evil.example", **KEY)
    assert "access-control-allow-origin" not in answer.headers
