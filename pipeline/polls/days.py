"""
The polls of a model, a file a day: JSON lines while the day lasts, Parquet once it is over.

Whoever writes holds the folder's lock, and a file is only ever replaced whole: a process that is
killed leaves the old lines or the new ones. Parquet is read back before the lines go; if both are
there, together they are the day.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from pipeline.artifacts import shown, write_bytes, write_text
from pipeline.errors import DataError
from pipeline.polls.poll import Poll, line_of, merged, poll_in

_LOCK = ".lock.tmp"


class Days:
    """The folder of a model's polls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else writes here; the system lets go of a killed writer's lock."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def add(self, poll: Poll) -> bool:
        """Append a poll to its day; False if it is there already."""
        known = self.polls(poll.day)
        if any(poll.at == other.at for other in known):
            return False
        lines = merged([*_read_lines(self._lines(poll.day)), poll])
        write_text(self._lines(poll.day), "".join(f"{line_of(x)}\n" for x in lines))
        return True

    def compact(self, today: str) -> list[str]:
        """
        Turn the lines of every day before today into Parquet.

        Raises:
            DataError: A file is damaged, or Parquet does not give the polls back.
        """
        over = [day for day in self._named("jsonl") if day < today]
        for day in over:
            polls = self.polls(day)
            if polls:
                self._pack(day, polls)
            self._lines(day).unlink()
        return over

    def _pack(self, day: str, polls: list[Poll]) -> None:
        pack: Callable[[list[Poll]], bytes] = import_module("pipeline.polls.compact").packed
        write_bytes(self._parquet(day), pack(polls))
        if _read_parquet(self._parquet(day)) != polls:
            raise DataError(
                f"{shown(self._parquet(day))} does not give back the polls of its day",
                hint="the lines are still there; look at them, and at the disk",
            )

    def whole(self) -> list[str]:
        """Name the days that are over and packed, oldest first."""
        lines = set(self._named("jsonl"))
        return [day for day in self._named("parquet") if day not in lines]

    def known(self) -> list[str]:
        """Name all days, oldest first."""
        return sorted({*self._named("parquet"), *self._named("jsonl")})

    def polls(self, day: str) -> list[Poll]:
        """
        Read a day, oldest poll first.

        Raises:
            DataError: A file is damaged.
        """
        return merged([*_read_parquet(self._parquet(day)), *_read_lines(self._lines(day))])

    def packed(self, day: str) -> Path:
        """Name the file of a day that is over."""
        return self._parquet(day)

    def _named(self, suffix: str) -> list[str]:
        return sorted(path.stem for path in self._folder.glob(f"????-??-??.{suffix}"))

    def _lines(self, day: str) -> Path:
        return self._folder / f"{day}.jsonl"

    def _parquet(self, day: str) -> Path:
        return self._folder / f"{day}.parquet"


def _read_lines(path: Path) -> list[Poll]:
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line:
            try:
                found.append(poll_in(line))
            except (RecursionError, ValueError) as error:
                raise _damaged(f"{shown(path)}:{number}", error) from error
    return found


def _read_parquet(path: Path) -> list[Poll]:
    if not path.exists():
        return []
    # By name: who ingests a CSV file must not wait for Parquet.
    unpack: Callable[[bytes], list[Poll]] = import_module("pipeline.polls.compact").unpacked
    try:
        return unpack(path.read_bytes())
    except ValueError as error:
        raise _damaged(shown(path), error) from error


def _damaged(place: str, error: Exception) -> DataError:
    return DataError(f"this is no poll: {error}", hint="restore it from Git", path=place)
