"""One run at a time."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.artifacts import writing
from pipeline.errors import RunError

_POLL_SECONDS = 0.2


@contextmanager
def alone(root: Path, models: list[str], *, wait: bool) -> Iterator[None]:
    """
    Hold the repository's run lock; the system lets go of it even when we are killed.

    Raises:
        RunError: Another run holds it, and `wait` is false; it is named.
        DiskError: The lock's file cannot be written.
    """
    place = root / ".dvc" / "tmp" / "modelpress-run.lock"
    with _opened(place) as file:
        while not _locked(file):
            if not wait:
                raise RunError(
                    f"another run is at work: {_holder(file)}",
                    hint="wait for it, or let this one wait: `modelpress run --wait`",
                )
            time.sleep(_POLL_SECONDS)
        with writing(place):
            file.truncate(0)
            # Past the file's buffer: what a full disk refused would come up again at its close.
            os.write(file.fileno(), json.dumps({"pid": os.getpid(), "models": models}).encode())
        yield


def _opened(place: Path) -> IO[str]:
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        return place.open("a+", encoding="utf-8")


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        held = json.loads(file.read())
    except ValueError:
        return "it has just started"
    return f"process {held['pid']}, for {', '.join(held['models'])}"
