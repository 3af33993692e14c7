"""A server of `benchmarks/service.py` while it runs: started, asked, measured, ended."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from service_load import Target
from service_servers import Server, launch

START_SECONDS = 90


class Running:
    """A server that runs: a process for all models, or one for each."""

    def __init__(self, server: Server, bodies: Path) -> None:
        self.server = server
        self._bodies = bodies
        self._ports: dict[str, int] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> float:
        """Start it; returns the seconds from there to the first answer of `credit`."""
        seconds = 0.0
        for model in ("credit", "iris", "spam") if self.server.single else ("credit",):
            port, begin = _free_port(), time.perf_counter()
            log = self._bodies / f"{self.server.name}.log"
            self._processes[model] = launch(self.server, model, port, log)
            self._ports[model] = port
            self._wait(model, log)
            seconds = seconds or time.perf_counter() - begin
        return seconds

    def _wait(self, model: str, log: Path) -> None:
        end = time.perf_counter() + START_SECONDS
        while time.perf_counter() < end and self._processes[model].poll() is None:
            try:
                self.ask(model)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.005)
            else:
                return
        raise RuntimeError(f"it does not start: {log.read_text('utf-8', 'replace')[-300:]}")

    def target(self, model: str, rows: int) -> Target:
        """Say where a load goes to."""
        port = self._ports.get(model, self._ports["credit"])
        file = self._bodies / f"{self.server.name}-{model}-{rows}"
        return Target(port, self.server.path.format(model=model), file)

    def ask(self, model: str) -> Any:  # noqa: ANN401 - each answers in its own form
        """
        Ask the first row.

        Raises:
            ValueError: It is refused.
        """
        target = self.target(model, 1)
        client = http.client.HTTPConnection("127.0.0.1", target.port, timeout=START_SECONDS)
        body = target.bodies.read_bytes().partition(b"\n")[0]
        client.request("POST", target.path, body, {"Content-Type": "application/json"})
        reply = client.getresponse()
        content = reply.read()
        client.close()
        if reply.status != 200:
            raise ValueError(f"{reply.status}: {content[:300]!r}")
        return json.loads(content)

    def settle(self) -> None:
        """Wait until it has worked off what a load has left behind."""
        for _ in range(100):
            before = self._ticks()
            time.sleep(0.05)
            if self._ticks() - before <= 1:
                return

    def _tree(self, model: str = "credit") -> list[int]:
        """List its process and all below."""
        return list(_below(self._processes[model].pid))

    def _ticks(self) -> int:
        stats = (_stat(pid) for model in self._processes for pid in self._tree(model))
        return sum(int(x[11]) + int(x[12]) for x in stats if x)

    def resident(self) -> float:
        """Memory in MB, of the process that serves `credit` with its children."""
        pages = (int(x[21]) for pid in self._tree() if (x := _stat(pid)))
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> None:
        """End it with its children."""
        for process in self._processes.values():
            _end(process, signal.SIGTERM, 5)
            _end(process, signal.SIGKILL, 30)


def _end(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float) -> None:
    try:
        os.killpg(process.pid, how)
        process.wait(seconds)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        # It is gone, or somebody must be harsher.
        return


def _stat(pid: int) -> list[str]:
    """Read a process's figures, from its state on; none if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _below(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    except OSError:
        return
    for child in children:
        yield from _below(int(child))


def _free_port() -> int:
    """Find a port with two free ones behind it: one peer needs three."""
    while True:
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port: int = first.getsockname()[1]
            try:
                for more in (port + 1, port + 2):
                    stack.enter_context(socket.create_server(("127.0.0.1", more)))
            except (OSError, OverflowError):
                continue
            return port
