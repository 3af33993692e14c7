"""
What surrounds every request of the framework: its id, its time, its count, its line in the log.

Refusals become problems here, and a defect of ours becomes a 500 without a word about its inside.
"""

import asyncio
import logging
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.counts import Traffic
from service.log import AccessLog
from service.problem import MEDIA_TYPE, Problem

_LOGGER = logging.getLogger("modelpress.service")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER = "other"


class Frame:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic, log: AccessLog) -> None:
        self._app = app
        self._traffic = traffic
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500
        name = self._log.new_id(_header(scope, b"x-request-id"))
        scope["modelpress.id"] = name

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", name)]
            await send(message)

        try:
            await self._app(scope, receive, named)
        except asyncio.CancelledError:
            # The time to drain is over, and the caller does not read what it asked for.
            return
        finally:
            self._note(scope, status, time.perf_counter() - start, name)

    def _note(self, scope: Scope, status: int, seconds: float, name: bytes) -> None:
        route = str(scope.get("modelpress.route", OTHER))
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._traffic.add(route, method, status, seconds)
        self._log.add(method, route, status, seconds, name)


def problem_response(problem: Problem) -> Response:
    """Write a problem as a reply."""
    return Response(problem.body(), problem.status, problem.headers, MEDIA_TYPE)


def handlers(traffic: Traffic) -> dict[Any, Any]:
    """What becomes of exceptions."""

    async def refused(_request: Any, problem: Exception) -> Response:  # noqa: ANN401 - Starlette's
        assert isinstance(problem, Problem)  # noqa: S101 - registered for it alone
        traffic.errors[problem.kind] += 1
        return problem_response(problem)

    async def unknown(_request: Any, error: Exception) -> Response:  # noqa: ANN401 - Starlette's
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
        problem = Problem(error.status_code, error.detail, headers=error.headers)
        traffic.errors[problem.kind] += 1
        return problem_response(problem)

    async def broken(request: Any, error: Exception) -> Response:  # noqa: ANN401 - Starlette's
        traffic.errors["internal_server_error"] += 1
        _LOGGER.error("a defect at %s", request.scope.get("modelpress.route"), exc_info=error)
        return problem_response(Problem(500, "a defect of the service; its log says more"))

    return {Problem: refused, HTTPException: unknown, Exception: broken}


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
