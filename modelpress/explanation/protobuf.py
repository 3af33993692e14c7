"""
The wire format of Protocol Buffers, as much of it as an ONNX file needs.

https://protobuf.dev/programming-guides/encoding. The runtime has no package that reads it, and
onnxruntime tells names and shapes, but no weights.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Value = int | memoryview

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10


class Message:
    """
    The fields of a message by number; embedded messages are read when they are asked for.

    Args:
        content: Its bytes, which are not copied.

    Raises:
        ValueError: They are no message, or, in a method, a field is not of the kind asked for.
    """

    def __init__(self, content: bytes | memoryview) -> None:
        self._fields: dict[int, list[Value]] = {}
        for number, value in _fields(memoryview(content)):
            self._fields.setdefault(number, []).append(value)

    def blocks(self, number: int) -> list[memoryview]:
        """Give the bytes of a field, each time that it occurs."""
        found = []
        for value in self._fields.get(number, ()):
            if isinstance(value, int):
                raise ValueError(f"field {number} is a number")  # noqa: TRY004 - of damaged bytes
            found.append(value)
        return found

    def messages(self, number: int) -> list["Message"]:
        """Read a field of messages."""
        return [Message(block) for block in self.blocks(number)]

    def texts(self, number: int) -> list[str]:
        """Read a field of strings."""
        return [str(block, "utf-8") for block in self.blocks(number)]

    def integers(self, number: int) -> list[int]:
        """Read a field of 64-bit integers, packed or not."""
        found: list[int] = []
        for value in self._fields.get(number, ()):
            found += [value] if isinstance(value, int) else _varints(value)
        return [x - 2**64 if x >= 2**63 else x for x in found]

    def floats(self, number: int) -> NDArray[np.float32]:
        """Read a field of 32-bit numbers, packed or not."""
        return np.frombuffer(b"".join(self.blocks(number)), "<f4")


def embedded(number: int, content: bytes) -> bytes:
    """Write a field of bytes, or of a message."""
    return _written(number << 3 | _BYTES) + _written(len(content)) + content


def _fields(content: memoryview) -> Iterator[tuple[int, Value]]:
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(content, position)
            yield number, value
            continue
        size, position = _size(content, position, kind)
        start, position = position, position + size
        if position > len(content):
            raise ValueError(f"field {number} ends beyond its message")
        yield number, content[start:position]


def _size(content: memoryview, position: int, kind: int) -> tuple[int, int]:
    if kind in _SIZES:
        return _SIZES[kind], position
    if kind != _BYTES:
        raise ValueError(f"wire type {kind} is none of ONNX")
    return _varint(content, position)


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * _LONGEST_VARINT, 7):
        if position >= len(content):
            break
        byte = content[position]
        position += 1
        if byte < 0x80:
            return (value | byte << shift) % 2**64, position
        value |= (byte & 0x7F) << shift
    raise ValueError("a number does not end")


def _varints(content: memoryview) -> list[int]:
    found, position = [], 0
    while position < len(content):
        value, position = _varint(content, position)
        found.append(value)
    return found


def _written(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))
