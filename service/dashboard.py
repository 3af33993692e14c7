"""`/dashboard`: the service at a glance, drawn in the browser from what the other endpoints say."""

from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from service.problem import Problem
from service.settings import Settings
from service.state import Service

PAGES = Path(__file__).parent / "pages"
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("connect", "img", "script", "style")),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # What a model's labels say is never parsed as HTML: the browser itself refuses to.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def page(service: Service, _request: Request) -> Response:
    """Show the service to people."""
    content = (PAGES / "dashboard.html").read_text("utf-8")
    return Response(
        content.replace("<!-- links -->", _links(service.settings)),
        headers=HEADERS,
        media_type="text/html",
    )


async def file(_service: Service, request: Request) -> Response:
    """Give a script, the style sheet or the icon."""
    name: str = request.path_params["file"]
    place = _files().get(name)
    if place is None:
        raise Problem(404, f"the dashboard has no file `{name[:80]}`")
    media_type = _MEDIA_TYPES[place.suffix]
    return Response(place.read_bytes(), headers=HEADERS, media_type=media_type)


@cache
def _files() -> dict[str, Path]:
    """List what may be asked for; a name from a request never becomes a path."""
    return {x.name: x for x in (PAGES / "dashboard").iterdir() if x.suffix in _MEDIA_TYPES}


def _links(settings: Settings) -> str:
    """Name the other tools for the page; what is no web address is left out."""
    tools = {"grafana": settings.grafana, "prometheus": settings.prometheus}
    return "\n".join(
        f'<meta name="modelpress-{tool}" content="{escape(url)}">'
        for tool, url in tools.items()
        if url.startswith(("http://", "https://"))
    )
