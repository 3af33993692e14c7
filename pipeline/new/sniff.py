"""How a file is written, found out by looking; `new` says what it found, and writes it down."""

import codecs
from typing import Literal

from pipeline.config.sources import Delimited
from pipeline.connectors import Delivery
from pipeline.errors import DataError
from pipeline.source import Parsed, file_in, parse, unpack

_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_DELIMITERS = (",", "\t", ";", "|")
_BY_HAND = "mend the file, or write the block by hand: data.sources says how a file is written"

Reading = tuple[Delimited, Parsed]


def sniff(delivery: Delivery) -> Reading:
    """
    Find the first way of reading that fits every row and finds the most columns.

    Raises:
        DataError: There is none.
    """
    encoding = _encoding(delivery)
    readings, failures = [], []
    for delimiter in _DELIMITERS:
        try:
            readings.append(_reading(delivery, encoding, delimiter))
        except DataError as error:
            failures.append((delimiter, error))
    if not readings:
        first, *_ = unpack(delivery, _source(encoding)).split("\n")
        delimiter, failed = max(failures, key=lambda failure: first.count(failure[0]))
        message = f"with the delimiter `{_shown(delimiter)}`: {failed.message}"
        raise DataError(message, hint=_BY_HAND, path=failed.path)
    return max(readings, key=lambda reading: len(reading[1].header))


def _encoding(delivery: Delivery) -> str:
    try:
        content = file_in(delivery)
    except DataError as error:
        hint = error.hint and "unpack it, and say --data with the table"
        raise DataError(error.message, hint=hint, path=error.path) from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return next(name for name in _ENCODINGS if _decodes(content, name))


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _reading(delivery: Delivery, encoding: str, delimiter: str) -> Reading:
    """
    Read with quotes as they are meant, or, if that fails, as plain characters.

    In a table cut by tabs, which hardly ever quotes, a stray quote can glue rows to one: there the
    reading with more rows is the right one.

    Raises:
        DataError: Rows do not fit the header either way.
    """
    plain = _try(delivery, _source(encoding, delimiter, "none"))
    try:
        quoted = _read(delivery, _source(encoding, delimiter))
    except DataError:
        if plain is None:
            raise
        return plain
    if delimiter == "\t" and plain and len(plain[1].rows) > len(quoted[1].rows):
        return plain
    return quoted


def _source(
    encoding: str, delimiter: str = ",", quoting: Literal["standard", "none"] = "standard"
) -> Delimited:
    return Delimited(encoding=encoding, delimiter=delimiter, quoting=quoting)


def _try(delivery: Delivery, source: Delimited) -> Reading | None:
    try:
        return _read(delivery, source)
    except DataError:
        return None


def _read(delivery: Delivery, source: Delimited) -> Reading:
    return source, parse(unpack(delivery, source), source, delivery.name)


def _shown(delimiter: str) -> str:
    return "\\t" if delimiter == "\t" else delimiter
