"""Explanations over HTTP: of one row, with sentences."""

import asyncio
from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from modelpress.errors import FileError, InputError
from modelpress.explanation import Explainer, Explanation
from service.bodies import read_body, require_json
from service.plain import meant
from service.problem import Problem
from service.routing import JSON
from service.rows import read_rows
from service.served import Served
from service.state import Service

_KEPT_AT_MOST = 16


async def explain(service: Service, request: Request) -> Response:
    """Explain the answer to a row."""
    return await explained(service, request, request.path_params["model"])


async def explained(service: Service, request: Request, reference: str) -> Response:
    """Explain the answer of the version that a reference means."""
    require_json(request)
    served = await meant(service, request, reference)
    body = await read_body(request, most=service.settings.max_body, seconds=service.limits.seconds)
    explanation = await asyncio.to_thread(_explained, service, served, body)
    words = await service.wording.word(explanation)
    return Response(orjson.dumps(_told(served, explanation, words)), media_type=JSON)


def _explained(service: Service, served: Served, body: bytes) -> Explanation:
    asked = read_rows(body, served.signature, most=1, latest=lambda: service.latest(served))
    if not asked.rows:
        raise Problem(422, "there is no row to explain")
    try:
        return _explainer(service, served).explain(asked.rows[0])
    except InputError as error:
        raise Problem(422, error.message, hint=error.hint) from error


def _explainer(service: Service, served: Served) -> Explainer:
    """Make the explainer of a version, once; without its bytes it explains by replacement."""
    known, key = service.explainers, served.model.sha256
    if key not in known:
        try:
            content = service.host.source.fetch(served.name, served.version).content
            known[key] = Explainer(served.model, content)
        except FileError:
            known[key] = Explainer(served.model)
        while len(known) > _KEPT_AT_MOST:
            known.pop(next(iter(known)))
    return known[key]


def _told(served: Served, explanation: Explanation, words: list[str]) -> dict[str, Any]:
    found = asdict(explanation)
    prediction = found.pop("prediction")
    return {
        "model": served.name,
        **{name: value for name, value in prediction.items() if value is not None},
        **found,
        "sentences": words,
    }
