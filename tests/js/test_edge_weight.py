"""What it costs to fetch the edge runtime."""

import gzip
import re
import sys
from pathlib import Path

from edge import ASSETS

RUNTIME = ASSETS / "runtime"
BUDGET, EVALUATOR_BUDGET = 10 * 1024, 12 * 1024


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


def test_the_import_costs_less_than_ten_kilobytes() -> None:
    eager = fetched(RUNTIME / "modelpress.js")
    evaluator = set().union(*(fetched(RUNTIME / f"{name}.js") for name in EVALUATOR)) - eager
    sys.stdout.write(
        f"import: {zipped(eager):,} bytes, {len(eager)} files; with the evaluator "
        f"{zipped(eager | evaluator):,} bytes, {len(eager | evaluator)} files\n"
    )

    assert zipped(eager) <= BUDGET
    assert zipped(evaluator) <= EVALUATOR_BUDGET


def test_the_import_takes_two_steps() -> None:
    """What a module of the first step needs, the entry names itself; so with the evaluator."""
    entry = RUNTIME / "modelpress.js"
    assert fetched(entry) == {entry} | imports(entry)
    named = set(re.findall(r'import\("\./(\w+)\.js"\)', entry.read_text("utf-8")))
    assert set(EVALUATOR) == named - {"onnxruntime", "refusal", "sha256"}
    late = set().union(*(fetched(RUNTIME / f"{name}.js") for name in EVALUATOR))
    assert late <= fetched(entry) | {RUNTIME / f"{name}.js" for name in EVALUATOR}


def test_the_modules_are_short() -> None:
    long = {x.name for x in RUNTIME.glob("*.js") if len(x.read_text("utf-8").split("\n")) > 250}
    assert long == set()
