"""Registering what the gates have accepted, and letting them see it."""

import sys
from dataclasses import replace
from pathlib import Path

from modelpress.errors import ModelError
from pipeline.artifacts import Paths
from pipeline.decision import read_decision
from pipeline.dvc import reproduce
from pipeline.errors import PipelineError
from pipeline.registration import Registration, register
from pipeline.run.summary import Line, failed


def register_all(root: Path, lines: list[Line]) -> list[Line]:
    """
    Register the models of some lines, each on its own: what goes wrong with one stops no other.

    Where production moved, the gate runs once more, so that the committed verdict is `unchanged`,
    here and in every clone.
    """
    return [_settled(root, line) if _is_news(root, line) else line for line in lines]


def _is_news(root: Path, line: Line) -> bool:
    return not line.wrong and read_decision(Paths(root, line.model)).verdict != "unchanged"


def _settled(root: Path, line: Line) -> Line:
    try:
        done = register(root, line.model)
    except (PipelineError, ModelError) as error:
        fact, *hints = error.lines()
        return failed(line.model, "not registered", (f"error: {fact}", *hints))
    if done.promoted:
        _judge_again(root, line.model)
    notes = (_note(done), *line.notes) if done.version else line.notes
    return replace(line, notes=notes)


def _note(done: Registration) -> str:
    place = "in production" if done.promoted else "in staging"
    return f"{'registered' if done.new else 'registered before'}: {done.version}, {place}"


def _judge_again(root: Path, model: str) -> None:
    for line in reproduce(root, [f"gate@{model}"], {}, force=False):
        if isinstance(line, str) and line.startswith(f"{model} "):
            sys.stderr.write(f"{line}\n")
