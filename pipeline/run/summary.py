"""What happened to each model, as a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths, read_json, shown
from pipeline.config import ModelBlock
from pipeline.decision import Decision, read_decision
from pipeline.errors import RegistryError
from pipeline.run.execute import Executed
from pipeline.run.reproduced import Happened

HEADER = (
    "model",
    "verdict",
    "what happened",
    "test metric [95 % interval]",
    "champion",
    "ms a row",
)


_ANEW = "remove it; `modelpress run --force` measures anew"


@dataclass(frozen=True)
class Line:
    """
    One model's line of the table.

    Attributes:
        wrong: The repository or its input is wrong, or a stage failed.
        passes: The verdict lets production go on.
    """

    cells: tuple[str, ...]
    wrong: bool
    passes: bool
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Whose line it is."""
        return self.cells[0]


def failed(model: str, what: str, notes: tuple[str, ...]) -> Line:
    """Say that a model has come to nothing."""
    return Line((model, "-", what, "", "", ""), wrong=True, passes=False, notes=notes)


def told(paths: Paths, block: ModelBlock, executed: Executed | None, happened: Happened) -> Line:
    """Say what the gate decided and how good the model is."""
    if executed and not executed.fine:
        return failed(paths.model, "failed", executed.errors)
    decision = read_decision(paths)
    found: dict[str, Any] = _of(paths.evaluation, "metrics", "test", block.gate.metric)
    speed, slow = _latency(paths, block)
    cells = (
        paths.model,
        decision.verdict,
        happened.word,
        f"{block.gate.metric} {_interval(found)}",
        decision.champion or "none yet",
        speed,
    )
    notes = (*_failures(decision), *slow, *happened.moved)
    return Line(cells, wrong=False, passes=decision.passes and not slow, notes=notes)


def _of(record: Path, *keys: str, remedy: str = "run again") -> Any:  # noqa: ANN401 - JSON
    found = read_json(record, remedy)
    try:
        for key in keys:
            found = found[key]
    except (KeyError, TypeError) as error:
        name = ".".join(keys)
        raise RegistryError(f"it lacks `{name}`", hint=remedy, path=shown(record)) from error
    return found


def _interval(found: dict[str, float | None]) -> str:
    if found["value"] is None:
        return "not defined"
    return f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"


def _failures(decision: Decision) -> tuple[str, ...]:
    return tuple(f"{rule.id}: {rule.reason}" for rule in decision.rules if not rule.passed)


def _latency(paths: Paths, block: ModelBlock) -> tuple[str, tuple[str, ...]]:
    """Judge speed where it was measured: on this machine, or not at all."""
    if not paths.timing.exists():
        return "not measured here", ()
    median = float(_of(paths.timing, "median_ms", remedy=_ANEW))
    limit = block.gate.max_latency_ms
    if limit is None or median <= limit:
        return f"{median:.3f}", ()
    return f"{median:.3f}", (f"latency: {median:.3f} ms for a row; {limit:g} ms is allowed",)


def table(lines: list[Line]) -> str:
    """Lay the lines out in columns, each with its notes below."""
    rows = [HEADER, *(line.cells for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    shown = [_row(HEADER, widths)]
    for line in lines:
        shown.append(_row(line.cells, widths))
        shown += [f"    {note}" for note in line.notes]
    return "\n".join(shown)


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
