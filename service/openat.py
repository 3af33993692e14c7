"""
Files opened by their name inside a folder that is open already, and never through a link.

What lies outside the first folder cannot be reached, whatever its files are called or become
between two looks. (The name is that of the system call.)
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelpress.errors import FileError

RESTORE = "restore it from Git"

_PLAIN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a named pipe waits for somebody to write into it.
_FILE, _FOLDER = _PLAIN | os.O_NONBLOCK, _PLAIN | os.O_DIRECTORY


@contextmanager
def inside(root: Path, *parts: str) -> Iterator[int]:
    """
    Open a folder below another one, step by step; the first alone may be a link.

    Raises:
        FileError: There is no such folder.
    """
    folder = _opened(str(root), _FOLDER & ~os.O_NOFOLLOW, None, root)
    try:
        for part in parts:
            outer, root = folder, root / part
            folder = _opened(part, _FOLDER, outer, root)
            os.close(outer)
        yield folder
    finally:
        os.close(folder)


def read_plain(folder: int, place: Path, most_bytes: int) -> bytes:
    """
    Read a file of the folder that is open; `place` says its name, and where that is for messages.

    Raises:
        FileError: It is not there, no plain file, too large, or has a second name.
    """
    descriptor = _opened(place.name, _FILE, folder, place)
    try:
        _refuse_odd(os.fstat(descriptor), place)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise FileError(f"`{place}` cannot be read: {error.strerror}", hint=RESTORE) from error
    finally:
        os.close(descriptor)
    if len(content) > most_bytes:
        raise FileError(f"`{place}` is larger than {most_bytes:,} bytes")
    return content


def _refuse_odd(found: os.stat_result, place: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise FileError(f"`{place}` is no plain file", hint=RESTORE)
    if found.st_nlink != 1:
        raise FileError(
            f"`{place}` has {found.st_nlink} names: whoever has another may change it",
            hint=RESTORE,
        )


def state(name: str, folder: int) -> tuple[int, int, int] | None:
    """Give what changes when a file does: inode, size and nanosecond; None if it is not there."""
    found = _look(name, folder)
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found else None


def folders(folder: int) -> list[str]:
    """Name the folders in a folder, links left out."""
    found = ((name, _look(name, folder)) for name in os.listdir(folder))
    return sorted(name for name, x in found if x and stat.S_ISDIR(x.st_mode))


def _look(name: str, folder: int | None) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None


def _opened(name: str, flags: int, folder: int | None, place: Path) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError as error:
        raise FileError(f"`{place}` does not exist") from error
    except OSError as error:
        found = _look(name, folder) if flags & os.O_NOFOLLOW else None
        # The system would speak of too many links, or of no folder.
        linked = found is not None and stat.S_ISLNK(found.st_mode)
        reason = "is a symbolic link" if linked else f"cannot be read: {error.strerror}"
        raise FileError(f"`{place}` {reason}", hint=RESTORE) from error
