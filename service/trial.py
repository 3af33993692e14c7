"""
A trial run: bytes that nobody here vouches for answer their golden rows in a process of their own.

The guard tells what a graph is made of, not what it takes to run it: how much memory, how much
time, and whether onnxruntime survives. So a child tries first, with limits on all of that, a small
stack, and nothing of ours in its environment. Whatever becomes of it, this process goes on.

The child gets the golden rows as one line of JSON and then the file on its standard input, and
answers with one line of JSON on its standard output.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Timer
from typing import IO, Any, cast

from modelpress.encode import encode
from modelpress.errors import FileError, ModelError
from modelpress.golden import TOLERANCE, Golden, golden_distance
from modelpress.guard import refuse_unsafe
from modelpress.model import Model

_LONGEST_REPORT = 4096
_LONGEST_FAULT = 300
_HINT = "it is not loaded; if it is sound, it does not run on this machine: see its card"

# The child imports what this process would, from wherever that comes.
_START = "import sys; sys.path[:] = sys.argv[2:]; from service.trial import main; main()"
# Where the loader finds libraries; everything else may hold a secret.
_PASSED_ON = ("LD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Bounds:
    """
    What a trial run may take.

    Attributes:
        seconds: By the clock on the wall.
        processor: Seconds of a processor.
        memory: Bytes of address space.
        stack: Bytes; less than a thread of the service has, so that what passes here passes there.
        rows: How many rows it answers at once, after the golden rows.
    """

    seconds: float = 30.0
    processor: int = 20
    memory: int = 2 << 30
    stack: int = 2 << 20
    rows: int = 500


BOUNDS = Bounds()


def trial(content: bytes, golden: Sequence[Golden], bounds: Bounds = BOUNDS) -> None:
    """
    Refuse a model file that does not answer its golden rows, whatever it does instead.

    Args:
        content: The file; the guard looks at it first.
        golden: The rows of its card, with the answers that they got when it was exported.
        bounds: What the child may take.

    Raises:
        FileError: It is unsafe, or it crashed, hung, took too much, or answered otherwise.
    """
    if not isinstance(golden, list) or not golden:
        raise FileError("its card has no golden rows", hint="nothing says what it should answer")
    refuse_unsafe(content)
    line = json.dumps(golden).encode() + b"\n"
    report = _report_of(line + content, bounds)
    distance = report.get("distance")
    if not isinstance(distance, float) or not distance <= TOLERANCE:
        shown = f"{distance:.2g}" if isinstance(distance, float) else "not a number"
        raise FileError(f"its golden rows are answered otherwise: off by {shown}", hint=_HINT)


def _report_of(request: bytes, bounds: Bounds) -> dict[str, Any]:
    """Run the child; give its report, or refuse the file for what became of it."""
    late = Event()
    with _start(bounds) as child:
        timer = Timer(bounds.seconds, _end, (child, late))
        timer.start()
        try:
            answer = _exchange(child, request)
            code = child.wait()
        finally:
            timer.cancel()
            child.kill()
    if late.is_set():
        raise FileError(f"its trial run had no end after {bounds.seconds:g} seconds", hint=_HINT)
    return _read(answer, code)


def _start(bounds: Bounds) -> subprocess.Popen[bytes]:
    paths = [path for path in sys.path if Path(path).is_absolute()]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _START, json.dumps(asdict(bounds)), *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.sep,
            env={x: os.environ[x] for x in _PASSED_ON if x in os.environ} | _ONE_THREAD,
            start_new_session=True,
        )
    except OSError as error:
        raise FileError(f"its trial run cannot be started: {error}") from error


def _end(child: subprocess.Popen[bytes], late: Event) -> None:
    late.set()
    child.kill()


def _exchange(child: subprocess.Popen[bytes], request: bytes) -> bytes:
    """Hand over the request, and read until the child has nothing more to say, or too much."""
    stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    # A child that has ended reads nothing more; its code says why.
    with contextlib.suppress(BrokenPipeError):
        stdin.write(request)
    with contextlib.suppress(BrokenPipeError):
        stdin.close()
    answer = stdout.read(_LONGEST_REPORT)
    if len(answer) == _LONGEST_REPORT:
        child.kill()
    return answer


def _read(answer: bytes, code: int) -> dict[str, Any]:
    try:
        report = json.loads(answer)
    except (RecursionError, ValueError):
        report = None
    if isinstance(report, dict) and "fault" in report:
        raise FileError(f"it fails in its trial run: {report['fault']}", hint=_HINT)
    if code < 0:
        name = signal.strsignal(-code) or str(-code)
        raise FileError(f"its trial run was ended by the system: {name.lower()}", hint=_HINT)
    if not isinstance(report, dict) or code:
        raise FileError(f"its trial run ended with code {code} and no report", hint=_HINT)
    return report


def main() -> None:
    """Be the child."""
    bounds = Bounds(**json.loads(sys.argv[1]))
    _bind(bounds)
    sys.excepthook = _report_fault
    golden = json.loads(sys.stdin.buffer.readline())
    model = Model(sys.stdin.buffer.read())
    distance = golden_distance(model, golden)
    rows = [entry["row"] for entry in golden]
    many = rows * (bounds.rows // len(rows) + 1)
    model.answer(encode(model.signature, many[: bounds.rows]))
    _report({"distance": distance if math.isfinite(distance) else None})


def _bind(bounds: Bounds) -> None:
    import resource  # noqa: PLC0415 - where there is none, the child fails and nothing else does

    limits = {
        resource.RLIMIT_AS: bounds.memory,
        resource.RLIMIT_CPU: bounds.processor,
        resource.RLIMIT_STACK: bounds.stack,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        last = most + 1 if hard == resource.RLIM_INFINITY else min(most + 1, hard)
        # The system warns of the first with a signal of its own, and kills at the last.
        resource.setrlimit(kind, (min(most, last), last))
    # Its parent may be gone by then.
    signal.alarm(math.ceil(bounds.seconds) + 1)


def _report_fault(kind: type[BaseException], error: BaseException, _: object) -> None:
    said = error.message if isinstance(error, ModelError) else f"{kind.__name__}: {error}"
    _report({"fault": " ".join(said.split())[:_LONGEST_FAULT]})


def _report(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
