"""Running the chains of several models side by side."""

import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import write_text
from pipeline.dvc import reproduce

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
    show = _Progress(len(models) * _STAGES)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        done = list(pool.map(lambda model: _execute(root, model, show, force=force), models))
    show.clear()
    return {one.model: one for one in done}


def _execute(root: Path, model: str, show: "_Progress", *, force: bool) -> Executed:
    start, lines, code = time.monotonic(), [], 0
    for line in reproduce(root, [f"evaluate@{model}", f"gate@{model}"], force=force):
        if isinstance(line, int):
            code = line
        else:
            lines.append(line)
            show(model, line)
    write_text(root / "build" / "logs" / f"{model}.log", "\n".join(lines) + "\n")
    return Executed(model, _errors(model, lines) if code else (), time.monotonic() - start)


def _errors(model: str, lines: list[str]) -> tuple[str, ...]:
    """Keep what the stage said; of a crash, its last error, and where the rest is."""
    told = [line for line in lines if line.startswith(("error: ", "hint: "))]
    if told:
        return tuple(told)
    crashes = [line for line in lines if _CRASH.match(line)]
    by_dvc = [line for line in lines if line.startswith("ERROR:")]
    return (*(crashes or by_dvc)[-1:], f"hint: build/logs/{model}.log has all of it")


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
