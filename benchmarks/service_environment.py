"""A virtual environment of a server of `benchmarks/service.py`."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_VERSIONS = """
import sys
from importlib.metadata import version
print(", ".join(f"{name} {version(name)}" for name in sys.argv[1:]))
"""
# What makes environments is no part of what was asked for.
_TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack")


class Environment(NamedTuple):
    """
    A folder with Python and packages.

    Attributes:
        root: What the names of lock files begin at.
    """

    folder: Path
    root: Path

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    def install(self, packages: Sequence[str]) -> str:
        """Make it, unless it is there; returns why it could not be."""
        done, wanted = self.folder / ".installed", self._digest(packages)
        if done.exists() and done.read_text("utf-8") == wanted:
            return ""
        shutil.rmtree(self.folder, ignore_errors=True)
        make = [sys.executable, "-m", "venv", str(self.folder)]
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for words in (make, [*pip, *packages]):
            told = subprocess.run(words, cwd=self.root, text=True, capture_output=True, check=False)
            if told.returncode:
                lines = [x for x in told.stderr.splitlines() if "WARNING" not in x]
                return lines[-1] if lines else f"`{words[3]}` failed"
        done.write_text(wanted, "utf-8")
        return ""

    def _digest(self, packages: Sequence[str]) -> str:
        locks = [self.root / name for name in packages if name.endswith(".lock")]
        content = "".join([*packages, *(file.read_text("utf-8") for file in locks)])
        return hashlib.sha256(content.encode()).hexdigest()

    def versions(self, names: Sequence[str]) -> str:
        """Name the versions of packages."""
        words = [str(self.python), "-c", _VERSIONS, *names]
        return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def megabytes(self) -> float:
        """Measure on the disk what was installed."""
        packages = next((self.folder / "lib").glob("python*")) / "site-packages"
        files = (x for x in packages.rglob("*") if x.is_file() and not x.is_symlink())
        own = (x for x in files if not x.relative_to(packages).parts[0].startswith(_TOOLS))
        return sum(512 * x.stat().st_blocks for x in own) / 1e6
