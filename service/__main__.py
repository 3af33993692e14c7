"""
`python -m service`: serve the models of a checkout, or of a published site.

Each worker makes its own application (`create`), from the same arguments and environment.
"""

import logging
import os
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette

from modelpress.errors import ModelError
from service.app import make_app
from service.host import Host
from service.lane import LaneProtocol, Lanes
from service.origin import open_source
from service.rollout import Rollout
from service.settings import Settings, read_settings
from service.state import Service
from service.wording import read_endpoint

KEEP_ALIVE_SECONDS = 75


def create() -> Starlette:
    """Load the models, and make the application."""
    settings = read_settings()
    host = Host(settings, open_source(settings))
    host.refresh()
    try:
        service = Service.of(host)
    except ModelError as error:
        raise SystemExit("error: " + "\n".join(error.lines())) from error
    LaneProtocol.lanes = Lanes(service)
    return make_app(service)


def main() -> int:
    """Serve until a signal says otherwise."""
    settings = read_settings()
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr
    )
    try:
        open_source(settings).names()
        Rollout.of(settings.canary, settings.shadow)
        read_endpoint(os.environ)
    except ModelError as error:
        sys.stderr.write("error: " + "\n".join(error.lines()) + "\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stderr.write(f"serving at http://{settings.host}:{settings.port}\n")
    uvicorn.run("service.__main__:create", factory=True, **_options(settings))
    return 0


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "http": "service.lane:LaneProtocol",
        "loop": "auto",
        "ws": "none",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "date_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": int(settings.drain) or 1,
    }


if __name__ == "__main__":
    sys.exit(main())
