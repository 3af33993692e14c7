"""Reading a request's body, up to a size and for a time."""

import asyncio

from starlette.requests import Request

from service.problem import Problem

JSON = "application/json"


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """
    Read a body while it comes.

    Raises:
        Problem: 413 as soon as it is too long, 408 if it does not end.
    """
    if (length := request.headers.get("content-length", "")).isdigit() and int(length) > most:
        raise _too_long(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _too_long(most)
                parts.append(part)
    except TimeoutError as error:
        detail = f"the body did not end within {seconds:g} s"
        raise Problem(408, detail, headers={"Connection": "close"}) from error
    return b"".join(parts)


def require_json(request: Request) -> None:
    """
    Refuse a body that says it is something else.

    Raises:
        Problem: 415.
    """
    told = request.headers.get("content-type", JSON)
    if told.partition(";")[0].strip().lower() != JSON:
        hint = f"send `Content-Type: {JSON}`"
        raise Problem(415, f"the body is `{told[:80]}`", hint=hint)


def _too_long(most: int) -> Problem:
    detail = f"the body has more than {most:,} bytes"
    return Problem(413, detail, hint="ask in parts, or use `modelpress score`")
