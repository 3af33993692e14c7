"""From a function that answers to a route that is named, counted and guarded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from service.problem import Problem
from service.state import Service

Endpoint = Callable[[Service, Request], Awaitable[Response]]

JSON = "application/json"


def route(method: str, path: str, endpoint: Endpoint, *, free: bool = False) -> Route:
    """
    Make a route.

    Args:
        method: GET or POST.
        path: As Starlette has it; its text is the name of the route in metrics and log.
        endpoint: Gives the reply, or raises a Problem.
        free: Whether it answers without the key, and without counting against the limit.
    """

    async def answer(request: Request) -> Response:
        request.scope["modelpress.route"] = path
        service: Service = request.app.state.service
        if not free:
            address = request.client.host if request.client else ""
            service.access.check(request.headers.get("authorization"), address)
        if service.faults and not free:
            await _fault(service)
        try:
            return await endpoint(service, request)
        except ClientDisconnect as error:
            raise Problem(400, "the caller has gone") from error
        except asyncio.CancelledError as error:
            # The server cancels what has not ended when the time to drain is over.
            raise Problem(503, "the service ends", headers={"Connection": "close"}) from error

    return Route(path, answer, methods=[method])


async def _fault(service: Service) -> None:
    status, seconds = service.faults.pop(0)
    await asyncio.sleep(seconds)
    if status:
        raise Problem(status, "a fault that was asked for by POST /debug/fault")


def json_response(content: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON is anything
    """Write JSON."""
    return Response(orjson.dumps(content), status, media_type=JSON)
