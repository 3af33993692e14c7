"""
Strict reading of JSON bodies: every form that is taken, and what is wrong with any other.

    {"text": "..."}                       one row, by the names of the inputs
    [{"text": "..."}, ...]                rows
    {"features": {...} | [...]}           a row by names, or by the inputs' order
    {"data": {"features": ...}}           the same, wrapped once more
    {"rows": [...]}, {"instances": [...]} rows
    {}                                    the newest snapshot, where there is one
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from modelpress.encode import Row
from modelpress.signature import Input, Signature
from service.problem import Problem

Latest = Callable[[], Sequence[Row] | None]

_EXACT = 2**53
_WRAPPERS = ("features", "data", "rows", "instances")


class Asked(NamedTuple):
    """The rows of a request; `single` if it was one row and not a list."""

    rows: Sequence[Row]
    single: bool


def read_rows(body: bytes, signature: Signature, *, most: int, latest: Latest) -> Asked:
    """
    Read the rows of a body.

    Raises:
        Problem: 400 for what is no JSON, 413 for too many rows, 422 for another shape.
    """
    asked = _asked(read_json(body), signature, latest)
    if len(asked.rows) > most:
        detail = f"the body has {len(asked.rows):,} rows; {most:,} are allowed"
        raise Problem(413, detail, hint="ask in parts, or use `modelpress score`")
    return asked


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """
    Parse a body as strict JSON: UTF-8, no NaN, no key that stands twice.

    Raises:
        Problem: It is not.
    """
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not UTF-8 at byte {error.start:,}") from error
    except (RecursionError, ValueError) as error:
        raise Problem(400, f"the body is not JSON: {str(error)[:200]}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"the key `{twice[:80]}` stands twice in one object")
    return found


def _number(text: str) -> float:
    """Read 5.0 as 5: in JSON they are one number, and the code of a category may be either."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def _no_number(word: str) -> float:
    raise Problem(400, f"`{word}` is no number in JSON", hint="`null` says that a value is missing")


def _asked(found: object, signature: Signature, latest: Latest) -> Asked:
    if isinstance(found, list):
        return Asked([_row(row, signature) for row in found], single=False)
    if not isinstance(found, dict):
        raise _no_row(found, signature)
    if not found:
        return _newest(signature, latest)
    wrapper = _wrapper(found, signature)
    if wrapper in ("rows", "instances"):
        inner = found[wrapper]
        if not isinstance(inner, list):
            raise Problem(422, f"`{wrapper}` is no list", hint="give a list of rows")
        return _asked(inner, signature, latest)
    if wrapper:
        inner = found[wrapper]
        return _asked(inner, signature, latest) if inner == {} else _wrapped(inner, signature)
    return Asked([_row(found, signature)], single=True)


def _wrapped(inner: object, signature: Signature) -> Asked:
    """Read what `features` or `data` holds: a row by names, by order, or wrapped once more."""
    if isinstance(inner, dict) and (name := _wrapper(inner, signature)) in ("features", "data"):
        return Asked([_row(inner[name], signature)], single=True)
    return Asked([_row(inner, signature)], single=True)


def _wrapper(found: dict[str, object], signature: Signature) -> str:
    """Name the wrapper that is the only key, unless an input is called so."""
    name = next(iter(found)) if len(found) == 1 else ""
    inputs = {field.name for field in signature.inputs}
    return name if name in _WRAPPERS and name not in inputs else ""


def _row(found: object, signature: Signature) -> Row:
    if isinstance(found, dict):
        return found
    if isinstance(found, list):
        return _by_order(found, signature.inputs)
    raise _no_row(found, signature)


def _by_order(values: list[object], inputs: Sequence[Input]) -> Row:
    if len(values) != len(inputs):
        names = ", ".join(field.name for field in inputs)
        detail = f"a row of {len(values)} values for {len(inputs)} inputs"
        raise Problem(422, detail, hint=f"in this order: {names}")
    return {field.name: value for field, value in zip(inputs, values, strict=True)}


def _no_row(found: object, signature: Signature) -> Problem:
    names = ", ".join(f'"{field.name}": ...' for field in signature.inputs[:3])
    return Problem(
        422, f"`{json.dumps(found)[:80]}` is no row", hint=f"an object such as {{{names}}}"
    )


def _newest(signature: Signature, latest: Latest) -> Asked:
    rows = latest()
    if rows is None:
        names = ", ".join(field.name for field in signature.inputs)
        detail = f"an empty row, and `{signature.model}` has no latest snapshot"
        raise Problem(422, detail, hint=f"give {names}")
    return Asked(rows, single=False)
