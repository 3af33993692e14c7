"""What importing the edge runtime fetches, and how much that is."""

import gzip
import re
from pathlib import Path

from edge import ASSETS

RUNTIME = ASSETS / "runtime"


def imports(file: Path) -> set[Path]:
    """Name what a module imports as it is loaded."""
    found = re.findall(
        r'^(?:import|export)[^("]*"(\.[^"]+)";$', file.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return {(file.parent / name).resolve() for name in found}


def fetched(entry: Path) -> set[Path]:
    """Name all that importing a module fetches, itself counted."""
    found, waiting = set(), {entry}
    while waiting:
        found.add(file := waiting.pop())
        waiting |= imports(file) - found
    return found


def zipped(files: set[Path]) -> int:
    """Add up what a server sends that compresses no harder than most do."""
    return sum(len(gzip.compress(file.read_bytes(), 6)) for file in files)


EVALUATOR = [
    *("graph", "arithmetic", "elementwise", "preparation", "scores", "text"),
]
