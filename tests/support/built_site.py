"""A site, built by MkDocs as `make site` builds it, and served below a path."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from house import REPOSITORY

from pipeline.report import run
from pipeline.report.finish import finish

CONFIG = REPOSITORY / "mkdocs.yml"
BELOW = "some/where"
"""The path under which a site is served: links must not take its root for granted."""


@dataclass(frozen=True)
class Site:
    """A built site, and where it is served."""

    public: Path
    address: str
    models: tuple[str, ...]

    @property
    def broken(self) -> str:
        """The links that lead nowhere, as the last step of the build found them."""
        return (self.public.parent.parent / "broken.txt").read_text("utf-8")

    @property
    def pages(self) -> list[str]:
        """One page of each kind; of models, one of each task and the hostile one."""
        return ["", "drift/", "registry/", "runs/", "pipeline/", "guide/", "guide/gate/"] + [
            f"models/{name}/" for name in self.models[:3]
        ]


def report(root: Path, out: Path) -> Path:
    """Write the sources of a repository's site."""
    before = Path.cwd()
    os.chdir(root)
    try:
        assert run(root, out) == 0
    finally:
        os.chdir(before)
    return out


def project(folder: Path) -> Path:
    """Lay a copy of `mkdocs.yml` beside `build`: nothing of the checkout is touched."""
    theme = folder / "site" / "theme"
    theme.parent.mkdir(parents=True)
    theme.symlink_to(REPOSITORY / "site" / "theme")
    config = folder / "mkdocs.yml"
    config.write_text(CONFIG.read_text("utf-8"), "utf-8")
    return config


def build(folder: Path, *generator: str) -> Path:
    """Build a project's site; a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-m", *generator],
        cwd=folder,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "public"


def build_all(root: Path, folder: Path) -> Path:
    """Report, build and finish; give the built folder."""
    project(folder)
    report(root, folder / "build" / "docs")
    public = build(folder, "mkdocs", "build", "--strict", "--quiet")
    (folder / "broken.txt").write_text("\n".join(finish(public)), "utf-8")
    return public


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Keep requests out of the tests' output."""


@contextmanager
def served(public: Path) -> Iterator[str]:
    """Serve a built site below a path for as long as the block lasts."""
    above = public.parent / "served"
    place = above / BELOW
    if not place.exists():
        place.parent.mkdir(parents=True)
        place.symlink_to(public)
    handler = functools.partial(_Silent, directory=str(above))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{BELOW}/"
        server.shutdown()
