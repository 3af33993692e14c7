"""`/openapi.json` and `/docs`: made from the models' own signatures, with examples that work."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from service.openapi import document
from service.routing import json_response
from service.state import Service

PAGES = Path(__file__).parent / "pages"
# Nothing is fetched from elsewhere, and nothing that a model's name or label says is run.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'"


async def openapi(service: Service, _request: Request) -> Response:
    """Describe every endpoint."""
    return json_response(document(service.host.catalog))


async def page(_service: Service, _request: Request) -> Response:
    """Show the description to people."""
    return html("docs.html")


def html(name: str) -> Response:
    """Give a page that needs nothing from elsewhere."""
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response((PAGES / name).read_bytes(), headers=headers, media_type="text/html")
