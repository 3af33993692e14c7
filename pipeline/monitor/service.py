"""Asking a service that is running: is it there, how fast, and does it answer as the card says."""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

import numpy as np

from pipeline.alerts import Sign
from pipeline.card import Card
from pipeline.config.watch import Limits
from pipeline.daybook import Service
from pipeline.errors import RunError

REQUESTS = 10
TIMEOUT_SECONDS = 5
_LARGEST_ANSWER = 1_000_000
# Another processor rounds otherwise; that is no other answer.
_TOLERANCE = 1e-4


class _Reply(NamedTuple):
    """What came back, and after how many milliseconds; nothing if the request failed."""

    content: Any
    milliseconds: float | None


def ask_service(url: str, model: str, card: Card) -> Service:
    """
    Send a few requests.

    Raises:
        RunError: This is no URL of a service.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RunError(f"`{url[:80]}` is no URL of a service", hint="for example http://host:8000")
    # Neither a password nor a query may enter a file that is published.
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    golden = card.golden[0]
    body = json.dumps(golden["row"]).encode()
    replies = [_request(f"{base}/health", None)]
    replies += [_request(f"{base}/models/{model}/predict", body) for _ in range(REQUESTS)]
    times = [reply.milliseconds for reply in replies if reply.milliseconds is not None]
    return Service(
        url=base,
        requests=len(replies),
        availability=round(len(times) / len(replies), 6),
        p95_ms=round(float(np.quantile(times, 0.95)), 3) if times else None,
        golden=all(_is_golden(golden, reply.content) for reply in replies[1:]),
    )


def service_sign(service: Service, limits: Limits) -> Sign | None:
    """Say what is wrong with a service."""
    wrong = []
    if service.availability < limits.availability:
        wrong.append(f"{service.availability:.0%} of {service.requests} requests were answered")
    elif not service.golden:
        wrong.append("a golden row is answered otherwise than the card says")
    if service.p95_ms is not None and service.p95_ms > limits.p95_ms:
        wrong.append(f"p95 is {service.p95_ms:.0f} ms (limit {limits.p95_ms:g})")
    return Sign(f"{service.url}: {'; '.join(wrong)}", "look at the service") if wrong else None


def _request(url: str, body: bytes | None) -> _Reply:
    headers = {"Content-Type": "application/json"}
    start = time.perf_counter()
    try:
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - http(s), see above
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            content = response.read(_LARGEST_ANSWER)
    except urllib.error.HTTPError as error:
        error.close()
        return _Reply(None, None)
    except (OSError, http.client.HTTPException, ValueError):
        return _Reply(None, None)
    return _Reply(_json(content), 1000 * (time.perf_counter() - start))


def _json(content: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(content)
    except (RecursionError, ValueError):
        return None


def _is_golden(golden: dict[str, Any], content: Any) -> bool:  # noqa: ANN401 - see above
    """Compare an answer: the prediction itself, or the first of a list of `predictions`."""
    if isinstance(content, dict) and isinstance(content.get("predictions"), list):
        content = (content["predictions"] or [None])[0]
    if not isinstance(content, dict):
        return False
    if "value" in golden:
        return _near(content.get("value"), golden["value"])
    told, wanted = content.get("probabilities"), golden["probabilities"]
    if content.get("label") != golden["label"] or not isinstance(told, dict):
        return False
    return told.keys() == wanted.keys() and all(_near(told[x], wanted[x]) for x in wanted)


def _near(told: object, wanted: float) -> bool:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return False
    return abs(told - wanted) <= _TOLERANCE * max(abs(wanted), 1.0)
