"""
Handing a stage over to the fork server of `modelpress run`, where there is one.

DVC starts every stage as a program of its own; a program that finds the server's address in its
environment sends it the words it was called with and its three streams, and ends as the stage does.
"""

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path

ADDRESS = "MODELPRESS_FORK_SERVER"
"""Environment variable: the path of the server's socket."""

CRASHED = 70
STREAMS = (0, 1, 2)
LONGEST_REQUEST = 65_536


def hand_over(words: Sequence[str]) -> int | None:
    """Let the server run a command, and give its exit code; None where there is no server."""
    address = os.environ.get(ADDRESS)
    if not address:
        return None
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(address)
        except OSError:
            return None
        request = json.dumps({"words": list(words), "folder": str(Path.cwd())}).encode()
        try:
            socket.send_fds(line, [request], STREAMS)
            code = line.recv(1)
        except ConnectionError:
            return CRASHED
    # A stage that was killed has not said how it ended.
    return code[0] if code else CRASHED
