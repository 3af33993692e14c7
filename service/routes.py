"""Every path, and what answers there."""

from starlette.routing import Route

from service import dashboard, docs, explaining, plain, protocol, short
from service.routing import route

_MODEL = "/v2/models/{model}"
_VERSION = _MODEL + "/versions/{version}"

ROUTES: list[Route] = [
    route("GET", "/", plain.index, free=True),
    route("GET", "/health", plain.health, free=True),
    route("GET", "/metrics", plain.metrics, free=True),
    route("GET", "/dashboard", dashboard.page, free=True),
    route("GET", "/dashboard/{file}", dashboard.file, free=True),
    route("GET", "/docs", docs.page, free=True),
    route("GET", "/openapi.json", docs.openapi, free=True),
    route("GET", "/models", plain.models),
    route("GET", "/models/{model}", plain.model),
    route("POST", "/models/{model}/predict", plain.predict),
    route("POST", "/models/{model}/explain", explaining.explain),
    route("GET", "/models/{model}/drift", plain.drift),
    route("POST", "/reload", plain.reload, free=True),
    route("POST", "/debug/fault", plain.fault, free=True),
    route("GET", "/v2", protocol.server, free=True),
    route("GET", "/v2/health/live", protocol.live, free=True),
    route("GET", "/v2/health/ready", protocol.ready, free=True),
    *(route("GET", path, protocol.model) for path in (_MODEL, _VERSION)),
    *(route("GET", f"{path}/ready", protocol.model_ready) for path in (_MODEL, _VERSION)),
    *(route("POST", f"{path}/infer", protocol.answer) for path in (_MODEL, _VERSION)),
    route("POST", "/predict", short.predict),
    route("POST", "/explain", short.explain),
    *(route("GET", path, short.model) for path in ("/meta", "/model", "/model-info")),
    route("GET", "/drift-status", short.drift),
    route("POST", "/reload-model", plain.reload, free=True),
]
