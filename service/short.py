"""The short forms: of one model, the only one or the one that was chosen."""

from starlette.requests import Request
from starlette.responses import Response

from service import explaining, plain
from service.routing import json_response
from service.state import Service


async def predict(service: Service, request: Request) -> Response:
    """Answer rows."""
    return await plain.predicted(service, request, service.host.main_model())


async def explain(service: Service, request: Request) -> Response:
    """Explain the answer to a row."""
    return await explaining.explained(service, request, service.host.main_model())


async def model(service: Service, _request: Request) -> Response:
    """Describe the version in production."""
    return json_response(plain.describe(await plain.found(service, service.host.main_model())))


async def drift(service: Service, _request: Request) -> Response:
    """Give what monitoring last said."""
    return plain.drifted(service, service.host.catalog.split(service.host.main_model())[0].name)
