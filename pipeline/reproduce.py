"""
`reproduce`: make a version again from the commit that its card names, and compare.

Reads: models/<model>/<version>/, Git
Writes: build/reproduce/, a worktree of that commit; it is taken away at the end
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelpress.golden import TOLERANCE, golden_distance
from modelpress.loading import load
from pipeline.artifacts import Paths, shown
from pipeline.config import load_block
from pipeline.dvc import call as dvc
from pipeline.errors import RegistryError, RunError
from pipeline.git import call as git
from pipeline.git import has_commit, has_git
from pipeline.registry import Registered, read_version

_STAGES = ("prepare", "train", "export")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("version", metavar="VERSION", help="one of its versions")


def command(root: Path, options: argparse.Namespace) -> int:
    """Retrain, and say whether the same came out; a difference is exit code 1."""
    load_block(root, options.model)
    paths = Paths(root, options.model)
    word, same = run(paths, options.version)
    sys.stdout.write(f"{options.model} {options.version}: {word}\n")
    return int(not same)


def run(paths: Paths, version: str) -> tuple[str, bool]:
    """
    Make a version again.

    Returns:
        What came out, and whether it is the version.

    Raises:
        RegistryError: The version is damaged, or its card names no commit that holds its inputs.
        RunError: There is no Git, or the commit is not here, or a stage failed.
    """
    registered = read_version(paths, version)
    commit = _commit(paths, registered)
    with _worktree(paths, version, commit) as root:
        _stages(root, paths.model)
        return _compared(registered, Paths(root, paths.model))


def _commit(paths: Paths, registered: Registered) -> str:
    fields = registered.card.fields
    if fields.get("dirty", True) or not fields.get("commit"):
        raise RegistryError(
            f"{registered.version} was made of inputs that no commit holds",
            hint="commit params, data and code before `modelpress run --register`",
            path=shown(paths.registry / registered.version),
        )
    if not has_git(paths.root):
        raise RunError("there is no Git here to take the inputs from", hint="work in a clone")
    commit = str(fields["commit"])
    if not has_commit(paths.root, commit):
        raise RunError(
            f"{registered.version} was made of commit {commit[:40]}, which is not in this clone",
            hint="`git fetch --unshallow`, or fetch the branch that has it",
        )
    return commit


@contextmanager
def _worktree(paths: Paths, version: str, commit: str) -> Iterator[Path]:
    root = paths.root / "build" / "reproduce" / f"{paths.model}-{version}"
    place = str(root.relative_to(paths.root))
    if root.exists():  # an earlier one was cut off
        git(paths.root, "worktree", "remove", "--force", place)
    git(paths.root, "worktree", "add", "--detach", "--quiet", place, commit)
    try:
        yield root
    finally:
        git(paths.root, "worktree", "remove", "--force", place)


def _stages(root: Path, model: str) -> None:
    pointer = Paths(root, model).table.with_name("table.csv.dvc")
    if pointer.exists():
        dvc(root, "pull", "--quiet", str(pointer.relative_to(root)))
    for stage in _STAGES:
        # The code of that commit, not of this one.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pipeline", stage, model],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise RunError(f"stage {stage} of that commit failed: {told}")
        sys.stderr.write(done.stderr)


def _compared(registered: Registered, again: Paths) -> tuple[str, bool]:
    model = load(again.onnx)
    if model.sha256 == registered.card.sha256:
        return "reproduced to the byte", True
    distance = golden_distance(model, registered.card.golden)
    if distance <= TOLERANCE:
        return f"reproduced, but for rounding (golden rows differ by {distance:.1g})", True
    return f"not reproduced: golden rows differ by {distance:.2g}", False
