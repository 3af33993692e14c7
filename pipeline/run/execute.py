"""Running the chains of several models side by side."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import Paths, write_text, writing
from pipeline.dvc import reproduce
from pipeline.errors import DiskError
from pipeline.run.warm import warm_stages

_STAGES = 5
# The line that a Python traceback ends with.
_CRASH = re.compile(r"[A-Za-z_.]+(Error|Exception|Interrupt)\b")


@dataclass(frozen=True)
class Executed:
    """How a model's chain ended; `errors` are the lines that say why it did not."""

    model: str
    errors: tuple[str, ...]
    seconds: float

    @property
    def fine(self) -> bool:
        """Whether every stage ended well; a rejection is a good end."""
        return not self.errors


def execute(root: Path, models: list[str], *, jobs: int, force: bool) -> dict[str, Executed]:
    """Reproduce every model; one model's failure never stops another."""
    show, logs = _Progress(len(models) * _STAGES), root / "build" / "logs"
    with writing(logs):
        logs.mkdir(parents=True, exist_ok=True)
    with (
        warm_stages(root, len(models)) as more,
        ThreadPoolExecutor(max_workers=jobs) as pool,
    ):
        tasks = [
            pool.submit(
                _execute, reproduce(root, _ends(model), more, force=force), root, model, show
            )
            for model in sorted(models, key=lambda model: -_table_size(root, model))
        ]
        done = [task.result() for task in tasks]
    show.clear()
    return {one.model: one for one in done}


def _ends(model: str) -> list[str]:
    return [f"evaluate@{model}", f"gate@{model}"]


def _table_size(root: Path, model: str) -> int:
    """Bytes of a model's table: what takes longest starts first, or one core idles at the end."""
    table = Paths(root, model).table
    return table.stat().st_size if table.exists() else 0


def _execute(chain: Iterator[str | int], root: Path, model: str, show: "_Progress") -> Executed:
    start, lines, code = time.monotonic(), [], 0
    for line in chain:
        if isinstance(line, int):
            code = line
        else:
            lines.append(line)
            show(model, line)
    errors = (*(_errors(model, lines) if code else ()), *_kept_log(root, model, lines))
    return Executed(model, errors, time.monotonic() - start)


def _kept_log(root: Path, model: str, lines: list[str]) -> list[str]:
    """Keep what the stages said; a disk that takes no log is this model's error alone."""
    try:
        write_text(root / "build" / "logs" / f"{model}.log", "\n".join(lines) + "\n")
    except DiskError as error:
        fact, *hints = error.lines()
        return [f"error: {fact}", *hints]
    return []


def _errors(model: str, lines: list[str]) -> tuple[str, ...]:
    """Keep what the stage said; of a crash, its last error, and where the rest is."""
    told = [line for line in lines if line.startswith(("error: ", "hint: "))]
    if told:
        return tuple(told)
    crashes = [line for line in lines if _CRASH.match(line)]
    by_dvc = [line for line in lines if line.startswith("ERROR:")]
    # Of a file that is no YAML, DVC says so in its first line, and then where.
    return (
        *(crashes[-1:] or by_dvc[-1:] or lines[:1]),
        f"hint: build/logs/{model}.log has all of it",
    )


class _Progress:
    """What is going on: one moving line on a terminal, a line per fact elsewhere."""

    def __init__(self, stages: int) -> None:
        self._stages, self._done = stages, 0
        self._now: dict[str, str] = {}
        self._lock = threading.Lock()
        self._moving = sys.stderr.isatty()

    def __call__(self, model: str, line: str) -> None:
        with self._lock:
            if line.startswith("Running stage '"):
                self._now[model] = line.split("'")[1].partition("@")[0]
            elif line.startswith(f"{model} "):
                self._done += 1
                self._say(line)
            if self._moving:
                self._redraw()

    def clear(self) -> None:
        """Take the moving line away."""
        if self._moving:
            sys.stderr.write("\r\x1b[K")

    def _say(self, line: str) -> None:
        self.clear()
        sys.stderr.write(f"{line}\n")

    def _redraw(self) -> None:
        now = " · ".join(f"{model} {stage}" for model, stage in self._now.items())
        sys.stderr.write(f"\r\x1b[K[{self._done}/{self._stages}] {now}"[:120])
        sys.stderr.flush()
