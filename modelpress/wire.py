"""
Protobuf's wire format: the fields of one message, checked against what it may hold.

Nothing is decoded that nobody asks for, nothing is copied, and a message inside a message is a
`Span` that its reader opens or not: there is no recursion here. A reader that is stricter than
protobuf's own cannot be told another story than it: a field that is not known, that comes twice
where one counts, or that is of another type than it should be, is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from modelpress.errors import FileError

# A model of a thousand features has some ten thousand; each costs a microsecond.
MOST_FIELDS = 200_000

ONLY_OURS = "it was damaged, or not made by `modelpress`: restore it from Git, or retrain"

_LONGEST_VARINT = 10
_SIGN, _RANGE = 1 << 63, 1 << 64


class Wire(IntEnum):
    """How a field is written; groups, 3 and 4, are older than ONNX."""

    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    FIXED32 = 5


class Span(NamedTuple):
    """Where a value lies in the file."""

    start: int
    end: int


@dataclass(frozen=True)
class Kind:
    """
    What a message may hold, by the numbers of its fields.

    Attributes:
        once: What may come once, and how it is written.
        many: What may come again and again.
        bulk: Numbers and strings by the million, which are passed over.
        refused: What protobuf knows and we do not take, in words.
    """

    name: str
    once: Mapping[int, Wire]
    many: Mapping[int, Wire] = field(default_factory=dict)
    bulk: Mapping[int, Wire] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)


@dataclass
class Message:
    """
    What a message holds.

    Attributes:
        values: By number of the field: an integer if it is a varint, else its place.
    """

    values: dict[int, list[int | Span]] = field(default_factory=dict)

    def integers(self, number: int) -> list[int]:
        """Give the varints of a field."""
        return [x for x in self.values.get(number, []) if isinstance(x, int)]

    def integer(self, number: int) -> int:
        """Give a varint that may come once; 0 if it did not, as protobuf has it."""
        return next(iter(self.integers(number)), 0)

    def spans(self, number: int) -> list[Span]:
        """Give the places of a field's strings or messages."""
        return [x for x in self.values.get(number, []) if isinstance(x, Span)]


class Reader:
    """
    Reads the messages of one file.

    Args:
        content: The file.
        most_fields: How many fields its messages may have together, those in bulk apart.
    """

    def __init__(self, content: bytes, *, most_fields: int = MOST_FIELDS) -> None:
        self.content = content
        self._left = most_fields

    def text(self, span: Span) -> str:
        """Read a string; what is no UTF-8 is replaced."""
        return self.content[span.start : span.end].decode("utf-8", "replace")

    def message(self, span: Span, kind: Kind) -> Message:
        """
        Read the fields of a message.

        Raises:
            FileError: It is damaged, or holds what it may not.
        """
        message, at = Message(), span.start
        while at < span.end:
            key, value_at = self._varint(at, span.end)
            number, wire = key >> 3, key & 7
            if kind.bulk.get(number) == wire:
                at = self._skip(key, at, span.end)
                continue
            _refuse_unexpected(kind, number, wire, again=number in message.values)
            value, at = self._value(wire, value_at, span.end)
            message.values.setdefault(number, []).append(value)
        return message

    def varints(self, span: Span) -> int:
        """
        Count the varints that are packed into one field.

        Raises:
            FileError: One is too long, or cut off.
        """
        if _VARINTS.fullmatch(self.content, *span) is None:
            raise _damaged(span.start)
        return len(self.content[span.start : span.end].translate(None, _CONTINUED))

    def _value(self, wire: int, at: int, end: int) -> tuple[int | Span, int]:
        """Read a value, and where the next field begins."""
        self._left -= 1
        if self._left < 0:
            raise FileError("the model file has more parts than any model of ours", hint=ONLY_OURS)
        if wire == Wire.VARINT:
            return self._varint(at, end)
        size, at = self._varint(at, end) if wire == Wire.BYTES else (_SIZES[wire], at)
        if not 0 <= size <= end - at:
            raise _damaged(at)
        return Span(at, at + size), at + size

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Read a whole number of 64 bits, in two's complement."""
        found = 0
        for place in range(at, min(end, at + _LONGEST_VARINT)):
            byte = self.content[place]
            found |= (byte & 0x7F) << 7 * (place - at)
            if byte < 0x80:
                found %= _RANGE
                return found - _RANGE if found >= _SIGN else found, place + 1
        raise _damaged(at)

    def _skip(self, key: int, at: int, end: int) -> int:
        """Pass over a field as often as it comes in a row; a long string is a row of its own."""
        if run := _run_of(key).match(self.content, at, end):
            return run.end()
        _, at = self._varint(at, end)
        return self._value(key & 7, at, end)[1]


_SIZES: dict[int, int] = {Wire.FIXED64: 8, Wire.FIXED32: 4}
# All bytes of a varint but its last.
_CONTINUED = bytes(range(0x80, 0x100))
_VARINT = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
# Possessive, here and below: a match of millions of fields keeps none of them in mind.
_VARINTS = re.compile(rb"(?:%b)*+" % _VARINT)
_STRINGS = b"|".join(re.escape(bytes([size])) + rb".{%d}" % size for size in range(0x80))
_PATTERNS: dict[int, bytes] = {
    Wire.VARINT: _VARINT,
    Wire.FIXED32: rb".{4}",
    Wire.BYTES: rb"(?:%b)" % _STRINGS,
}


@cache
def _run_of(key: int) -> re.Pattern[bytes]:
    field_of = re.escape(bytes([key])) + _PATTERNS[key & 7]
    return re.compile(rb"(?:%b)++" % field_of, re.DOTALL)


def _refuse_unexpected(kind: Kind, number: int, wire: int, *, again: bool) -> None:
    if number in kind.refused:
        raise FileError(f"the model file has {kind.refused[number]}", hint=ONLY_OURS)
    if wire not in (kind.once.get(number), kind.many.get(number)):
        message = f"the model file has field {number} of type {wire} in {kind.name}"
        raise FileError(f"{message}, as no model of ours has", hint=ONLY_OURS)
    if again and number in kind.once:
        raise FileError(f"the model file says field {number} of {kind.name} twice", hint=ONLY_OURS)


def _damaged(at: int) -> FileError:
    return FileError(
        f"the model file is no ONNX: it breaks off, or is damaged, at byte {at:,}",
        hint="restore it from Git; a pointer of LFS or DVC: `git lfs pull`, `dvc pull`",
    )
