"""
The load of `benchmarks/service.py`: as fast as possible by wrk, at a fixed rate by this program.

wrk sends the next request of a connection when the last is answered, and a slow server is asked
less. So servers are compared at an equal rate, too: requests go out by the clock, and time runs
from the moment a request was due. This program waits by looking again and again, which takes a core
of its own and makes it exact to some microseconds.

    python benchmarks/service_load.py PORT PATH FILE RATE SECONDS CONNECTIONS
"""

import json
import re
import resource
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_suffix(".lua")
PATIENCE = 5.0
"""Seconds that a server gets for what it has not answered when the load ends."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Target(NamedTuple):
    """Where to, and a file with a body in each line."""

    port: int
    path: str
    bodies: Path


class Told(NamedTuple):
    """
    What a load has seen.

    Attributes:
        rate: Replies a second.
        p50: Milliseconds; so is `p99`.
        busy: Share of a core that wrk took; or milliseconds (p99) that the clock was late.
    """

    rate: float
    p50: float
    p99: float
    busy: float


def closed_loop(target: Target, connections: int, seconds: int) -> Told:
    """Ask as fast as replies come back."""
    url = f"http://127.0.0.1:{target.port}{target.path}"
    load = ("-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s")
    before, begin = _children(), time.perf_counter()
    words = ["wrk", *load, "-s", str(SCRIPT), url, "--", str(target.bodies)]
    said = subprocess.run(words, check=True, text=True, capture_output=True).stdout
    busy = (_children() - before) / (time.perf_counter() - begin)
    replies, micros, failed, p50, p99 = map(int, said.partition("TOLD ")[2].split())
    if failed or not replies:
        raise RuntimeError(f"{url}: {failed} of {replies} requests failed\n{said}")
    return Told(1e6 * replies / micros, p50 / 1000, p99 / 1000, busy)


def _children() -> float:
    """Processor seconds of the programs that have ended: the servers have not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def at_rate(target: Target, rate: float, seconds: float, connections: int) -> Told | None:
    """Ask by the clock, in a process of its own; None if the server cannot keep up."""
    words = [target.port, target.path, target.bodies, rate, seconds, connections]
    done = subprocess.run(
        [sys.executable, __file__, *map(str, words)],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    told = json.loads(done.stdout)
    return Told(*told) if told else None


def require_wrk() -> None:
    """End with a word of advice where there is no wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit("error: there is no program `wrk`: apt-get install wrk")


@dataclass
class Clock:
    """
    Requests that go out by the clock.

    Attributes:
        due: When they should have gone, for those that wait for a connection.
        sent: When the request that a connection is busy with was due.
    """

    requests: list[bytes]
    rate: float
    total: int
    free: deque[socket.socket]
    begin: float = field(default_factory=time.perf_counter)
    released: int = 0
    due: deque[float] = field(default_factory=deque)
    sent: dict[socket.socket, float] = field(default_factory=dict)
    parts: dict[socket.socket, bytes] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def run(self) -> bool:
        """Send all; returns whether all were answered in time."""
        selector = selectors.DefaultSelector()
        for connection in self.free:
            selector.register(connection, selectors.EVENT_READ)
        end = self.begin + self.total / self.rate + PATIENCE
        while len(self.times) < self.total and time.perf_counter() < end:
            self._send()
            for key, _ in selector.select(0):
                self._take(key.fileobj)  # type: ignore[arg-type] # sockets alone are registered
        return len(self.times) == self.total

    def _send(self) -> None:
        now = time.perf_counter()
        while self.released < self.total and self.begin + self.released / self.rate <= now:
            moment = self.begin + self.released / self.rate
            if self.free and not self.due:
                self.late.append(now - moment)
            self.due.append(moment)
            self.released += 1
        while self.due and self.free:
            connection = self.free.popleft()
            self.sent[connection] = self.due.popleft()
            self.parts[connection] = b""
            connection.sendall(self.requests[len(self.times) % len(self.requests)])

    def _take(self, connection: socket.socket) -> None:
        part = connection.recv(1 << 20)
        if not part:
            raise RuntimeError("a server closed a connection that should be kept")
        reply = self.parts[connection] = self.parts[connection] + part
        if _is_whole(reply):
            if not reply.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"a refusal: {reply[:200]!r}")
            self.times.append(time.perf_counter() - self.sent.pop(connection))
            self.free.append(connection)


def _is_whole(reply: bytes) -> bool:
    head = reply.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(reply, 0, head + 2)
    if length is None:
        return reply.endswith(b"0\r\n\r\n")
    return len(reply) >= head + 4 + int(length[1])


def _requests(target: Target) -> list[bytes]:
    form = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}"
    return [
        f"{form.format(target.path, len(body))}\r\n\r\n".encode() + body
        for body in target.bodies.read_bytes().splitlines()
    ]


def percentile(values: list[float], share: float) -> float:
    """Give the value that a share of all does not exceed; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main(words: list[str]) -> None:
    """Print what was seen as JSON; `null` if not all was answered."""
    port, path, file, rate, seconds, connections = words
    target = Target(int(port), path, Path(file))
    sockets = deque(
        socket.create_connection(("127.0.0.1", target.port)) for _ in range(int(connections))
    )
    for connection in sockets:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    total = max(1, int(float(rate) * float(seconds)))
    clock = Clock(_requests(target), float(rate), total, sockets)
    if not clock.run():
        print("null")
        return
    p50, p99 = (1000 * percentile(clock.times, share) for share in (0.5, 0.99))
    seen = total / (time.perf_counter() - clock.begin)
    print(json.dumps([seen, p50, p99, 1000 * percentile(clock.late, 0.99)]))


if __name__ == "__main__":
    main(sys.argv[1:])
