"""`/openapi.json` and `/docs`: made from the models' own signatures, with examples that work."""

import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from service.openapi import document
from service.routing import JSON
from service.state import Service

PAGES = Path(__file__).parent / "pages"
# Nothing is fetched from elsewhere, and nothing that a model's name or label says is run.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'"


async def openapi(service: Service, _request: Request) -> Response:
    """Describe every endpoint."""
    told = document(service.host.catalog, most=service.settings.max_rows)
    # orjson has no numbers beyond 64 bits, which the bounds of codes are.
    return Response(json.dumps(told), media_type=JSON)


async def page(_service: Service, _request: Request) -> Response:
    """Show the description to people."""
    return html("docs.html")


def html(name: str) -> Response:
    """Give a page that needs nothing from elsewhere."""
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response((PAGES / name).read_bytes(), headers=headers, media_type="text/html")
