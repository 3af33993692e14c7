"""A minute of everything at once: no request fails, and no answer is of another version."""

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
import pytest
from house import REPOSITORY
from serving import ROWS, Running, add_version, checkout, point, serving
from small_disk import Disk

from modelpress.golden import record_golden
from modelpress.model import Model

SECONDS = 60
IRIS = ROWS["iris"]
OTHER = "v1.1.0"
_MEGABYTE = 1024 * 1024


def add_other_model(root: Path) -> None:
    """Add a version that answers otherwise: its intercepts are turned round."""
    folder = add_version(root, "iris", OTHER)
    graph = onnx.load(folder / "model.onnx")
    for node in graph.graph.node:
        for attribute in node.attribute:
            if attribute.name == "intercepts":
                turned = [-x for x in attribute.floats]
                del attribute.floats[:]
                attribute.floats.extend(turned)
    content = graph.SerializeToString()
    card = json.loads((folder / "card.json").read_text("utf-8"))
    model = Model(content, version=OTHER)
    card["sha256"] = model.sha256
    card["golden"] = record_golden(model, [entry["row"] for entry in card["golden"]])
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(card), "utf-8")


def probabilities(root: Path, version: str) -> dict[str, float]:
    content = (root / "models" / "iris" / version / "model.onnx").read_bytes()
    return dict(Model(content).predict(IRIS).probabilities or {})


@dataclass
class Callers:
    """Well-meaning callers, each with a connection that is kept, and what went wrong for them."""

    port: int
    wanted: dict[str, dict[str, float]]
    end: float
    faults: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)

    def run(self, number: int) -> None:
        """Ask until the end."""
        dice = random.Random(number)
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while time.monotonic() < self.end:
            kind = dice.choice(("one", "one", "list", "spam", "tensors", "refused"))
            reply = self._asked(client, kind)
            if reply is not None:
                self._judge(kind, *reply)
        client.close()

    def _asked(self, client: http.client.HTTPConnection, kind: str) -> tuple[int, Any] | None:
        """Ask once more on a fresh connection if the worker at the other end was killed."""
        path, body = REQUESTS[kind]
        for _ in range(10):
            try:
                client.request("POST", path, body, {"Content-Type": "application/json"})
                reply = client.getresponse()
                return reply.status, json.loads(reply.read())
            except (http.client.HTTPException, ConnectionError):
                client.close()
                time.sleep(0.05)
        self.faults.append(f"{kind}: no connection")
        return None

    def _judge(self, kind: str, status: int, told: Any) -> None:
        self.answered[kind] += 1
        if status != (422 if kind == "refused" else 200):
            self.faults.append(f"{kind}: {status} {told}")
        elif kind in ("one", "list"):
            version = told["version"]
            self.answered[version] += 1
            for one in told.get("predictions", [told]):
                near = self.wanted[version]
                if any(abs(one["probabilities"][x] - near[x]) > 1e-6 for x in near):
                    self.faults.append(f"{version} answered as another version: {one}")


REQUESTS = {
    "one": ("/models/iris/predict", json.dumps(IRIS)),
    "list": ("/models/iris/predict", json.dumps([IRIS] * 50)),
    "spam": ("/models/spam/predict", json.dumps(ROWS["spam"])),
    "refused": ("/models/iris/predict", '{"x": 1}'),
    "tensors": (
        "/v2/models/iris/infer",
        json.dumps(
            {
                "inputs": [
                    {"name": name, "shape": [1, 1], "datatype": "FP32", "data": [value]}
                    for name, value in IRIS.items()
                ]
            }
        ),
    ),
}


@dataclass
class Trouble:
    """Whoever swaps, damages, removes, hangs and fills the disk, again and again."""

    running: Running
    disk: Disk
    deeds: Sequence[str] = ("swap", "damage", "remove", "hang", "fill")
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    done: Counter[str] = field(default_factory=Counter)
    hanging: list[socket.socket] = field(default_factory=list)

    def make(self, end: float) -> None:
        """Go on until the end, and leave the place in order."""
        while time.monotonic() < end:
            deed = self.dice.choice(self.deeds)
            getattr(self, deed)()
            self.done[deed] += 1
            time.sleep(self.dice.uniform(0.02, 0.2))
        while self.hanging:
            self.hanging.pop().close()
        (self.disk.seen / "rest").unlink(missing_ok=True)
        point(self.running.root, "iris", "production", "v1.0.0")

    def swap(self) -> None:
        """Put the other version into production, or the first."""
        point(self.running.root, "iris", "production", self.dice.choice(("v1.0.0", OTHER)))

    def damage(self) -> None:
        """Promote a version whose bytes are not those of its card."""
        registry = self.running.root / "models" / "iris"
        if not (registry / "v1.2.0").exists():
            add_version(self.running.root, "iris", "v1.2.0")
        content = bytearray((REPOSITORY / "models/iris/v1.0.0/model.onnx").read_bytes())
        content[self.dice.randrange(len(content))] ^= 1 << self.dice.randrange(8)
        part = content[: self.dice.choice((0, 700, len(content)))]
        (registry / "v1.2.0" / "model.onnx").write_bytes(part)
        point(self.running.root, "iris", "production", "v1.2.0")

    def remove(self) -> None:
        """Take away what the pointer names."""
        shutil.rmtree(self.running.root / "models" / "iris" / "v1.2.0", ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            (self.running.root / "models" / "spam" / "staging").unlink()

    def hang(self) -> None:
        """Begin a request and leave it there."""
        one = socket.create_connection(("127.0.0.1", self.running.port))
        whole = b"POST /models/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{"
        one.sendall(whole[: self.dice.randrange(1, len(whole))])
        self.hanging.append(one)
        if len(self.hanging) > 100:
            self.hanging.pop(0).close()

    def fill(self) -> None:
        """Take all the room that the prediction log has, or give it back."""
        rest = self.disk.seen / "rest"
        if rest.exists():
            rest.unlink()
            return
        with contextlib.suppress(OSError), rest.open("wb", buffering=0) as file:
            while file.write(bytes(_MEGABYTE // 16)):
                pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 4 MB for the prediction log, and for nothing else."""
    place = tmp_path / "disk"
    place.mkdir()
    found = Disk(place)
    yield found
    found.leave()


@contextlib.contextmanager
def calling(callers: Callers) -> Iterator[None]:
    """Let four of them ask meanwhile, and wait for the last answer."""
    threads = [threading.Thread(target=callers.run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return 1024 * int(next(x.split()[1] for x in lines if x.startswith("VmRSS:")))


@pytest.mark.tmpfs
def test_a_minute_of_load_while_models_come_and_go(tmp_path: Path, disk: Disk) -> None:
    root = checkout(tmp_path, "iris", "spam")
    add_other_model(root)
    wanted = {version: probabilities(root, version) for version in ("v1.0.0", OTHER)}
    log = str(disk.folder / "log.sqlite")
    with serving(root, "--log-predictions", log, within=disk.enter) as x:
        end = time.monotonic() + SECONDS
        # Between a removal and the next damage it is a sound copy, and may well be live.
        known = wanted | {"v1.2.0": wanted["v1.0.0"]}
        callers, trouble = Callers(x.port, known, end), Trouble(x, disk)
        with calling(callers):
            trouble.make(end - 3 * SECONDS / 4)
            before = resident(x.process.pid)
            trouble.make(end)
        after = resident(x.process.pid)
        assert x.metric('modelpress_log_rows_total{result="failed"}') > 0
        assert x.metric('modelpress_log_rows_total{result="written"}') > 0
    assert callers.faults == []
    assert min(callers.answered[kind] for kind in REQUESTS) > 50
    assert min(callers.answered[version] for version in wanted) > 50
    assert min(trouble.done.values()) > 5
    assert after < before + 40 * _MEGABYTE
    assert "Traceback" not in x.said()


@pytest.mark.tmpfs
def test_killed_workers_cost_no_answer(tmp_path: Path, disk: Disk) -> None:
    """
    Every other trouble goes on meanwhile, but for damage.

    A worker that starts while production names a damaged version has no last good one to keep.
    """
    root = checkout(tmp_path, "iris", "spam")
    add_other_model(root)
    wanted = {version: probabilities(root, version) for version in ("v1.0.0", OTHER)}
    log = str(disk.folder / "log.sqlite")
    options = ("--workers", "2", "--log-predictions", log)
    with serving(root, *options, within=disk.enter) as running:
        callers = Callers(running.port, wanted, time.monotonic() + SECONDS / 3)
        trouble = Trouble(running, disk, ("swap", "hang", "fill"))
        other = threading.Thread(target=trouble.make, args=(callers.end,))
        kills = 0
        with calling(callers):
            other.start()
            while time.monotonic() < callers.end - 3:
                time.sleep(2)
                kills += kill_one(running)
        other.join()
    assert callers.faults == []
    assert kills >= 3
    assert min(callers.answered[kind] for kind in REQUESTS) > 20
    assert len(trouble.done) == 3


def kill_one(running: Running) -> bool:
    """Kill a worker, while another one is there."""
    listed = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    workers = [
        int(one)
        for one in listed.read_text("utf-8").split()
        if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
    if len(workers) < 2:
        return False
    os.kill(workers[0], signal.SIGKILL)
    return True


pytestmark = pytest.mark.slow
