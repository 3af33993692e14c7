"""The one place that starts DVC."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import write_text
from pipeline.errors import RunError

_WITHOUT_GIT = "[core]\n    no_scm = true\n"


def environment(root: Path) -> dict[str, str]:
    """Make `modelpress` findable for the stages, and keep DVC to itself."""
    programs = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(_private(root) / "dvc"),
    }


def _private(root: Path) -> Path:
    """Make a folder that nobody else enters: DVC unpickles what it finds in its site cache."""
    folder = root / ".dvc" / "site"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def settle_without_git(root: Path) -> bool:
    """Tell DVC, which wants a Git repository, that there is none; True if there is one."""
    local = root / ".dvc" / "config.local"
    if (root / ".git").exists():
        return True
    if not local.exists():
        write_text(local, _WITHOUT_GIT)
    return False


def forget_the_dead(root: Path) -> None:
    """
    Take those who were killed off DVC's list of who reads and writes what.

    DVC does so itself unless their number has been given to another process since, which a busy
    machine does within minutes. It also writes the list in place, and refuses to start as long as
    it is no JSON: then nobody is on it, for whoever calls this holds the run's own lock.
    """
    place = root / ".dvc" / "tmp" / "rwlock"
    try:
        listed = json.loads(place.read_bytes())
        writing = {name: one for name, one in listed.get("write", {}).items() if _lives(one)}
        reading = {name: [*filter(_lives, some)] for name, some in listed.get("read", {}).items()}
    except FileNotFoundError:
        return
    except (ValueError, LookupError, TypeError, AttributeError):
        place.unlink(missing_ok=True)
        return
    left = {"write": writing, "read": {name: some for name, some in reading.items() if some}}
    if left != {"write": {}, "read": {}, **listed}:
        write_text(place, json.dumps(left))


def _lives(entry: dict[str, Any]) -> bool:
    """Whether the process of an entry is still the one that wrote it down."""
    import psutil  # noqa: PLC0415 - only after a run that was killed

    try:
        running = " ".join(psutil.Process(entry["pid"]).cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    # It wrote down its arguments; a process that is dead and not yet buried has none.
    return running.endswith(" ".join(entry["cmd"].split()[1:])) and bool(running)


def call(root: Path, *words: str) -> str:
    """
    Run a DVC command and give what it printed.

    Raises:
        RunError: It failed; the message is DVC's own.
    """
    done = subprocess.run(
        _command(*words),
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RunError(
            f"`dvc {' '.join(words)}` failed: {_last_error(done.stderr)}",
            hint=f"`dvc {words[0]} -v` says more",
        )
    return done.stdout


def status(root: Path) -> dict[str, list[Any]]:
    """
    Ask what has changed since `dvc.lock`: stages, each with its changes.

    Raises:
        RunError: DVC cannot say.
    """
    changed: dict[str, list[Any]] = json.loads(call(root, "status", "--json"))
    return changed


def has_remote(root: Path) -> bool:
    """Whether a default remote is set up."""
    return "core.remote=" in call(root, "config", "--list")


def reproduce(
    root: Path, targets: list[str], more: Mapping[str, str], *, force: bool
) -> Iterator[str | int]:
    """
    Run stages and what they depend on; yields each line they print, at last the exit code.

    What an earlier stage made and the cache no longer has is made again: `--allow-missing` would
    leave it out, and the next stage without its input.
    """
    options = ["--force"] if force else []
    with subprocess.Popen(
        _command("repro", *options, *targets),
        cwd=root,
        env={**environment(root), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        if process.stdout is None:  # pragma: no cover - PIPE gives one
            raise AssertionError
        for line in process.stdout:
            yield line.rstrip("\n")
        yield process.wait()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "dvc", "--wait-for-lock", *words]


def _last_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("ERROR:")]
    if lines:
        return lines[-1].removeprefix("ERROR: ")
    # Of a file that it cannot parse, DVC shows name, fault and lines, in this order.
    told = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(told[:2]) or "dvc failed without a word"
