"""
Pictures of every page of a repository's site, in both themes, on a desk and on a phone.

    python demo/shots.py [REPOSITORY [PICTURES [PAGE ...]]]

By default of build/demo into build/shots, all pages; `overview` is the first. Look at each: what
needs action comes first, nothing is clipped, no chart is empty, figures stand below one another, in
both themes.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from pipeline.report.finish import finish

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = {"desk": 1366, "phone": 390}
PHONE = 500


def build(repository: Path) -> Path:
    """Build a repository's site beside it, with the checkout's engine, theme and settings."""
    folder = repository.parent / f"{repository.name}-site"
    docs, theme = folder / "build" / "docs", folder / "site" / "theme"
    docs.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "site" / "theme", theme, dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    subprocess.run([BIN / "modelpress", "report", "--out", docs], cwd=repository, check=True)
    subprocess.run([BIN / "mkdocs", "build", "--quiet"], cwd=folder, env=quiet, check=True)
    public = folder / "build" / "public"
    if broken := finish(public):
        sys.exit("\n".join(broken))
    return public


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Print pictures alone."""


@contextmanager
def served(public: Path) -> Iterator[str]:
    """Serve a folder for as long as the block lasts."""
    handler = functools.partial(_Silent, directory=str(public))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def pages(public: Path) -> list[str]:
    """List the pages of the dashboard, and of the guide its first."""
    found = (path.parent.relative_to(public).as_posix() for path in public.rglob("index.html"))
    wanted = (page for page in found if page == "guide" or not page.startswith("guide/"))
    return sorted("" if page == "." else f"{page}/" for page in wanted)


def named(page: str) -> str:
    """Name a page's pictures."""
    return re.sub(r"\W+", "-", page).strip("-") or "overview"


def take(browser: Browser, address: str, page: str, pictures: Path) -> None:
    """Take a page's pictures."""
    for theme in THEMES:
        for device, width in WIDTHS.items():
            context = browser.new_context(
                viewport={"width": width, "height": 844},
                color_scheme=theme,
                device_scale_factor=2 if width < PHONE else 1,
                is_mobile=width < PHONE,
            )
            tab = context.new_page()
            tab.goto(address + page, wait_until="networkidle")
            path = pictures / f"{named(page)}-{device}-{theme}.png"
            tab.screenshot(path=path, full_page=True)
            context.close()
            print(path)


def main(repository: Path, pictures: Path, *chosen: str) -> None:
    """Take all, or those of some pages."""
    if not (repository / "params.yaml").exists():
        sys.exit(f"{repository}: there is no repository here; `make demo` makes one")
    public = build(repository.resolve())
    pictures.mkdir(parents=True, exist_ok=True)
    with served(public) as address, sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for page in pages(public):
            if not chosen or named(page) in chosen:
                take(browser, address, page, pictures)
        browser.close()


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:3]]
    places = [*given, *(ROOT / "build/demo", ROOT / "build/shots")[len(given) :]]
    main(places[0], places[1], *sys.argv[3:])
