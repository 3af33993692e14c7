"""Keeping a fork server for the time of a run."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.dvc import environment
from pipeline.handover import ADDRESS

_FROM_MODELS = 2
_POLL_SECONDS = 0.02


@contextmanager
def warm_stages(root: Path, models: int) -> Iterator[dict[str, str]]:
    """
    Start a fork server, and yield what the stages' environment needs to find it.

    One model alone does not pay for the server's own start. Elsewhere than on Linux, libraries that
    have been loaded may not be forked; stages then start by themselves, as in a plain `dvc repro`.
    """
    if models < _FROM_MODELS or sys.platform != "linux":
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="modelpress-") as folder:
        address = Path(folder) / "stages"
        command = [sys.executable, "-P", "-m", "pipeline.forkserver", str(address)]
        with subprocess.Popen(
            command, cwd=root, env=environment(root), stdin=subprocess.PIPE
        ) as server:
            _await(address, server)
            try:
                yield {ADDRESS: str(address)}
            finally:
                if server.stdin:
                    server.stdin.close()


def _await(address: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait for the address; a server that cannot start leaves the stages to themselves."""
    while not address.exists() and server.poll() is None:
        time.sleep(_POLL_SECONDS)
