"""
A CSV file of any size, a bounded number of rows and characters at a time.

What cannot be cut into the header's fields is refused row by row, with its line; the file as a
whole is refused only for its header.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pipeline.artifacts import shown
from pipeline.errors import DataError
from pipeline.score.chunk import Chunk, Position, Reject
from pipeline.score.header import Columns
from pipeline.score.plain import first_lines, read_plain

ROWS = 8192
_CHARACTERS = 4_000_000
# A quote that nobody closes would otherwise take the rest of the file with it.
_LONGEST = 1024 * 1024
_LONGEST_SHOWN = 80

Choose = Callable[[Sequence[str]], Columns]


class _Lines:
    """The lines of a file as `csv.reader` takes them, counted."""

    def __init__(self, file: BinaryIO, position: Position) -> None:
        file.seek(position.offset)
        self._file, self.offset, self.line = file, position.offset, position.line
        self.damaged = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._file.readline(_LONGEST)
        if not raw:
            raise StopIteration
        self.offset += len(raw)
        self.line += 1
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.damaged = True
            return raw.decode("utf-8", "backslashreplace")


@dataclass
class _Piece:
    """A chunk in the making."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    characters: int = 0

    @property
    def full(self) -> bool:
        return len(self) >= ROWS or self.characters >= _CHARACTERS

    def __len__(self) -> int:
        return len(self.rows) + len(self.rejects)


class CsvInput:
    """
    Opens a file and reads its header.

    Args:
        path: The file.
        choose: Finds the model's columns in a header.

    Raises:
        DataError: There is no file, no header, or not the model's columns.
    """

    def __init__(self, path: Path, choose: Choose) -> None:
        self._path, self.size = path, path.stat().st_size
        csv.field_size_limit(_LONGEST)
        with path.open("rb") as file:
            lines = _Lines(file, Position())
            self._header = self._read_header(lines)
            self.start = Position(0, lines.offset, lines.line)
        self.columns = columns = choose(self._header)
        self._features = [self._header.index(name) for name in columns.features]
        self._row_id = self._header.index(columns.row_id) if columns.row_id else None

    def share(self, position: Position) -> float:
        """How much of the input lies before a position, 0 to 1."""
        return position.offset / self.size if self.size else 1.0

    def chunks(self, position: Position) -> Iterator[Chunk]:
        """Read from a position on to the end."""
        with self._path.open("rb") as file:
            while chunk := self._plain(file, position) or self._any(file, position):
                yield chunk
                position = chunk.end

    def _plain(self, file: BinaryIO, position: Position) -> Chunk | None:
        """Read rows of which none is remarkable, the fast way."""
        file.seek(position.offset)
        block = file.read(_CHARACTERS)
        last = position.offset + len(block) >= self.size
        lines = first_lines(block, ROWS, last=last, longest=_LONGEST)
        plain = read_plain(lines, self._header, self.columns) if lines else None
        if plain is None:
            return None
        numbers = range(position.rows + 1, position.rows + plain.rows + 1)
        row_ids = plain.row_ids or [f"r{number:06d}" for number in numbers]
        end = Position(
            position.rows + plain.rows, position.offset + plain.length, position.line + plain.rows
        )
        return Chunk(range(position.line + 1, end.line + 1), row_ids, plain.features, [], end)

    def _any(self, file: BinaryIO, position: Position) -> Chunk | None:
        """Read rows one by one; None at the end of the file."""
        lines = _Lines(file, position)
        piece = self._piece(csv.reader(lines, strict=True), lines)
        end = Position(position.rows + len(piece), lines.offset, lines.line)
        return self._chunk(piece, position.rows, end) if len(piece) else None

    def _read_header(self, lines: _Lines) -> list[str]:
        try:
            header = next(csv.reader(lines, strict=True), [])
        except csv.Error as error:
            raise DataError(f"line 1: {error}", path=shown(self._path)) from error
        if lines.damaged:
            raise DataError(
                "the header is not UTF-8",
                hint="`modelpress ingest` brings tables of other encodings in",
                path=shown(self._path),
            )
        if not header:
            raise DataError("there is no header", path=shown(self._path))
        return [header[0].removeprefix("\ufeff"), *header[1:]]

    def _piece(self, reader: "Iterator[list[str]]", lines: _Lines) -> _Piece:
        piece, width = _Piece(), len(self._header)
        while not piece.full:
            begin, offset = lines.line + 1, lines.offset
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                piece.rejects.append(_unreadable(begin, lines.line, str(error)))
                lines.damaged = False
                continue
            if len(row) == width and not lines.damaged:
                piece.lines.append(begin)
                piece.rows.append(row)
                piece.characters += lines.offset - offset
            elif row:
                piece.rejects.append(self._refused(begin, row, damaged=lines.damaged))
                lines.damaged = False
        return piece

    def _refused(self, line: int, row: list[str], *, damaged: bool) -> Reject:
        fits = len(row) == len(self._header)
        row_id = row[self._row_id] if fits and self._row_id is not None else ""
        reason = (
            "not UTF-8" if damaged else f"{len(row)} fields, the header has {len(self._header)}"
        )
        return Reject(line, row_id, "", ",".join(row)[:_LONGEST_SHOWN], reason)

    def _chunk(self, piece: _Piece, before: int, end: Position) -> Chunk:
        columns = list(zip(*piece.rows, strict=True)) or [()] * len(self._header)
        if self._row_id is None:
            row_ids: Sequence[str] = numbered(before, piece.lines, piece.rejects)
        else:
            row_ids = columns[self._row_id]
        features = [columns[place] for place in self._features]
        return Chunk(piece.lines, row_ids, features, piece.rejects, end)


def numbered(before: int, lines: Sequence[int], rejects: Sequence[Reject]) -> list[str]:
    """Number rows as `prepare` does; the refused ones between them count."""
    taken = sorted([*lines, *(reject.line for reject in rejects)])
    number = {line: before + index for index, line in enumerate(taken, 1)}
    return [f"r{number[line]:06d}" for line in lines]


def _unreadable(begin: int, end: int, reason: str) -> Reject:
    span = f"; lines {begin} to {end} are lost" if end > begin else ""
    return Reject(begin, "", "", "", f"{reason}{span}")
