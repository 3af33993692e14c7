"""How a service ends, and how it survives the end of a worker."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from serving import PATIENCE, ROWS, Running, checkout, serving

IRIS = ROWS["iris"]


def children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8")
    return [int(x) for x in listed.split()]


def workers(running: Running) -> list[int]:
    """The processes that listen: multiprocessing has a helper of its own."""
    told = []
    for one in children(running.process.pid):
        command = Path(f"/proc/{one}/cmdline").read_bytes()
        if b"spawn_main" in command:
            told.append(one)
    return told


@pytest.mark.parametrize("held", ["nothing", "headers", "a body", "a reply that is not read"])
def test_a_signal_ends_it_within_its_time(tmp_path: Path, held: str) -> None:
    with serving(checkout(tmp_path, "iris"), "--drain", "2", "--deadline", "60") as running:
        running.predict("iris", IRIS)
        parts = {
            "headers": b"POST /models/iris/predict HTTP/1.1\r\nHost: x\r\n",
            "a body": b"POST /models/iris/predict HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: 99999\r\n\r\n{",
            "a reply that is not read": b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 2000,
        }
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.settimeout(0)
            if held in parts:
                connection.send(parts[held])
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(PATIENCE) in (0, -signal.SIGTERM)
    assert "Traceback" not in running.said()


def test_a_request_that_is_being_answered_is_answered_to_its_end(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris"), "--debug", "yes", "--drain", "20") as running:
        running.ask("POST", "/debug/fault?delay=2s")
        answers: list[int] = []
        asking = threading.Thread(
            target=lambda: answers.append(running.predict("iris", IRIS).status)
        )
        asking.start()
        time.sleep(1)
        running.process.send_signal(signal.SIGTERM)
        asking.join(PATIENCE)
    assert answers == [200]


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris"), "--workers", "2") as running:
        running.wait_for("readiness", "/health", lambda x: x["ready"])
        end = time.monotonic() + PATIENCE
        while len(workers(running)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        before = workers(running)
        os.kill(before[0], signal.SIGKILL)
        while time.monotonic() < end:
            now = workers(running)
            if len(now) == 2 and before[0] not in now:
                break
            time.sleep(0.05)
        assert len(workers(running)) == 2
        running.client.close()
        assert running.predict("iris", IRIS).status == 200


def test_silent_connections_keep_nobody_out(fast: Running) -> None:
    silent = [socket.create_connection(("127.0.0.1", fast.port)) for _ in range(200)]
    try:
        assert fast.predict("iris", IRIS).status == 200
    finally:
        for one in silent:
            one.close()


def test_a_wrong_setting_is_refused_by_name(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="MODELPRESS_RATE: `many` is not usable"),
        serving(checkout(tmp_path, "iris"), MODELPRESS_RATE="many"),
    ):
        pass


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris")) as running:
        done = subprocess.run(
            [sys.executable, "-m", "service", "--port", str(running.port), "--root", tmp_path],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode != 0
    assert "address already in use" in done.stderr
