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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
import pytest
from house import REPOSITORY
from serving import ROWS, Running, add_version, checkout, point, serving

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


def disturb(running: Running, end: float) -> Counter[str]:
    """Swap, damage, remove and hang, again and again."""
    dice, done = random.Random(7), Counter[str]()
    slow: list[socket.socket] = []
    deeds = (swap, damage, remove, hang)
    while time.monotonic() < end:
        deed = dice.choice(deeds)
        deed(running, dice, slow)
        done[deed.__name__] += 1
        time.sleep(dice.uniform(0.02, 0.2))
    for one in slow:
        one.close()
    point(running.root, "iris", "production", "v1.0.0")
    return done


def swap(running: Running, dice: random.Random, _slow: list[socket.socket]) -> None:
    point(running.root, "iris", "production", dice.choice(("v1.0.0", OTHER)))


def damage(running: Running, dice: random.Random, _slow: list[socket.socket]) -> None:
    """Promote a version whose bytes are not those of its card."""
    if not (running.root / "models" / "iris" / "v1.2.0").exists():
        add_version(running.root, "iris", "v1.2.0")
    place = running.root / "models" / "iris" / "v1.2.0" / "model.onnx"
    content = bytearray((REPOSITORY / "models/iris/v1.0.0/model.onnx").read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    place.write_bytes(content[: dice.choice((0, 700, len(content)))])
    point(running.root, "iris", "production", "v1.2.0")


def remove(running: Running, _dice: random.Random, _slow: list[socket.socket]) -> None:
    """Take away what the pointer names."""
    shutil.rmtree(running.root / "models" / "iris" / "v1.2.0", ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (running.root / "models" / "spam" / "staging").unlink()


def hang(running: Running, dice: random.Random, slow: list[socket.socket]) -> None:
    """Begin a request and leave it there."""
    one = socket.create_connection(("127.0.0.1", running.port))
    whole = b"POST /models/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{"
    one.sendall(whole[: dice.randrange(1, len(whole))])
    slow.append(one)
    if len(slow) > 100:
        slow.pop(0).close()


def resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return 1024 * int(next(x.split()[1] for x in lines if x.startswith("VmRSS:")))


def test_a_minute_of_load_while_models_come_and_go(tmp_path: Path) -> None:
    root = checkout(tmp_path, "iris", "spam")
    add_other_model(root)
    wanted = {version: probabilities(root, version) for version in ("v1.0.0", OTHER)}
    with serving(
        root, "--log-predictions", str(tmp_path / "log.sqlite"), "--log-rows", "2000"
    ) as x:
        begin = time.monotonic()
        callers = Callers(x.port, wanted, begin + SECONDS)
        threads = [threading.Thread(target=callers.run, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        done = disturb(x, begin + SECONDS / 4)
        before = resident(x.process.pid)
        done += disturb(x, begin + SECONDS)
        for thread in threads:
            thread.join()
        after = resident(x.process.pid)
        assert x.metric('modelpress_log_rows_total{result="failed"}') == 0
    assert callers.faults == []
    assert min(callers.answered[kind] for kind in REQUESTS) > 50
    assert min(callers.answered[version] for version in wanted) > 50
    assert min(done.values()) > 5
    assert after < before + 40 * _MEGABYTE
    assert "Traceback" not in x.said()


def test_killed_workers_cost_no_answer(tmp_path: Path) -> None:
    root = checkout(tmp_path, "iris", "spam")
    wanted = {"v1.0.0": probabilities(root, "v1.0.0")}
    with serving(root, "--workers", "2") as running:
        callers = Callers(running.port, wanted, time.monotonic() + SECONDS / 3)
        threads = [threading.Thread(target=callers.run, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        kills = 0
        while time.monotonic() < callers.end - 3:
            time.sleep(2)
            kills += kill_one(running)
        for thread in threads:
            thread.join()
    assert callers.faults == []
    assert kills >= 3
    assert min(callers.answered[kind] for kind in REQUESTS) > 20


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
