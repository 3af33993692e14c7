"""
The tensors of the Open Inference Protocol v2: JSON, and the binary tensor extension.

A model has one tensor of shape `[rows, 1]` per input; `[rows]` is taken, too. Numbers come in any
width and are answered at 32 bits; words are BYTES. NaN, or `null` in JSON, is a missing value.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.encode import Row
from modelpress.signature import Input, Signature
from service.problem import Problem
from service.rows import read_json

NUMBERS: dict[str, type[np.generic]] = {
    "FP32": np.float32,
    "FP64": np.float64,
    "FP16": np.float16,
    **{f"INT{bits}": np.dtype(f"int{bits}").type for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": np.dtype(f"uint{bits}").type for bits in (8, 16, 32, 64)},
}
WORDS = "BYTES"


@dataclass(frozen=True)
class Wanted:
    """An output that is asked for."""

    name: str
    binary: bool


@dataclass(frozen=True)
class Inference:
    """
    A request, read.

    Attributes:
        outputs: Which outputs to answer; empty: all.
        binary: Whether outputs that say nothing of it come as bytes.
    """

    rows: list[Row]
    outputs: tuple[Wanted, ...]
    id: str | None
    binary: bool


def read_inference(body: bytes, header: str | None, signature: Signature, most: int) -> Inference:
    """
    Read a request.

    Args:
        body: JSON, and after it the bytes of binary tensors.
        signature: Of the model that is asked.
        header: The value of `Inference-Header-Content-Length`: how many bytes are JSON.
        most: Rows that are allowed.

    Raises:
        Problem: 400 or 422, naming the tensor and what it should be.
    """
    length = _length(header, body)
    found = _object(read_json(body[:length]), "the request")
    inputs = found.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(x, dict) for x in inputs):
        raise Problem(400, "`inputs` is no list of tensors")
    columns = dict(_columns(inputs, memoryview(body)[length:], signature))
    binary = bool(_parameters(found).get("binary_data_output", False))
    return Inference(
        _rows(columns, signature, most),
        _wanted(found, signature, binary=binary),
        _id(found),
        binary,
    )


def _length(header: str | None, body: bytes) -> int:
    if header is None:
        return len(body)
    if not header.isascii() or not header.isdigit() or int(header) > len(body):
        detail = f"Inference-Header-Content-Length is `{header[:40]}`, of {len(body):,} bytes"
        raise Problem(400, detail)
    return int(header)


def _id(found: Mapping[str, Any]) -> str | None:
    name = found.get("id")
    if name is not None and not isinstance(name, str):
        raise Problem(400, "`id` is no text")
    return name


def _object(found: object, what: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Problem(400, f"{what} is no object")
    return found


def _parameters(found: Mapping[str, Any]) -> dict[str, Any]:
    told = found.get("parameters")
    return {} if told is None else _object(told, "`parameters`")


def _columns(
    tensors: list[dict[str, Any]], rest: memoryview, signature: Signature
) -> Iterator[tuple[str, list[Any]]]:
    fields, seen = {field.name: field for field in signature.inputs}, set()
    for tensor in tensors:
        name = tensor.get("name")
        if not isinstance(name, str) or name not in fields:
            known = ", ".join(fields)
            raise Problem(422, f"there is no input `{str(name)[:80]}`", hint=f"there are {known}")
        if name in seen:
            raise Problem(422, f"input `{name}` stands twice")
        seen.add(name)
        size = _parameters(tensor).get("binary_data_size")
        part, rest = _part(rest, size, name)
        yield name, _column(tensor, part, fields[name])
    if len(rest):
        raise Problem(400, f"{len(rest):,} bytes belong to no tensor")
    if lacking := [name for name in fields if name not in seen]:
        raise Problem(422, f"input `{lacking[0]}` is absent", hint="give every input")


def _part(rest: memoryview, size: object, name: str) -> tuple[memoryview | None, memoryview]:
    if size is None:
        return None, rest
    if type(size) is not int or not 0 <= size <= len(rest):
        raise Problem(
            400, f"input `{name}`: `binary_data_size` is {str(size)[:40]}, of {len(rest):,}"
        )
    return rest[:size], rest[size:]


def _column(tensor: dict[str, Any], part: memoryview | None, field: Input) -> list[Any]:
    rows, datatype = _shape(tensor, field), tensor.get("datatype")
    allowed = NUMBERS if field.kind == "numeric" else (WORDS,)
    if not isinstance(datatype, str) or datatype not in allowed:
        detail = f"input `{field.name}`: datatype `{str(datatype)[:40]}`"
        raise Problem(422, detail, hint=f"one of {', '.join(allowed)}")
    values = (
        _json_values(tensor, field) if part is None else _READ[datatype == WORDS](part, datatype)
    )
    if len(values) != rows:
        detail = f"input `{field.name}`: {len(values):,} values for a shape of {rows:,} rows"
        raise Problem(422, detail)
    return values


def _shape(tensor: dict[str, Any], field: Input) -> int:
    shape: Any = tensor.get("shape")
    fits = isinstance(shape, list) and all(type(x) is int and x >= 0 for x in shape)
    if not fits or len(shape) not in (1, 2) or shape[1:] not in ([], [1]):
        detail = f"input `{field.name}`: shape `{str(shape)[:40]}`"
        raise Problem(422, detail, hint="[rows, 1] or [rows]")
    rows: int = shape[0]
    return rows


def _json_values(tensor: dict[str, Any], field: Input) -> list[Any]:
    data = tensor.get("data")
    if not isinstance(data, list):
        raise Problem(422, f"input `{field.name}`: `data` is no list")
    nested = [x for x in data if isinstance(x, list)]
    if nested and (len(nested) != len(data) or any(len(x) != 1 for x in nested)):
        raise Problem(422, f"input `{field.name}`: `data` has another shape than [rows, 1]")
    return [x[0] for x in data] if nested else data


def _numbers(part: memoryview, datatype: str) -> list[Any]:
    kind = np.dtype(NUMBERS[datatype]).newbyteorder("<")
    if len(part) % kind.itemsize:
        raise Problem(400, f"{len(part):,} bytes are no whole number of {datatype}")
    values = np.frombuffer(part, kind).tolist()
    # NaN is the one number that is not itself.
    return [x if x == x else None for x in values]  # noqa: PLR0124 - see above


def _words(part: memoryview, _datatype: str) -> list[Any]:
    words, at = [], 0
    while at < len(part):
        end = at + 4
        length = struct.unpack_from("<I", part, at)[0] if end <= len(part) else -1
        if length < 0 or end + length > len(part):
            raise Problem(400, "a BYTES tensor is cut within a word")
        words.append(_text(bytes(part[end : end + length])))
        at = end + length
    return words


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Problem(
            422, f"a word of a BYTES tensor is not UTF-8 at byte {error.start:,}"
        ) from error


_READ: dict[bool, Callable[[memoryview, str], list[Any]]] = {False: _numbers, True: _words}


def _rows(columns: dict[str, list[Any]], signature: Signature, most: int) -> list[Row]:
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise Problem(422, f"the inputs have {' and '.join(map(str, sorted(lengths)))} rows")
    if (rows := lengths.pop()) > most:
        raise Problem(413, f"{rows:,} rows; {most:,} are allowed", hint="ask in parts")
    names = [field.name for field in signature.inputs]
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(columns[name] for name in names), strict=True)
    ]


def _wanted(found: Mapping[str, Any], signature: Signature, *, binary: bool) -> tuple[Wanted, ...]:
    outputs, known = found.get("outputs"), output_names(signature)
    if outputs is None:
        return ()
    if not isinstance(outputs, list):
        raise Problem(400, "`outputs` is no list")
    wanted = []
    for output in outputs:
        name = _object(output, "an output").get("name")
        if name not in known:
            hint = f"there are {', '.join(known)}"
            raise Problem(422, f"there is no output `{str(name)[:80]}`", hint=hint)
        wanted.append(Wanted(name, bool(_parameters(output).get("binary_data", binary))))
    return tuple(wanted)


def output_names(signature: Signature) -> tuple[str, ...]:
    """Name the outputs of a model."""
    return ("value",) if signature.task == "regression" else ("label", "probabilities")


def as_bytes(words: NDArray[Any]) -> bytes:
    """Write words as a BYTES tensor: each after its length."""
    encoded = [str(word).encode() for word in words.reshape(-1).tolist()]
    return b"".join(struct.pack("<I", len(word)) + word for word in encoded)
