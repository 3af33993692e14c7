"""
The fork server of `modelpress run`: stages start warm.

Importing scikit-learn, its converters and skops takes seconds, and DVC starts a program per stage.
This process imports them once and forks for every stage that is handed over to it; a fork starts in
milliseconds, and shares nothing that another could see. It ends when its standard input does, so it
cannot outlive the run that started it.

    python -m pipeline.forkserver SOCKET
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from importlib import import_module

from pipeline.cli import WRONG, main
from pipeline.handover import CRASHED, LONGEST_REQUEST, STREAMS

_STAGES = ("prepare", "train", "export", "evaluate", "gate")


def serve(listener: socket.socket) -> None:
    """Fork for every request, until standard input ends."""
    for stage in _STAGES:
        import_module(f"pipeline.{stage}")
    # What is imported stays as it is: a fork's garbage collector must not touch, and so copy, it.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        line, _ = listener.accept()
        with line:
            if os.fork() == 0:
                listener.close()
                _end(line, _stage(line))


def _stage(line: socket.socket) -> int:
    """Be the program that asked: its words, its folder, its streams."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, streams, _, _ = socket.recv_fds(line, LONGEST_REQUEST, len(STREAMS))
    for given, wanted in zip(streams, STREAMS, strict=True):
        os.dup2(given, wanted)
        os.close(given)
    asked = json.loads(request)
    os.chdir(asked["folder"])
    try:
        return main(asked["words"])
    except SystemExit as end:  # argparse has said what is wrong
        return end.code if isinstance(end.code, int) else WRONG


def _end(line: socket.socket, code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    line.sendall(bytes([code]))
    os._exit(code)


def _crash(kind: type[BaseException], *rest: object) -> None:
    """Show a defect of ours with its traceback; the fork must not become a second server."""
    sys.__excepthook__(kind, *rest)  # type: ignore[arg-type] # the hook's own arguments
    sys.stderr.flush()
    os._exit(CRASHED)


if __name__ == "__main__":
    sys.excepthook = _crash
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(sys.argv[1])
        own.listen()
        serve(own)
