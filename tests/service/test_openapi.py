"""The description is true: every example works, and schemathesis finds nothing that is not told."""

import os
import subprocess
import sys
from pathlib import Path

from serving import Running, checkout, serving


def test_every_example_works_when_it_is_pasted(service: Running) -> None:
    paths = service.get("/openapi.json").json["paths"]
    asked = 0
    for path, methods in paths.items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            reply = service.ask(method.upper(), path, content.get("example"))
            assert reply.status == 200, (path, reply.body)
            asked += bool(content)
    assert asked == 12


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """All of its checks, each phase, against the running service."""
    program = Path(sys.executable).parent / "schemathesis"
    with serving(checkout(tmp_path, "iris", "spam", "bikes-count")) as running:
        done = subprocess.run(
            [
                *(str(program), "run", f"http://127.0.0.1:{running.port}/openapi.json"),
                *("--checks", "all", "--max-examples", "40", "--seed", "7", "--no-color"),
                *("--exclude-checks", "unsupported_method", "--suppress-health-check", "all"),
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "default"},
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "Traceback" not in running.said()
        assert running.get("/health").status == 200
