"""The plain endpoints: models by name, rows by the names of their inputs."""

import asyncio
import os
import resource
import sys
import threading
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.access import bears
from service.answering import Answered, answer_body
from service.bodies import read_body, require_json
from service.catalog import Line
from service.metrics import MEDIA_TYPE, exposition
from service.problem import Problem
from service.routing import JSON, json_response
from service.served import Served
from service.state import Service

INLINE_BYTES = 16 * 1024
"""Bodies up to here are answered in the event loop; a thread costs more than they do."""
_FAULTS_AT_MOST = 1_000


async def index(service: Service, _request: Request) -> Response:
    """Say what this is, and where to go on."""
    names = sorted(service.host.catalog.lines)
    links = ("/models", "/health", "/docs", "/dashboard", "/metrics", "/openapi.json", "/v2")
    return json_response({"name": "modelpress", "models": names, "links": links})


async def health(service: Service, _request: Request) -> Response:
    """Say whether every model answers, since when, and what it costs."""
    catalog = service.host.catalog
    ready = catalog.ready and not service.host.draining
    told = {
        "status": "ready" if ready else "draining" if service.host.draining else "not ready",
        "ready": ready,
        "uptime_seconds": round(time.time() - service.host.started, 3),
        "models": {name: _state(line) for name, line in sorted(catalog.lines.items())},
        "resources": _resources(),
    }
    return json_response(told, 200 if ready else 503)


def _state(line: Line) -> dict[str, Any]:
    live = line.at("production")
    told = {"version": live.version if live else None, "ready": live is not None}
    return told | ({"fault": line.fault} if line.fault else {})


def _resources() -> dict[str, Any]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # Linux counts in KB, macOS in bytes.
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "pid": os.getpid(),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "largest_resident_bytes": largest,
        "threads": threading.active_count(),
        "load": [round(x, 2) for x in os.getloadavg()],
    }


async def models(service: Service, _request: Request) -> Response:
    """List the models."""
    told = []
    for name, line in sorted(service.host.catalog.lines.items()):
        live = line.at("production")
        told.append(
            {
                "name": name,
                "production": line.production or None,
                "staging": line.staging or None,
                "versions": line.versions,
                "task": live.signature.task if live else None,
            }
        )
    return json_response({"models": told})


async def model(service: Service, request: Request) -> Response:
    """Describe a version."""
    return json_response(describe(await found(service, request.path_params["model"])))


def describe(served: Served) -> dict[str, Any]:
    """Say what a version is, what it takes and how good it was."""
    card, signature = served.card, served.signature
    return {
        "name": served.name,
        "version": served.version,
        "task": signature.task,
        "sha256": served.model.sha256,
        "created": card.get("created"),
        "commit": card.get("commit"),
        "threshold": signature.threshold,
        "classes": signature.classes,
        "positive": signature.positive or None,
        "inputs": card.get("inputs", []),
        "metrics": card.get("metrics", {}).get("test", {}),
    }


async def predict(service: Service, request: Request) -> Response:
    """Answer rows."""
    return await predicted(service, request, request.path_params["model"])


async def predicted(service: Service, request: Request, reference: str) -> Response:
    """Answer rows with the version that a reference means."""
    require_json(request)
    served = await meant(service, request, reference)
    limits = service.limits
    body = await read_body(request, most=service.settings.max_body, seconds=limits.seconds)

    def work() -> Answered:
        return answer_body(served, body, limits, lambda: service.latest(served))

    answered = work() if len(body) <= INLINE_BYTES else await asyncio.to_thread(work)
    await noted(service, request, served, answered)
    return Response(answered.body, media_type=JSON)


async def noted(service: Service, request: Request, served: Served, answered: Answered) -> None:
    """Count an answer under its request, and ask the shadow, where there is one."""
    name: bytes = request.scope["modelpress.id"]
    rows = len(answered.rows)
    service.note(served, answered._replace(requests=[(name, rows)], size=len(answered.body)))
    stage = service.rollout.shadows.get(served.name)
    if stage is None or not answered.feeds:
        return
    shadow = service.host.catalog.line(served.name).at(stage)
    if shadow is not None and shadow is not served:
        await asyncio.to_thread(
            service.rollout.compare, shadow, served, answered.feeds, answered.answer
        )


async def meant(service: Service, request: Request, reference: str) -> Served:
    """Find the version that answers a caller: of a plain name, production or the canary."""
    name, at, _stage = reference.partition("@")
    if at or name not in service.rollout.canaries:
        return await found(service, reference)
    caller = request.headers.get("x-caller") or request.headers.get("authorization")
    if caller is None:
        caller = request.client.host if request.client else ""
    return await found(service, f"{name}@{service.rollout.chosen(name, caller)}")


async def found(service: Service, reference: str) -> Served:
    """Find a version; one that must be loaded first is loaded beside the event loop."""
    host = service.host
    line, stage = host.catalog.split(reference)
    there = line.at(stage)
    return there if there is not None else await asyncio.to_thread(host.find, reference)


async def drift(service: Service, request: Request) -> Response:
    """Give what monitoring last said."""
    return drifted(service, service.host.catalog.split(request.path_params["model"])[0].name)


def drifted(service: Service, name: str) -> Response:
    """Give what monitoring last said of a model, and what came in here since the start."""
    seen, live = service.host.drift(name), service.host.catalog.line(name).at("production")
    told: dict[str, Any] = {"model": name, "state": seen.state if seen else "unknown"}
    told["monitoring"] = seen.day if seen else None
    told["live"] = service.sketch(live).state() if live else None
    return json_response(told)


async def metrics(service: Service, _request: Request) -> Response:
    """Give everything that was counted."""
    return Response(exposition(service.registry), media_type=MEDIA_TYPE)


async def reload(service: Service, request: Request) -> Response:
    """Look for new versions now."""
    token = service.settings.reload_token
    if not token:
        raise Problem(404, "reloading by request is off", hint="set MODELPRESS_RELOAD_TOKEN")
    if not bears(request.headers.get("authorization"), token):
        raise Problem(
            401, "the token is absent or another one", headers={"WWW-Authenticate": "Bearer"}
        )
    changed = await asyncio.to_thread(service.host.refresh, force=True)
    lines = sorted(service.host.catalog.lines.items())
    return json_response(
        {"changed": changed, "models": {name: _state(line) for name, line in lines}}
    )


async def fault(service: Service, request: Request) -> Response:
    """Let the next question fail or wait, to prove the alerts; with --debug alone."""
    if not service.settings.debug:
        raise Problem(404, "there is nothing here")
    asked = request.query_params
    status = _number(asked.get("status", "0"), 599)
    seconds = _number(asked.get("delay", "0").removesuffix("s"), 60)
    times = _number(asked.get("times", "1"), _FAULTS_AT_MOST)
    if (status and status < 400) or len(service.faults) + times > _FAULTS_AT_MOST:
        raise Problem(422, "status=400..599, delay=0s..60s and times=1..1000 are allowed")
    service.faults += [(int(status), seconds)] * int(times)
    return json_response({"faults": len(service.faults)})


def _number(text: str, most: float) -> float:
    if not text.replace(".", "", 1).isdecimal() or not text.isascii() or float(text) > most:
        raise Problem(422, f"`{text[:40]}` is no number up to {most:g}")
    return float(text)
