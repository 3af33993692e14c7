"""What it costs to fetch the edge runtime."""

import re
import sys

from edge_weight import EVALUATOR, RUNTIME, fetched, imports, zipped

BUDGET, EVALUATOR_BUDGET = 10 * 1024, 12 * 1024


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
