"""The application: routes, and what stands around each of them."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from service.frame import Frame, handlers
from service.routes import ROUTES
from service.state import Service


def make_app(service: Service) -> Starlette:
    """Make the application that a server runs."""
    traffic = service.host.traffic
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(Frame, traffic=traffic, log=service.log),
            Middleware(
                CORSMiddleware,
                allow_origins=service.settings.origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "X-Request-Id", "X-Caller"],
                expose_headers=["X-Request-Id", "Retry-After"],
            ),
        ],
        exception_handlers=handlers(traffic),
        lifespan=_lifespan,
    )
    app.state.service = service
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    service: Service = app.state.service
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(service.log.run())]
    with contextlib.suppress(NotImplementedError, AttributeError):  # no such signal on Windows
        loop.add_signal_handler(
            signal.SIGHUP, lambda: loop.run_in_executor(None, service.host.refresh)
        )
    if service.settings.poll:
        tasks.append(asyncio.create_task(_poll(service)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for call in service.closing:
            await asyncio.to_thread(call)


async def _poll(service: Service) -> None:
    while True:
        await asyncio.sleep(service.settings.poll)
        await asyncio.to_thread(service.host.refresh)
