"""Resolve the dependencies of `pyproject.toml` into the lock files: hashes, and no address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _extras(*names: str) -> list[str]:
    return [word for name in names for word in ("--extra", name)]


# The fullest first: each other is a part of it, at the same versions.
LOCKS = {
    "dev": _extras("pipeline", "sign", "dask", "service", "site", "dev"),
    "sign": _extras("sign"),
    "service": _extras("service"),
    "site": _extras("pipeline", "site"),
    "pipeline": _extras("pipeline"),
    "runtime": [],
}
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
    *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"),
)


def main() -> None:
    """Write one lock file per way of installing."""
    before: list[str] = []
    for name, extras in LOCKS.items():
        target = f"requirements/{name}.lock"
        _compile("pyproject.toml", target, *extras, *before)
        before = before or ["--constraint", target]
    _compile("requirements/build.in", "requirements/build.lock")


def _compile(source: str, target: str, *more: str) -> None:
    command = ["uv", "pip", "compile", source, "--output-file", target, *OPTIONS, *more]
    subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]], cwd=ROOT, check=True
    )


if __name__ == "__main__":
    main()
