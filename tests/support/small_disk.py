"""A disk of some pages, which can be filled and made larger."""

import os
import subprocess
import sys
from pathlib import Path

PAGE = 4096
ROOMY = 1024
"""Pages of a new one."""
CLOCK = {"SOURCE_DATE_EPOCH": "1780000000"}
"""The moment at which its verbs run."""


class Disk:
    """
    A tmpfs that only a namespace of its own sees, and we through /proc.

    Args:
        folder: Where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        size = f"-o size={ROOMY * PAGE}"
        mount = f"mount -t tmpfs {size} none '{folder}' && echo mounted && exec sleep infinity"
        self.holder = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.holder.stdout
        assert self.holder.stdout.readline() == "mounted\n"
        self.seen = Path(f"/proc/{self.holder.pid}/root{folder}")

    @property
    def enter(self) -> list[str]:
        """Words before those of a program that is to see the disk."""
        target = f"--target={self.holder.pid}"
        return ["nsenter", "--preserve-credentials", "--user", "--mount", target]

    def inside(self, *words: str, within: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program that sees the disk."""
        go = 'cd "$0" && exec "$@"'
        return subprocess.run(
            [*self.enter, "sh", "-c", go, self.folder / within, *words],
            env={**os.environ, **CLOCK, "DVC_NO_ANALYTICS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def verb(self, *words: str, within: str = "") -> subprocess.CompletedProcess[str]:
        """Run a verb on it, in one of its folders."""
        return self.inside(sys.executable, "-m", "pipeline", *words, within=within)

    @property
    def used(self) -> int:
        """How many pages are taken."""
        found = os.statvfs(self.seen)
        return found.f_blocks - found.f_bfree

    def resize(self, pages: int) -> None:
        """Let it have so many pages."""
        done = self.inside("mount", "-o", f"remount,size={pages * PAGE}", str(self.folder))
        assert done.returncode == 0, done.stderr

    def leave(self) -> None:
        """Let it go."""
        self.holder.kill()
        self.holder.communicate()
