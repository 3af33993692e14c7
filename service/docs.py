"""`/openapi.json` and `/docs`: made from the models' own signatures, with examples that work."""

import json

from starlette.requests import Request
from starlette.responses import Response

from service.dashboard import HEADERS, PAGES
from service.openapi import document
from service.routing import JSON
from service.state import Service


async def openapi(service: Service, _request: Request) -> Response:
    """Describe every endpoint."""
    told = document(service.host.catalog, most=service.settings.max_rows)
    # orjson has no numbers beyond 64 bits, which the bounds of codes are.
    return Response(json.dumps(told), media_type=JSON)


async def page(_service: Service, _request: Request) -> Response:
    """Show the description to people."""
    return Response((PAGES / "docs.html").read_bytes(), headers=HEADERS, media_type="text/html")
