"""
How much the pipeline costs beside the work itself; each figure a ratio measured in one run.

    python benchmarks/pipeline.py [--rounds N]

Absolute seconds are this machine's on this day; the ratios are what counts.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TRACKED = ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore")
FOLDERS = ("data", "models", "pipeline", "modelpress", "requirements", "artifacts")


def copy_of_the_repository(place: Path) -> Path:
    """Copy what a run needs, with tuning off and without Git."""
    root = place / "repository"
    ignore = shutil.ignore_patterns("__pycache__", "cache", "tmp", "site")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    shutil.copytree(ROOT / ".dvc", root / ".dvc", ignore=ignore)
    for file in TRACKED:
        shutil.copy(ROOT / file, root / file)
    params = root / "params.yaml"
    params.write_text(re.sub(r"trials: \d+", "trials: 0", params.read_text("utf-8")), "utf-8")
    (root / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", "utf-8")
    return root


def call(root: Path, *command: str) -> float:
    """Run a command to its end; returns the seconds it took."""
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(root / ".dvc" / "site"),
    }
    start = time.perf_counter()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def alternate(rounds: int, *tasks: Callable[[], float]) -> list[float]:
    """Time tasks in turn, so that a slow moment of the machine meets them all; medians."""
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(rounds):
        for task, found in zip(tasks, times, strict=True):
            found.append(task())
    return [statistics.median(found) for found in times]


def show(what: str, ours: float, theirs: float, peer: str, goal: str) -> None:
    """Print one line: the figure, its peer, the ratio, the goal."""
    print(f"{what:44} {ours:8.3f} s  {peer:32} {theirs:8.3f} s  ratio {ours / theirs:6.2f}  {goal}")


def full_run(root: Path, rounds: int) -> None:
    """A forced run of every model against one process with the same fits."""
    names = models_of(root)
    call(root, "modelpress", "run", "--force")
    peer = str(ROOT / "benchmarks" / "one_process.py")
    ours, theirs = alternate(
        rounds,
        lambda: call(root, "modelpress", "run", "--force"),
        lambda: call(root, "python", "-P", peer, str(root), *names),
    )
    show(f"run --force, {len(names)} models", ours, theirs, "one process, same fits", "goal <= 2.0")
    print(f"  added per model: {(ours - theirs) / len(names):.2f} s                goal <= 6")
    for name in names:
        told = apart(root, name)
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in told.items())
        print(f"  {name}: work that the peer does not do: {parts}")


def models_of(root: Path) -> list[str]:
    """The models of a repository's params.yaml."""
    text = (root / "params.yaml").read_text("utf-8")
    return re.findall(r"^  ([a-z][a-z0-9-]*):$", text[text.index("\nmodels:") :], re.MULTILINE)


APART = """
import json, logging, sys, time
from pathlib import Path
import pipeline.export as export, pipeline.evaluate as evaluate, pipeline.gate as gate
import pipeline.bootstrap as bootstrap
root, model = Path(sys.argv[1]), sys.argv[2]
spent = {"parity": 0.0, "bootstrap": 0.0}
def timed(name, function):
    def inner(*a, **k):
        start = time.perf_counter()
        try: return function(*a, **k)
        finally: spent[name] += time.perf_counter() - start
    return inner
export.prove = timed("parity", export.prove)
export.hostile_rows = timed("parity", export.hostile_rows)
evaluate.estimate = timed("bootstrap", evaluate.estimate)
start = time.perf_counter(); export.run(root, model)
start = time.perf_counter(); evaluate.run(root, model); whole = time.perf_counter() - start
spent["evaluate without it"] = whole - spent["bootstrap"]
start = time.perf_counter(); gate.run(root, model); spent["gate"] = time.perf_counter() - start
print(json.dumps(spent))
"""


def apart(root: Path, model: str) -> dict[str, float]:
    """Time proof, intervals, evaluation and gate by themselves."""
    done = subprocess.run(
        [sys.executable, "-c", APART, str(root), model], capture_output=True, text=True, check=True
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def no_op(place: Path, count: int, rounds: int) -> None:
    """A run with nothing to do against `dvc status`."""
    root = place / f"{count}-models"
    shutil.copytree(place / "repository", root, ignore=shutil.ignore_patterns("cache", "dvc.lock"))
    multiply(root, count)
    call(root, "dvc", "commit", "--force", "--quiet")
    ours, theirs = alternate(
        rounds, lambda: call(root, "modelpress", "run"), lambda: call(root, "dvc", "status")
    )
    goal = "goal <= 2 s" if count <= 5 else "goal <= 1.3"
    show(f"run with nothing to do, {count} models", ours, theirs, "dvc status", goal)


def multiply(root: Path, count: int) -> None:
    """Give the repository that many models, copies of iris with everything a run has made."""
    params = (root / "params.yaml").read_text("utf-8")
    start = params.index("  iris:\n")
    end = params.index("\n  spam:\n")
    blocks = []
    for number in range(count):
        name = f"iris-{number}"
        blocks.append(params[start:end].replace("  iris:", f"  {name}:", 1))
        for folder in ("data", "artifacts", "models"):
            shutil.copytree(root / folder / "iris", root / folder / name)
    (root / "params.yaml").write_text(params[:start] + "\n".join(blocks) + "\n", "utf-8")


ROW = """
import json, statistics, sys, time, warnings
from pathlib import Path
import numpy as np, skops.io
from modelpress.loading import load
from pipeline.artifacts import Paths
from pipeline.estimators import TRUSTED_TYPES, frame
from pipeline.rows import read_rows
paths = Paths(Path(sys.argv[1]), sys.argv[2])
onnx, rows = load(paths.onnx), read_rows(paths.part("test"))
estimator = skops.io.load(paths.estimator, trusted=list(TRUSTED_TYPES))
singles = [rows.take(np.array([i])) for i in range(min(100, len(rows)))]
frames, feeds = [frame(r) for r in singles], [r.feeds() for r in singles]
session = onnx._session
def once(function, items):
    start = time.perf_counter()
    for item in items: function(item)
    return 1000 * (time.perf_counter() - start) / len(items)
ask = lambda feed: session.run(None, feed)
once(ask, feeds); once(estimator.predict_proba, frames)
pairs = [(once(ask, feeds), once(estimator.predict_proba, frames)) for _ in range(7)]
plain = lambda v: None if v != v else v.item() if hasattr(v, "item") else v
raw = [{k: plain(v[0]) for k, v in r.features.items()} for r in singles]
whole = statistics.median(once(onnx.predict, raw) for _ in range(7))
print(json.dumps([*map(statistics.median, zip(*pairs)), whole]))
"""


def single_row(root: Path) -> None:
    """
    One row: onnxruntime's feed dictionary against scikit-learn's data frame of one row.

    Both with one thread: on a busy machine, threads that wait for each other slow scikit-learn's
    trees down further, and would flatter us.
    """
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    for name in models_of(root):
        command = [sys.executable, "-P", "-c", ROW, str(root), name]
        done = subprocess.run(command, env=one_thread, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"single row of {name} failed:\n{done.stderr}")
        onnx, sklearn, whole = json.loads(done.stdout)
        goal = "goal >= 2" if name == "spam" else "goal >= 50"
        print(
            f"single row, {name:8} onnxruntime {onnx:.4f} ms, predict_proba {sklearn:.4f} ms: "
            f"{sklearn / onnx:5.1f} times as fast  {goal}; with checks and names {whole:.4f} ms "
            f"({sklearn / whole:.1f} times)"
        )


def start_up(root: Path, rounds: int) -> None:
    """What a start costs before anything is done."""
    ours, theirs = alternate(
        rounds * 2,
        lambda: call(root, "modelpress", "--help"),
        lambda: call(root, "python", "-c", "pass"),
    )
    show("modelpress --help", ours, theirs, "python -c pass", "goal <= 0.3 s")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=3)
    options: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        root = copy_of_the_repository(place)
        full_run(root, options.rounds)
        for count in (5, 50):
            no_op(place, count, options.rounds)
        start_up(root, options.rounds)
        single_row(root)


if __name__ == "__main__":
    main()
