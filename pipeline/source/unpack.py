"""From a delivery to text: out of its archive, and out of its encoding."""

import codecs
import gzip
import io
import struct
import zipfile
import zlib
from fnmatch import fnmatch

from pipeline.config.sources import Delimited
from pipeline.connectors import LARGEST_BYTES, Delivery
from pipeline.errors import DataError

_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
_WORKBOOK, _WORKBOOK_MEMBER = b"\xd0\xcf\x11\xe0", "xl/workbook.xml"
# What the standard library raises about archives that are cut, damaged or of a foreign kind.
_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, struct.error, EOFError, ValueError)


def unpack(delivery: Delivery, source: Delimited) -> str:
    """
    Give the text of the table.

    Raises:
        DataError: The archive is damaged or does not hold one such file, or the encoding is wrong.
    """
    text = _decoded(delivery.name, file_in(delivery, source.member), source.encoding)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            "there is a NUL character, which no table has",
            hint="the file is damaged, or of another encoding, for example utf-16",
            path=f"{delivery.name}:{line}",
        )
    return text


def file_in(delivery: Delivery, pattern: str = "", *, workbook: bool = False) -> bytes:
    """
    Give the bytes of the table: the one file of an archive that fits, or the delivery itself.

    Args:
        delivery: What arrived.
        pattern: For the file inside an archive.
        workbook: Whether an Excel workbook is wanted, which may be an archive by itself.

    Raises:
        DataError: The archive is damaged, or does not hold one such file.
    """
    content = delivery.content
    if content.startswith(_WORKBOOK):
        return _wanted(delivery, workbook=workbook)
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return _member(delivery, pattern, workbook=workbook)
    return _gunzip(delivery) if content.startswith(_GZIP) else content


def _wanted(delivery: Delivery, *, workbook: bool) -> bytes:
    if workbook:
        return delivery.content
    raise DataError(
        "this is an Excel workbook",
        hint="write format: xlsx, or xls, under data.sources.<name>; or save it as CSV",
        path=delivery.name,
    )


def _member(delivery: Delivery, pattern: str, *, workbook: bool) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(delivery.content)) as archive:
            if _WORKBOOK_MEMBER in archive.namelist():
                return _wanted(delivery, workbook=workbook)
            entry = _only(delivery, archive.infolist(), pattern)
            if entry.file_size > LARGEST_BYTES:
                raise DataError(f"unpacks to {entry.file_size:,} bytes", path=delivery.name)
            return archive.read(entry)
    except (*_DAMAGED, OSError) as error:
        raise _damaged(delivery, error) from error
    # A password, or a compression that Python does not know.
    except RuntimeError as error:
        raise DataError(f"the archive cannot be read: {error}", path=delivery.name) from error


def _only(delivery: Delivery, entries: list[zipfile.ZipInfo], pattern: str) -> zipfile.ZipInfo:
    # Folders, and what macOS packs along unasked.
    files = [x for x in entries if not x.filename.endswith("/")]
    files = [x for x in files if not x.filename.startswith("__MACOSX/")]
    found = [entry for entry in files if fnmatch(entry.filename, pattern or "*")]
    if len(found) != 1:
        named = ", ".join(f"`{entry.filename}`" for entry in files) or "nothing"
        raise DataError(
            f"{len(found)} files in the archive match `{pattern or '*'}`; it holds {named}",
            hint="name the one under data.sources.<name>.member",
            path=delivery.name,
        )
    return found[0]


def _gunzip(delivery: Delivery) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(delivery.content)) as file:
            content = file.read(LARGEST_BYTES + 1)
    except _DAMAGED as error:
        raise _damaged(delivery, error) from error
    if len(content) > LARGEST_BYTES:
        raise DataError(f"unpacks to more than {LARGEST_BYTES:,} bytes", path=delivery.name)
    return content


def _damaged(delivery: Delivery, error: Exception) -> DataError:
    return DataError(f"the archive is damaged: {error}", hint="fetch it anew", path=delivery.name)


def _decoded(name: str, content: bytes, encoding: str) -> str:
    if _never_fails(encoding) and _is_utf8_beyond_ascii(content):
        raise DataError(
            f"declared {encoding}, but its letters beyond ASCII are valid UTF-8 throughout",
            hint="write encoding: utf-8; read as declared, `£` would become `Â£`",
            path=name,
        )
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"byte 0x{content[error.start]:02x} at {error.start:,} is not {encoding}",
            hint="name the file's real encoding under data.sources.<name>.encoding; "
            "Windows and Excel often write cp1252",
            path=f"{name}:{line}",
        ) from error
    # Python knows codecs that are no encodings of text, such as base64.
    except (LookupError, UnicodeError) as error:
        raise DataError(f"cannot be read as {encoding}: {error}", path=name) from error


def _never_fails(encoding: str) -> bool:
    """
    Whether every byte, or nearly, is a letter of its own: the encoding never fails, only errs.

    Not so in UTF-8 itself, nor where two bytes make a letter, as in GBK.
    """
    try:
        letters = bytes(range(256)).decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return False
    utf = codecs.lookup(encoding).name.startswith("utf")
    return len(letters) == 256 and letters.count("\ufffd") < 64 and not utf


def _is_utf8_beyond_ascii(content: bytes) -> bool:
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
