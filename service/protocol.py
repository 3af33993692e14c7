"""The endpoints of the Open Inference Protocol v2."""

import asyncio
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response

from service.answering import Answered
from service.bodies import read_body
from service.inference import infer, metadata
from service.plain import INLINE_BYTES, found, meant, noted
from service.problem import Problem
from service.routing import JSON, json_response
from service.served import Served
from service.state import Service

_LENGTH = "inference-header-content-length"
_OCTETS = "application/octet-stream"


async def server(_service: Service, _request: Request) -> Response:
    """Say what this server can do."""
    told = {
        "name": "modelpress",
        "version": version("modelpress"),
        "extensions": ["binary_tensor_data"],
    }
    return json_response(told)


async def live(_service: Service, _request: Request) -> Response:
    """Say that there is somebody."""
    return json_response({"live": True})


async def ready(service: Service, _request: Request) -> Response:
    """Say whether every model answers."""
    is_ready = service.host.catalog.ready and not service.host.draining
    return json_response({"ready": is_ready}, 200 if is_ready else 503)


async def model(service: Service, request: Request) -> Response:
    """Describe a model's tensors."""
    served = await _found(service, request)
    return json_response(metadata(served, service.host.catalog.line(served.name).versions))


async def model_ready(service: Service, request: Request) -> Response:
    """Say whether a version answers."""
    served = await _found(service, request)
    return json_response({"name": served.name, "ready": True})


async def answer(service: Service, request: Request) -> Response:
    """Answer tensors."""
    served = await meant(service, request, _reference(request))
    limits, header = service.limits, request.headers.get(_LENGTH)
    body = await read_body(request, most=service.settings.max_body, seconds=limits.seconds)

    def work() -> tuple[Answered, int | None]:
        return infer(served, body, header, limits)

    answered, length = work() if len(body) <= INLINE_BYTES else await asyncio.to_thread(work)
    await noted(service, request, served, answered)
    if length is None:
        return Response(answered.body, media_type=JSON)
    return Response(answered.body, headers={_LENGTH: str(length)}, media_type=_OCTETS)


async def _found(service: Service, request: Request) -> Served:
    return await found(service, _reference(request))


def _reference(request: Request) -> str:
    name, number = request.path_params["model"], request.path_params.get("version")
    if number and "@" in name:
        raise Problem(404, f"`{name[:80]}` and version `{number[:40]}` say it twice")
    return f"{name}@{number}" if number else str(name)
